//! The tokens of a text as the preprocessor sees them: names, strings, comments, signs, and where directives begin and end.

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name or keyword.
    Word,
    /// A number, as the preprocessor takes it.
    Number,
    /// A string or character, its prefix included.
    String,
    /// A comment.
    Comment,
    /// One byte of anything else.
    Sign(u8),
    /// The `#` that begins a directive.
    Directive,
    /// The end of a directive's last line.
    End,
}

/// One token and its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    /// What it is.
    pub(super) kind: Kind,
    /// Where it is.
    pub(super) span: Span,
}

/// Bytes of a file; none that is read is larger than what 32 bits count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Span {
    /// The first byte.
    pub(super) start: u32,
    /// The byte after the last.
    pub(super) end: u32,
}

impl Span {
    /// From places in a text.
    pub(super) fn new(start: usize, end: usize) -> Self {
        let narrow = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Self { start: narrow(start), end: narrow(end) }
    }

    /// As a range of a text.
    pub(super) fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Its letters.
    pub(super) fn of(self, text: &str) -> &str {
        text.get(self.range()).unwrap_or_default()
    }

    /// Whether another lies within it.
    pub(super) fn holds(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }
}

/// All tokens of a text, in order. Whatever is written, this ends and covers every word.
pub(super) fn lex(text: &str) -> Vec<Token> {
    let mut lexer =
        Lexer { text, bytes: text.as_bytes(), at: 0, is_fresh: true, in_directive: false, tokens: Vec::new() };
    lexer.run();
    lexer.tokens
}

struct Lexer<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    /// Whether nothing but blanks and comments stood on the line so far.
    is_fresh: bool,
    in_directive: bool,
    tokens: Vec<Token>,
}

impl Lexer<'_> {
    fn run(&mut self) {
        while let Some(byte) = self.byte(0) {
            let start = self.at;
            match byte {
                b'\n' => self.end_line(),
                b' ' | b'\t' | b'\r' | 0x0b | 0x0c => self.at += 1,
                b'\\' if self.continues() > 0 => self.at += self.continues(),
                b'/' if self.byte(1) == Some(b'/') => self.line_comment(),
                b'/' if self.byte(1) == Some(b'*') => self.comment(),
                b'"' | b'\'' => self.string(start),
                b'0'..=b'9' => self.number(),
                b'.' if self.byte(1).is_some_and(|next| next.is_ascii_digit()) => self.number(),
                b'#' if self.is_fresh && !self.in_directive => {
                    self.in_directive = true;
                    self.at += 1;
                    self.push(Kind::Directive, start);
                }
                _ if is_letter(byte) => self.word(),
                _ => {
                    self.at += 1;
                    self.push(Kind::Sign(byte), start);
                }
            }
        }
        self.end_line();
    }

    fn byte(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    fn push(&mut self, kind: Kind, start: usize) {
        self.is_fresh &= kind == Kind::Comment;
        self.tokens.push(Token { kind, span: Span::new(start, self.at) });
    }

    fn end_line(&mut self) {
        if self.in_directive {
            self.push(Kind::End, self.at);
            self.in_directive = false;
        }
        self.at += 1;
        self.is_fresh = true;
    }

    /// The length of a backslash and the line end after it; 0 if that is not what stands here.
    fn continues(&self) -> usize {
        match (self.byte(0), self.byte(1), self.byte(2)) {
            (Some(b'\\'), Some(b'\n'), _) => 2,
            (Some(b'\\'), Some(b'\r'), Some(b'\n')) => 3,
            _ => 0,
        }
    }

    fn line_comment(&mut self) {
        let start = self.at;
        while let Some(byte) = self.byte(0) {
            if byte == b'\n' {
                break;
            }
            self.at += self.continues().max(1);
        }
        self.push(Kind::Comment, start);
    }

    fn comment(&mut self) {
        let start = self.at;
        let rest = self.bytes.get(start + 2..).unwrap_or_default();
        self.at = memchr::memmem::find(rest, b"*/").map_or(self.bytes.len(), |end| start + end + 4);
        self.push(Kind::Comment, start);
    }

    /// A string ends with its line at the latest, unless the line goes on.
    fn string(&mut self, start: usize) {
        let quote = self.byte(0);
        self.at += 1;
        while let Some(byte) = self.byte(0) {
            if byte == b'\n' {
                break;
            }
            self.at += if byte == b'\\' { self.continues().max(2) } else { 1 };
            if Some(byte) == quote {
                break;
            }
        }
        self.at = self.at.min(self.bytes.len());
        self.push(Kind::String, start);
    }

    fn raw_string(&mut self, start: usize) {
        let rest = self.text.get(self.at + 1..).unwrap_or_default();
        let mark = rest.split_once('(').map(|(mark, _)| mark).filter(|mark| mark.len() <= 16 && !mark.contains('\n'));
        let Some(mark) = mark else { return self.string(start) };
        let close = format!("){mark}\"");
        self.at = rest.find(&close).map_or(self.bytes.len(), |end| self.at + 1 + end + close.len());
        self.push(Kind::String, start);
    }

    /// Digits, letters, points, signs after an exponent, and `'` between digits.
    fn number(&mut self) {
        let start = self.at;
        while let Some(byte) = self.byte(0) {
            let after_exponent = matches!(self.bytes.get(self.at.saturating_sub(1)), Some(b'e' | b'E' | b'p' | b'P'));
            let is_separator = byte == b'\'' && self.byte(1).is_some_and(|next| next.is_ascii_alphanumeric());
            if !(is_letter(byte) || byte.is_ascii_digit() || byte == b'.' || is_separator)
                && !(after_exponent && (byte == b'+' || byte == b'-'))
            {
                break;
            }
            self.at += 1;
        }
        self.push(Kind::Number, start);
    }

    fn word(&mut self) {
        let start = self.at;
        while self.byte(0).is_some_and(|byte| is_letter(byte) || byte.is_ascii_digit()) {
            self.at += 1;
        }
        let word = self.text.get(start..self.at).unwrap_or_default();
        match (self.byte(0), word) {
            (Some(b'"'), "R" | "LR" | "uR" | "UR" | "u8R") => self.raw_string(start),
            (Some(b'"' | b'\''), "L" | "u" | "U" | "u8") => self.string(start),
            _ => self.push(Kind::Word, start),
        }
    }
}

/// `$` is a letter of the compilers' own, and all that is not ASCII may be one.
fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte == b'$' || byte >= 0x80
}

//! A look at a text before it is parsed: whether its nesting stays within what a parser's stack can hold. It may take a
//! harmless text for a deep one only if that is far from anything that people write.

use crate::limits::MOST_DEPTH;

/// Operators and words that may nest one in the other without brackets, such as `a + b + c` or `else if`.
const MOST_CHAIN: usize = 10_000;

/// Whether a text can be parsed without going down further than a stack of [`super::parse::STACK`] bytes allows.
pub(super) fn is_bearable(text: &str, has_elements: bool) -> bool {
    let mut scan = Scan { bytes: text.as_bytes(), at: 0, has_elements, open: vec![Level::default()] };
    scan.run()
}

/// What is open between two brackets.
#[derive(Debug, Clone, Copy, Default)]
struct Level {
    /// How long the chain is that goes on here, with those around the bracket.
    chain: usize,
    /// What of it stands around the bracket.
    outer: usize,
    /// Elements that were opened and not closed.
    elements: usize,
}

/// One pass over the bytes. Comments and plain strings are passed over; templates count as code, which is deeper at most.
struct Scan<'t> {
    bytes: &'t [u8],
    at: usize,
    /// Whether `<name>` may open an element.
    has_elements: bool,
    /// The brackets that are open.
    open: Vec<Level>,
}

impl Scan<'_> {
    fn run(&mut self) -> bool {
        while let Some(byte) = self.byte(0) {
            match byte {
                b'(' | b'[' | b'{' => self.enter(),
                b')' | b']' | b'}' => self.close(byte),
                b';' | b',' => self.end_chain(),
                b'\n' if self.is_line_end() => self.end_chain(),
                b'/' if self.byte(1) == Some(b'/') => self.skip_line(),
                b'/' if self.byte(1) == Some(b'*') => self.skip_comment(),
                b'/' if self.byte(1) == Some(b'>') => self.close_element(),
                b'"' | b'\'' => self.skip_string(byte),
                b'_' | b'$' | b'\\' | b'a'..=b'z' | b'A'..=b'Z' | 0x80.. => self.word(),
                b' ' | b'\t' | b'\r' | b'\n' | b'0'..=b'9' => {}
                b'<' if self.has_elements => self.element(),
                _ => self.count(),
            }
            if self.open.len() > MOST_DEPTH || self.open.last().is_some_and(|level| level.chain > MOST_CHAIN) {
                return false;
            }
            self.at += 1;
        }
        true
    }

    fn byte(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    fn count(&mut self) {
        if let Some(level) = self.open.last_mut() {
            level.chain += 1;
        }
    }

    fn enter(&mut self) {
        let outer = self.open.last().map_or(0, |level| level.chain) + 1;
        self.open.push(Level { chain: outer, outer, elements: 0 });
    }

    /// `<name` opens an element, `</` closes one. After a name it is a type's argument, or in the text of an element that
    /// is open already.
    fn element(&mut self) {
        self.count();
        let (next, after_name) = (self.byte(1), self.is_after_name());
        let Some(level) = self.open.last_mut() else { return };
        match next {
            Some(b'/') => level.elements = level.elements.saturating_sub(1),
            Some(b'a'..=b'z' | b'A'..=b'Z' | b'>') if !after_name => level.elements += 1,
            Some(_) | None => {}
        }
    }

    fn is_after_name(&self) -> bool {
        const WORDS: [&[u8]; 7] = [b"return", b"yield", b"default", b"case", b"else", b"await", b"void"];
        let before = self.bytes.get(..self.at).unwrap_or_default();
        let is_name = before.last().is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte >= 0x80 || *byte == b'_');
        is_name && !WORDS.iter().any(|word| before.ends_with(word))
    }

    /// `/>`
    fn close_element(&mut self) {
        if let Some(level) = self.open.last_mut() {
            level.elements = level.elements.saturating_sub(1);
        }
    }

    fn close(&mut self, byte: u8) {
        if self.open.len() > 1 {
            self.open.pop();
        }
        self.count();
        if byte == b'}' {
            self.end_chain();
        }
    }

    /// A chain ends, unless an `else` goes on with it.
    fn end_chain(&mut self) {
        let rest = self.bytes.get(self.at + 1..).unwrap_or_default();
        let next = rest.iter().position(|byte| !byte.is_ascii_whitespace()).and_then(|skip| rest.get(skip..));
        let next = next.unwrap_or_default();
        let goes_on = next.starts_with(b"else") || next.first().is_some_and(|byte| b".?:+-*/%&|^<>=([`".contains(byte));
        if !goes_on
            && let Some(level) = self.open.last_mut()
            && level.elements == 0
        {
            level.chain = level.outer;
        }
    }

    /// Whether a statement may end here without a semicolon: after an operand and before a word.
    fn is_line_end(&self) -> bool {
        let before = self.bytes.get(..self.at).unwrap_or_default();
        let last = before.iter().rev().find(|byte| !byte.is_ascii_whitespace()).copied().unwrap_or(b';');
        let rest = self.bytes.get(self.at + 1..).unwrap_or_default();
        let next = rest.iter().find(|byte| !byte.is_ascii_whitespace()).copied().unwrap_or(b';');
        let is_operand = last.is_ascii_alphanumeric() || b"_$\"'`)]};".contains(&last);
        is_operand && (next.is_ascii_alphabetic() || b"_$@}/#\"'".contains(&next))
    }

    fn word(&mut self) {
        self.count();
        while self.byte(1).is_some_and(|byte| byte.is_ascii_alphanumeric() || byte >= 0x80 || byte == b'_') {
            self.at += 1;
        }
    }

    fn skip_line(&mut self) {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        self.at += memchr::memchr(b'\n', rest).unwrap_or(rest.len()).saturating_sub(1);
    }

    fn skip_comment(&mut self) {
        let rest = self.bytes.get(self.at + 2..).unwrap_or_default();
        self.at += memchr::memmem::find(rest, b"*/").map_or(rest.len(), |end| end + 3);
    }

    /// A string ends with its line at the latest, so that an apostrophe in a text of JSX hides no more than that.
    fn skip_string(&mut self, quote: u8) {
        while let Some(byte) = self.byte(1) {
            if byte == b'\n' {
                break;
            }
            self.at += if byte == b'\\' { 2 } else { 1 };
            if byte == quote {
                break;
            }
        }
    }
}

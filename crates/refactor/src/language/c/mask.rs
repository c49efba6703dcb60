//! Makes of a text one of the same length that the grammar can read: without comments and directives, and without the macros
//! that stand where the grammar allows no name (`API int f(void)`, `int f(void) NOTHROW;`).

use super::{
    directives::{Directives, Fate},
    facts::Word,
    lex::{Kind, Span, Token},
    words::{is_keyword, is_loud, is_starter},
};

/// Words that say more of a declaration in C++, and are names elsewhere.
const CONTEXTUAL: &[&str] = &["override", "final", "import", "module"];
/// Types that no name of a type follows.
const PRIMITIVES: &[&str] =
    &["void", "char", "short", "int", "long", "float", "double", "signed", "unsigned", "bool", "auto"];
/// What may stand before and behind a type.
const QUALIFIERS: &[&str] = &["const", "volatile", "restrict"];
/// What a tag stands behind.
const TAGS: &[&str] = &["struct", "union", "enum", "class"];
/// Words of a declaration that are looked at together.
const MOST_WORDS: usize = 16;
/// Words of compilers that a list in brackets follows.
const ATTRIBUTES: &[&str] = &["__attribute__", "__attribute", "__declspec", "_Alignas", "__nonnull"];

/// Macros in a row behind a function's parameters.
const MOST_SUFFIXES: usize = 8;

/// The text as it is parsed, and its words that are masked.
pub(super) struct Masked {
    /// As long as the original, line by line.
    pub(super) text: String,
    /// What the masked words are.
    pub(super) words: Vec<(Span, Word)>,
}

/// Masks what the grammar cannot read.
pub(super) fn mask(text: &str, tokens: &[Token], directives: &mut Directives, is_cpp: bool) -> Masked {
    let kept = |at: &usize| directives.fates.get(*at) == Some(&Fate::Kept);
    let code: Vec<usize> = (0..tokens.len()).filter(kept).collect();
    let closing = closing(tokens, &code);
    let mut masker =
        Masker { text, tokens, code, closing, is_cpp, masked: Vec::new(), zeros: Vec::new(), words: Vec::new() };
    masker.run();
    for at in masker.masked {
        if let Some(fate) = directives.fates.get_mut(at) {
            *fate = Fate::Masked;
        }
    }
    let mut bytes = text.as_bytes().to_vec();
    for (token, fate) in tokens.iter().zip(&directives.fates) {
        if *fate != Fate::Kept
            && let Some(bytes) = bytes.get_mut(token.span.range())
        {
            bytes.iter_mut().filter(|byte| !matches!(**byte, b'\n' | b'\r')).for_each(|byte| *byte = b' ');
        }
    }
    strip_joints(&mut bytes, tokens, &directives.fates);
    let lines = tokens.iter().filter(|token| token.kind == Kind::String && token.span.of(text).contains("\\\r\n"));
    for token in lines {
        let letters = bytes.get_mut(token.span.range()).into_iter().flatten();
        letters.filter(|byte| matches!(**byte, b'\\' | b'\r' | b'\n')).for_each(|byte| *byte = b' ');
    }
    for at in masker.zeros {
        bytes.get_mut(at as usize).into_iter().for_each(|byte| *byte = b'0');
    }
    let words = tokens.iter().zip(&directives.fates).filter(|(token, _)| token.kind == Kind::Word);
    let left_out = words.filter_map(|(token, fate)| match fate {
        Fate::LeftOut => Some((token.span, Word::LeftOut)),
        Fate::Dead => Some((token.span, Word::Dead)),
        Fate::Kept | Fate::Directive | Fate::Masked => None,
    });
    masker.words.extend(left_out);
    Masked { text: String::from_utf8(bytes).unwrap_or_default(), words: masker.words }
}

/// The backslashes that carry a directive over lines stand between tokens; without the directive they are errors.
fn strip_joints(bytes: &mut [u8], tokens: &[Token], fates: &[Fate]) {
    for (pair, fate) in tokens.windows(2).zip(fates) {
        if let ([one, other], Fate::Directive) = (pair, fate)
            && let Some(gap) = bytes.get_mut(one.span.end as usize..other.span.start as usize)
        {
            gap.iter_mut().filter(|byte| **byte == b'\\').for_each(|byte| *byte = b' ');
        }
    }
}

struct Masker<'t> {
    text: &'t str,
    tokens: &'t [Token],
    /// The tokens that are parsed.
    code: Vec<usize>,
    /// For each of these that opens a bracket, the one behind the bracket's end.
    closing: Vec<usize>,
    is_cpp: bool,
    masked: Vec<usize>,
    /// Where a type that a macro is given is made a value.
    zeros: Vec<u32>,
    words: Vec<(Span, Word)>,
}

/// What is known at a token of what stands before it.
#[derive(Default)]
struct State {
    /// The braces that are open: whether declarations stand in them, rather than statements.
    open: Vec<bool>,
    /// Where the statement began.
    start: usize,
    has_value: bool,
    has_bracket: bool,
    is_declarative: bool,
}

impl State {
    fn is_outside(&self) -> bool {
        self.open.iter().all(|is_declarative| *is_declarative)
    }

    fn restart(&mut self, next: usize) {
        (self.start, self.has_value, self.has_bracket, self.is_declarative) = (next, false, false, false);
    }
}

impl<'t> Masker<'t> {
    fn run(&mut self) {
        let mut state = State::default();
        let mut at = 0;
        while at < self.code.len() {
            let next = self.step(at, &mut state);
            at = next.max(at + 1);
        }
    }

    /// Looks at one token; says where to go on.
    fn step(&mut self, at: usize, state: &mut State) -> usize {
        match self.kind(at) {
            Some(Kind::Sign(b'{')) => {
                state.open.push(state.is_declarative && !state.has_bracket && !state.has_value);
                state.restart(at + 1);
            }
            Some(Kind::Sign(b'}')) => {
                state.open.pop();
                state.restart(at + 1);
            }
            Some(Kind::Sign(b';')) => state.restart(at + 1),
            Some(Kind::Sign(b'=')) => state.has_value = true,
            Some(Kind::Sign(b'(')) => {
                state.has_bracket = true;
                if !state.is_outside() && at > 0 && self.is_plain(at - 1) && self.word(at - 1) != "offsetof" {
                    self.mask_types(at);
                }
            }
            Some(Kind::String) if at > 0 && self.word(at - 1) == "extern" => state.is_declarative = true,
            Some(Kind::Word) => return self.at_word(at, state),
            Some(Kind::Sign(_) | Kind::Number | Kind::String | Kind::Comment | Kind::Directive | Kind::End) | None => {}
        }
        at + 1
    }

    fn at_word(&mut self, at: usize, state: &mut State) -> usize {
        let word = self.word(at);
        if ATTRIBUTES.contains(&word) && self.sign(at + 1) == Some(b'(') {
            return self.mask_call(at);
        }
        if matches!(word, "__extension__" | "__restrict" | "__restrict__") {
            self.masked.extend(self.code.get(at).copied());
            return at + 1;
        }
        if word == "namespace" || TAGS.contains(&word) {
            state.is_declarative = true;
        }
        let is_part = |word: &str| is_starter(word) || QUALIFIERS.contains(&word);
        let is_inner = at > 0 && (self.is_plain(at - 1) || is_part(self.word(at - 1)));
        if !is_inner && (self.is_plain(at) || is_part(word)) {
            self.mask_excess(at);
        }
        if !self.is_plain(at) || self.is_masked(at) {
            return at + 1;
        }
        let is_loud = is_loud(word);
        let is_after = |kind: Kind| at > 0 && self.kind(at - 1) == Some(kind);
        if is_after(Kind::Number) || is_loud && self.is_suffix(at, state) {
            self.mask_word(at);
        } else if is_loud && self.sign(at + 1) == Some(b'(') && self.is_in_string(at) {
            return self.mask_call(at);
        } else if is_loud && self.sign(at + 1) == Some(b'(') && state.is_outside() {
            let end = self.after_brackets(at + 1);
            let is_tail = self.before(at) == Some(b')') && !state.has_value && self.ends(end);
            let is_alone = state.start == at
                && (matches!(self.kind(end), Some(Kind::Word) | None) || self.sign(end) == Some(b'}'));
            if is_tail || is_alone {
                let end = self.mask_call(at);
                if is_alone {
                    state.restart(end);
                }
                return end;
            }
        }
        at + 1
    }

    /// Masks the words of a declaration that are one too many: of `A T x` only two can be a type and a name.
    fn mask_excess(&mut self, start: usize) {
        let is_part = |at: usize| self.is_plain(at) || is_starter(self.word(at)) || QUALIFIERS.contains(&self.word(at));
        let end = (start..).take(MOST_WORDS).find(|at| !is_part(*at)).unwrap_or(start);
        let plain: Vec<usize> = (start..end).filter(|at| self.is_plain(*at)).collect();
        let is_tag = (start..end).any(|at| TAGS.contains(&self.word(at)));
        // No name of a type stands before a word that begins one.
        if let Some(starter) = (start..end).rev().find(|at| is_starter(self.word(*at)))
            && let Some(first) = plain.first().copied().filter(|first| *first < starter)
        {
            self.mask_word(first);
            return self.mask_excess(first + 1);
        }
        let is_primitive = (start..end).any(|at| PRIMITIVES.contains(&self.word(at)));
        let after = self.sign(end);
        let names = usize::from(!matches!(after, Some(b'*' | b'&')));
        let types = usize::from(!is_primitive && self.before(start) != Some(b'*'));
        let is_body = is_tag && matches!(after, Some(b'{' | b':'));
        let most = if is_body { 1 } else { names + types };
        let mut excess = plain.len().saturating_sub(most);
        let last = if names == 1 { plain.last().copied() } else { None };
        let loud: Vec<usize> =
            plain.iter().copied().filter(|at| is_loud(self.word(*at)) && Some(*at) != last).collect();
        let quiet = plain.iter().copied().filter(|at| !is_tag && !loud.contains(at) && Some(*at) != last);
        for at in loud.iter().copied().chain(quiet.collect::<Vec<_>>()) {
            if excess == 0 {
                break;
            }
            self.mask_word(at);
            excess -= 1;
        }
    }

    /// Whether a name stands between the parameters of a function and its end.
    fn is_suffix(&self, at: usize, state: &State) -> bool {
        let mut end = at + 1;
        while end < at + MOST_SUFFIXES && self.is_plain(end) && is_loud(self.word(end)) {
            end += 1;
        }
        let is_next = at > 0 && self.is_masked(at - 1);
        let is_behind = self.before(at) == Some(b')') || is_next;
        state.is_outside() && !state.has_value && is_behind && self.ends(end)
    }

    /// Whether a call stands beside a string, as one that gives another.
    fn is_in_string(&self, at: usize) -> bool {
        let is_string = |at: usize| self.kind(at) == Some(Kind::String);
        at > 0 && is_string(at - 1) && self.word(at.saturating_sub(2)) != "extern"
            || is_string(self.after_brackets(at + 1))
    }

    /// Masks the arguments of a call that can only be types: `cast(int *, x)`.
    fn mask_types(&mut self, open: usize) {
        let close = self.after_brackets(open).saturating_sub(1);
        let mut at = open + 1;
        while at < close {
            let is_part = |at: usize| !self.word(at).is_empty() || self.sign(at) == Some(b'*');
            let end = (at..close).take(MOST_WORDS).find(|at| !is_part(*at)).unwrap_or(close);
            let is_type = is_starter(self.word(at)) || QUALIFIERS.contains(&self.word(at));
            let is_pointer = end > at + 1 && self.is_plain(at) && (at + 1..end).all(|at| self.sign(at) == Some(b'*'));
            let is_whole = end == close || self.sign(end) == Some(b',');
            if is_whole && is_type && self.word(at) != "static" {
                self.zeros.extend(self.token(at).map(|token| token.span.start));
                (at..end).for_each(|at| self.leave_out(at));
            } else if is_whole && is_pointer {
                self.masked.extend((at + 1..end).filter_map(|at| self.code.get(at)).copied());
            }
            at = self.next_argument(at, close);
        }
    }

    /// Where the argument behind one begins.
    fn next_argument(&self, start: usize, close: usize) -> usize {
        let mut at = start;
        while at < close && self.sign(at) != Some(b',') {
            let is_open = matches!(self.sign(at), Some(b'(' | b'[' | b'{'));
            at = if is_open { self.after_brackets(at) } else { at + 1 };
        }
        at + 1
    }

    /// Masks a token that may be anything.
    fn leave_out(&mut self, at: usize) {
        if self.is_plain(at)
            && let Some(token) = self.token(at)
        {
            self.words.push((token.span, Word::LeftOut));
        }
        self.masked.extend(self.code.get(at).copied());
    }

    /// Whether one of the last words is masked already.
    fn is_masked(&self, at: usize) -> bool {
        let index = self.code.get(at);
        index.is_some_and(|index| self.masked.iter().rev().take(2 * MOST_WORDS).any(|masked| masked == index))
    }

    fn ends(&self, at: usize) -> bool {
        matches!(self.sign(at), Some(b';' | b'{')) || self.is_plain(at) && is_loud(self.word(at))
    }

    fn token(&self, at: usize) -> Option<Token> {
        self.code.get(at).and_then(|index| self.tokens.get(*index)).copied()
    }

    fn kind(&self, at: usize) -> Option<Kind> {
        self.token(at).map(|token| token.kind)
    }

    fn sign(&self, at: usize) -> Option<u8> {
        match self.kind(at) {
            Some(Kind::Sign(sign)) => Some(sign),
            _ => None,
        }
    }

    fn before(&self, at: usize) -> Option<u8> {
        at.checked_sub(1).and_then(|before| self.sign(before))
    }

    /// The letters of a word; nothing for what is none.
    fn word(&self, at: usize) -> &'t str {
        self.token(at).filter(|token| token.kind == Kind::Word).map_or("", |token| token.span.of(self.text))
    }

    fn is_plain(&self, at: usize) -> bool {
        let word = self.word(at);
        !word.is_empty() && !is_keyword(word, self.is_cpp) && !CONTEXTUAL.contains(&word) && !ATTRIBUTES.contains(&word)
    }

    fn mask_word(&mut self, at: usize) {
        if let (Some(token), Some(index)) = (self.token(at), self.code.get(at)) {
            self.words.push((token.span, Word::Prefix));
            self.masked.push(*index);
        }
    }

    /// Masks a name with the list in brackets behind it.
    fn mask_call(&mut self, at: usize) -> usize {
        let end = self.after_brackets(at + 1);
        self.mask_word(at);
        for inner in at + 1..end {
            if self.kind(inner) == Some(Kind::Word)
                && let Some(token) = self.token(inner)
            {
                self.words.push((token.span, Word::LeftOut));
            }
            self.masked.extend(self.code.get(inner).copied());
        }
        end
    }

    /// The token behind the bracket that closes the one here.
    fn after_brackets(&self, start: usize) -> usize {
        self.closing.get(start).copied().unwrap_or(start + 1)
    }
}

/// For each token that opens a bracket, the one behind the bracket's end.
fn closing(tokens: &[Token], code: &[usize]) -> Vec<usize> {
    let mut closing = vec![code.len(); code.len()];
    let mut open = Vec::new();
    for (at, index) in code.iter().enumerate() {
        match tokens.get(*index).map(|token| token.kind) {
            Some(Kind::Sign(b'(' | b'[' | b'{')) => open.push(at),
            Some(Kind::Sign(b')' | b']' | b'}')) => {
                if let Some(slot) = open.pop().and_then(|start: usize| closing.get_mut(start)) {
                    *slot = at + 1;
                }
            }
            _ => {}
        }
    }
    closing
}

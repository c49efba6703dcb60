//! The preprocessor's part of a text: macros, the names that conditions ask for, and which branches can be read side by side.
//!
//! All branches of a condition are kept, one behind the other, where that gives whole declarations and statements. Where it
//! does not, one is kept and the others are left out; a name in what is left out is for review.

use super::{
    facts::{Macro, Piece, Word},
    lex::{Kind, Span, Token},
};

/// Conditions one in the other that are looked into; what is deeper is kept as it stands.
const MOST_NESTED: usize = 64;

/// Why a token is not given to the parser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is.
    Kept,
    /// It is a comment or of a directive.
    Directive,
    /// It is in a branch that does not fit beside the others.
    LeftOut,
    /// It is in a branch that no compiler reads: `#if 0`.
    Dead,
    /// It is a macro in a place where only a macro can be.
    Masked,
}

/// What the directives of a text say.
#[derive(Debug, Default)]
pub(super) struct Directives {
    /// What becomes of each token, in their order.
    pub(super) fates: Vec<Fate>,
    /// The macros, in the order of their definitions.
    pub(super) macros: Vec<Macro>,
    /// The names in directives.
    pub(super) words: Vec<(Span, Word)>,
    /// Whether each token is in a branch that only C++ reads; such a branch does not make the text C++.
    pub(super) for_cpp: Vec<bool>,
}

/// One branch of a condition: its tokens, from the first to behind the last.
struct Branch {
    first: usize,
    end: usize,
    is_dead: bool,
}

/// A condition that is open.
struct Frame {
    branches: Vec<Branch>,
    has_else: bool,
    is_for_cpp: bool,
    /// What `#ifndef` asked for.
    absent: Option<Span>,
}

pub(super) fn read(text: &str, tokens: &[Token]) -> Directives {
    let mut reader = Reader { text, tokens, out: Directives::default(), frames: Vec::new() };
    reader.out.fates = vec![Fate::Kept; tokens.len()];
    reader.out.for_cpp = vec![false; tokens.len()];
    reader.run();
    reader.out
}

struct Reader<'t> {
    text: &'t str,
    tokens: &'t [Token],
    out: Directives,
    frames: Vec<Frame>,
}

impl Reader<'_> {
    fn run(&mut self) {
        let mut at = 0;
        while let Some(token) = self.tokens.get(at) {
            match token.kind {
                Kind::Directive => at = self.directive(at),
                Kind::Comment => {
                    self.decide(at, Fate::Directive);
                    at += 1;
                }
                Kind::Word | Kind::Number | Kind::String | Kind::Sign(_) | Kind::End => {
                    let for_cpp = self.frames.iter().any(|frame| frame.is_for_cpp);
                    if let Some(flag) = self.out.for_cpp.get_mut(at) {
                        *flag = for_cpp;
                    }
                    at += 1;
                }
            }
        }
    }

    fn decide(&mut self, at: usize, fate: Fate) {
        if let Some(slot) = self.out.fates.get_mut(at) {
            *slot = fate;
        }
    }

    /// Reads a directive that begins at a token; says where what follows begins.
    fn directive(&mut self, start: usize) -> usize {
        let rest = self.tokens.get(start..).unwrap_or_default();
        let length = rest.iter().position(|token| token.kind == Kind::End).map_or(rest.len(), |end| end + 1);
        let end = start + length;
        for at in start..end {
            self.decide(at, Fate::Directive);
        }
        let line: Vec<Token> = rest.iter().take(length).skip(1).copied().collect();
        let line: Vec<Token> = line.into_iter().filter(|it| !matches!(it.kind, Kind::Comment | Kind::End)).collect();
        let Some((first, line)) = line.split_first() else { return end };
        match first.span.of(self.text) {
            "define" => self.define(line),
            "undef" => self.words_of(line, Word::Undefined),
            "ifdef" | "ifndef" | "if" => self.open(first.span.of(self.text), line, end),
            "elif" | "elifdef" | "elifndef" => {
                self.words_of(line, Word::Tested);
                self.next_branch(start, end, false);
            }
            "else" => self.next_branch(start, end, true),
            "endif" => self.close(start),
            "pragma" => self.words_of(line, Word::LeftOut),
            "include" | "include_next" if line.first().is_some_and(|it| it.kind == Kind::Word) => {
                self.words_of(line, Word::Tested);
            }
            _ => self.words_of(line, Word::Told),
        }
        end
    }

    fn words_of(&mut self, line: &[Token], word: Word) {
        let words = line.iter().filter(|token| token.kind == Kind::Word);
        let words = words.filter(|token| !token.span.of(self.text).starts_with("__has_"));
        self.out.words.extend(words.filter(|token| token.span.of(self.text) != "defined").map(|it| (it.span, word)));
    }

    fn define(&mut self, line: &[Token]) {
        let Some((name, mut rest)) = line.split_first() else { return };
        let mut parameters = None;
        if let Some(Token { kind: Kind::Sign(b'('), span }) = rest.first()
            && span.start == name.span.end
        {
            let end = rest.iter().position(|it| it.kind == Kind::Sign(b')')).map_or(rest.len(), |end| end + 1);
            let (list, body) = rest.split_at(end);
            parameters = Some(list.iter().filter(|it| it.kind == Kind::Word).map(|it| it.span).collect::<Vec<_>>());
            rest = body;
        }
        let index = u32::try_from(self.out.macros.len()).unwrap_or(u32::MAX);
        let declared = parameters.clone().unwrap_or_default();
        self.out.words.push((name.span, Word::Defined(index)));
        let position = |word: &str| declared.iter().position(|span| span.of(self.text) == word);
        let body: Vec<Piece> = rest.iter().map(|token| self.piece(*token, &position)).collect();
        let numbered = declared.iter().zip(0..);
        self.out.words.extend(numbered.map(|(span, at)| (*span, Word::MacroParameter(index, at))));
        for ((token, piece), at) in rest.iter().zip(&body).zip(0_usize..) {
            let is_sharp = |at: Option<usize>| at.and_then(|at| body.get(at)) == Some(&Piece::Sign(b'#'));
            match piece {
                Piece::Parameter(at) => self.out.words.push((token.span, Word::MacroParameter(index, *at))),
                Piece::Word(_) if is_sharp(at.checked_sub(1)) || is_sharp(Some(at + 1)) => {
                    self.out.words.push((token.span, Word::Pasted));
                }
                Piece::Word(_) => self.out.words.push((token.span, Word::Body)),
                Piece::Sign(_) | Piece::Other => {}
            }
        }
        let is_guarded = self.frames.iter().any(|frame| {
            frame.absent.is_some_and(|absent| absent.of(self.text) == name.span.of(self.text)) && !rest.is_empty()
        });
        self.out.macros.push(Macro {
            name: name.span.of(self.text).into(),
            place: name.span,
            parameters: parameters.map(|list| list.into_iter().collect()),
            body,
            is_guarded,
        });
    }

    fn piece(&self, token: Token, position: &impl Fn(&str) -> Option<usize>) -> Piece {
        let letters = token.span.of(self.text);
        match token.kind {
            Kind::Word => {
                match position(letters).or_else(|| if letters == "__VA_ARGS__" { position("...") } else { None }) {
                    Some(at) => Piece::Parameter(u32::try_from(at).unwrap_or(u32::MAX)),
                    None => Piece::Word(letters.into()),
                }
            }
            Kind::Sign(sign) => Piece::Sign(sign),
            Kind::Number | Kind::String | Kind::Comment | Kind::Directive | Kind::End => Piece::Other,
        }
    }

    fn open(&mut self, what: &str, line: &[Token], end: usize) {
        self.words_of(line, Word::Tested);
        let is_cpp = |token: &Token| token.span.of(self.text) == "__cplusplus";
        let is_zero = what == "if" && matches!(line, [only] if only.span.of(self.text) == "0");
        let frame = Frame {
            branches: vec![Branch { first: end, end, is_dead: is_zero }],
            has_else: false,
            is_for_cpp: what != "ifndef" && line.iter().any(is_cpp),
            absent: line.first().filter(|_| what == "ifndef").map(|token| token.span),
        };
        self.frames.push(frame);
    }

    fn next_branch(&mut self, start: usize, end: usize, is_else: bool) {
        let Some(frame) = self.frames.last_mut() else { return };
        if let Some(last) = frame.branches.last_mut() {
            last.end = start;
        }
        frame.has_else |= is_else;
        frame.is_for_cpp = false;
        frame.branches.push(Branch { first: end, end, is_dead: false });
    }

    fn close(&mut self, start: usize) {
        let depth = self.frames.len();
        let Some(mut frame) = self.frames.pop() else { return };
        if let Some(last) = frame.branches.last_mut() {
            last.end = start;
        }
        let (dead, live): (Vec<_>, Vec<_>) = frame.branches.into_iter().partition(|branch| branch.is_dead);
        for branch in dead {
            self.leave_out(&branch, Fate::Dead);
        }
        if depth > MOST_NESTED || live.is_empty() {
            return;
        }
        let nets: Vec<i64> = live.iter().map(|branch| self.net(branch)).collect();
        let is_whole = nets.iter().all(|net| *net == 0)
            && (live.len() == 1 || self.is_fresh(&live) && live.iter().all(|branch| self.is_complete(branch)));
        if is_whole {
            return;
        }
        let kept = match nets.iter().position(|net| *net == 0) {
            Some(balanced) => Some(balanced),
            None => frame.has_else.then_some(0),
        };
        for (at, branch) in live.iter().enumerate() {
            if Some(at) != kept {
                self.leave_out(branch, Fate::LeftOut);
            }
        }
    }

    fn leave_out(&mut self, branch: &Branch, fate: Fate) {
        for at in branch.first..branch.end {
            if self.out.fates.get(at) == Some(&Fate::Kept) {
                self.decide(at, fate);
            }
        }
    }

    /// The tokens of a branch that are given to the parser.
    fn code(&self, branch: &Branch) -> impl DoubleEndedIterator<Item = Token> + '_ {
        let range = branch.first..branch.end;
        let tokens = self.tokens.get(range.clone()).unwrap_or_default();
        let fates = self.out.fates.get(range).unwrap_or_default();
        tokens.iter().zip(fates).filter(|(_, fate)| **fate == Fate::Kept).map(|(token, _)| *token)
    }

    /// Brackets that are opened, less those that are closed.
    fn net(&self, branch: &Branch) -> i64 {
        let step = |token: Token| match token.kind {
            Kind::Sign(b'(' | b'[' | b'{') => 1,
            Kind::Sign(b')' | b']' | b'}') => -1,
            _ => 0,
        };
        self.code(branch).map(step).sum()
    }

    fn is_complete(&self, branch: &Branch) -> bool {
        let last = self.code(branch).next_back();
        last.is_none_or(|token| matches!(token.kind, Kind::Sign(b';' | b'}' | b'{' | b',' | b':')))
    }

    /// Whether a declaration or statement can begin where a condition does.
    fn is_fresh(&self, branches: &[Branch]) -> bool {
        let first = branches.first().map_or(0, |branch| branch.first);
        let before = Branch { first: first.saturating_sub(200), end: first, is_dead: false };
        let last = self.code(&before).next_back();
        last.is_none_or(|token| matches!(token.kind, Kind::Sign(b';' | b'}' | b'{' | b',' | b':')))
    }
}

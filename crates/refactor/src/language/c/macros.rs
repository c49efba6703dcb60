//! What macros do to names: take them, hand them on, put them together, reach out for what is around a use.

use std::collections::HashSet;

use super::{
    directives,
    facts::{CallId, Facts, Macro, Name, Owner, Piece, Space},
    lex::{Span, lex},
    words::{is_keyword, is_loud},
    world::World,
};
use crate::{
    language::{Entity, trees::Files},
    limits::MOST_FILE_BYTES,
    sources::FileId,
    words::Words,
};

/// Macros that name one another, one through the other.
const MOST_LEVELS: usize = 6;
/// Names that are put together in other ways than these many are not looked for.
const MOST_PATTERNS: usize = 10_000;
/// Macros that are followed to those who use them.
const MOST_USERS: usize = 200;
/// Macros of systems and of what tests are written with: they take plain values.
const PLAIN: &[&str] = &[
    "S_IS", "FD_", "WIF", "WEXIT", "WTERM", "WSTOP", "INT", "UINT", "EXPECT_", "ASSERT_", "CHECK", "REQUIRE", "DCHECK",
    "UNUSED", "Q_UNUSED", "HUGE_",
];

/// What a macro makes of an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// A value like any other.
    Plain,
    /// A member's name.
    Member,
    /// Letters, a type, a declaration, or nobody knows.
    Odd,
}

/// A part of a name that a macro puts together.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(Box<str>),
    Any,
}

/// The ways in which macros put names together.
#[derive(Debug, Default)]
pub(super) struct Pastes(Vec<Pattern>);

/// A way, and the macro that goes it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Pattern {
    of: Box<str>,
    parts: Vec<Part>,
}

impl World<'_> {
    /// The macros of a name that take it at a place.
    pub(super) fn taken(&self, file: FileId, facts: &Facts, name: &str, token: &Name) -> Vec<usize> {
        let groups = self.groups(name);
        let takes = |(at, (other, index, place)): (usize, &(FileId, u32, u32))| {
            if !self.includes.meet(*other, file) || *other == file && *place > token.span.start {
                return None;
            }
            let owner = self.files.facts(*other)?;
            let it = owner.macros.get(*index as usize)?;
            (it.parameters.is_none() || token.is_called).then_some(at)
        };
        let _ = facts;
        groups.macros.iter().enumerate().filter_map(takes).collect()
    }

    /// What becomes of an argument in the calls around it.
    pub(super) fn argument(&self, file: FileId, facts: &Facts, token: &Name) -> Use {
        let mut next = token.call;
        let mut steps = MOST_LEVELS * MOST_LEVELS;
        while let Some(call) = next.and_then(|id: CallId| facts.calls.get(id as usize)) {
            let at = call.arguments.iter().position(|span| span.holds(token.span));
            let is_whole = at.and_then(|at| call.arguments.get(at)) == Some(&token.span);
            match self.used(file, &call.callee, at.unwrap_or(usize::MAX), MOST_LEVELS) {
                Use::Member if !is_whole => return Use::Odd,
                Use::Plain => {}
                other @ (Use::Member | Use::Odd) => return other,
            }
            next = call.outer;
            steps -= 1;
            if steps == 0 {
                return Use::Odd;
            }
        }
        Use::Plain
    }

    fn used(&self, file: FileId, callee: &str, argument: usize, levels: usize) -> Use {
        if callee == "__builtin_offsetof" && argument > 0 {
            return Use::Member;
        }
        let groups = self.groups(callee);
        let seen = groups.macros.iter().filter(|(other, ..)| self.includes.meet(*other, file));
        let mut found = None;
        for (other, index, _) in seen {
            let Some(facts) = self.files.facts(*other) else { continue };
            let Some(it) = facts.macros.get(*index as usize) else { continue };
            if it.parameters.is_none() {
                let is_name = matches!(it.body.as_slice(), [Piece::Word(_)]);
                found = Some(if is_name { Use::Plain } else { Use::Odd });
                continue;
            }
            let one = if levels == 0 { Use::Odd } else { self.used_in(*other, it, argument, levels - 1) };
            found = Some(if found.is_none_or(|found| found == one) { one } else { Use::Odd });
        }
        let is_unknown = is_loud(callee) && groups.defs.is_empty() && !PLAIN.iter().any(|it| callee.starts_with(it));
        found.unwrap_or(if is_unknown { Use::Odd } else { Use::Plain })
    }

    /// What a macro's body does with a parameter.
    fn used_in(&self, file: FileId, it: &Macro, argument: usize, levels: usize) -> Use {
        let count = it.parameters.as_ref().map_or(0, Vec::len);
        if argument >= count {
            let names_rest = |piece: &Piece| matches!(piece, Piece::Word(word) if **word == *"__VA_ARGS__");
            return self.all_uses(file, &it.body, &names_rest, levels);
        }
        let number = u32::try_from(argument).unwrap_or(u32::MAX);
        self.all_uses(file, &it.body, &|piece: &Piece| *piece == Piece::Parameter(number), levels)
    }

    fn all_uses(&self, file: FileId, body: &[Piece], is_it: &dyn Fn(&Piece) -> bool, levels: usize) -> Use {
        let mut found = None;
        let mut open: Vec<(Option<&str>, usize)> = Vec::new();
        for (at, piece) in body.iter().enumerate() {
            let before = at.checked_sub(1).and_then(|before| body.get(before));
            match piece {
                Piece::Sign(b'(') => open.push((word(before), 0)),
                Piece::Sign(b')') => drop(open.pop()),
                Piece::Sign(b',') => open.iter_mut().last().into_iter().for_each(|(_, count)| *count += 1),
                piece if is_it(piece) => {
                    let mut one = place(before, at.checked_sub(2).and_then(|it| body.get(it)), body.get(at + 1));
                    for (callee, argument) in &open {
                        let Some(callee) = callee.filter(|callee| !is_keyword(callee, true)) else { continue };
                        let handed =
                            if levels == 0 { Use::Odd } else { self.used(file, callee, *argument, levels - 1) };
                        one = if handed == Use::Plain { one } else { handed };
                    }
                    found = Some(if found.is_none_or(|found| found == one) { one } else { Use::Odd });
                }
                Piece::Parameter(_) | Piece::Word(_) | Piece::Sign(_) | Piece::Other => {}
            }
        }
        // What is not used is gone.
        found.unwrap_or(Use::Plain)
    }

    /// The locals of a name that a macro reaches out for: `#define LOG puts(name)` where there is a local `name`.
    pub(super) fn carried(&self, name: &str) -> Vec<Entity> {
        let mut found = Vec::new();
        for file in self.holders(name).unwrap_or_default().iter().copied() {
            let Some(facts) = self.files.facts(file) else { continue };
            let locals: Vec<_> = facts.scopes.declarations().filter(|(_, it)| is_local(&it.data, name)).collect();
            if locals.is_empty() {
                continue;
            }
            let carriers = self.carriers(file, name);
            for (_, local) in locals {
                let place = local.data.place;
                let body = facts.body_at(place.start).unwrap_or(place);
                if !carriers.is_empty() && uses(&facts, body, &carriers) {
                    let first = facts.scopes.declared(local.scope, name).first().and_then(|id| facts.decl(*id));
                    let at = first.map_or(place.start, |first| first.place.start) as usize;
                    found.push(Entity::Name { file, at });
                }
            }
        }
        found.sort();
        found.dedup();
        found
    }

    /// The macros that a file can see and whose bodies name something, if only through other macros.
    pub(super) fn carriers(&self, file: FileId, name: &str) -> HashSet<Box<str>> {
        let mut found: HashSet<Box<str>> = HashSet::new();
        let mut names: Vec<Box<str>> = vec![name.into()];
        for _ in 0..MOST_LEVELS {
            let mut next = Vec::new();
            for name in &names {
                for holder in self.holders(name).unwrap_or_default().iter().copied() {
                    if !self.includes.meet(holder, file) {
                        continue;
                    }
                    let has_macros = |bytes: &[u8]| memchr::memmem::find(bytes, b"define").is_some();
                    if !self.files.sources.bytes(holder).is_ok_and(|bytes| has_macros(&bytes)) {
                        continue;
                    }
                    let Some(facts) = self.files.facts(holder) else { continue };
                    let carrying = facts.macros.iter().filter(|it| it.name != *name && names_it(it, name));
                    next.extend(carrying.map(|it| it.name.clone()).filter(|name| found.insert(name.clone())));
                }
            }
            names = next;
        }
        found
    }

    /// Whether some macro may put a name together of words that stand where it is used. Of a local, only what its function
    /// uses matters.
    pub(super) fn is_pasted(&self, name: &str, body: Option<(FileId, Span)>) -> bool {
        let pastes = self.pastes.get_or_init(|| Pastes::read(&self.files));
        pastes.0.iter().any(|pattern| {
            let fits = fits(&pattern.parts, name, &|_| true) && {
                let users = self.users(&pattern.of);
                fits(&pattern.parts, name, &|word| self.stands_in(word, &users))
            };
            fits && body.is_none_or(|(file, span)| {
                let Some(facts) = self.files.facts(file) else { return true };
                let mut carriers = self.carriers(file, &pattern.of);
                carriers.insert(pattern.of.clone());
                uses(&facts, span, &carriers)
            })
        })
    }

    /// The files that use a macro, if only through others.
    fn users(&self, name: &str) -> Vec<FileId> {
        let mut names: Vec<Box<str>> = vec![name.into()];
        let mut files = Vec::new();
        let mut at = 0;
        while let Some(name) = names.get(at).cloned().filter(|_| at < MOST_USERS) {
            let groups = self.groups(&name);
            let defined = |file: FileId| groups.macros.iter().filter(move |it| it.0 == file).count();
            for file in self.holders(&name).unwrap_or_default().iter().copied() {
                let Some(facts) = self.files.facts(file) else { continue };
                if facts.names(&name).len() > defined(file) {
                    files.push(file);
                }
                let above = facts.macros.iter().filter(|it| names_it(it, &name)).map(|it| it.name.clone());
                let new: Vec<_> = above.filter(|above| !names.contains(above)).collect();
                names.extend(new);
            }
            at += 1;
        }
        files.sort_unstable();
        files.dedup();
        files
    }

    fn stands_in(&self, word: &str, files: &[FileId]) -> bool {
        let words = Words::new(word);
        let holds = |file: &FileId| {
            let text = self.files.sources.text(*file);
            text.is_ok_and(|text| words.touches(text.as_bytes()) && words.of(&text).next().is_some())
        };
        files.iter().any(holds)
    }
}

/// Whether a name is of these parts, each of which stands where it may.
fn fits(parts: &[Part], name: &str, stands: &dyn Fn(&str) -> bool) -> bool {
    match parts {
        [] => name.is_empty(),
        [Part::Literal(letters), rest @ ..] => {
            name.strip_prefix(&**letters).is_some_and(|name| fits(rest, name, stands))
        }
        [Part::Any] => !name.is_empty() && stands(name),
        [Part::Any, rest @ ..] => {
            let mut joints = joints(name).into_iter().filter_map(|at| name.split_at_checked(at));
            joints.any(|(one, other)| fits(rest, other, stands) && stands(one))
        }
    }
}

/// Where a name may be put together: where people see a joint, or after any letter of a short one.
fn joints(name: &str) -> Vec<usize> {
    let bytes = name.as_bytes();
    let is_joint = |at: &usize| {
        let (Some(one), Some(other)) = (bytes.get(*at - 1), bytes.get(*at)) else { return false };
        *one == b'_'
            || *other == b'_'
            || one.is_ascii_lowercase() && !other.is_ascii_lowercase()
            || one.is_ascii_digit()
    };
    (1..name.len()).filter(is_joint).collect()
}

impl Pastes {
    /// Reads the macros of all files that have `##`.
    fn read(files: &Files<'_, Facts>) -> Self {
        let finder = memchr::memmem::Finder::new("##");
        let mut patterns = Vec::new();
        for file in files.own() {
            if files.check().is_err() || patterns.len() > MOST_PATTERNS {
                break;
            }
            let Ok(bytes) = files.sources.bytes(file) else { continue };
            if bytes.len() > MOST_FILE_BYTES || finder.find(&bytes).is_none() {
                continue;
            }
            let Ok(text) = files.sources.text(file) else { continue };
            let macros = directives::read(&text, &lex(&text)).macros;
            for it in &macros {
                let parts = patterns_of(&it.body).into_iter();
                patterns.extend(parts.map(|parts| Pattern { of: it.name.clone(), parts }));
            }
        }
        patterns.sort_by_key(|pattern| format!("{pattern:?}"));
        patterns.dedup();
        Self(patterns)
    }
}

/// `a ## b ## c` of a body, without those that nobody could tell from any name.
fn patterns_of(body: &[Piece]) -> Vec<Vec<Part>> {
    let is_paste = |at: usize| matches!(body.get(at..at + 2), Some([Piece::Sign(b'#'), Piece::Sign(b'#')]));
    let mut patterns = Vec::new();
    let mut at = 0;
    while at < body.len() {
        let mut parts: Vec<Part> = body.get(at).map(part).into_iter().collect();
        while is_paste(at + 1) && at + 3 < body.len() {
            at += 3;
            parts.extend(body.get(at).map(part));
        }
        if parts.len() > 1 {
            patterns.push(parts);
        }
        at += 1;
    }
    patterns
}

fn part(piece: &Piece) -> Part {
    match piece {
        Piece::Word(word) if **word != *"__VA_ARGS__" => Part::Literal(word.clone()),
        Piece::Word(_) | Piece::Parameter(_) | Piece::Sign(_) | Piece::Other => Part::Any,
    }
}

fn word(piece: Option<&Piece>) -> Option<&str> {
    match piece {
        Some(Piece::Word(word)) => Some(word),
        _ => None,
    }
}

/// What a parameter is, by what stands around it.
fn place(before: Option<&Piece>, second: Option<&Piece>, after: Option<&Piece>) -> Use {
    let is_arrow = before == Some(&Piece::Sign(b'>')) && second == Some(&Piece::Sign(b'-'));
    if before == Some(&Piece::Sign(b'.')) || is_arrow {
        return if after == Some(&Piece::Sign(b'#')) { Use::Odd } else { Use::Member };
    }
    let is_operand =
        |word: &str| matches!(word, "return" | "sizeof" | "case" | "else" | "do" | "typeof" | "__typeof__");
    let is_open = match before {
        None => true,
        Some(Piece::Word(word)) => is_operand(word),
        Some(Piece::Sign(b'*')) => !matches!(second, Some(Piece::Word(_) | Piece::Parameter(_))),
        Some(Piece::Sign(sign)) => b"(,=+-/%&|^!~<>?:[{;)".contains(sign),
        Some(Piece::Parameter(_) | Piece::Other) => false,
    };
    let is_closed = match after {
        None => true,
        Some(Piece::Sign(sign)) => b"),;+-*/%&|^!<>=?:[.(]}".contains(sign),
        Some(Piece::Word(_) | Piece::Parameter(_) | Piece::Other) => false,
    };
    if is_open && is_closed { Use::Plain } else { Use::Odd }
}

fn names_it(it: &Macro, name: &str) -> bool {
    it.body.iter().any(|piece| matches!(piece, Piece::Word(word) if **word == *name))
}

fn is_local(decl: &super::facts::Decl, name: &str) -> bool {
    decl.owner == Owner::Block && decl.space == Space::Ordinary && *decl.name == *name
}

/// Whether one of some names stands in a function.
pub(super) fn uses(facts: &Facts, body: Span, names: &HashSet<Box<str>>) -> bool {
    names.iter().any(|name| facts.names(name).iter().any(|it| body.holds(it.span)))
}

//! Tokens whose meaning is a macro's to say: arguments, bodies, attributes, strings with names in them.

use ra_ap_ide_db::defs::Definition;
use ra_ap_syntax::{
    AstNode, AstToken, Direction, SyntaxKind, SyntaxToken, T, TextRange,
    ast::{self, IsString},
};

use super::{
    meaning::{Cause, Reading, Sense, Shape},
    reader::{Reader, prose},
};
use crate::{
    language::{Entity, Prose, Role},
    sources::FileId,
};

/// Attributes whose texts are no names of the program.
const PLAIN_TEXTS: [&str; 14] = [
    "allow",
    "cfg",
    "cfg_attr",
    "deny",
    "deprecated",
    "doc",
    "expect",
    "feature",
    "forbid",
    "must_use",
    "path",
    "rename",
    "should_panic",
    "warn",
];

/// What a token tree belongs to.
enum Tree {
    Body,
    Attribute,
    Call(ast::MacroCall),
}

impl Reader<'_, '_> {
    /// A name in a token tree.
    pub(super) fn in_tree(&self, file: FileId, token: &SyntaxToken) -> Vec<Reading> {
        let unknown =
            |shape, cause| vec![Reading::new(token.text_range(), Role::Reference, Sense::Unknown(shape, cause))];
        if is_fragment(token) {
            let sense = Sense::Foreign("a fragment of a macro");
            return vec![Reading::new(token.text_range(), Role::Reference, sense)];
        }
        if !matches!(token.kind(), SyntaxKind::IDENT | SyntaxKind::LIFETIME_IDENT) {
            let expanded = self.expanded(file, token);
            let keyword = Reading::new(token.text_range(), Role::Reference, Sense::Foreign("a keyword"));
            return expanded.unwrap_or_else(|| vec![keyword]);
        }
        match tree(token) {
            Some(Tree::Body) => unknown(shape(token).unwrap_or_else(|| free(token)), Cause::MacroBody),
            Some(Tree::Attribute) => {
                self.expanded(file, token).unwrap_or_else(|| unknown(Shape::Any, Cause::Attribute))
            }
            Some(Tree::Call(call)) => {
                self.expanded(file, token).unwrap_or_else(|| unknown(self.guess(token, &call), Cause::MacroCall))
            }
            None => unknown(Shape::Any, Cause::Unresolved),
        }
    }

    /// What a token means in what its macro makes of it; nothing if that is not known.
    fn expanded(&self, file: FileId, token: &SyntaxToken) -> Option<Vec<Reading>> {
        let range = token.text_range();
        let made = self.sema.descend_into_macros_exact(token.clone());
        let mut all: Vec<Vec<Reading>> = Vec::new();
        for one in made.into_iter().filter(|one| one != token) {
            let mut readings = self.name_like(file, &one, false);
            let is_known = readings.iter().all(|reading| !matches!(reading.sense, Sense::Unknown(..)));
            for reading in &mut readings {
                if reading.range == one.text_range() {
                    reading.range = range;
                } else {
                    as_written(reading, token);
                }
            }
            if is_known && !readings.is_empty() && !all.contains(&readings) {
                all.push(readings);
            }
        }
        match all.as_slice() {
            [] => None,
            [only] => Some(only.clone()),
            [..] => Some(vec![joined(range, &all)]),
        }
    }

    /// What an argument of an unknown macro would be if it were ordinary code.
    fn guess(&self, token: &SyntaxToken, call: &ast::MacroCall) -> Shape {
        shape(token).unwrap_or_else(|| {
            let local = self.in_scope(call.syntax(), call.syntax().text_range().start());
            local.map_or_else(|| free(token), |local| Shape::Bare(Some(local)))
        })
    }

    /// A word in a string: a name if the string is a format that names its arguments.
    pub(super) fn string(&self, token: &SyntaxToken, word: TextRange) -> Vec<Reading> {
        let found = self.sema.check_for_format_args_template(token.clone(), word.start());
        if let Some((range, _, _, Some(resolution))) = found
            && range == word
        {
            return vec![Reading::new(word, Role::Text, self.sense(Definition::from(resolution)))];
        }
        match tree(token) {
            Some(Tree::Call(call)) if is_argument(token, word) => {
                match self.in_scope(call.syntax(), call.syntax().text_range().start()) {
                    Some(local) => {
                        let sense = Sense::Unknown(Shape::Bare(Some(local)), Cause::MacroCall);
                        vec![Reading::new(word, Role::Text, sense)]
                    }
                    None => prose(word, Prose::String),
                }
            }
            Some(Tree::Attribute) => attribute_string(token, word),
            _ => match token.parent_ancestors().find_map(ast::Attr::cast) {
                Some(_) => attribute_string(token, word),
                None => prose(word, Prose::String),
            },
        }
    }
}

/// A word in a string of an attribute.
fn attribute_string(token: &SyntaxToken, word: TextRange) -> Vec<Reading> {
    let attribute = token.parent_ancestors().find_map(ast::Attr::cast);
    let text = attribute.map(|it| it.syntax().text().to_string()).unwrap_or_default();
    let name = text.trim_start_matches(|it: char| "#![ \n".contains(it));
    let name = name.split(|it: char| !it.is_alphanumeric() && it != '_').next().unwrap_or_default();
    let key = key(token);
    if name == "doc" {
        return prose(word, Prose::Documentation);
    }
    if PLAIN_TEXTS.contains(&name)
        || key.as_deref().is_some_and(|key| PLAIN_TEXTS.contains(&key) || key.starts_with("rename"))
    {
        return prose(word, Prose::String);
    }
    vec![Reading::new(word, Role::Text, Sense::Unknown(Shape::Any, Cause::Attribute))]
}

/// Brings a shorthand with `ref` or `mut`, as a macro made it, back to how it is written in the macro's arguments.
fn as_written(reading: &mut Reading, token: &SyntaxToken) {
    let before = std::iter::successors(next_to(token, Direction::Prev), |token| next_to(token, Direction::Prev));
    let first = before.take_while(|it| matches!(it.kind(), T![ref] | T![mut])).last();
    let start = first.map_or(token.text_range().start(), |first| first.text_range().start());
    let root = token.parent_ancestors().last();
    let modifiers = TextRange::new(start, token.text_range().start());
    let modifiers = root.map(|root| root.text().slice(modifiers).to_string()).unwrap_or_default();
    reading.range = TextRange::new(start, token.text_range().end());
    if reading.prefix.is_empty() {
        reading.suffix = format!(": {modifiers}{}", token.text());
    } else {
        reading.prefix = format!("{}: {modifiers}", token.text());
    }
}

/// Several meanings of one token that cannot be renamed apart.
fn joined(range: TextRange, all: &[Vec<Reading>]) -> Reading {
    let mut entities: Vec<Entity> = Vec::new();
    for reading in all.iter().flatten() {
        if let Sense::Is(entity) = &reading.sense
            && !entities.contains(entity)
        {
            entities.push(entity.clone());
        }
    }
    let role = all.iter().flatten().map(|reading| reading.role).next().unwrap_or(Role::Reference);
    match entities.as_slice() {
        [] => Reading::new(range, role, Sense::Foreign("what a macro makes of it")),
        [only] if all.iter().flatten().all(|it| matches!(it.sense, Sense::Is(_))) => {
            Reading::new(range, role, Sense::Is(only.clone()))
        }
        [..] => Reading::new(range, role, Sense::Several(entities)),
    }
}

fn tree(token: &SyntaxToken) -> Option<Tree> {
    token.parent_ancestors().find_map(|node| match node.kind() {
        SyntaxKind::MACRO_RULES | SyntaxKind::MACRO_DEF => Some(Tree::Body),
        SyntaxKind::ATTR => Some(Tree::Attribute),
        SyntaxKind::MACRO_CALL => ast::MacroCall::cast(node).map(Tree::Call),
        _ => None,
    })
}

/// The token before or after, without spaces and comments.
fn next_to(token: &SyntaxToken, direction: Direction) -> Option<SyntaxToken> {
    let step = |token: &SyntaxToken| match direction {
        Direction::Next => token.next_token(),
        Direction::Prev => token.prev_token(),
    };
    std::iter::successors(step(token), step).find(|token| !token.kind().is_trivia())
}

fn is_after(token: &SyntaxToken, kinds: &[SyntaxKind]) -> bool {
    let mut at = token.clone();
    kinds.iter().all(|kind| match next_to(&at, Direction::Prev) {
        Some(before) if before.kind() == *kind => {
            at = before;
            true
        }
        _ => false,
    })
}

/// `$name`, or `expr` in `$name:expr`.
fn is_fragment(token: &SyntaxToken) -> bool {
    is_after(token, &[T![$]]) || is_after(token, &[T![:], SyntaxKind::IDENT, T![$]])
}

/// What a token in a tree must be by what stands next to it; nothing if it stands by itself.
fn shape(token: &SyntaxToken) -> Option<Shape> {
    let is_called = next_to(token, Direction::Next).is_some_and(|it| matches!(it.kind(), T!['('] | T![:]));
    if is_after(token, &[T![.]]) && !is_after(token, &[T![.], T![.]]) {
        return Some(if is_called { Shape::Method } else { Shape::Field });
    }
    is_after(token, &[T![:], T![:]]).then_some(Shape::Any)
}

/// What a token in a tree can be that stands by itself: no member where it is used as a value or is bound to one.
fn free(token: &SyntaxToken) -> Shape {
    let next = next_to(token, Direction::Next).map(|it| it.kind());
    let before = next_to(token, Direction::Prev).map(|it| it.kind());
    let is_value = matches!(next, Some(T![.] | T!['('] | T!['['] | T![=] | T![;] | T![?]))
        || matches!(before, Some(T![let] | T![mut] | T![&] | T![=] | T![*] | T![in]));
    if is_value && before != Some(T![fn]) { Shape::Bare(None) } else { Shape::Any }
}

/// Whether a word in a format string names an argument: `{word}`, `{word:?}`.
fn is_argument(token: &SyntaxToken, word: TextRange) -> bool {
    let Some(string) = ast::String::cast(token.clone()) else { return false };
    let start = token.text_range().start();
    let is_inside = string.text_range_between_quotes().is_some_and(|inside| inside.contains_range(word));
    let text = token.text();
    let before = text.get(..usize::from(word.start() - start)).unwrap_or_default();
    let after = text.get(usize::from(word.end() - start)..).unwrap_or_default();
    is_inside && before.ends_with('{') && !before.ends_with("{{") && after.starts_with(['}', ':'])
}

/// The key in `key = "text"`.
fn key(token: &SyntaxToken) -> Option<String> {
    let equals = next_to(token, Direction::Prev).filter(|it| it.kind() == T![=])?;
    next_to(&equals, Direction::Prev).map(|it| it.text().to_owned())
}

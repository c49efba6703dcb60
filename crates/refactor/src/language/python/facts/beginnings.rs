//! Texts that are put together: with what they begin, as far as their own file shows.

use std::collections::BTreeSet;

use super::{Bound, Expression, Facts, How, Id};

/// Methods of a text that keep its beginning, but for the case of its letters.
const KEEPING: [&str; 10] =
    ["format", "lower", "upper", "casefold", "title", "capitalize", "swapcase", "replace", "rstrip", "removesuffix"];

/// More pieces than this are as good as unknown.
const MOST_PIECES: usize = 256;

/// With what a text begins.
#[derive(Debug)]
pub(crate) enum Begin {
    /// With these letters.
    With(String),
    /// As another one does.
    As(Id<Expression>),
}

/// With what the texts begin that an expression may be. Literals that stand for themselves are not among them.
#[derive(Debug, Default)]
pub(crate) struct Beginnings {
    /// An empty one is of a text that is put together of nobody knows what.
    pub(crate) known: Vec<String>,
    /// Whether it may be any text.
    pub(crate) is_unknown: bool,
}

impl Beginnings {
    /// Whether nobody knows with what the name of an attribute begins.
    pub(crate) fn is_open(&self) -> bool {
        self.is_unknown || self.known.iter().any(|begin| letters(begin).is_empty())
    }

    /// The letters that the name of an attribute is put together with.
    pub(crate) fn of_attribute(&self, name: &str) -> Option<&str> {
        let begins = |begin: &&str| {
            let head = name.get(..begin.len());
            !begin.is_empty() && head.is_some_and(|head| head.eq_ignore_ascii_case(begin))
        };
        self.known.iter().map(|begin| letters(begin)).find(begins)
    }
}

/// The part that names may begin with: `replace` may make something else of what follows.
fn letters(begin: &str) -> &str {
    begin.split(|letter: char| letter != '_' && !letter.is_alphanumeric()).next().unwrap_or_default()
}

/// A look at where a text comes from.
struct Search<'f> {
    facts: &'f Facts,
    /// What is to be looked at, and whether it is only a part of the text.
    next: Vec<(Id<Expression>, bool)>,
    found: Beginnings,
}

impl Facts {
    /// With what the texts begin that an expression may be.
    pub(crate) fn beginnings(&self, of: Id<Expression>) -> Beginnings {
        let mut search = Search { facts: self, next: vec![(of, false)], found: Beginnings::default() };
        let mut seen = BTreeSet::new();
        while let Some((one, is_part)) = search.next.pop() {
            if seen.len() > MOST_PIECES {
                search.found.is_unknown = true;
                break;
            }
            if seen.insert((one, is_part)) {
                search.look(one, is_part);
            }
        }
        search.found
    }
}

impl Search<'_> {
    fn look(&mut self, id: Id<Expression>, is_part: bool) {
        match self.facts.begins.get(&id) {
            Some(Begin::With(begin)) => return self.found.known.push(begin.clone()),
            Some(Begin::As(other)) => return self.next.push((*other, true)),
            None => {}
        }
        match self.facts.expressions.get(id) {
            Expression::Text | Expression::Nothing if !is_part => {}
            Expression::Either(all) => self.next.extend(all.iter().map(|one| (*one, is_part))),
            Expression::Name(lookup) => {
                let variable = self.facts.lookups.get(*lookup).variable;
                let bindings = variable.map(|variable| self.facts.variables.get(variable).bindings.as_slice());
                match bindings {
                    Some(all) if !all.is_empty() => {
                        // What `+=` adds comes behind.
                        let is_part = is_part || all.iter().any(|bound| bound.how == How::Touched);
                        for bound in all {
                            self.bound(bound.how, is_part);
                        }
                    }
                    _ => self.unknown(is_part),
                }
            }
            Expression::Call { of, .. } => match self.facts.expressions.get(*of) {
                Expression::Attribute { of, name } if KEEPING.contains(&name.as_str()) => self.next.push((*of, true)),
                _ => self.unknown(is_part),
            },
            _ => self.unknown(is_part),
        }
    }

    fn bound(&mut self, how: How, is_part: bool) {
        match how {
            How::Value(value) => self.next.push((value, is_part)),
            How::Each(all) => match elements(self.facts, all) {
                Some(elements) => self.next.extend(elements.iter().map(|one| (*one, is_part))),
                None => self.unknown(is_part),
            },
            How::Touched => {}
            _ => self.unknown(is_part),
        }
    }

    fn unknown(&mut self, is_part: bool) {
        if is_part {
            self.found.known.push(String::new());
        } else {
            self.found.is_unknown = true;
        }
    }
}

/// The elements of what is written as a list, or has a name that is bound to one.
fn elements(facts: &Facts, of: Id<Expression>) -> Option<&[Id<Expression>]> {
    let listed = |of| match facts.expressions.get(of) {
        Expression::Tuple(elements) | Expression::Many(_, elements) => Some(elements.as_slice()),
        _ => None,
    };
    let Expression::Name(lookup) = facts.expressions.get(of) else { return listed(of) };
    let variable = facts.lookups.get(*lookup).variable?;
    match facts.variables.get(variable).bindings.as_slice() {
        [Bound { how: How::Value(value), .. }] => listed(*value),
        _ => None,
    }
}

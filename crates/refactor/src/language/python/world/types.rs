//! What a value may be.

use super::{ClassRef, Module};
use crate::{
    language::python::facts::{Function, Id},
    sources::FileId,
};

/// A function of a file.
pub(crate) type FunctionRef = (FileId, Id<Function>);

/// One thing that a value may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Type {
    /// An instance of a class, or of one that inherits from it.
    Instance(ClassRef),
    /// The class itself.
    Class(ClassRef),
    Function(FunctionRef),
    Module(Module),
    /// What `super()` gives in a class.
    Super(ClassRef),
    /// Something that holds others.
    Holder(&'static str, Types),
    Tuple(Vec<Types>),
    /// A value of a built-in type.
    Literal(&'static str),
    /// A module, class or function of a library, by its dotted name.
    Library(String),
    /// A value of a library's class.
    Object(String),
    Unknown,
}

/// All that a value may be. With nothing in it, it is `None`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Types(Vec<Type>);

/// More than this is as good as unknown.
const MOST: usize = 24;

impl Types {
    pub(crate) fn unknown() -> Self {
        Self(vec![Type::Unknown])
    }

    pub(crate) fn nothing() -> Self {
        Self::default()
    }

    pub(crate) fn one(only: Type) -> Self {
        Self(vec![only])
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Type> {
        self.0.iter()
    }

    pub(crate) fn add(&mut self, more: Self) {
        for one in more.0 {
            if !self.0.contains(&one) {
                self.0.push(one);
            }
        }
        if self.0.len() > MOST {
            *self = Self::unknown();
        }
    }

    /// What each leads to, together.
    pub(crate) fn each(&self, lead: impl FnMut(&Type) -> Self) -> Self {
        self.0.iter().map(lead).collect()
    }

    pub(crate) fn is_unknown(&self) -> bool {
        self.0.contains(&Type::Unknown)
    }
}

impl FromIterator<Types> for Types {
    fn from_iter<I: IntoIterator<Item = Types>>(all: I) -> Self {
        let mut together = Self::default();
        all.into_iter().for_each(|one| together.add(one));
        together
    }
}

impl From<Type> for Types {
    fn from(only: Type) -> Self {
        Self::one(only)
    }
}

//! What an expression or a type comes to.

use std::rc::Rc;

use super::facts::{ClassId, FieldId, MethodId, Primitive, ValueId, VariableId};
use crate::sources::FileId;

/// A class of some file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct ClassRef {
    pub(super) file: FileId,
    pub(super) class: ClassId,
}

/// A method of some file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct MethodRef {
    pub(super) file: FileId,
    pub(super) method: MethodId,
}

/// A field of some file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct FieldRef {
    pub(super) file: FileId,
    pub(super) field: FieldId,
}

/// The type of a value, or what else a name can stand for before a dot.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    /// Nobody can say.
    Unknown,
    /// Of a class that is not in these sources and of which nothing is known but its name.
    Foreign(Rc<str>),
    Null,
    Primitive(Primitive),
    /// Of a class, with what its type parameters stand for.
    Object(ClassRef, Rc<[Kind]>),
    /// Of a type parameter.
    Variable(FileId, VariableId),
    Array(Rc<Kind>),
    /// `? super` this.
    Above(Rc<Kind>),
    /// Of several types at once.
    All(Rc<[Kind]>),
    /// A lambda or a method's reference.
    Function(FileId, ValueId),
    /// A class itself, to reach what is static.
    Static(ClassRef),
    /// The same of one that is not here.
    StaticForeign(Rc<str>),
    /// A package.
    Package(Rc<str>),
}

impl Kind {
    /// A class whose parameters do not matter.
    pub(super) fn plain(class: ClassRef) -> Self {
        Self::Object(class, Rc::from([]))
    }
}

/// What the name of a type stands for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Named {
    Class(ClassRef),
    Variable(FileId, VariableId),
    /// Of a library.
    Foreign(Rc<str>),
    /// A class that is declared more than once.
    Several(Vec<ClassRef>),
    Package(Rc<str>),
    /// It is nowhere to be seen, but may be made by a tool.
    Unknown,
}

//! Expressions, as far as their types matter: each knows its parts by their numbers.

use super::facts::{ClassId, Part, Primitive, TypeId, ValueId};

/// An expression, as far as its type matters.
#[derive(Debug, Clone)]
pub(super) enum Value {
    /// A name alone.
    Name(Part),
    /// `object.name`.
    Field {
        object: ValueId,
        part: Part,
    },
    /// `object.name(…)`.
    Call {
        object: Option<ValueId>,
        part: Part,
        arguments: Vec<ValueId>,
    },
    /// `new A(…)`, with its body's class.
    New {
        typed: TypeId,
        arguments: Vec<ValueId>,
        body: Option<ClassId>,
    },
    /// `this(…)` and `super(…)`, at their first byte.
    Construct {
        at: u32,
        is_super: bool,
        arguments: Vec<ValueId>,
    },
    /// A constant's arguments, for its enum's constructor.
    Constant {
        class: ClassId,
        arguments: Vec<ValueId>,
    },
    /// `this` at a byte.
    This(u32),
    /// `A.this`.
    OuterThis(ValueId),
    /// `super` at a byte.
    Super(u32),
    /// `A.super`.
    OuterSuper {
        object: ValueId,
        at: u32,
    },
    /// A cast, an array that is made, or a name in a place where only a type can be.
    Typed(TypeId),
    /// A value of a type of its own, such as a literal.
    Literal(Primitive),
    Text,
    Null,
    /// `a[i]`.
    Element(ValueId),
    /// `c ? a : b`.
    Either(ValueId, ValueId),
    /// `a + b`, a shift, and what else is done with two numbers.
    Sum(Vec<ValueId>),
    /// `A.class`.
    ClassOf(TypeId),
    /// A lambda: how many parameters it has, what it returns if that is one expression, and where it goes.
    Lambda {
        count: u32,
        returns: Option<ValueId>,
        context: Context,
    },
    /// `object::name`.
    Reference {
        object: ValueId,
        part: Option<Part>,
        context: Context,
    },
    Unknown,
}

/// Where a lambda or a method's reference goes, which says its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Context {
    /// It is the argument of a call, by its count.
    Argument(ValueId, u32),
    /// It is assigned to, cast to or returned as this.
    Typed(TypeId),
    /// It is assigned to what this is.
    Like(ValueId),
    Unknown,
}

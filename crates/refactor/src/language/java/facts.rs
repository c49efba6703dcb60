//! What one file says, by its text alone: its package, imports, classes with their members, variables, the expressions
//! whose types matter, and every name with what it does.

use std::{collections::HashMap, ops::Range};

use super::super::trees::Lexemes;
pub(super) use super::values::{Context, Value};
use crate::language::Role;

/// Bytes of a file.
pub(super) type Span = Range<u32>;

/// Makes a kind of number for the things of one list of [`Facts`].
macro_rules! numbers {
    ($($(#[$doc:meta])* $name:ident)*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub(super) struct $name(pub(super) u32);
        )*
    };
}

numbers! {
    /// One of [`Facts::classes`].
    ClassId
    /// One of [`Facts::methods`].
    MethodId
    /// One of [`Facts::fields`].
    FieldId
    /// One of [`Facts::locals`].
    LocalId
    /// One of [`Facts::variables`].
    VariableId
    /// One of [`Facts::typed`].
    TypeId
    /// One of [`Facts::values`].
    ValueId
}

/// All of it.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// `package a.b`, part by part.
    pub(super) package: Vec<Part>,
    pub(super) imports: Vec<Import>,
    /// The packages that a module exports or opens.
    pub(super) exported: Vec<Vec<Part>>,
    pub(super) classes: Vec<Class>,
    pub(super) methods: Vec<Method>,
    pub(super) fields: Vec<Field>,
    pub(super) locals: Vec<Local>,
    pub(super) variables: Vec<Variable>,
    pub(super) typed: Vec<Typed>,
    pub(super) values: Vec<Value>,
    /// Every name, with what it does.
    pub(super) tokens: HashMap<Box<str>, Vec<Token>>,
    pub(super) lexemes: Lexemes,
    /// Where the text breaks the grammar first.
    pub(super) error: Option<(usize, String)>,
}

/// A name where it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) name: Box<str>,
    /// Its first byte.
    pub(super) start: u32,
}

/// `import static a.b.C.*`.
#[derive(Debug)]
pub(super) struct Import {
    pub(super) parts: Vec<Part>,
    pub(super) is_static: bool,
    /// Whether it ends in `*`.
    pub(super) is_all: bool,
}

impl Import {
    /// What it brings in, if it is one thing.
    pub(super) fn single(&self) -> Option<&Part> {
        self.parts.last().filter(|_| !self.is_all)
    }
}

/// Who may use a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Access {
    /// Its own file's outermost class.
    Private,
    /// Its package.
    Package,
    /// Its package and its subclasses.
    Protected,
    /// Everybody.
    Public,
}

/// What was written before a declaration.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a word of its own")]
pub(super) struct Modifiers {
    pub(super) access: Access,
    pub(super) is_static: bool,
    pub(super) is_abstract: bool,
    pub(super) is_final: bool,
    pub(super) is_native: bool,
    /// A method of an interface that has a body.
    pub(super) is_default: bool,
    /// The names of its annotations.
    pub(super) annotations: Vec<TypeId>,
}

impl Default for Modifiers {
    fn default() -> Self {
        Self {
            access: Access::Package,
            is_static: false,
            is_abstract: false,
            is_final: false,
            is_native: false,
            is_default: false,
            annotations: Vec::new(),
        }
    }
}

/// What was declared by which word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ClassKind {
    Class,
    Interface,
    Enum,
    Record,
    Annotation,
    /// `new A() {…}`, or the body of an enum's constant.
    Anonymous,
}

/// A class, interface, enum, record or annotation type.
#[derive(Debug)]
pub(super) struct Class {
    /// Anonymous classes have none.
    pub(super) name: Option<Part>,
    pub(super) kind: ClassKind,
    pub(super) modifiers: Modifiers,
    /// What is between its braces.
    pub(super) body: Span,
    /// The class that it is written in.
    pub(super) outer: Option<ClassId>,
    /// Where a local class can be named.
    pub(super) local: Option<Span>,
    pub(super) variables: Vec<VariableId>,
    /// Its superclass first, if it names one.
    pub(super) supers: Vec<TypeId>,
    /// Whether the first of them is a superclass, and no interface.
    pub(super) extends: bool,
    pub(super) methods: Vec<MethodId>,
    pub(super) fields: Vec<FieldId>,
    /// The classes right in it.
    pub(super) members: Vec<ClassId>,
}

/// A method, a constructor, an element of an annotation.
#[derive(Debug)]
pub(super) struct Method {
    pub(super) name: Part,
    pub(super) class: ClassId,
    pub(super) modifiers: Modifiers,
    pub(super) is_constructor: bool,
    /// The accessor of a record's component: its name is the component's.
    pub(super) component: Option<FieldId>,
    pub(super) parameters: Vec<TypeId>,
    /// Whether the last parameter takes any number of arguments; its type is an array then.
    pub(super) is_variadic: bool,
    pub(super) result: Option<TypeId>,
    pub(super) variables: Vec<VariableId>,
    /// Whether `@Override` stands before it.
    pub(super) overrides: bool,
}

/// A field, a constant of an enum or an interface, a component of a record.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: Part,
    pub(super) class: ClassId,
    pub(super) modifiers: Modifiers,
    pub(super) typed: TypeId,
    pub(super) is_constant: bool,
    pub(super) is_component: bool,
}

/// A variable of a method: local, parameter, of a pattern, of a lambda.
#[derive(Debug)]
pub(super) struct Local {
    pub(super) name: Part,
    pub(super) origin: Origin,
    /// Where it can be named; several ranges for what a pattern declares.
    pub(super) seen: Vec<Span>,
    pub(super) is_parameter: bool,
}

/// Where a variable's type comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// It is written.
    Typed(TypeId),
    /// `var x = …`.
    Value(ValueId),
    /// `for (var x : …)`.
    Element(ValueId),
    /// The parameter of a lambda, by its count.
    Lambda(ValueId, u32),
    /// The parameter of a record's canonical constructor is the component.
    Component(FieldId),
    /// Nobody says.
    Unknown,
}

/// A type parameter.
#[derive(Debug)]
pub(super) struct Variable {
    pub(super) name: Part,
    /// Where it can be named.
    pub(super) seen: Span,
    pub(super) bounds: Vec<TypeId>,
}

/// The types that are no classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Primitive {
    Boolean,
    Byte,
    Short,
    Char,
    Int,
    Long,
    Float,
    Double,
    Void,
}

/// A type as it is written.
#[derive(Debug, Clone)]
pub(super) enum Typed {
    Primitive(Primitive),
    /// `a.b.C<D>`: what stands before the last `.` is one of its own.
    Named {
        qualifier: Option<TypeId>,
        part: Part,
        arguments: Vec<TypeId>,
        is_diamond: bool,
    },
    Array(TypeId),
    /// `?` with its upper bound, if it has one.
    Wildcard(Option<TypeId>),
    /// `? super A`.
    Above(TypeId),
    /// `A & B`, `A | B`: of both.
    Several(Vec<TypeId>),
    /// A class of this file, whatever it is called.
    Own(ClassId),
    /// Not written.
    Missing,
}

/// What a name does at a place.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub(super) start: u32,
    pub(super) role: Role,
    pub(super) meaning: Meaning,
}

/// What decides what a name means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    Class(ClassId),
    Method(MethodId),
    Field(FieldId),
    Local(LocalId),
    Variable(VariableId),
    /// A label, by where it is defined.
    Label(u32),
    /// A name alone, or after a dot, or a method's name: see the value.
    Value(ValueId),
    /// The part of a type.
    Type(TypeId),
    /// A part of an import.
    Import(u32, u32),
    /// A part of the package's name.
    Package(u32),
    /// `name = …` in an annotation of this type.
    Element(TypeId),
    /// `case NAME` of a switch over this.
    Case(ValueId),
    /// A part of a package's name in a module's description.
    Exported(u32, u32),
    /// A string that is all of this name.
    Text,
    /// A name of another kind, such as a module's.
    Fixed(&'static str),
}

macro_rules! getters {
    ($($get:ident $list:ident $id:ident $item:ident)*) => {
        $(
            pub(super) fn $get(&self, id: $id) -> Option<&$item> {
                self.$list.get(id.0 as usize)
            }
        )*
    };
}

impl Facts {
    getters! {
        class classes ClassId Class
        method methods MethodId Method
        field fields FieldId Field
        local locals LocalId Local
        variable variables VariableId Variable
        typed typed TypeId Typed
        value values ValueId Value
    }

    /// The package with dots between its parts.
    pub(super) fn package_name(&self) -> String {
        joined(&self.package)
    }

    /// Every class with its number.
    pub(super) fn all_classes(&self) -> impl Iterator<Item = (ClassId, &Class)> {
        (0..).map(ClassId).zip(&self.classes)
    }

    /// The classes that are in no other.
    pub(super) fn top(&self) -> impl Iterator<Item = (ClassId, &Class)> {
        self.all_classes().filter(|(_, class)| class.outer.is_none() && class.local.is_none())
    }

    /// The classes around a byte, from the inside.
    pub(super) fn classes_around(&self, at: u32) -> Vec<ClassId> {
        let mut around: Vec<_> = self.all_classes().filter(|(_, class)| class.body.contains(&at)).collect();
        around.sort_by_key(|(_, class)| std::cmp::Reverse(class.body.start));
        around.into_iter().map(|(id, _)| id).collect()
    }
}

/// Names with dots between them.
pub(super) fn joined(parts: &[Part]) -> String {
    parts.iter().map(|part| &*part.name).collect::<Vec<_>>().join(".")
}

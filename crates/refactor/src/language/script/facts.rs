//! What one file says, on its own: its tokens by name, what it declares, and the little of its expressions and types that
//! tells what a member access means. A pure function of the text, so it may be kept by blob id.

use std::{collections::HashMap, ops::Range};

use crate::language::{Prose, Role, SymbolKind};

/// Bytes of the file.
pub(super) type Span = Range<u32>;

/// A name that the file declares; an index into [`Facts::symbols`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct SymbolId(pub(super) u32);

/// An expression, as far as it is understood; an index into [`Facts::values`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct ValueId(pub(super) u32);

/// A type, as far as it is understood; an index into [`Facts::types`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct TypeId(pub(super) u32);

/// Something with members; an index into [`Facts::shapes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct ShapeId(pub(super) u32);

/// What can be called; an index into [`Facts::signatures`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct SignatureId(pub(super) u32);

/// A module that is asked for; an index into [`Facts::requests`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct RequestId(pub(super) u32);

/// One file.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    /// Every name token, by its name as the language reads it.
    pub(super) tokens: HashMap<Box<str>, Vec<Token>>,
    /// Comments, strings and the like, from the first to the last.
    pub(super) prose: Vec<(Span, Prose)>,
    pub(super) symbols: Vec<Symbol>,
    pub(super) values: Vec<Value>,
    pub(super) types: Vec<Type>,
    pub(super) shapes: Vec<Shape>,
    pub(super) signatures: Vec<Signature>,
    pub(super) requests: Vec<Request>,
    pub(super) exports: Vec<Export>,
    /// Values whose members go over into another object: `{ ...value }`.
    pub(super) spreads: Vec<ValueId>,
    /// Objects that are asked for members by names that are not written there, and where.
    pub(super) computed: Vec<(ValueId, u32)>,
    /// Types whose members' names are taken for values or for parts of names.
    pub(super) keyed: Vec<Keyed>,
    /// What `export * from` hands on.
    pub(super) stars: Vec<RequestId>,
    /// What `export =` and `module.exports =` hand out.
    pub(super) assigned: Vec<ValueId>,
    /// Names that every other file sees: declared in a script, or by `declare global`.
    pub(super) globals: Vec<SymbolId>,
    /// Blocks of `declare module "name"`.
    pub(super) ambients: Vec<Ambient>,
    /// Whether it has imports or exports; a script's top level is everybody's.
    pub(super) is_module: bool,
    /// Whether it hands out through `module.exports`.
    pub(super) is_common: bool,
    /// Whether it is TypeScript: what it does not declare does not exist.
    pub(super) is_typed: bool,
    /// Where its first element of JSX is.
    pub(super) element: Option<u32>,
    /// Where its grammar is broken first.
    pub(super) error: Option<(usize, String)>,
}

/// `keyof T`.
#[derive(Debug)]
pub(super) struct Keyed {
    pub(super) of: TypeId,
    pub(super) start: u32,
    /// Whether other names are put together of these, as `` `get${keyof T}` `` does.
    pub(super) is_made: bool,
}

/// A name where it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) role: Role,
    pub(super) form: Form,
    pub(super) meaning: Meaning,
}

/// How a new name is written for one meaning of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// In its place.
    Plain,
    /// As the key of a shorthand property, whose variable keeps its name: `new: old`.
    Key,
    /// As the variable of a shorthand property, whose key keeps its name: `old: new`.
    Variable,
}

/// What a token names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Something that this file declares or imports.
    Symbol(SymbolId),
    /// The same, but inside of `with`, where an object may know the name better.
    Dynamic(Option<SymbolId>),
    /// Something that this file does not declare.
    Global,
    /// A member of a value.
    Member(ValueId),
    /// A member of a type: `T["name"]`.
    TypeMember(TypeId),
    /// A string that a call names a member of its first argument by.
    Keyed(ValueId),
    /// A string that a call is handed, as its argument of this number or within it.
    Handed(ValueId, u32),
    /// An attribute of an element of this component.
    Attribute(ValueId),
    /// The definition of a member, by its number, or a private name.
    Own(ShapeId, u32),
    /// The new name in `export { old as name }`, by its number.
    Export(u32),
    /// What another module calls so: `import { name as local } from`, `export { name } from`.
    Import(RequestId),
    /// A label, defined at this byte.
    Label(u32),
    /// Something that is the language's or a tool's.
    Fixed(&'static str),
}

/// A declared name.
#[derive(Debug, Clone)]
pub(super) struct Symbol {
    pub(super) name: Box<str>,
    pub(super) kind: SymbolKind,
    /// Where it is declared, from the first to the last.
    pub(super) places: Vec<Span>,
    pub(super) declared: Vec<Declared>,
    /// Whether it is assigned to after its declaration.
    pub(super) written: bool,
    /// Where its value is handed on whole, if it is.
    pub(super) escapes: Option<u32>,
    /// Whether it stands at the file's top level, or is exported by a namespace.
    pub(super) is_top: bool,
    /// A call of `eval` that sees it.
    pub(super) eval: Option<u32>,
    /// The namespace or class it is qualified by.
    pub(super) within: Option<SymbolId>,
}

/// One of the things that a name is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Declared {
    /// Another module's export.
    Import(RequestId, Imported),
    /// `import name = path`, or a value that is never another.
    Value(ValueId),
    /// An annotation.
    Typed(TypeId),
    /// A function.
    Function(SignatureId),
    /// A class, an interface, an enum.
    Shape(ShapeId),
    /// A type alias.
    Alias(TypeId),
    /// A namespace, with what it exports.
    Space(Vec<SymbolId>),
    /// A type parameter, with its constraint.
    Parameter(Option<TypeId>),
    /// A parameter that is a member too: `constructor(private name)`.
    Property(ShapeId, u32),
}

/// What an import takes from its module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Imported {
    Named(Box<str>),
    Default,
    /// `* as name`.
    Namespace,
    /// `name = require()`.
    Whole,
}

/// An expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Unknown,
    /// A literal, an array, a function of the language's own.
    Builtin,
    Symbol(SymbolId),
    Global(Box<str>),
    /// An instance of a class or an object.
    Instance(ShapeId),
    /// A class itself, or an object literal.
    Object(ShapeId),
    /// The class that this one extends, as instance or as class.
    Super(ShapeId, bool),
    Member(ValueId, Box<str>),
    Call(ValueId),
    New(ValueId),
    Await(ValueId),
    Element(ValueId),
    Typed(TypeId),
    Function(SignatureId),
    Either(Vec<ValueId>),
    /// `require()`, `import()` once it is awaited, `import x = require()`.
    Module(RequestId),
}

/// A type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Type {
    Unknown,
    /// `any`: everything is allowed.
    Any,
    Builtin(&'static str),
    Named(ValueId, Vec<TypeId>),
    Shape(ShapeId),
    Union(Vec<TypeId>),
    Intersection(Vec<TypeId>),
    /// `typeof value`.
    Query(ValueId),
    List(TypeId),
    /// `keyof T`
    Keys,
    Function(SignatureId),
    This,
    Indexed(TypeId, Box<str>),
}

/// What can be called.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Signature {
    pub(super) parameters: Vec<Option<TypeId>>,
    pub(super) returns: Option<TypeId>,
    /// What its body returns, if it has no annotation.
    pub(super) gives: Vec<ValueId>,
    pub(super) is_async: bool,
}

/// Something with members.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    pub(super) kind: ShapeKind,
    pub(super) symbol: Option<SymbolId>,
    /// What it extends or implements.
    pub(super) bases: Vec<Base>,
    pub(super) members: Vec<Member>,
    /// Whether there may be members that nobody can see: spread, computed, index signatures.
    pub(super) is_open: bool,
    /// What an object literal is expected to be.
    pub(super) context: Context,
    /// Where it stands.
    pub(super) span: Span,
    /// Where an object literal is handed on whole: where it stands, unless a variable is its only owner.
    pub(super) escapes: Option<u32>,
}

/// What kind of thing has members.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ShapeKind {
    Class,
    Interface,
    TypeLiteral,
    Object,
    Enum,
}

/// A class or type that another leans on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Base {
    Class(ValueId),
    Type(TypeId),
}

/// What an object literal is expected to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Context {
    /// Nothing in particular.
    None,
    Typed(TypeId),
    /// An argument of a call, or of `new`.
    Argument(ValueId, u32),
    /// What it is assigned to.
    Assigned(ValueId),
    /// A member of another literal.
    Within(ShapeId, Box<str>),
    /// An element of something that is expected to be so.
    Element(Box<Context>),
}

/// A member where it is defined.
#[derive(Debug, Clone)]
pub(super) struct Member {
    /// With `#` if it is private to the language.
    pub(super) name: Box<str>,
    /// The letters of its name.
    pub(super) place: Span,
    pub(super) kind: SymbolKind,
    pub(super) is_static: bool,
    pub(super) is_optional: bool,
    pub(super) access: Access,
    pub(super) typed: Option<TypeId>,
    pub(super) value: Option<ValueId>,
}

/// Who may use a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    All,
    /// `protected`.
    Family,
    /// `private`, or `#`.
    Class,
}

/// A module that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) specifier: Box<str>,
    /// The letters between the quotes.
    pub(super) place: Span,
}

/// A name that a module hands out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Export {
    pub(super) name: Box<str>,
    /// Where the name is written.
    pub(super) place: Span,
    pub(super) target: Target,
    /// Whether the name is this export's own, and not that of what it hands out.
    pub(super) is_renamed: bool,
}

/// What an export hands out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    Symbol(SymbolId),
    Value(ValueId),
    From(RequestId, Box<str>),
    Namespace(RequestId),
    /// What nobody declares here.
    Unknown,
}

/// `declare module "name" { … }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ambient {
    pub(super) request: RequestId,
    pub(super) symbols: Vec<SymbolId>,
}

impl Facts {
    pub(super) fn symbol(&self, id: SymbolId) -> Option<&Symbol> {
        self.symbols.get(id.0 as usize)
    }

    pub(super) fn value(&self, id: ValueId) -> &Value {
        self.values.get(id.0 as usize).unwrap_or(&Value::Unknown)
    }

    pub(super) fn typed(&self, id: TypeId) -> &Type {
        self.types.get(id.0 as usize).unwrap_or(&Type::Unknown)
    }

    pub(super) fn shape(&self, id: ShapeId) -> Option<&Shape> {
        self.shapes.get(id.0 as usize)
    }

    pub(super) fn signature(&self, id: SignatureId) -> Option<&Signature> {
        self.signatures.get(id.0 as usize)
    }

    pub(super) fn request(&self, id: RequestId) -> Option<&Request> {
        self.requests.get(id.0 as usize)
    }

    pub(super) fn member(&self, shape: ShapeId, member: u32) -> Option<&Member> {
        self.shape(shape)?.members.get(member as usize)
    }
}

/// An index of something in a list that holds no more than a file has bytes.
pub(super) fn index(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

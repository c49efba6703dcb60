//! What one Go file says, by its text alone: what it declares, the shape of its types and expressions, and each of its
//! names with what has to be asked to know it.

use std::{collections::HashMap, ops::Range};

use crate::language::{
    Role,
    arena::{Arena, Id},
    trees::{DeclarationId, Lexemes, ScopeId, Scopes},
};

/// A name.
pub(super) type Name = Box<str>;

/// All of it.
pub(super) struct Facts {
    /// What the package clause says.
    pub(super) package: Name,
    pub(super) imports: Vec<Import>,
    /// Of a scope: the bytes of the function that it belongs to.
    pub(super) scopes: Scopes<Option<Range<u32>>, Local>,
    /// Where the imports are.
    pub(super) outermost: ScopeId,
    /// What the package sees of this file, by place.
    pub(super) tops: Vec<Top>,
    pub(super) functions: Arena<Function>,
    pub(super) specs: Arena<Spec>,
    pub(super) structs: Arena<Struct>,
    pub(super) interfaces: Arena<Interface>,
    pub(super) literals: Arena<Literal>,
    pub(super) types: Arena<TypeExpr>,
    pub(super) exprs: Arena<Expr>,
    pub(super) tokens: Vec<Token>,
    /// The tokens of each name.
    pub(super) names: HashMap<Name, Vec<u32>>,
    pub(super) lexemes: Lexemes,
    /// Comments that stand right before a declaration of the package.
    pub(super) documents: Vec<usize>,
    /// Comments that tools read: `//go:linkname`, `//export`, `//go:generate`.
    pub(super) directives: Vec<Range<usize>>,
    /// Where the text first breaks the grammar, and how.
    pub(super) flaw: Option<(usize, String)>,
}

impl Facts {
    /// The tokens of a name.
    pub(super) fn tokens_of(&self, name: &str) -> impl Iterator<Item = &Token> {
        let found = self.names.get(name).map_or(&[][..], Vec::as_slice);
        found.iter().filter_map(|index| self.tokens.get(*index as usize))
    }

    /// The declaration of the package whose name begins there.
    pub(super) fn top_at(&self, at: usize) -> Option<&Top> {
        let index = self.tops.binary_search_by_key(&at, |top| top.at).ok()?;
        self.tops.get(index)
    }

    /// Where a local name is declared, and what is known of it.
    pub(super) fn local(&self, id: DeclarationId) -> Option<(usize, &Local)> {
        self.scopes.declaration(id).map(|it| (it.at, &it.data))
    }
}

/// An import.
#[derive(Debug)]
pub(super) struct Import {
    /// As it is written, without quotes.
    pub(super) path: Name,
    /// The name that it is given here; `.` and `_` are no names.
    pub(super) alias: Option<Name>,
    /// Where that begins, or else the path.
    pub(super) at: usize,
}

/// A name that only a part of the file sees.
#[derive(Debug)]
pub(super) struct Local {
    pub(super) kind: Kind,
    pub(super) source: Source,
}

/// What kind of thing a name is declared to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Variable,
    Constant,
    Parameter,
    TypeParameter,
    Type,
    Function,
    Label,
}

/// A name of the package.
#[derive(Debug)]
pub(super) struct Top {
    pub(super) name: Name,
    pub(super) at: usize,
    pub(super) kind: Kind,
    pub(super) source: Source,
}

/// Where to learn the type of what is declared.
#[derive(Debug, Clone, Copy, Default)]
pub(super) enum Source {
    #[default]
    Unknown,
    /// It is said.
    Typed(Id<TypeExpr>),
    /// A list of that.
    Variadic(Id<TypeExpr>),
    /// One of what an expression gives, counted from 0.
    Value(Id<Expr>, usize),
    /// What `range` gives, counted from 0.
    Range(Id<Expr>, usize),
    /// It is a type.
    Spec(Id<Spec>),
    /// It is a type parameter with this constraint.
    Constraint(Id<TypeExpr>),
    /// It is a function.
    Function(Id<Function>),
}

/// A function, a method, a function's type, a method of an interface.
#[derive(Debug, Default)]
pub(super) struct Function {
    pub(super) name: Name,
    pub(super) at: usize,
    pub(super) type_parameters: Vec<usize>,
    pub(super) receiver: Option<Receiver>,
    pub(super) parameters: Vec<Id<TypeExpr>>,
    pub(super) results: Vec<Id<TypeExpr>>,
    pub(super) is_variadic: bool,
    pub(super) has_body: bool,
}

/// Whose method it is.
#[derive(Debug, Default)]
pub(super) struct Receiver {
    /// The type's name.
    pub(super) base: Name,
    /// Where its type parameters are named here.
    pub(super) parameters: Vec<usize>,
}

/// A declaration of a type.
#[derive(Debug, Default)]
pub(super) struct Spec {
    pub(super) name: Name,
    pub(super) is_alias: bool,
    pub(super) parameters: Vec<usize>,
    pub(super) of: Id<TypeExpr>,
    /// Whether the package sees it.
    pub(super) is_top: bool,
}

/// A struct.
#[derive(Debug, Default)]
pub(super) struct Struct {
    pub(super) fields: Vec<Field>,
    /// The type that is declared to be it.
    pub(super) owner: Option<Id<Spec>>,
    /// The function that it stands in.
    pub(super) home: Option<Range<u32>>,
}

/// A field of a struct.
#[derive(Debug)]
pub(super) struct Field {
    /// Of an embedded one, the last name of its type.
    pub(super) name: Name,
    pub(super) at: usize,
    pub(super) of: Id<TypeExpr>,
    pub(super) is_embedded: bool,
    pub(super) is_tagged: bool,
}

/// An interface.
#[derive(Debug, Default)]
pub(super) struct Interface {
    pub(super) methods: Vec<Id<Function>>,
    pub(super) embedded: Vec<Id<TypeExpr>>,
    /// The type that is declared to be it.
    pub(super) owner: Option<Id<Spec>>,
}

/// The braces of a literal.
#[derive(Debug, Clone, Copy, Default)]
pub(super) enum Literal {
    #[default]
    Unknown,
    /// Of a type that is written.
    Of(Id<TypeExpr>),
    /// An element of another literal.
    Element(Id<Literal>),
    /// A key of another literal.
    Key(Id<Literal>),
}

/// A type as it is written.
#[derive(Debug, Default)]
pub(super) enum TypeExpr {
    #[default]
    Unknown,
    Name(Use),
    Qualified {
        package: Use,
        name: Name,
    },
    Generic(Id<TypeExpr>, Vec<Id<TypeExpr>>),
    Pointer(Id<TypeExpr>),
    List(Id<TypeExpr>),
    Map(Id<TypeExpr>, Id<TypeExpr>),
    Channel(Id<TypeExpr>),
    Function(Id<Function>),
    Struct(Id<Struct>),
    Interface(Id<Interface>),
}

/// A name that is looked up from the inside out.
#[derive(Debug, Clone)]
pub(super) struct Use {
    pub(super) name: Name,
    pub(super) at: usize,
    pub(super) scope: ScopeId,
}

/// An expression, as far as it says something of its type.
#[derive(Debug, Default)]
pub(super) enum Expr {
    #[default]
    Unknown,
    Name(Use),
    Member {
        operand: Id<Expr>,
        name: Name,
    },
    Call {
        function: Id<Expr>,
        types: Vec<Id<TypeExpr>>,
        arguments: Vec<Id<Expr>>,
    },
    Index(Id<Expr>, Id<Expr>),
    /// Of the type that this is: in parentheses, a part of it, its negative.
    Same(Id<Expr>),
    Star(Id<Expr>),
    Address(Id<Expr>),
    Receive(Id<Expr>),
    /// A value of this type: a literal, a conversion, an assertion.
    Of(Id<TypeExpr>),
    /// A type where a value may stand.
    Type(Id<TypeExpr>),
    Function(Id<Function>),
    Binary(Id<Expr>, Id<Expr>),
    /// A number, a string, a truth value.
    Basic,
}

/// A name in the text.
#[derive(Debug)]
pub(super) struct Token {
    pub(super) at: usize,
    pub(super) role: Role,
    pub(super) what: What,
}

/// What has to be asked to know what a name means.
#[derive(Debug)]
pub(super) enum What {
    /// It declares that, or assigns to it in `:=`.
    Local(DeclarationId),
    /// It declares a name of the package.
    Top,
    /// It names an import.
    Import,
    Method(Id<Function>),
    Field(Id<Struct>),
    InterfaceMethod(Id<Interface>),
    Use(ScopeId),
    Label(ScopeId),
    Member(Id<Expr>),
    OfPackage(Use),
    Key(Id<Literal>, ScopeId),
    /// It is in the package clause.
    Package,
    /// The text around it is broken.
    Unclear(ScopeId),
}

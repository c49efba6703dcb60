//! What one Python file says, without a look at any other: its scopes, names, classes, functions, and the expressions
//! that values come from. A pure function of its text.

mod annotations;
mod assign;
mod beginnings;
mod depth;
mod expressions;
mod narrow;
mod patterns;
mod read;
mod scopes;
mod statements;
mod strings;
mod walker;

use std::{
    collections::{BTreeMap, HashMap},
    ops::Range,
    sync::Arc,
};

pub(crate) use crate::language::arena::{Arena, Id};
pub(crate) use beginnings::{Begin, Beginnings};
pub(crate) use read::read;
pub(crate) use ruff_python_ast::name::Name;
pub(crate) use scopes::is_builtin;

use crate::language::{Prose, Role};

/// Bytes of a file.
pub(crate) type Span = Range<u32>;

/// A file, read.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    /// The first is the module's.
    pub(crate) scopes: Arena<Scope>,
    pub(crate) variables: Arena<Variable>,
    pub(crate) lookups: Arena<Lookup>,
    pub(crate) expressions: Arena<Expression>,
    pub(crate) functions: Arena<Function>,
    pub(crate) classes: Arena<Class>,
    pub(crate) imports: Arena<Import>,
    /// Every token that is a name, and every piece of a string that code may take for one; by place.
    pub(crate) tokens: Vec<Token>,
    /// Comments and strings, by place.
    pub(crate) prose: Vec<(Span, Prose)>,
    /// `from … import *`, in order.
    pub(crate) stars: Vec<Id<Import>>,
    /// Attributes that are assigned to through anything but `self`.
    pub(crate) outside_writes: Vec<AttributeWrite>,
    /// Names in a literal `__all__`; nothing if there is none that can be read.
    pub(crate) exported: Option<Vec<Name>>,
    /// Where code asks for names that it makes up: `eval`, `exec`, `globals()`, with the scope.
    pub(crate) made_up: Vec<(Id<Scope>, u32)>,
    /// With what texts begin that are put together, or that something may be put behind.
    pub(crate) begins: HashMap<Id<Expression>, Begin>,
    /// `{name=}` in f-strings.
    pub(crate) self_documenting: Vec<Span>,
    /// The first syntax error.
    pub(crate) error: Option<(usize, String)>,
}

/// Where names live.
#[derive(Debug, Default)]
pub(crate) struct Scope {
    pub(crate) kind: ScopeKind,
    pub(crate) parent: Option<Id<Scope>>,
    pub(crate) variables: HashMap<Name, Id<Variable>>,
    /// Names that `global` and `nonlocal` send elsewhere.
    pub(crate) elsewhere: HashMap<Name, Elsewhere>,
}

/// Where a declared name lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Elsewhere {
    Global,
    Nonlocal,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScopeKind {
    #[default]
    Module,
    Class(Id<Class>),
    Function(Id<Function>),
    Comprehension,
    TypeParameters,
}

/// A name of a scope, however often it is bound.
#[derive(Debug, Default)]
pub(crate) struct Variable {
    /// As Python knows it: private names with their class's.
    pub(crate) name: Name,
    pub(crate) scope: Id<Scope>,
    /// By place.
    pub(crate) bindings: Vec<Bound>,
}

/// One place where a name gets a value.
#[derive(Debug, Clone)]
pub(crate) struct Bound {
    pub(crate) span: Span,
    pub(crate) how: How,
}

/// What a name is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    Import(Id<Import>),
    Class(Id<Class>),
    Function(Id<Function>),
    /// The value of an expression.
    Value(Id<Expression>),
    /// What this annotation says.
    Annotated(Id<Expression>),
    /// One of what an expression holds.
    Each(Id<Expression>),
    /// The element of a tuple.
    Element(Id<Expression>, u32),
    /// What `with` an expression gives.
    Entered(Id<Expression>),
    /// An exception of this class, or one of a tuple of classes.
    Caught(Id<Expression>),
    Parameter(Id<Function>, u32),
    /// `x += …`, `del x`: needs that there is another.
    Touched,
    /// Nobody knows.
    Unknown,
}

/// A name that is read somewhere.
#[derive(Debug, Default)]
pub(crate) struct Lookup {
    pub(crate) name: Name,
    pub(crate) scope: Id<Scope>,
    pub(crate) at: u32,
    /// Whether its own scope has not bound the name by then.
    pub(crate) is_early: bool,
    /// The variable of this file that it finds.
    pub(crate) variable: Option<Id<Variable>>,
    /// `isinstance` was asked about it before: the classes.
    pub(crate) narrowed: Option<(Span, Id<Expression>)>,
}

/// Where a value comes from, as far as anybody asks.
#[derive(Debug, Default, Clone)]
pub(crate) enum Expression {
    /// Nobody knows.
    #[default]
    Opaque,
    Nothing,
    Name(Id<Lookup>),
    Attribute {
        of: Id<Expression>,
        name: Name,
    },
    Call {
        of: Id<Expression>,
        arguments: Vec<Argument>,
        scope: Id<Scope>,
    },
    Subscript {
        of: Id<Expression>,
        index: Id<Expression>,
    },
    Text,
    /// A literal of a built-in type.
    Literal(&'static str),
    /// `[a, b]`, `{a, b}`, and what a comprehension makes.
    Many(&'static str, Vec<Id<Expression>>),
    Tuple(Vec<Id<Expression>>),
    /// The values of a dictionary.
    Values(Vec<Id<Expression>>),
    /// One of these.
    Either(Vec<Id<Expression>>),
    /// `a | b`.
    Union(Id<Expression>, Id<Expression>),
    Await(Id<Expression>),
    Lambda(Id<Function>),
    /// A piece of text that is read as code.
    Quoted(Id<Expression>),
}

#[derive(Debug, Clone)]
pub(crate) struct Argument {
    pub(crate) name: Option<Name>,
    /// `*` or `**`.
    pub(crate) spread: bool,
    pub(crate) value: Id<Expression>,
}

/// A function or a lambda.
#[derive(Debug, Default)]
pub(crate) struct Function {
    pub(crate) name: Name,
    /// All of it, decorators included; nothing for a lambda.
    pub(crate) span: Span,
    pub(crate) scope: Id<Scope>,
    /// The class whose body it stands in.
    pub(crate) class: Option<Id<Class>>,
    /// The name that it is bound to.
    pub(crate) variable: Option<Id<Variable>>,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) returns: Option<Id<Expression>>,
    pub(crate) results: Vec<Id<Expression>>,
    pub(crate) is_generator: bool,
    pub(crate) decorators: Vec<Id<Expression>>,
}

#[derive(Debug, Clone)]
pub(crate) struct Parameter {
    pub(crate) name: Name,
    pub(crate) variable: Id<Variable>,
    pub(crate) annotation: Option<Id<Expression>>,
    pub(crate) kind: ParameterKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ParameterKind {
    PositionOnly,
    Plain,
    KeywordOnly,
    /// `*args`
    Rest,
    /// `**kwargs`
    Keywords,
}

#[derive(Debug, Default)]
pub(crate) struct Class {
    pub(crate) name: Name,
    pub(crate) scope: Id<Scope>,
    pub(crate) variable: Option<Id<Variable>>,
    pub(crate) bases: Vec<Id<Expression>>,
    /// `metaclass=…`
    pub(crate) metaclass: Option<Id<Expression>>,
    pub(crate) decorators: Vec<Id<Expression>>,
    /// What its methods assign to `self`, by name and place.
    pub(crate) assigned: BTreeMap<Name, Vec<Bound>>,
    /// Whether `*` stands among the bases.
    pub(crate) is_open: bool,
}

/// `import a.b [as c]`, or one name of `from a import b [as c]`.
#[derive(Debug, Default)]
pub(crate) struct Import {
    /// How many dots it begins with.
    pub(crate) level: u32,
    pub(crate) module: Vec<(Name, Span)>,
    pub(crate) what: Imported,
    /// The name it is bound to, if it says one.
    pub(crate) alias: Option<Name>,
}

#[derive(Debug, Default)]
pub(crate) enum Imported {
    /// The module: its first part is bound, or with `as` its last.
    #[default]
    Module,
    Name(Name),
    Star,
}

#[derive(Debug)]
pub(crate) struct AttributeWrite {
    pub(crate) of: Id<Expression>,
    pub(crate) name: Name,
    pub(crate) bound: Bound,
}

/// Letters that are a name.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub(crate) span: Span,
    /// As it is written, after normalisation.
    pub(crate) name: Name,
    pub(crate) role: Role,
    pub(crate) what: What,
}

/// What a token names.
#[derive(Debug, Clone)]
pub(crate) enum What {
    /// Something that is looked up.
    Lookup(Id<Lookup>),
    /// A name that is bound here.
    Variable(Id<Variable>),
    Attribute {
        of: Id<Expression>,
        /// As Python knows it.
        name: Name,
    },
    /// An argument's name in a call.
    Keyword { call: Id<Expression> },
    /// A part of a module's dotted name, counted from the first.
    Module { import: Id<Import>, part: usize },
    /// The name in `from m import name`.
    Imported { import: Id<Import>, variable: Option<Id<Variable>> },
    /// A part of a string that may be a dotted path.
    Path {
        /// All of its parts.
        path: Arc<[Name]>,
        part: usize,
        /// Whether code is known to read it as a path.
        is_certain: bool,
    },
    /// An element of `__slots__` or `__match_args__`.
    Member { class: Id<Class> },
    /// A key: of a subscript, a dictionary, or a call of `get`.
    Key { of: Option<Id<Expression>> },
    /// A string in a list of names of the module.
    Listed(Id<Variable>),
    /// A string that is looked for on an object nobody names.
    Anywhere,
}

impl Facts {
    /// The scope of the whole file.
    pub(crate) const MODULE: Id<Scope> = Id::FIRST;

    /// The token at a byte: one that holds it, or else one that ends there.
    pub(crate) fn token_at(&self, at: usize) -> impl Iterator<Item = &Token> {
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        let inside = self.tokens.iter().filter(move |token| token.span.start <= at && at < token.span.end);
        inside.chain(self.tokens.iter().filter(move |token| token.span.end == at))
    }

    /// What a byte stands in that is no code.
    pub(crate) fn prose_at(&self, at: usize) -> Option<Prose> {
        self.prose_around(at).map(|(_, prose)| prose)
    }

    /// The same, with all of the text that it stands in.
    pub(crate) fn prose_around(&self, at: usize) -> Option<(Range<usize>, Prose)> {
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        let before = self.prose.partition_point(|(span, _)| span.start <= at);
        let (span, prose) = self.prose.get(before.checked_sub(1)?)?;
        (at < span.end).then_some((span.start as usize..span.end as usize, *prose))
    }

    /// The variable of a scope.
    pub(crate) fn variable(&self, scope: Id<Scope>, name: &str) -> Option<Id<Variable>> {
        self.scopes.get(scope).variables.get(name).copied()
    }
}

//! What one file says, by its text alone: declarations in their scopes, every name with how it is used, types, macros.

use std::collections::HashMap;

use super::lex::Span;
use crate::language::{
    Prose, Role, SymbolKind,
    trees::{DeclarationId, ScopeId, Scopes},
};

/// A file.
#[derive(Debug)]
pub(super) struct Facts {
    /// Whether it is read as C++.
    pub(super) is_cpp: bool,
    /// What is declared where.
    pub(super) scopes: Scopes<ScopeKind, Decl>,
    /// Every name, by its letters, from the first to the last.
    pub(super) names: HashMap<Box<str>, Vec<Name>>,
    /// Declarations that are not of a block, by name.
    pub(super) shared: HashMap<Box<str>, Vec<DeclarationId>>,
    /// Names that are not declared here, as they are asked for.
    pub(super) refs: Vec<Ref>,
    /// Values whose type somebody may ask for.
    pub(super) values: Vec<Value>,
    /// Structs, unions and classes with a body.
    pub(super) records: Vec<Record>,
    /// Calls of names, for what macros make of their arguments.
    pub(super) calls: Vec<Call>,
    /// Macros, in order.
    pub(super) macros: Vec<Macro>,
    /// Namespaces that `using` opens, and names that it brings in, by their last part.
    pub(super) used: Vec<Box<str>>,
    /// Functions, to know which names are of one body.
    pub(super) bodies: Vec<Span>,
    /// Comments and strings.
    pub(super) prose: Vec<(Span, Prose)>,
    /// Declarations and functions that the grammar does not cover, with what is wrong.
    pub(super) flaws: Vec<(Span, Span)>,
}

/// One name in a text.
#[derive(Debug, Clone)]
pub(super) struct Name {
    /// Where.
    pub(super) span: Span,
    /// What it is there.
    pub(super) what: What,
    /// What it does.
    pub(super) role: Role,
    /// The call that it is an argument of.
    pub(super) call: Option<CallId>,
    /// Whether a bracket follows, so that a macro with parameters would take it.
    pub(super) is_called: bool,
    /// Whether there is something in that bracket.
    pub(super) has_arguments: bool,
}

/// What a name is where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    /// It declares.
    Declares(DeclarationId),
    /// It is asked for.
    Asks(RefId),
    /// It is a member of a value.
    Member(ValueId),
    /// It is a member of what an initialiser is for.
    Designates(Typed),
    /// What a constructor initialises: a member, or a base.
    Initialises(ScopeId),
    /// A label, of this function.
    Label(ScopeId),
    /// A part of the preprocessor's, or something that no grammar covers.
    Word(Word),
}

/// A name that the parser does not see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// `#define` of this macro.
    Defined(u32),
    /// A parameter of this macro.
    MacroParameter(u32, u32),
    /// In the body of a macro.
    Body,
    /// The same, as a part of a name that is put together.
    Pasted,
    /// In a condition.
    Tested,
    /// `#undef`
    Undefined,
    /// In the text of `#error` and its like.
    Told,
    /// A macro where only a macro can be.
    Prefix,
    /// In a branch or a list that was not given to the parser, or not understood.
    LeftOut,
    /// In a branch that no compiler reads.
    Dead,
    /// An operand of assembly, an attribute: no name of the program.
    Outside,
}

/// Index into [`Facts::refs`].
pub(super) type RefId = u32;
/// Index into [`Facts::values`].
pub(super) type ValueId = u32;
/// Index into [`Facts::records`].
pub(super) type RecordId = u32;
/// Index into [`Facts::calls`].
pub(super) type CallId = u32;

/// A name that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ref {
    /// From where.
    pub(super) scope: ScopeId,
    /// Its first byte.
    pub(super) at: u32,
    /// Its letters.
    pub(super) name: Box<str>,
    /// What stands before it and `::`; an empty first part is the global namespace.
    pub(super) path: Vec<Box<str>>,
    /// Whether `struct`, `union` or `enum` stands before it.
    pub(super) is_tag: bool,
    /// Whether what stands before it depends on a template's arguments, or is not to be read.
    pub(super) is_dependent: bool,
}

/// A name space of C.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Space {
    /// Variables, functions, types, constants.
    Ordinary,
    /// What stands behind `struct`, `union`, `enum`. In C++ they are ordinary names as well.
    Tag,
    /// Members of a record.
    Member,
    /// Labels of a function.
    Label,
}

/// What is declared.
#[derive(Debug, Clone)]
pub(super) struct Decl {
    /// The name.
    pub(super) name: Box<str>,
    /// Where it is written.
    pub(super) place: Span,
    /// For people.
    pub(super) kind: SymbolKind,
    /// Its name space.
    pub(super) space: Space,
    /// Whose it is, if not a block's.
    pub(super) owner: Owner,
    /// Whether other units may see it.
    pub(super) is_external: bool,
    /// Whether it has a body or a value, so that there can be no second one in a program.
    pub(super) is_definition: bool,
    /// Whether it may override, or be overridden.
    pub(super) is_virtual: bool,
    /// Its type.
    pub(super) typed: Typed,
    /// The record that it names.
    pub(super) record: Option<RecordId>,
}

/// What a declaration belongs to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Owner {
    /// A block, a function, a template: nobody else sees it.
    Block,
    /// A namespace, by its path; the global one is empty.
    Namespace(Box<str>),
    /// A record of this file.
    Record(RecordId),
    /// A record that is named at the definition: `int A::f() {}`.
    Path(RefId),
}

/// A scope's kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ScopeKind {
    /// The file, or a namespace of this path.
    Namespace(Box<str>),
    /// A record's body.
    Record(RecordId),
    /// A function with its parameters; of what is defined outside of its class, the class.
    Function(Option<RefId>),
    /// Anything else.
    Block,
}

/// The type of something: what it is in the end, and how many pointers, arrays and calls are before that.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Typed {
    /// In the end.
    pub(super) base: Base,
    /// How often it has to be followed, indexed or called.
    pub(super) depth: u8,
}

/// A type without its pointers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Base {
    /// Nobody knows.
    #[default]
    Unknown,
    /// A number or nothing: it has no members.
    Builtin,
    /// What this name means.
    Named(RefId),
    /// A record whose body stands right here.
    Record(RecordId),
    /// That of a value (`auto`).
    Of(ValueId),
}

/// A value, as far as its type can be told from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// Nobody knows.
    Unknown,
    /// A name.
    Named(RefId),
    /// A member of another value.
    Member(ValueId, Box<str>, bool),
    /// What a call gives.
    Call(ValueId),
    /// What a pointer or an array leads to.
    Target(ValueId),
    /// What an array or a pointer leads to, and nothing else.
    Element(ValueId),
    /// A pointer to a value.
    Address(ValueId),
    /// The type is written.
    Typed(Typed),
    /// `this`, from a scope.
    This(ScopeId),
}

/// A struct, union or class with its body.
#[derive(Debug)]
pub(super) struct Record {
    /// Its path with those around it, if it can be named from outside.
    pub(super) path: Option<Box<str>>,
    /// What it is derived from.
    pub(super) bases: Vec<Typed>,
    /// Whether its members are those of the record around it.
    pub(super) is_part_of: Option<RecordId>,
    /// Whether the body has something that is not understood.
    pub(super) is_flawed: bool,
}

/// A call of a name.
#[derive(Debug, Clone)]
pub(super) struct Call {
    /// The name; empty for what is called otherwise.
    pub(super) callee: Box<str>,
    /// The bytes of each argument.
    pub(super) arguments: Vec<Span>,
    /// The call that this one is in an argument of.
    pub(super) outer: Option<CallId>,
}

/// A macro.
#[derive(Debug, Clone)]
pub(super) struct Macro {
    /// Its name.
    pub(super) name: Box<str>,
    /// Where that is written.
    pub(super) place: Span,
    /// Its parameters, if it has a list of them.
    pub(super) parameters: Option<Vec<Span>>,
    /// What it stands for.
    pub(super) body: Vec<Piece>,
    /// Whether it is defined only if nobody did before: a build may.
    pub(super) is_guarded: bool,
}

/// A token of a macro's body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// A parameter, by its number.
    Parameter(u32),
    /// Another word.
    Word(Box<str>),
    /// A sign.
    Sign(u8),
    /// A number or string.
    Other,
}

impl Facts {
    /// A reference.
    pub(super) fn asked(&self, id: RefId) -> Option<&Ref> {
        self.refs.get(id as usize)
    }

    /// A value.
    pub(super) fn value(&self, id: ValueId) -> Option<&Value> {
        self.values.get(id as usize)
    }

    /// A record.
    pub(super) fn record(&self, id: RecordId) -> Option<&Record> {
        self.records.get(id as usize)
    }

    /// A declaration.
    pub(super) fn decl(&self, id: DeclarationId) -> Option<&Decl> {
        self.scopes.declaration(id).map(|it| &it.data)
    }

    /// Every place of a name.
    pub(super) fn names(&self, name: &str) -> &[Name] {
        self.names.get(name).map_or(&[], Vec::as_slice)
    }

    /// The declarations of a name that are not of a block.
    pub(super) fn shared(&self, name: &str) -> &[DeclarationId] {
        self.shared.get(name).map_or(&[], Vec::as_slice)
    }

    /// What prose a place is in.
    pub(super) fn prose_at(&self, at: usize) -> Option<Prose> {
        let before = self.prose.partition_point(|(span, _)| span.start as usize <= at);
        let (span, prose) = before.checked_sub(1).and_then(|index| self.prose.get(index))?;
        span.range().contains(&at).then_some(*prose)
    }

    /// The function that a place is in.
    pub(super) fn body_at(&self, at: u32) -> Option<Span> {
        let before = self.bodies.partition_point(|span| span.start <= at);
        let last = before.checked_sub(1).and_then(|index| self.bodies.get(index))?;
        (at < last.end).then_some(*last)
    }
}

//! What a token may turn out to be in one build of a program, before the builds are compared.

use ra_ap_ide_db::defs::Definition;
use ra_ap_syntax::TextRange;

use crate::language::{Entity, Prose, Refusal, Role, SymbolKind};

/// One meaning of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reading {
    /// The letters that a rename replaces.
    pub(super) range: TextRange,
    /// What it is.
    pub(super) sense: Sense,
    /// What it does.
    pub(super) role: Role,
    /// What is written before the name if only this meaning is renamed.
    pub(super) prefix: String,
    /// What is written after it.
    pub(super) suffix: String,
}

impl Reading {
    pub(super) fn new(range: TextRange, role: Role, sense: Sense) -> Self {
        Self { range, sense, role, prefix: String::new(), suffix: String::new() }
    }
}

/// What a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sense {
    /// This.
    Is(Entity),
    /// What another name leads to: a reference by an alias.
    Via(Definition),
    /// Nothing that these sources define.
    Foreign(&'static str),
    /// Several things at once that cannot be renamed apart.
    Several(Vec<Entity>),
    /// It could not be found out.
    Unknown(Shape, Cause),
    /// It is no name.
    Prose(Prose),
}

/// What a token that could not be resolved can be, by where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shape {
    /// A method that is called.
    Method,
    /// A field.
    Field,
    /// What belongs to a type or a trait: `T::name`.
    Associated,
    /// What a module holds.
    Item,
    /// A name by itself. With what it would be if it were ordinary code there.
    Bare(Option<Entity>),
    /// Anything but a local.
    Any,
    /// Anything, of locals those of the same file.
    Whatever,
}

/// Why a token could not be resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// Nothing of that name was found.
    Unresolved,
    /// Its path begins outside of these sources.
    Outside,
    /// The type of what is before the dot is not known.
    Receiver,
    /// It is in the arguments of a macro whose output is not known.
    MacroCall,
    /// It is in what a macro writes.
    MacroBody,
    /// It is in an attribute.
    Attribute,
    /// It is in the code of an example in documentation.
    Example,
    /// It is in code that is switched off.
    Off,
    /// Its file belongs to no crate.
    Apart,
    /// Rust-analyzer gave up on it.
    Failed,
}

/// Where names of one kind do not get in the way of those of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spaces {
    pub(super) types: bool,
    pub(super) values: bool,
    pub(super) macros: bool,
}

impl Spaces {
    pub(super) const NONE: Self = Self { types: false, values: false, macros: false };
    pub(super) const TYPES: Self = Self { types: true, ..Self::NONE };
    pub(super) const VALUES: Self = Self { values: true, ..Self::NONE };
    pub(super) const MACROS: Self = Self { macros: true, ..Self::NONE };

    /// Whether two names can get in each other's way.
    pub(super) fn meet(self, other: Self) -> bool {
        (self.types && other.types) || (self.values && other.values) || (self.macros && other.macros)
    }
}

/// What is known of something that these sources define.
#[derive(Debug, Clone)]
pub(super) struct Known {
    /// What it is.
    pub(super) kind: SymbolKind,
    /// What it is called.
    pub(super) name: String,
    /// The way to it, without its name, in the parts of a path; the crate first. Empty for what is in a body.
    pub(super) way: Vec<String>,
    /// The first file of its crate.
    pub(super) root: u32,
    /// Where it gets in others' way.
    pub(super) spaces: Spaces,
    /// Whether it belongs to a type or a trait.
    pub(super) is_member: bool,
    /// Whether other crates can name it.
    pub(super) is_public: bool,
    /// Whether it is a module whose file is found by its name.
    pub(super) names_a_file: bool,
    /// Why it cannot be renamed.
    pub(super) fixed: Option<Refusal>,
    /// What sees its name beside the compiler, for people.
    pub(super) seen_by: Option<String>,
}

impl Known {
    /// The way to it, as Rust writes it.
    pub(super) fn qualified(&self) -> String {
        let parts: Vec<&str> = self.way.iter().map(String::as_str).chain([self.name.as_str()]).collect();
        parts.join("::")
    }

    /// Whether a token of a shape can be it.
    pub(super) fn fits(&self, shape: &Shape) -> bool {
        let is_local = self.way.is_empty();
        match shape {
            Shape::Method => self.is_member && matches!(self.kind, SymbolKind::Method | SymbolKind::Function),
            Shape::Field => self.kind == SymbolKind::Field,
            Shape::Associated => self.is_member || self.kind == SymbolKind::Variant,
            Shape::Item | Shape::Bare(None) => !is_local && !self.is_member && self.kind != SymbolKind::Field,
            Shape::Bare(Some(_)) => false,
            Shape::Any => !is_local,
            Shape::Whatever => true,
        }
    }
}

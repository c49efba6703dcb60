//! Types, resolved: what a written type means across files.

use std::rc::Rc;

use super::{Meaning, Package, World, is_exported};
use crate::{
    language::{
        arena::Id,
        go::{
            facts::{Facts, Function, Interface, Source, Spec, Struct, TypeExpr, Use},
            library::is_function,
        },
    },
    sources::FileId,
};

/// How many declarations of one name build tags choose from.
pub(super) const MOST_VARIANTS: usize = 64;

/// A type.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) enum Type {
    /// It may be anything.
    Unknown,
    /// The language's, or a library's: it has no member that is declared here. The name may be empty.
    Foreign(Rc<str>),
    /// A declared type with the arguments for its parameters, if they are known.
    Named(Named, Rc<[Type]>),
    Pointer(Rc<Type>),
    /// A slice or an array.
    List(Rc<Type>),
    Map(Rc<(Type, Type)>),
    Channel(Rc<Type>),
    Function(Rc<Signature>),
    Struct(FileId, Id<Struct>),
    Interface(FileId, Id<Interface>),
    /// The type parameter that is declared there.
    Parameter(FileId, usize),
}

/// A declared type, by the first of its declarations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in super::super) struct Named {
    pub(in super::super) file: FileId,
    pub(in super::super) spec: Id<Spec>,
}

/// The type of a function.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Signature {
    /// What a call has to find out.
    pub(in super::super) open: Vec<Type>,
    pub(in super::super) parameters: Vec<Type>,
    pub(in super::super) results: Vec<Type>,
    pub(in super::super) is_variadic: bool,
}

/// Types for type parameters.
pub(in super::super) type Bound = Vec<(Type, Type)>;

impl Type {
    pub(in super::super) fn foreign(name: &str) -> Self {
        // Two names for one type.
        Self::Foreign(match name {
            "byte" => "uint8".into(),
            "rune" => "int32".into(),
            name => name.into(),
        })
    }

    /// What a pointer points to; anything else itself.
    pub(in super::super) fn pointed(&self) -> &Self {
        match self {
            Self::Pointer(to) => to,
            other => other,
        }
    }

    /// With types in the place of type parameters.
    pub(in super::super) fn with(&self, bound: &Bound) -> Self {
        if bound.is_empty() {
            return self.clone();
        }
        let all = |types: &[Self]| types.iter().map(|of| of.with(bound)).collect::<Vec<_>>();
        match self {
            Self::Parameter(..) => bound.iter().find(|(from, _)| from == self).map_or(self, |(_, to)| to).clone(),
            Self::Named(named, arguments) => Self::Named(*named, all(arguments).into()),
            Self::Pointer(to) => Self::Pointer(to.with(bound).into()),
            Self::List(of) => Self::List(of.with(bound).into()),
            Self::Channel(of) => Self::Channel(of.with(bound).into()),
            Self::Map(both) => Self::Map((both.0.with(bound), both.1.with(bound)).into()),
            Self::Function(it) => Self::Function(Rc::new(Signature {
                open: it.open.clone(),
                parameters: all(&it.parameters),
                results: all(&it.results),
                is_variadic: it.is_variadic,
            })),
            // What an anonymous one is made of is not kept: its parameters stay, and are not known then.
            Self::Unknown | Self::Foreign(_) | Self::Struct(..) | Self::Interface(..) => self.clone(),
        }
    }
}

impl World<'_> {
    /// What a written type means.
    pub(in super::super) fn type_at(&self, file: FileId, of: Id<TypeExpr>) -> Type {
        if let Some(known) = self.types.borrow().get(&(file, of)) {
            return known.clone();
        }
        let Some(facts) = self.files.facts(file) else { return Type::Unknown };
        // One that comes back to itself is not known.
        self.types.borrow_mut().insert((file, of), Type::Unknown);
        let found = self.step(Type::Unknown, || self.written(file, &facts, of));
        self.types.borrow_mut().insert((file, of), found.clone());
        found
    }

    fn written(&self, file: FileId, facts: &Facts, of: Id<TypeExpr>) -> Type {
        let inner = |of: &Id<TypeExpr>| self.type_at(file, *of);
        match facts.types.get(of) {
            TypeExpr::Unknown => Type::Unknown,
            TypeExpr::Name(used) => self.called(file, facts, used),
            TypeExpr::Qualified { package, name } => self.qualified(file, facts, package, name),
            TypeExpr::Generic(base, arguments) if arguments.is_empty() => inner(base),
            TypeExpr::Generic(base, arguments) => match inner(base) {
                Type::Named(named, _) => self.with_arguments(named, arguments.iter().map(inner).collect()),
                Type::Foreign(_) | Type::Unknown => Type::Unknown,
                other => other,
            },
            TypeExpr::Pointer(to) => Type::Pointer(inner(to).into()),
            TypeExpr::List(of) => Type::List(inner(of).into()),
            TypeExpr::Map(key, value) => Type::Map((inner(key), inner(value)).into()),
            TypeExpr::Channel(of) => Type::Channel(inner(of).into()),
            TypeExpr::Function(id) => Type::Function(self.signature(file, facts.functions.get(*id)).into()),
            TypeExpr::Struct(id) => Type::Struct(file, *id),
            TypeExpr::Interface(id) => {
                let it = facts.interfaces.get(*id);
                let is_empty = it.methods.is_empty() && it.embedded.is_empty();
                if is_empty { Type::foreign("any") } else { Type::Interface(file, *id) }
            }
        }
    }

    fn called(&self, file: FileId, facts: &Facts, used: &Use) -> Type {
        match self.meaning(file, facts, used) {
            Meaning::Local(id) => match facts.local(id).map(|(at, local)| (at, local.source)) {
                Some((_, Source::Spec(spec))) => self.declared(Named { file, spec }),
                // Nothing is said of the type parameter of a method's receiver.
                Some((at, Source::Constraint(_) | Source::Unknown)) => Type::Parameter(file, at),
                _ => Type::Unknown,
            },
            Meaning::Top(unit) => self.of_unit(&unit, &used.name),
            Meaning::Foreign(name) if is_function(&name) => Type::Unknown,
            Meaning::Foreign(name) => Type::foreign(&name),
            Meaning::Import(_) | Meaning::Missing => Type::Unknown,
        }
    }

    fn qualified(&self, file: FileId, facts: &Facts, package: &Use, name: &str) -> Type {
        let Meaning::Import(index) = self.meaning(file, facts, package) else { return Type::Unknown };
        match facts.imports.get(index).map(|import| self.package(file, &import.path)) {
            Some(Package::Own(unit)) if is_exported(name) => self.of_unit(&unit, name),
            Some(Package::Foreign(path)) => Type::foreign(&format!("{path}.{name}")),
            Some(Package::Own(_) | Package::Unknown) | None => Type::Unknown,
        }
    }

    /// The type that a package declares under a name.
    pub(super) fn of_unit(&self, unit: &super::Unit, name: &str) -> Type {
        let all = unit.tops.get(name).map_or(&[][..], Vec::as_slice);
        let specs = all.iter().take(MOST_VARIANTS).map(|(file, at)| self.spec_at(*file, *at));
        let Some(specs) = specs.collect::<Option<Vec<_>>>() else { return Type::Unknown };
        let Some(first) = specs.first() else { return Type::Unknown };
        let of = self.declared(*first);
        let is_alias = |named: &Named| self.files.facts(named.file).is_some_and(|it| it.specs.get(named.spec).is_alias);
        let agree = !specs.iter().any(is_alias) || specs.iter().all(|other| self.declared(*other) == of);
        if agree { of } else { Type::Unknown }
    }

    /// The declaration of a type of the package whose name begins there.
    pub(in super::super) fn spec_at(&self, file: FileId, at: usize) -> Option<Named> {
        let facts = self.files.facts(file)?;
        let top = facts.top_at(at)?;
        let Source::Spec(spec) = top.source else { return None };
        Some(Named { file, spec })
    }

    /// A declared type; of an alias, what it stands for.
    fn declared(&self, named: Named) -> Type {
        let Some(facts) = self.files.facts(named.file) else { return Type::Unknown };
        let spec = facts.specs.get(named.spec);
        if spec.is_alias && spec.parameters.is_empty() {
            return self.type_at(named.file, spec.of);
        }
        Type::Named(named, Rc::new([]))
    }

    pub(super) fn with_arguments(&self, named: Named, arguments: Vec<Type>) -> Type {
        let Some(facts) = self.files.facts(named.file) else { return Type::Unknown };
        let spec = facts.specs.get(named.spec);
        if !spec.is_alias {
            return Type::Named(named, arguments.into());
        }
        let bound = spec.parameters.iter().map(|at| Type::Parameter(named.file, *at)).zip(arguments).collect();
        self.type_at(named.file, spec.of).with(&bound)
    }

    pub(in super::super) fn signature(&self, file: FileId, function: &Function) -> Signature {
        let of = |of: &Id<TypeExpr>| self.type_at(file, *of);
        let mut parameters: Vec<_> = function.parameters.iter().map(of).collect();
        if function.is_variadic
            && let Some(last) = parameters.last_mut()
        {
            *last = Type::List(last.clone().into());
        }
        Signature {
            open: function.type_parameters.iter().map(|at| Type::Parameter(file, *at)).collect(),
            parameters,
            results: function.results.iter().map(of).collect(),
            is_variadic: function.is_variadic,
        }
    }

    /// All declarations of a type: several where build tags choose among them.
    pub(in super::super) fn variants(&self, named: Named) -> Vec<Named> {
        let Some(facts) = self.files.facts(named.file) else { return Vec::new() };
        let spec = facts.specs.get(named.spec);
        let unit = spec.is_top.then(|| self.unit_of(named.file)).flatten();
        let Some(all) = unit.as_ref().and_then(|unit| unit.tops.get(&spec.name)) else { return vec![named] };
        all.iter().take(MOST_VARIANTS).filter_map(|(file, at)| self.spec_at(*file, *at)).collect()
    }

    /// What a type is made of; nothing is known where build tags choose.
    pub(in super::super) fn underlying(&self, of: &Type) -> Type {
        let Type::Named(named, arguments) = of else { return of.clone() };
        let variants = self.variants(*named);
        let [only] = variants.as_slice() else { return Type::Unknown };
        self.step(Type::Unknown, || self.underlying(&self.made_of(*only, arguments)))
    }

    /// What one declaration says that its type is.
    pub(super) fn made_of(&self, variant: Named, arguments: &[Type]) -> Type {
        let Some(facts) = self.files.facts(variant.file) else { return Type::Unknown };
        let spec = facts.specs.get(variant.spec);
        self.type_at(variant.file, spec.of).with(&self.bound(variant, arguments))
    }

    /// The arguments of a type for the parameters as one declaration calls them.
    pub(super) fn bound(&self, variant: Named, arguments: &[Type]) -> Bound {
        let Some(facts) = self.files.facts(variant.file) else { return Bound::new() };
        let spec = facts.specs.get(variant.spec);
        spec.parameters.iter().map(|at| Type::Parameter(variant.file, *at)).zip(arguments.iter().cloned()).collect()
    }
}

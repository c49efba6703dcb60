//! What a type says that its values can be.

use super::{
    Script,
    facts::{Declared, Imported, ShapeKind, SymbolId, Target, Type, TypeId, Value, ValueId},
    infer::{Kind, Part, View},
    library::{LANGUAGE, whose},
    links::Found,
    resolve::Module,
};
use crate::sources::FileId;

impl Script<'_> {
    /// What a value of a type can be.
    pub(super) fn type_kind(&self, file: FileId, kind: TypeId, view: View) -> Kind {
        if !self.enter() {
            return Kind::unknown();
        }
        let found = self.facts(file).map_or_else(Kind::unknown, |facts| match facts.typed(kind) {
            Type::Unknown | Type::This => Kind::unknown(),
            Type::Any => Kind::any(),
            Type::Builtin("nothing") => Kind::default(),
            Type::Builtin(_) | Type::Keys => Kind::foreign(LANGUAGE),
            Type::Named(name, arguments) => self.named_kind(file, *name, arguments, view),
            Type::Shape(shape) => Kind::one(Part::Instance(file, *shape)),
            Type::Union(all) | Type::Intersection(all) => {
                Kind::all(all.iter().map(|one| self.type_kind(file, *one, view)))
            }
            Type::Query(value) => self.kind(file, *value),
            Type::List(inner) => Kind::one(Part::List(file, *inner)),
            Type::Function(signature) => Kind::one(Part::Function(file, *signature)),
            Type::Indexed(object, name) => self.member_kind(&self.type_kind(file, *object, view), name),
        });
        self.leave();
        found
    }

    fn named_kind(&self, file: FileId, name: ValueId, arguments: &[TypeId], view: View) -> Kind {
        let Some(facts) = self.facts(file) else { return Kind::unknown() };
        match facts.value(name) {
            Value::Symbol(symbol) => self.symbol_type(file, *symbol, view),
            Value::Global(global) => self.global_type(file, global, arguments, view),
            Value::Member(space, name) => {
                let space = self.kind(file, *space);
                let found = space.parts.iter().flat_map(|part| self.lookup(part, name).hits);
                let kind = found.map(|found| self.found_type(&found, view)).reduce(Kind::and);
                kind.unwrap_or_else(|| match space.foreign {
                    Some(what) => Kind::foreign(&what),
                    None => Kind::unknown(),
                })
            }
            Value::Module(_) => self.kind(file, name),
            _ => Kind::unknown(),
        }
    }

    fn global_type(&self, file: FileId, name: &str, arguments: &[TypeId], view: View) -> Kind {
        let declared = self.globals.borrow().get(name).cloned().unwrap_or_default();
        let own = declared.iter().map(|(file, symbol)| self.symbol_type(*file, *symbol, view)).reduce(Kind::and);
        let built_in = match (name, arguments.first()) {
            ("Promise" | "PromiseLike", Some(inner)) => Kind::one(Part::Promise(file, *inner)),
            ("Array" | "ReadonlyArray" | "Set" | "ReadonlySet" | "Iterable" | "IterableIterator", Some(inner)) => {
                Kind::one(Part::List(file, *inner))
            }
            ("Partial" | "Required" | "Readonly" | "Pick" | "Omit" | "NonNullable" | "Awaited", Some(inner)) => {
                self.type_kind(file, *inner, view)
            }
            ("ReturnType" | "InstanceType" | "Parameters" | "Record" | "Extract" | "Exclude", _) => Kind::unknown(),
            _ => Kind::foreign(whose(name)),
        };
        own.map_or(built_in.clone(), |own| own.and(built_in))
    }

    /// What the name of a type stands for.
    fn symbol_type(&self, file: FileId, symbol: SymbolId, view: View) -> Kind {
        if !self.enter() {
            return Kind::unknown();
        }
        let kind = self.facts(file).map_or_else(Kind::unknown, |facts| {
            let declared = facts.symbol(symbol).map(|symbol| symbol.declared.as_slice()).unwrap_or_default();
            let kinds = declared.iter().filter_map(|declared| match declared {
                Declared::Import(request, imported) => Some(match self.module(file, &facts, *request) {
                    Module::File(module) => self.import_type(module, imported, view),
                    Module::Foreign(name) => Kind::foreign(&format!("defined by `{name}`")),
                    Module::Package(_) => Kind::unknown(),
                }),
                Declared::Shape(shape) => {
                    let is_enum = facts.shape(*shape).is_some_and(|shape| shape.kind == ShapeKind::Enum);
                    let part = if is_enum {
                        Kind::foreign("a value of an enum")
                    } else {
                        Kind::one(Part::Instance(file, *shape))
                    };
                    Some(part)
                }
                Declared::Alias(kind) => Some(self.type_kind(file, *kind, view)),
                Declared::Parameter(Some(constraint)) if view == View::Inside => {
                    Some(self.type_kind(file, *constraint, view))
                }
                Declared::Parameter(_) => Some(Kind::unknown()),
                Declared::Value(value) => Some(self.named_kind(file, *value, &[], view)),
                Declared::Typed(_) | Declared::Function(_) | Declared::Space(_) | Declared::Property(..) => None,
            });
            Kind::all(kinds)
        });
        self.leave();
        kind
    }

    fn import_type(&self, module: FileId, imported: &Imported, view: View) -> Kind {
        let name = match imported {
            Imported::Named(name) => name,
            Imported::Default => "default",
            Imported::Namespace | Imported::Whole => return self.assigned_type(module, view),
        };
        match self.exported(module, name) {
            Some(found) => self.found_type(&found, view),
            None if name == "default" => self.assigned_type(module, view),
            None => Kind::unknown(),
        }
    }

    /// The type that `export =` hands out.
    fn assigned_type(&self, module: FileId, view: View) -> Kind {
        let Some(facts) = self.facts(module) else { return Kind::unknown() };
        Kind::all(facts.assigned.iter().map(|value| self.named_kind(module, *value, &[], view)))
    }

    fn found_type(&self, found: &Found, view: View) -> Kind {
        match found {
            Found::Symbol(file, symbol) => self.symbol_type(*file, *symbol, view),
            Found::Export(file, count) => match self.target(*file, *count) {
                Some(Target::Symbol(symbol)) => self.symbol_type(*file, symbol, view),
                Some(Target::From(request, name)) => self.followed(*file, |facts| {
                    self.imported(*file, facts, request, &name).map(|found| self.found_type(&found, view))
                }),
                Some(Target::Value(value)) => match self.kind(*file, value).parts.as_slice() {
                    [Part::Class(file, shape)] => Kind::one(Part::Instance(*file, *shape)),
                    _ => Kind::unknown(),
                },
                Some(Target::Namespace(_) | Target::Unknown) | None => Kind::unknown(),
            },
            Found::Foreign(what) => Kind::foreign(what),
            Found::Member(file, shape, _) => {
                let is_enum = self
                    .facts(*file)
                    .is_some_and(|facts| facts.shape(*shape).is_some_and(|shape| shape.kind == ShapeKind::Enum));
                if is_enum { Kind::foreign("a value of an enum") } else { Kind::unknown() }
            }
            Found::Module(_) | Found::Package(_) => Kind::unknown(),
        }
    }
}

//! What an expression or a type can be, as far as that is plain to see. What is not is unknown, never guessed.

use std::rc::Rc;

use super::{
    Script,
    facts::{
        Base, Declared, Imported, ShapeId, ShapeKind, Signature, SignatureId, SymbolId, Target, Type, TypeId, Value,
        ValueId,
    },
    library::{LANGUAGE, global},
    links::Found,
    resolve::Module,
};
use crate::sources::FileId;

/// One thing that a value can be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// An instance of a class or an interface, an object.
    Instance(FileId, ShapeId),
    /// A class itself, an enum.
    Class(FileId, ShapeId),
    Module(FileId),
    Space(FileId, SymbolId),
    Function(FileId, SignatureId),
    List(FileId, TypeId),
    Promise(FileId, TypeId),
}

impl Part {
    pub(super) fn is_module(&self, file: FileId) -> bool {
        *self == Self::Module(file)
    }
}

/// Everything that a value can be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) parts: Vec<Part>,
    /// Whether it can be something else, too.
    pub(super) is_unknown: bool,
    /// Whether it is said to be anything.
    pub(super) is_any: bool,
    /// Whose it is, if it is not of these sources.
    pub(super) foreign: Option<Rc<str>>,
}

impl Kind {
    pub(super) fn unknown() -> Self {
        Self { is_unknown: true, ..Self::default() }
    }

    pub(super) fn any() -> Self {
        Self { is_unknown: true, is_any: true, ..Self::default() }
    }

    pub(super) fn one(part: Part) -> Self {
        Self { parts: vec![part], ..Self::default() }
    }

    pub(super) fn foreign(what: &str) -> Self {
        Self { foreign: Some(what.into()), ..Self::default() }
    }

    pub(super) fn and(mut self, other: Self) -> Self {
        for part in other.parts {
            if !self.parts.contains(&part) {
                self.parts.push(part);
            }
        }
        self.is_unknown |= other.is_unknown;
        self.is_any |= other.is_any;
        self.foreign = self.foreign.or(other.foreign);
        self
    }

    pub(super) fn all(kinds: impl Iterator<Item = Self>) -> Self {
        kinds.reduce(Self::and).unwrap_or_else(Self::unknown)
    }
}

/// Whether type parameters stand for something that only the caller knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum View {
    Inside,
    Outside,
}

impl Script<'_> {
    /// What a value of a file can be.
    pub(super) fn kind(&self, file: FileId, value: ValueId) -> Kind {
        if let Some(known) = self.kinds.borrow().get(&(file, value)) {
            return known.clone();
        }
        if !self.enter() {
            return Kind::unknown();
        }
        // A value that is made of itself is unknown while it is looked at.
        self.kinds.borrow_mut().insert((file, value), Kind::unknown());
        let kind = self.facts(file).map_or_else(Kind::unknown, |facts| self.kind_of(file, facts.value(value)));
        self.leave();
        self.kinds.borrow_mut().insert((file, value), kind.clone());
        kind
    }

    fn kind_of(&self, file: FileId, value: &Value) -> Kind {
        match value {
            Value::Unknown => Kind::unknown(),
            Value::Builtin => Kind::foreign(LANGUAGE),
            Value::Symbol(symbol) => self.symbol_kind(file, *symbol),
            Value::Global(name) => self.global_kind(file, name),
            Value::Instance(shape) => Kind::one(Part::Instance(file, *shape)),
            Value::Object(shape) => Kind::one(self.object(file, *shape)),
            Value::Super(shape, is_static) => self.parent_kind(file, *shape, *is_static),
            Value::Member(object, name) => self.member_kind(&self.kind(file, *object), name),
            Value::Call(callee) => self.call_kind(file, *callee),
            Value::New(class) => Self::new_kind(&self.kind(file, *class)),
            Value::Await(promise) => self.held(&self.kind(file, *promise), true),
            Value::Element(list) => self.held(&self.kind(file, *list), false),
            Value::Typed(kind) => self.type_kind(file, *kind, View::Inside),
            Value::Function(signature) => Kind::one(Part::Function(file, *signature)),
            Value::Either(all) => Kind::all(all.iter().map(|one| self.kind(file, *one))),
            Value::Module(request) => match self.facts(file).map(|facts| self.module(file, &facts, *request)) {
                Some(Module::File(module)) => self.whole(module),
                Some(Module::Foreign(name)) => Kind::foreign(&format!("defined by `{name}`")).and(Kind::unknown()),
                Some(Module::Package(_)) | None => Kind::unknown(),
            },
        }
    }

    fn object(&self, file: FileId, shape: ShapeId) -> Part {
        let kind = self.facts(file).and_then(|facts| facts.shape(shape).map(|shape| shape.kind));
        match kind {
            Some(ShapeKind::Class | ShapeKind::Enum) => Part::Class(file, shape),
            Some(ShapeKind::Interface | ShapeKind::TypeLiteral | ShapeKind::Object) | None => {
                Part::Instance(file, shape)
            }
        }
    }

    /// A module as a whole: what it assigns to `module.exports`, or all that it exports.
    fn whole(&self, module: FileId) -> Kind {
        let assigned = self.facts(module).map(|facts| facts.assigned.clone()).unwrap_or_default();
        let kinds = assigned.iter().map(|value| self.kind(module, *value));
        kinds.fold(Kind::one(Part::Module(module)), Kind::and)
    }

    fn global_kind(&self, file: FileId, name: &str) -> Kind {
        let declared = self.globals.borrow().get(name).cloned().unwrap_or_default();
        if !declared.is_empty() {
            return Kind::all(declared.iter().map(|(file, symbol)| self.symbol_kind(*file, *symbol)));
        }
        match name {
            "undefined" => Kind::default(),
            "exports" | "module" => Kind::one(Part::Module(file)),
            _ => global(name).map_or_else(Kind::unknown, Kind::foreign),
        }
    }

    fn parent_kind(&self, file: FileId, shape: ShapeId, is_static: bool) -> Kind {
        let facts = self.facts(file);
        let bases = facts.as_ref().and_then(|facts| facts.shape(shape)).map(|shape| shape.bases.clone());
        let class = bases.into_iter().flatten().find_map(|base| match base {
            Base::Class(value) => Some(self.kind(file, value)),
            Base::Type(_) => None,
        });
        match class {
            Some(class) if is_static => class,
            Some(class) => Self::new_kind(&class),
            None => Kind::unknown(),
        }
    }

    fn new_kind(class: &Kind) -> Kind {
        let parts = class.parts.iter();
        let parts = parts.map(|part| match part {
            Part::Class(file, shape) => Kind::one(Part::Instance(*file, *shape)),
            _ => Kind::unknown(),
        });
        let rest = Kind { parts: Vec::new(), ..class.clone() };
        parts.fold(rest, Kind::and)
    }

    /// What a list holds, or a promise.
    fn held(&self, whole: &Kind, is_promise: bool) -> Kind {
        let mut kind = Kind { is_unknown: whole.is_unknown, is_any: whole.is_any, ..Kind::default() };
        for part in &whole.parts {
            kind = kind.and(match part {
                Part::Promise(file, inner) if is_promise => self.type_kind(*file, *inner, View::Outside),
                Part::List(file, inner) if !is_promise => self.type_kind(*file, *inner, View::Outside),
                other if is_promise => Kind::one(other.clone()),
                _ => Kind::unknown(),
            });
        }
        if whole.parts.is_empty() { kind.and(Kind::unknown()) } else { kind }
    }

    pub(super) fn member_kind(&self, object: &Kind, name: &str) -> Kind {
        let mut kind = Kind { is_unknown: object.is_unknown, is_any: object.is_any, ..Kind::default() };
        if object.parts.is_empty() {
            return Kind { foreign: object.foreign.clone(), is_unknown: true, ..kind };
        }
        for part in &object.parts {
            let found = self.lookup(part, name);
            let is_known = !found.hits.is_empty();
            kind = found.hits.iter().map(|hit| self.found_kind(hit)).fold(kind, Kind::and);
            kind.is_unknown |= !is_known;
            kind.foreign = kind.foreign.or(found.foreign);
        }
        kind
    }

    fn call_kind(&self, file: FileId, callee: ValueId) -> Kind {
        let callees = self.kind(file, callee);
        let is_unknown = callees.parts.is_empty() || callees.is_unknown;
        let base = Kind { is_unknown, ..Kind::default() };
        callees.parts.iter().fold(base, |kind, part| {
            kind.and(match part {
                Part::Function(home, signature) => self.result(file, callee, *home, *signature),
                _ => Kind::unknown(),
            })
        })
    }

    /// What a function gives when it is called in `file` as `callee`.
    fn result(&self, file: FileId, callee: ValueId, home: FileId, signature: SignatureId) -> Kind {
        let Some(facts) = self.facts(home) else { return Kind::unknown() };
        let Some(Signature { returns, gives, is_async, .. }) = facts.signature(signature) else {
            return Kind::unknown();
        };
        match returns {
            Some(returns) if *facts.typed(*returns) == Type::This => {
                let facts = self.facts(file);
                match facts.as_ref().map(|facts| facts.value(callee)) {
                    Some(Value::Member(object, _)) => self.kind(file, *object),
                    Some(_) | None => Kind::unknown(),
                }
            }
            Some(returns) => self.type_kind(home, *returns, View::Outside),
            None if *is_async || gives.is_empty() => Kind::unknown(),
            None => Kind::all(gives.iter().map(|value| self.outside(home, *value))),
        }
    }

    /// What a value of a function's body is for a caller, who may have said what its type parameters are.
    fn outside(&self, home: FileId, value: ValueId) -> Kind {
        let facts = self.facts(home);
        match facts.as_ref().map(|facts| facts.value(value)) {
            Some(Value::New(_) | Value::Object(_)) => self.kind(home, value),
            Some(Value::Symbol(symbol)) => self.declared_kind(home, *symbol, View::Outside),
            Some(Value::Typed(kind)) => self.type_kind(home, *kind, View::Outside),
            Some(Value::Instance(shape)) => Kind::one(Part::Instance(home, *shape)),
            Some(_) | None => Kind::unknown(),
        }
    }

    pub(super) fn symbol_kind(&self, file: FileId, symbol: SymbolId) -> Kind {
        if !self.enter() {
            return Kind::unknown();
        }
        let kind = self.declared_kind(file, symbol, View::Inside);
        self.leave();
        kind
    }

    fn declared_kind(&self, file: FileId, symbol: SymbolId, view: View) -> Kind {
        let Some(facts) = self.facts(file) else { return Kind::unknown() };
        let Some(known) = facts.symbol(symbol) else { return Kind::unknown() };
        let kinds = known.declared.iter().filter_map(|declared| {
            Some(match declared {
                Declared::Import(request, imported) => match self.module(file, &facts, *request) {
                    Module::File(module) => self.import_kind(module, imported),
                    Module::Foreign(name) => Kind::foreign(&format!("defined by `{name}`")).and(Kind::unknown()),
                    Module::Package(_) => Kind::unknown(),
                },
                Declared::Value(value) => {
                    let kind = self.kind(file, *value);
                    let may_change = known.written && (!facts.is_typed || kind.parts.is_empty());
                    if may_change { Kind::unknown() } else { kind }
                }
                Declared::Typed(kind) => self.type_kind(file, *kind, view),
                Declared::Function(signature) => Kind::one(Part::Function(file, *signature)),
                Declared::Shape(shape) => match self.object(file, *shape) {
                    Part::Class(file, shape) => Kind::one(Part::Class(file, shape)),
                    _ => return None,
                },
                Declared::Space(_) => Kind::one(Part::Space(file, symbol)),
                Declared::Alias(_) | Declared::Parameter(_) | Declared::Property(..) => return None,
            })
        });
        Kind::all(kinds)
    }

    fn import_kind(&self, module: FileId, imported: &Imported) -> Kind {
        let name = match imported {
            Imported::Named(name) => name,
            Imported::Default => "default",
            Imported::Namespace => return Kind::one(Part::Module(module)),
            Imported::Whole => return self.whole(module),
        };
        match self.exported(module, name) {
            Some(found) => self.found_kind(&found),
            // A CommonJS module is its own default.
            None if name == "default" => self.whole(module),
            None => Kind::unknown(),
        }
    }

    pub(super) fn found_kind(&self, found: &Found) -> Kind {
        match found {
            Found::Symbol(file, symbol) => self.symbol_kind(*file, *symbol),
            Found::Module(file) => Kind::one(Part::Module(*file)),
            Found::Foreign(what) => Kind { foreign: Some(Rc::clone(what)), is_unknown: true, ..Kind::default() },
            Found::Package(_) => Kind::unknown(),
            Found::Member(file, shape, member) => {
                let Some(facts) = self.facts(*file) else { return Kind::unknown() };
                match facts.member(*shape, *member).map(|member| (member.typed, member.value)) {
                    Some((Some(kind), _)) => self.type_kind(*file, kind, View::Outside),
                    Some((None, Some(value))) => self.kind(*file, value),
                    Some((None, None)) | None => Kind::unknown(),
                }
            }
            Found::Export(file, count) => match self.target(*file, *count) {
                Some(Target::Symbol(symbol)) => self.symbol_kind(*file, symbol),
                Some(Target::Value(value)) => self.kind(*file, value),
                Some(Target::From(request, name)) => self.followed(*file, |facts| {
                    self.imported(*file, facts, request, &name).map(|found| self.found_kind(&found))
                }),
                Some(Target::Namespace(request)) => {
                    self.followed(*file, |facts| match self.module(*file, facts, request) {
                        Module::File(module) => Some(Kind::one(Part::Module(module))),
                        Module::Package(_) | Module::Foreign(_) => None,
                    })
                }
                Some(Target::Unknown) | None => Kind::unknown(),
            },
        }
    }

    /// Goes on through another module, as far as that has an end.
    pub(super) fn followed(&self, file: FileId, go_on: impl FnOnce(&super::facts::Facts) -> Option<Kind>) -> Kind {
        if !self.enter() {
            return Kind::unknown();
        }
        let kind = self.facts(file).and_then(|facts| go_on(&facts)).unwrap_or_else(Kind::unknown);
        self.leave();
        kind
    }
}

//! Which method is called: the members of a name, then those of them that the arguments fit: JLS 15.12.

use std::rc::Rc;

use super::{
    Java,
    facts::{Access, Class, Method, MethodId, Part, Value, ValueId},
    kind::{ClassRef, Kind, MethodRef, Named},
    library,
};
use crate::sources::FileId;

/// A method as somebody sees it who says what its class's type parameters stand for.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) method: MethodRef,
    pub(super) class: ClassRef,
    pub(super) arguments: Rc<[Kind]>,
}

/// What is called.
#[derive(Debug)]
pub(super) enum Called {
    /// This method.
    One(Candidate),
    /// One of these, or something that is not here if `is_whole` is false.
    Several { candidates: Vec<Candidate>, is_whole: bool },
    /// What is not in these sources.
    Foreign,
    /// Nobody can say: any method of the name.
    Unknown,
}

/// The methods of a name that an object has.
#[derive(Debug, Default)]
pub(super) struct Methods {
    pub(super) candidates: Vec<Candidate>,
    /// Whether a library's class may have more of them.
    pub(super) is_foreign: bool,
    /// Whether it may be any.
    pub(super) is_unknown: bool,
}

impl Java<'_> {
    /// What a call, or something that is made, calls.
    pub(super) fn called(&self, file: FileId, value: ValueId) -> Rc<Called> {
        if let Some(known) = self.called.borrow().get(&(file, value)) {
            return Rc::clone(known);
        }
        let was_cut = self.is_cut.replace(false);
        let called = Rc::new(self.step(Called::Unknown, || self.find_called(file, value)));
        if !self.is_cut.get() {
            self.called.borrow_mut().insert((file, value), Rc::clone(&called));
        }
        self.is_cut.set(was_cut || self.is_cut.get());
        called
    }

    fn find_called(&self, file: FileId, value: ValueId) -> Called {
        let Some(facts) = self.facts(file) else { return Called::Unknown };
        match facts.value(value) {
            Some(Value::Call { object: Some(object), part, arguments }) => {
                let methods = self.methods(&self.kind(file, *object), &part.name);
                self.choose(methods, file, arguments)
            }
            Some(Value::Call { object: None, part, arguments }) => self.called_alone(file, part, arguments),
            Some(Value::New { typed, arguments, .. }) => match self.kind_of(file, *typed) {
                Kind::Object(class, own) => self.choose(self.constructors(class, &own), file, arguments),
                _ => Called::Unknown,
            },
            Some(Value::Construct { at, is_super, arguments }) => {
                let class = self.class_at(file, *at);
                let class = class.map(|class| if *is_super { self.superclass(class) } else { Kind::plain(class) });
                match class {
                    Some(Kind::Object(class, own)) => self.choose(self.constructors(class, &own), file, arguments),
                    _ => Called::Unknown,
                }
            }
            Some(Value::Constant { class, arguments }) => {
                self.choose(self.constructors(ClassRef { file, class: *class }, &[]), file, arguments)
            }
            _ => Called::Unknown,
        }
    }

    fn constructors(&self, class: ClassRef, own: &[Kind]) -> Methods {
        let found = self.with_class(class, |facts, it| {
            let is_it = |id: &MethodId| facts.method(*id).is_some_and(|method| method.is_constructor);
            it.methods.iter().copied().filter(is_it).collect::<Vec<_>>()
        });
        let candidate =
            |method| Candidate { method: MethodRef { file: class.file, method }, class, arguments: own.into() };
        Methods { candidates: found.unwrap_or_default().into_iter().map(candidate).collect(), ..Methods::default() }
    }

    /// A call without an object: of the innermost class around that has such a method, or of what is imported.
    fn called_alone(&self, file: FileId, part: &Part, arguments: &[ValueId]) -> Called {
        let Some(facts) = self.facts(file) else { return Called::Unknown };
        let (mut is_foreign, mut is_unknown) = (false, false);
        for class in facts.classes_around(part.start) {
            let class = ClassRef { file, class };
            let mut methods = self.methods(&Kind::Object(class, self.own_variables(class)), &part.name);
            if !methods.candidates.is_empty() {
                methods.is_foreign |= is_foreign;
                methods.is_unknown |= is_unknown;
                let called = self.choose(methods, file, arguments);
                return if is_foreign || is_unknown { doubted(called) } else { called };
            }
            is_foreign |= methods.is_foreign;
            is_unknown |= methods.is_unknown;
        }
        if is_unknown {
            return Called::Unknown;
        }
        let methods = self.imported_methods(file, &part.name);
        match self.choose(methods, file, arguments) {
            called if is_foreign => doubted(called),
            called => called,
        }
    }

    /// The methods of a name that are imported, by that name or by `*`.
    pub(super) fn imported_methods(&self, file: FileId, name: &str) -> Methods {
        let mut methods = Methods::default();
        let Some(facts) = self.facts(file) else { return methods };
        for import in facts.imports.iter().filter(|import| import.is_static) {
            let is_single = import.single().is_some_and(|part| *part.name == *name);
            if !is_single && !import.is_all {
                continue;
            }
            let outer =
                if is_single { import.parts.split_last().map_or(&[][..], |(_, outer)| outer) } else { &import.parts };
            let found = match self.path(file, outer) {
                Named::Class(class) => self.methods(&Kind::Static(class), name),
                Named::Foreign(_) | Named::Package(_) => Methods { is_foreign: true, ..Methods::default() },
                _ => Methods { is_unknown: true, ..Methods::default() },
            };
            if is_single && !found.candidates.is_empty() {
                return found;
            }
            methods.candidates.extend(found.candidates);
            methods.is_foreign |= found.is_foreign;
            methods.is_unknown |= found.is_unknown;
        }
        methods
    }

    /// The methods of a name that an object has.
    pub(super) fn methods(&self, kind: &Kind, name: &str) -> Methods {
        let mut methods = Methods::default();
        match kind {
            Kind::Object(class, arguments) => self.methods_of(*class, arguments, name, &mut methods),
            Kind::Static(class) => self.methods_of(*class, &[], name, &mut methods),
            Kind::Variable(file, id) => {
                let bounds = self.bounds(*file, *id);
                if bounds.is_empty() {
                    return self.methods_of_any(name);
                }
                self.methods_of_all(&bounds, name, &mut methods);
            }
            Kind::All(kinds) => self.methods_of_all(kinds, name, &mut methods),
            Kind::Array(_) => return self.methods_of_any(name),
            Kind::Foreign(_) | Kind::StaticForeign(_) | Kind::Primitive(_) => methods.is_foreign = true,
            Kind::Unknown | Kind::Null | Kind::Above(_) | Kind::Function(..) | Kind::Package(_) => {
                methods.is_unknown = true;
            }
        }
        methods
    }

    fn methods_of_all(&self, kinds: &[Kind], name: &str, methods: &mut Methods) {
        for kind in kinds {
            let found = self.step(Methods { is_unknown: true, ..Methods::default() }, || self.methods(kind, name));
            methods.candidates.extend(found.candidates);
            methods.is_foreign |= found.is_foreign;
            methods.is_unknown |= found.is_unknown;
        }
    }

    /// Those that every object has.
    fn methods_of_any(&self, name: &str) -> Methods {
        let object = library::class("java.lang", "Object").map(Kind::plain);
        object.map_or_else(Methods::default, |object| self.methods(&object, name))
    }

    fn methods_of(&self, class: ClassRef, arguments: &[Kind], name: &str, methods: &mut Methods) {
        let lineage = self.lineage(class);
        methods.is_foreign |= !lineage.foreign.is_empty();
        methods.is_unknown |= lineage.is_unknown;
        for (of, own) in &lineage.classes {
            for method in self.own_methods(*of, name) {
                let is_inherited = self.with_method(method, |it| it.modifiers.access != Access::Private);
                if *of != class && is_inherited != Some(true) {
                    continue;
                }
                let own = own.iter().map(|kind| self.substituted(kind, class, arguments)).collect();
                methods.candidates.push(Candidate { method, class: *of, arguments: own });
            }
        }
    }

    /// The methods that a reference can be of, if it has to take so many arguments.
    pub(super) fn referred(&self, object: &Kind, name: &str, takes: Option<usize>) -> Vec<Candidate> {
        let is_class = matches!(object, Kind::Static(_));
        let all = self.methods(object, name).candidates;
        let mut candidates = all.clone();
        if let Some(takes) = takes {
            candidates.retain(|candidate| {
                self.with_method(candidate.method, |it| {
                    let wanted = if is_class && !it.modifiers.is_static { takes.saturating_sub(1) } else { takes };
                    it.is_variadic || it.parameters.len() == wanted
                })
                .unwrap_or(true)
            });
        }
        if candidates.is_empty() { all } else { candidates }
    }

    /// The class whose body is around a byte.
    pub(super) fn class_at(&self, file: FileId, at: u32) -> Option<ClassRef> {
        let class = self.facts(file)?.classes_around(at).first().copied()?;
        Some(ClassRef { file, class })
    }

    /// What a class extends, if it is not an interface.
    pub(super) fn superclass(&self, class: ClassRef) -> Kind {
        let written =
            self.with_class(class, |_, it: &Class| it.supers.first().copied().filter(|_| it.extends)).flatten();
        match written {
            Some(written) => self.kind_of(class.file, written),
            None => library::class("java.lang", "Object").map_or(Kind::Unknown, Kind::plain),
        }
    }

    /// A method with what its file says of it.
    pub(super) fn with_method<T>(&self, method: MethodRef, ask: impl FnOnce(&Method) -> T) -> Option<T> {
        let facts = self.facts(method.file)?;
        facts.method(method.method).map(ask)
    }
}

/// What may be something else, because a class between may have a member of the name.
fn doubted(called: Called) -> Called {
    match called {
        Called::One(candidate) => Called::Several { candidates: vec![candidate], is_whole: false },
        Called::Several { candidates, .. } => Called::Several { candidates, is_whole: false },
        other => other,
    }
}

//! Everything that is called so in all files, and which methods are one because they override one another: JLS 8.4.2 and
//! 8.4.8.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    rc::Rc,
};

use super::{
    Java,
    calls::Candidate,
    facts::{Access, ClassId, FieldId, MethodId},
    kind::{ClassRef, FieldRef, Kind, MethodRef},
    library, name,
};
use crate::{
    language::{Entity, Unparsed},
    limits::Stopped,
    request::Hierarchy,
    sources::FileId,
};

/// All that one name can mean, but for variables of methods.
#[derive(Debug, Default)]
pub(super) struct World {
    /// The files that hold the name, and those of them that cannot be read.
    pub(super) files: Vec<FileId>,
    pub(super) unparsed: Vec<(FileId, Unparsed)>,
    pub(super) classes: Vec<ClassRef>,
    pub(super) fields: Vec<FieldRef>,
    pub(super) methods: Vec<MethodRef>,
    /// What each method is: the first of those that it overrides and that override it.
    entities: HashMap<MethodRef, Entity>,
    /// Methods that may override one another, or may not.
    pub(super) doubtful: Vec<(MethodRef, MethodRef)>,
    /// Methods that override one of a library, with its class, and whether that is certain.
    pub(super) foreign: BTreeMap<MethodRef, (String, bool)>,
}

impl World {
    /// What a method is.
    pub(super) fn entity(&self, method: MethodRef) -> Option<&Entity> {
        self.entities.get(&method)
    }

    /// All methods that are one.
    pub(super) fn family<'w>(&'w self, entity: &'w Entity) -> impl Iterator<Item = MethodRef> + 'w {
        self.methods.iter().copied().filter(move |method| self.entities.get(method) == Some(entity))
    }
}

/// How the parameters of two methods agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Likeness {
    Same,
    Perhaps,
    Different,
}

impl Java<'_> {
    /// All that a name can mean.
    pub(super) fn world(&self, name: &str) -> Result<Rc<World>, Stopped> {
        if let Some(known) = self.worlds.borrow().get(name) {
            return Ok(Rc::clone(known));
        }
        let mut world = World { files: self.files.holders(name)?, ..World::default() };
        for file in world.files.clone() {
            self.files.check()?;
            match self.files.read(file) {
                Ok(facts) => Self::register(file, &facts, name, &mut world),
                Err(why) => world.unparsed.push((file, why)),
            }
        }
        self.relate(name, &mut world)?;
        let world = Rc::new(world);
        self.worlds.borrow_mut().insert(name.to_owned(), Rc::clone(&world));
        Ok(world)
    }

    fn register(file: FileId, facts: &super::Facts, name: &str, world: &mut World) {
        if let Some((at, message)) = &facts.error {
            world.unparsed.push((file, Unparsed::Syntax { at: *at, message: message.clone() }));
        }
        let methods = (0..).map(MethodId).zip(&facts.methods);
        let own = methods.filter(|(_, it)| !it.is_constructor && *it.name.name == *name);
        world.methods.extend(own.map(|(method, _)| MethodRef { file, method }));
        let fields = (0..).map(FieldId).zip(&facts.fields).filter(|(_, it)| *it.name.name == *name);
        world.fields.extend(fields.map(|(field, _)| FieldRef { file, field }));
        let classes = (0..).map(ClassId).zip(&facts.classes);
        let classes = classes.filter(|(_, it)| it.name.as_ref().is_some_and(|part| *part.name == *name));
        world.classes.extend(classes.map(|(class, _)| ClassRef { file, class }));
    }

    /// Finds out which methods are one.
    fn relate(&self, name: &str, world: &mut World) -> Result<(), Stopped> {
        let mut groups = Groups::new(&world.methods);
        let mut classes: BTreeSet<ClassRef> = BTreeSet::new();
        for method in &world.methods {
            let Some(class) = self.class_of(*method) else { continue };
            if classes.insert(class) && self.is_inherited(*method) {
                classes.extend(self.classes_below(class)?.iter().copied());
            }
        }
        for class in classes {
            self.files.check()?;
            self.relate_in(class, name, &mut groups, world);
        }
        for method in &world.methods {
            let first = groups.members(*method).filter_map(|it| self.place_of(it)).min();
            if let Some((file, at)) = first {
                world.entities.insert(*method, super::name(file, at));
            }
        }
        Ok(())
    }

    /// Relates the methods that one class has, its own and those that it inherits.
    fn relate_in(&self, class: ClassRef, called: &str, groups: &mut Groups, world: &mut World) {
        let methods = self.methods(&Kind::Object(class, self.own_variables(class)), called);
        let (own, foreign): (Vec<_>, Vec<_>) =
            methods.candidates.into_iter().partition(|it| !library::is_library(it.method.file));
        let lineage = self.lineage(class);
        for (count, one) in own.iter().enumerate() {
            for other in own.iter().skip(count + 1) {
                self.relate_two(one, other, groups, world);
            }
            if !self.is_inherited(one.method) || self.is_static(one.method) {
                continue;
            }
            if let Some(above) = foreign.iter().find(|it| self.likeness(one, it) != Likeness::Different) {
                world.foreign.insert(one.method, (self.class_path(above.class), true));
            } else if let Some(foreign) = lineage.foreign.first() {
                let is_sure = one.class == class && self.with_method(one.method, |it| it.overrides) == Some(true);
                let is_sure = is_sure && own.iter().all(|it| it.method == one.method);
                world.foreign.entry(one.method).or_insert((foreign.to_string(), is_sure));
            }
        }
    }

    fn relate_two(&self, one: &Candidate, other: &Candidate, groups: &mut Groups, world: &mut World) {
        let is_same_class = one.class == other.class;
        if !is_same_class && self.options.hierarchy == Hierarchy::Only {
            return;
        }
        if !is_same_class && !self.may_override(one, other) && !self.may_override(other, one) {
            return;
        }
        match self.likeness(one, other) {
            Likeness::Same => groups.join(one.method, other.method),
            Likeness::Perhaps if !is_same_class => world.doubtful.push((one.method, other.method)),
            Likeness::Perhaps | Likeness::Different => {}
        }
    }

    /// Whether a method could override another, if its parameters are the same.
    fn may_override(&self, one: &Candidate, other: &Candidate) -> bool {
        let access = self.with_method(other.method, |it| it.modifiers.access).unwrap_or(Access::Private);
        let package = |file| self.facts(file).map(|facts| facts.package_name());
        let is_seen = match access {
            Access::Private => false,
            Access::Package => package(one.method.file) == package(other.method.file),
            Access::Protected | Access::Public => true,
        };
        is_seen && self.is_inherited(one.method) && !self.is_static(one.method) && !self.is_static(other.method)
    }

    /// How the parameters of two methods agree, as one class sees both.
    pub(super) fn likeness(&self, one: &Candidate, other: &Candidate) -> Likeness {
        let count = |it: &Candidate| self.with_method(it.method, |method| method.parameters.len());
        if count(one) != count(other) {
            return Likeness::Different;
        }
        let (own, others) = (self.parameters(one), self.parameters(other));
        let all = own.iter().zip(&others).map(|(own, other)| self.alike(own, other));
        all.fold(Likeness::Same, |all, one| match (all, one) {
            (Likeness::Different, _) | (_, Likeness::Different) => Likeness::Different,
            (Likeness::Perhaps, _) | (_, Likeness::Perhaps) => Likeness::Perhaps,
            _ => Likeness::Same,
        })
    }

    /// Whether two types of parameters are one after erasure.
    fn alike(&self, one: &Kind, other: &Kind) -> Likeness {
        let same = |is_same: bool| if is_same { Likeness::Same } else { Likeness::Different };
        match (one, other) {
            _ if one == other && *one != Kind::Unknown => Likeness::Same,
            (Kind::Unknown | Kind::Above(_), other) | (other, Kind::Unknown | Kind::Above(_)) => match other {
                Kind::Primitive(_) => Likeness::Different,
                _ => Likeness::Perhaps,
            },
            (Kind::Variable(..), Kind::Variable(..)) => Likeness::Same.min_of(self.alike_bounds(one, other)),
            (Kind::Variable(..), Kind::Object(..)) => self.alike_bounds(one, other),
            (Kind::Object(..), Kind::Variable(..)) => self.alike_bounds(other, one),
            (Kind::Variable(..), Kind::Foreign(_)) | (Kind::Foreign(_), Kind::Variable(..)) => Likeness::Perhaps,
            (Kind::Object(one, _), Kind::Object(other, _)) => same(one == other),
            (Kind::Array(one), Kind::Array(other)) => self.alike(one, other),
            (Kind::Primitive(one), Kind::Primitive(other)) => same(one == other),
            (Kind::Foreign(one), Kind::Foreign(other)) => same(one == other),
            _ => Likeness::Different,
        }
    }

    /// A type parameter is its first bound after erasure; two of two methods are taken for one if their bounds are.
    fn alike_bounds(&self, variable: &Kind, other: &Kind) -> Likeness {
        let erased = |kind: &Kind| match kind {
            Kind::Variable(file, id) => {
                let bounds = self.bounds(*file, *id);
                let object = || library::class("java.lang", "Object").map(Kind::plain);
                bounds.first().cloned().or_else(object).unwrap_or(Kind::Unknown)
            }
            kind => kind.clone(),
        };
        match (erased(variable), erased(other)) {
            (Kind::Object(one, _), Kind::Object(other, _)) if one == other => Likeness::Same,
            (Kind::Object(..), Kind::Object(..)) => Likeness::Different,
            _ => Likeness::Perhaps,
        }
    }

    /// Whether subclasses have a method too, or override it.
    pub(super) fn is_inherited(&self, method: MethodRef) -> bool {
        self.with_method(method, |it| it.modifiers.access != Access::Private).unwrap_or(false)
    }

    pub(super) fn is_static(&self, method: MethodRef) -> bool {
        self.with_method(method, |it| it.modifiers.is_static).unwrap_or(false)
    }

    /// The class that a method is written in.
    pub(super) fn class_of(&self, method: MethodRef) -> Option<ClassRef> {
        let class = self.with_method(method, |it| it.class)?;
        Some(ClassRef { file: method.file, class })
    }

    fn place_of(&self, method: MethodRef) -> Option<(FileId, u32)> {
        self.with_method(method, |it| (method.file, it.name.start))
    }

    /// What a method is, of whatever name.
    pub(super) fn method_entity(&self, method: MethodRef) -> Option<Entity> {
        let called = self.with_method(method, |it| it.name.name.clone())?;
        let world = self.world(&called).ok()?;
        world.entity(method).cloned()
    }

    /// What a field is: a component of a record is one with its accessor.
    pub(super) fn field_entity(&self, field: FieldRef) -> Option<Entity> {
        let facts = self.facts(field.file)?;
        let it = facts.field(field.field)?;
        if it.is_component {
            let methods = (0..).map(MethodId).zip(&facts.methods);
            let mut accessors = methods.filter(|(_, method)| method.component == Some(field.field));
            let accessor = accessors.next().map(|(method, _)| MethodRef { file: field.file, method });
            return self.method_entity(accessor?);
        }
        Some(name(field.file, it.name.start))
    }
}

impl Likeness {
    fn min_of(self, other: Self) -> Self {
        if other == Self::Same { self } else { other }
    }
}

/// Which methods are one, as sets that are joined.
struct Groups {
    methods: Vec<MethodRef>,
    numbers: HashMap<MethodRef, usize>,
    leaders: Vec<usize>,
}

impl Groups {
    fn new(methods: &[MethodRef]) -> Self {
        let numbers = methods.iter().enumerate().map(|(number, method)| (*method, number)).collect();
        Self { methods: methods.to_vec(), numbers, leaders: (0..methods.len()).collect() }
    }

    fn leader(&self, method: MethodRef) -> Option<usize> {
        let mut number = *self.numbers.get(&method)?;
        while let Some(next) = self.leaders.get(number).copied().filter(|next| *next != number) {
            number = next;
        }
        Some(number)
    }

    fn join(&mut self, one: MethodRef, other: MethodRef) {
        let (Some(one), Some(other)) = (self.leader(one), self.leader(other)) else { return };
        // Leaders only ever go down, so that following them ends.
        if let Some(leader) = self.leaders.get_mut(one.max(other)) {
            *leader = one.min(other);
        }
    }

    fn members(&self, of: MethodRef) -> impl Iterator<Item = MethodRef> {
        let leader = self.leader(of);
        self.methods.iter().copied().filter(move |method| leader.is_some() && self.leader(*method) == leader)
    }
}

//! All members of one name, and which of them are one: those of a family of classes, of a type and the literals that are
//! written for it. And which of them may be, because an object of the one's shape passes for the other.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    rc::Rc,
};

use super::{
    Script,
    facts::{Context, Facts, Member, ShapeId, ShapeKind, SymbolId},
    infer::Part,
    links::{Found, Lead},
    lookup::Place,
};
use crate::{
    language::{Entity, families::Families},
    limits::Stopped,
    request::Hierarchy,
    sources::FileId,
};

/// A member where it is defined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Definition {
    pub(super) file: FileId,
    pub(super) shape: ShapeId,
    pub(super) member: u32,
}

/// Everything that is called so and has an owner.
#[derive(Debug, Default)]
pub(super) struct World {
    pub(super) files: Vec<FileId>,
    pub(super) definitions: Vec<Definition>,
    index: HashMap<Definition, usize>,
    /// For each definition the first of its family.
    entities: Vec<Entity>,
    /// Types whose objects are spread over others, so that they need not have all that is expected.
    pub(super) spread: HashSet<Place>,
}

impl World {
    pub(super) fn entity(&self, definition: Definition) -> Option<&Entity> {
        self.index.get(&definition).and_then(|index| self.entities.get(*index))
    }

    /// The definitions of a family.
    pub(super) fn family<'w>(&'w self, entity: &'w Entity) -> impl Iterator<Item = Definition> + 'w {
        self.definitions.iter().zip(&self.entities).filter(move |(_, it)| *it == entity).map(|(it, _)| *it)
    }

    /// Definitions, each with its entity.
    pub(super) fn all(&self) -> impl Iterator<Item = (Definition, &Entity)> {
        self.definitions.iter().copied().zip(&self.entities)
    }
}

impl Script<'_> {
    /// All that is called so. Reads the files that hold the name, and those that their classes lead to.
    pub(super) fn world(&self, name: &str) -> Result<Rc<World>, Stopped> {
        if let Some(known) = self.worlds.borrow().get(name) {
            return Ok(Rc::clone(known));
        }
        let files = self.files.holders(name)?;
        for file in &files {
            self.files.check()?;
            if let Some(facts) = self.facts(*file) {
                self.register(*file, &facts);
            }
        }
        let world = Rc::new(self.settle(name, files)?);
        self.worlds.borrow_mut().insert(name.to_owned(), Rc::clone(&world));
        Ok(world)
    }

    /// Makes known what a file declares for everybody.
    fn register(&self, file: FileId, facts: &Facts) {
        if !self.registered.borrow_mut().insert(file) || (facts.globals.is_empty() && facts.ambients.is_empty()) {
            return;
        }
        self.kinds.borrow_mut().clear();
        self.exported.borrow_mut().clear();
        for id in &facts.globals {
            if let Some(symbol) = facts.symbol(*id) {
                self.globals.borrow_mut().entry(symbol.name.clone()).or_default().push((file, *id));
            }
        }
        for ambient in &facts.ambients {
            let Some(request) = facts.request(ambient.request) else { continue };
            let known = ambient.symbols.iter().map(|symbol| (request.specifier.clone(), file, *symbol));
            self.ambients.borrow_mut().extend(known);
        }
        let added = facts.globals.iter().chain(facts.ambients.iter().flat_map(|it| &it.symbols));
        for id in added {
            self.add_shapes(file, facts, *id);
        }
    }

    fn add_shapes(&self, file: FileId, facts: &Facts, id: SymbolId) {
        let shapes = facts
            .shapes
            .iter()
            .zip(0..)
            .filter(|(shape, _)| shape.symbol == Some(id) && shape.kind != ShapeKind::Object);
        let shapes: Vec<_> = shapes.map(|(_, shape)| (file, ShapeId(shape))).collect();
        if let (false, Lead::Entity(entity)) = (shapes.is_empty(), self.lead_of(file, id)) {
            self.additions.borrow_mut().entry(entity).or_default().extend(shapes);
        }
    }

    fn settle(&self, name: &str, files: Vec<FileId>) -> Result<World, Stopped> {
        let mut definitions = Vec::new();
        for file in &files {
            let Some(facts) = self.facts(*file) else { continue };
            for (shape, id) in facts.shapes.iter().zip(0..) {
                let named = shape.members.iter().zip(0..).filter(|(member, _)| *member.name == *name);
                definitions.extend(named.map(|(_, member)| Definition { file: *file, shape: ShapeId(id), member }));
            }
        }
        definitions.sort_by_key(|it| (it.file, self.start(*it)));
        let index: HashMap<_, _> = definitions.iter().copied().zip(0..).collect();
        let mut families = Families::apart(definitions.len());
        let mut owners: BTreeMap<Place, Vec<usize>> = BTreeMap::new();
        for (definition, at) in &index {
            owners.entry((definition.file, definition.shape)).or_default().push(*at);
        }
        if !definitions.is_empty() {
            self.join_lineages(&files, &owners, &definitions, &mut families)?;
            self.join_literals(name, &definitions, &index, &mut families);
        }
        let entity = |at: usize| {
            let first = definitions.get(families.root(at)).copied();
            first.map_or(Entity::Folder(String::new()), |it| Entity::Name { file: it.file, at: self.start(it) })
        };
        let entities = (0..definitions.len()).map(entity).collect();
        let spread = self.spread(&files);
        Ok(World { files, definitions, index, entities, spread })
    }

    fn spread(&self, files: &[FileId]) -> HashSet<Place> {
        let of = |file: FileId| {
            let values = self.facts(file).map(|facts| facts.spreads.clone()).unwrap_or_default();
            values.into_iter().flat_map(move |value| self.kind(file, value).parts)
        };
        let parts = files.iter().flat_map(|file| of(*file));
        let shapes = parts.filter_map(|part| match part {
            Part::Instance(file, shape) | Part::Class(file, shape) => Some((file, shape)),
            _ => None,
        });
        shapes.collect()
    }

    /// The first byte of a definition's name.
    pub(super) fn start(&self, definition: Definition) -> usize {
        self.with_member(definition, |_, member| member.place.start as usize).unwrap_or(0)
    }

    pub(super) fn with_member<T>(&self, it: Definition, look: impl FnOnce(&Facts, &Member) -> T) -> Option<T> {
        let facts = self.facts(it.file)?;
        let member = facts.member(it.shape, it.member)?;
        Some(look(&facts, member))
    }

    /// Members of one class, of what it extends, and of what it implements are one.
    fn join_lineages(
        &self,
        files: &[FileId],
        owners: &BTreeMap<Place, Vec<usize>>,
        definitions: &[Definition],
        families: &mut Families,
    ) -> Result<(), Stopped> {
        let mut readers: Vec<FileId> = files.to_vec();
        if self.options.hierarchy == Hierarchy::Family {
            readers.extend(self.heirs(files, owners)?);
        }
        for file in readers {
            self.files.check()?;
            let Some(facts) = self.facts(file) else { continue };
            for (shape, id) in facts.shapes.iter().zip(0..).map(|(shape, id)| (shape, ShapeId(id))) {
                let owns = owners.contains_key(&(file, id));
                if !matches!(shape.kind, ShapeKind::Object) && (owns || shape.bases.len() > 1) {
                    self.join_lineage((file, id), owners, definitions, families);
                }
                if let (ShapeKind::Object, Some(own)) = (shape.kind, owners.get(&(file, id))) {
                    families.join_all(own);
                }
            }
        }
        Ok(())
    }

    fn join_lineage(
        &self,
        start: Place,
        owners: &BTreeMap<Place, Vec<usize>>,
        definitions: &[Definition],
        families: &mut Families,
    ) {
        for is_static in [false, true] {
            let shapes = match self.options.hierarchy {
                Hierarchy::Family => self.lineage(start, is_static).shapes,
                Hierarchy::Only => self.group(start),
            };
            let members = shapes.iter().filter_map(|place| owners.get(place)).flatten().copied();
            let is_so = |at: &usize| {
                let definition = definitions.get(*at).copied();
                definition.and_then(|it| self.with_member(it, |_, member| member.is_static)) == Some(is_static)
            };
            families.join_all(&members.filter(is_so).collect::<Vec<_>>());
        }
    }

    /// Files without the name whose classes may tie two of its owners together: `class C extends A implements B {}`.
    fn heirs(&self, holders: &[FileId], owners: &BTreeMap<Place, Vec<usize>>) -> Result<Vec<FileId>, Stopped> {
        let mut names: Vec<Box<str>> = Vec::new();
        let mut has_interface = false;
        for (file, shape) in owners.keys() {
            let Some(facts) = self.facts(*file) else { continue };
            let Some(shape) = facts.shape(*shape) else { continue };
            has_interface |= shape.kind == ShapeKind::Interface;
            names.extend(shape.symbol.and_then(|id| facts.symbol(id)).map(|symbol| symbol.name.clone()));
        }
        if !has_interface || names.len() < 2 || names.len() > 64 {
            return Ok(Vec::new());
        }
        let implements = memchr::memmem::Finder::new("implements");
        let names: Vec<_> = names.iter().map(|name| memchr::memmem::Finder::new(name.as_bytes())).collect();
        let mut heirs = Vec::new();
        for file in self.files.own().filter(|file| !holders.contains(file)) {
            self.files.check()?;
            let Ok(bytes) = self.files.sources.bytes(file) else { continue };
            let ties = implements.find(&bytes).is_some() && names.iter().any(|name| name.find(&bytes).is_some());
            if ties {
                heirs.push(file);
            }
        }
        Ok(heirs)
    }

    /// A literal that is written for a type has the type's members.
    fn join_literals(
        &self,
        name: &str,
        definitions: &[Definition],
        index: &HashMap<Definition, usize>,
        families: &mut Families,
    ) {
        for (definition, at) in definitions.iter().zip(0..) {
            let Some(facts) = self.facts(definition.file) else { continue };
            let Some(shape) = facts.shape(definition.shape) else { continue };
            if shape.kind != ShapeKind::Object || shape.context == Context::None {
                continue;
            }
            let kind = self.context_kind(definition.file, &shape.context);
            let hits = kind.parts.iter().flat_map(|part| self.lookup(part, name).hits);
            let mut targets: Vec<_> = hits
                .filter_map(|hit| match hit {
                    Found::Member(file, shape, member) => index.get(&Definition { file, shape, member }).copied(),
                    _ => None,
                })
                .map(|target| families.root(target))
                .collect();
            targets.sort_unstable();
            targets.dedup();
            if let [only] = targets.as_slice() {
                families.join(at, *only);
            }
        }
    }

    /// The entity of a member.
    pub(super) fn member_entity(&self, file: FileId, shape: ShapeId, member: u32) -> Lead {
        let definition = Definition { file, shape, member };
        let Some(name) = self.with_member(definition, |_, member| member.name.clone()) else {
            return Lead::Foreign("declared nowhere".into());
        };
        let own = || Entity::Name { file, at: self.start(definition) };
        if name.starts_with('#') {
            let facts = self.facts(file);
            let first = facts.as_ref().and_then(|facts| facts.shape(shape));
            let first = first.and_then(|shape| shape.members.iter().find(|it| it.name == name));
            return Lead::Entity(first.map_or_else(own, |it| Entity::Name { file, at: it.place.start as usize }));
        }
        match self.world(&name) {
            Ok(world) => Lead::Entity(world.entity(definition).cloned().unwrap_or_else(own)),
            Err(_) => Lead::Open(vec![own()], "given_up"),
        }
    }
}

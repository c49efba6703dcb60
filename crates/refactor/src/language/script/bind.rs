//! What each token of a name means.

use super::{
    Script,
    facts::{Access, Context, Facts, Form, Meaning, RequestId, ShapeKind, Token},
    infer::{Kind, Part},
    library::may_have,
    links::{Found, Lead},
    paths,
    resolve::Module,
    spelling,
    world::{Definition, World},
};
use crate::{
    language::{Binding, Doubt, Entity, Occurrence, Occurrences, Place, Prose, Role, Unparsed},
    limits::Stopped,
    sources::FileId,
    words::Words,
};

/// A member that nobody defines, or nobody asks for: it stands where no file has a byte.
const NOBODY: Entity = Entity::Name { file: FileId(u32::MAX), at: usize::MAX };

/// A name that is looked for in one file.
pub(super) struct Here<'h> {
    pub(super) file: FileId,
    pub(super) facts: &'h Facts,
    pub(super) name: &'h str,
    pub(super) world: &'h World,
}

impl Script<'_> {
    /// All that is spelled like a name.
    pub(super) fn all(&self, name: &str) -> Result<Occurrences, Stopped> {
        let mut all = Occurrences::default();
        if name.is_empty() {
            return Ok(all);
        }
        let world = self.world(name)?;
        for file in &world.files {
            self.files.check()?;
            match self.files.read(*file) {
                Ok(facts) => {
                    if let Some((at, message)) = &facts.error {
                        all.unparsed.push((*file, Unparsed::Syntax { at: *at, message: message.clone() }));
                    }
                    self.in_file(&Here { file: *file, facts: &facts, name, world: &world }, &mut all.found);
                }
                Err(why) => all.unparsed.push((*file, why)),
            }
        }
        Ok(all)
    }

    fn in_file(&self, here: &Here<'_>, found: &mut Vec<Occurrence>) {
        let tokens = here.facts.tokens.get(here.name).map(Vec::as_slice).unwrap_or_default();
        let first = found.len();
        for token in tokens {
            found.extend(self.meanings(here, token).into_iter().map(|binding| occurrence(here, token, binding)));
        }
        let mut taken: Vec<_> = found.iter().skip(first).map(|it| it.place.range.clone()).collect();
        self.specifiers(here, &mut taken, found);
        taken.sort_by_key(|range| range.start);
        let Ok(text) = self.files.sources.text(here.file) else { return };
        for range in Words::new(here.name).of(&text) {
            let before = taken.partition_point(|it| it.start <= range.start);
            if before.checked_sub(1).and_then(|at| taken.get(at)).is_some_and(|it| it.end >= range.end) {
                continue;
            }
            let binding = match prose_at(here.facts, range.start) {
                Some(Prose::String) if is_whole(&text, &range) => self.literal(here),
                Some(kind) => Binding::Prose(kind),
                None if spelling::is_word(here.name) && here.facts.error.is_none() => {
                    Binding::Foreign("a word of the language".to_owned())
                }
                None if is_part(&text, &range) => Binding::Foreign("part of a longer name".to_owned()),
                None => continue,
            };
            found.push(Occurrence::plain(Place { file: here.file, range }, Role::Reference, binding));
        }
    }

    /// The last part of the names of modules, which names a file or a folder.
    fn specifiers(&self, here: &Here<'_>, taken: &mut Vec<std::ops::Range<usize>>, found: &mut Vec<Occurrence>) {
        for (request, id) in here.facts.requests.iter().zip(0..) {
            let Some(at) = named_part(&request.specifier, here.name) else { continue };
            let Module::File(module) = self.module(here.file, here.facts, RequestId(id)) else { continue };
            let Some(entity) = self.module_entity(module, here.name) else { continue };
            let start = request.place.start as usize + at;
            let range = start..start + here.name.len();
            taken.push(range.clone());
            found.push(Occurrence::plain(Place { file: here.file, range }, Role::Import, Binding::Bound(entity)));
        }
    }

    /// What a module's name in an import stands for: its file, or its folder if the file is only the index of it. With
    /// the option that a file goes with the symbol it is named after, it is that symbol.
    pub(super) fn module_entity(&self, module: FileId, name: &str) -> Option<Entity> {
        let path = self.files.path(module);
        let folder = paths::parent(path);
        if paths::stem(path) == name {
            let symbol = self.options.rename_file.then(|| self.exported(module, name)).flatten();
            if let Some(Found::Symbol(file, symbol)) = symbol
                && file == module
                && let Lead::Entity(entity) = self.lead_of(file, symbol)
            {
                return Some(entity);
            }
            return Some(Entity::File(module));
        }
        let is_index = paths::stem(path) == "index" && paths::name(folder) == name;
        is_index.then(|| Entity::Folder(folder.to_owned()))
    }

    /// The meanings of a token, one but for those that may be something else because of its shape.
    pub(super) fn meanings(&self, here: &Here<'_>, token: &Token) -> Vec<Binding> {
        match token.meaning {
            Meaning::Symbol(symbol) => vec![binding(self.lead_of(here.file, symbol))],
            Meaning::Dynamic(symbol) => vec![match symbol.map(|symbol| self.lead_of(here.file, symbol)) {
                Some(Lead::Entity(entity)) => {
                    open(vec![entity], "inside_with", "inside of `with` it may be a member of the object", 50)
                }
                Some(other) => binding(other),
                None => Binding::Foreign("a name that is not declared here".to_owned()),
            }],
            Meaning::Global => vec![self.global(here)],
            Meaning::Member(object) => {
                let kind = self.kind(here.file, object);
                self.member(here, token, &kind)
            }
            Meaning::TypeMember(kind) => {
                let kind = self.type_kind(here.file, kind, super::infer::View::Inside);
                self.member(here, token, &kind)
            }
            Meaning::Keyed(object) => self.keyed(here, &self.kind(here.file, object)),
            Meaning::Handed(callee, count) => vec![self.handed(here, callee, count)],
            Meaning::Attribute(component) => self.attribute(here, token, &self.kind(here.file, component)),
            Meaning::Own(shape, member) => {
                let lead = self.member_entity(here.file, shape, member);
                self.with_lookalikes(here, binding(lead))
            }
            Meaning::Export(count) => vec![binding(self.lead(&Self::first_export(here, count), here.name))],
            Meaning::Import(request) => {
                let found = self.imported(here.file, here.facts, request, here.name);
                vec![found.map_or_else(
                    || Binding::Foreign("not exported there".to_owned()),
                    |it| binding(self.lead(&it, here.name)),
                )]
            }
            Meaning::Label(at) => vec![Binding::Bound(Entity::Name { file: here.file, at: at as usize })],
            Meaning::Fixed(what) => vec![Binding::Foreign(what.to_owned())],
        }
    }

    /// Of an export that is assigned several times, the first is the one.
    fn first_export(here: &Here<'_>, count: u32) -> Found {
        let first = here.facts.exports.iter().zip(0..).find(|(export, _)| *export.name == *here.name);
        Found::Export(here.file, first.map_or(count, |(_, first)| first))
    }

    fn global(&self, here: &Here<'_>) -> Binding {
        let declared = self.globals.borrow().get(here.name).cloned().unwrap_or_default();
        let Some((file, symbol)) = declared.iter().min().copied() else {
            return Binding::Foreign("a name that no file declares".to_owned());
        };
        let is_typed = self.facts(file).is_some_and(|facts| facts.is_typed);
        match self.lead_of(file, symbol) {
            Lead::Entity(entity) if is_typed => Binding::Bound(entity),
            Lead::Entity(entity) => {
                open(vec![entity], "global", "it is a global of another script, if both are loaded together", 70)
            }
            other => binding(other),
        }
    }

    /// A member of an object of some kind.
    fn member(&self, here: &Here<'_>, token: &Token, kind: &Kind) -> Vec<Binding> {
        let mut leads: Vec<Binding> = Vec::new();
        let mut foreign = kind.foreign.clone().filter(|_| kind.parts.is_empty());
        let mut is_partial = kind.is_unknown;
        for part in &kind.parts {
            let found = self.lookup(part, here.name);
            is_partial |= found.hits.is_empty() && found.foreign.is_none();
            foreign = foreign.or(found.foreign.filter(|_| found.hits.is_empty()));
            for hit in &found.hits {
                let lead = binding(self.lead(hit, here.name));
                if !leads.contains(&lead) {
                    leads.push(lead);
                }
            }
        }
        match (leads.as_slice(), is_partial) {
            ([Binding::Bound(_)], _) if kind.foreign.as_deref().is_some_and(|whose| may_have(whose, here.name)) => {
                let among = leads.iter().flat_map(entities).collect();
                vec![open(
                    among,
                    "several_types",
                    "the object may be one that is not of these sources and has it too",
                    60,
                )]
            }
            // A type that has it and one that has not: only where the first is meant can it be used.
            ([Binding::Bound(_)], _) if !kind.is_unknown => self.with_lookalikes(here, leads.remove(0)),
            ([only], false) => vec![only.clone()],
            ([], false) if foreign.is_some() => {
                vec![Binding::Foreign(foreign.map(|it| it.to_string()).unwrap_or_default())]
            }
            _ => vec![self.undecided(here, token, kind, &leads)],
        }
    }

    /// A member of an object that nobody can tell the class of.
    fn undecided(&self, here: &Here<'_>, token: &Token, kind: &Kind, leads: &[Binding]) -> Binding {
        let mut among: Vec<Entity> = leads.iter().flat_map(entities).collect();
        if leads.is_empty() || kind.is_unknown {
            let reachable = here.world.all().filter(|(it, _)| self.is_reachable(here, token, kind, *it));
            let wanted = reachable.map(|(_, entity)| entity).filter(|entity| self.is_wanted(entity));
            among.extend(wanted.cloned());
        }
        among.sort();
        among.dedup();
        if among.is_empty() {
            among.push(NOBODY);
        }
        let likelihood = if leads.is_empty() { 100 / u8::try_from(among.len() + 1).unwrap_or(100) } else { 70 };
        open(among, "unknown_receiver", "the class of the object cannot be told", likelihood.max(5))
    }

    /// Only what is asked for matters, if it is known.
    pub(super) fn is_wanted(&self, entity: &Entity) -> bool {
        self.focus
            .borrow()
            .as_ref()
            .is_none_or(|focus| focus == entity || matches!(focus, Entity::File(_) | Entity::Folder(_)))
    }

    /// Whether a member may be used here at all: one that is private only within its class, if the compiler watches.
    fn is_reachable(&self, here: &Here<'_>, token: &Token, kind: &Kind, definition: Definition) -> bool {
        let Some(facts) = self.facts(definition.file) else { return true };
        let access = facts.member(definition.shape, definition.member).map(|it| it.access);
        let Some(span) = facts.shape(definition.shape).map(|it| it.span.clone()) else { return true };
        let is_watched = facts.is_typed && here.facts.is_typed && !kind.is_any && token.role != Role::Text;
        match access {
            Some(Access::Class) if is_watched => here.file == definition.file && span.contains(&token.start),
            Some(Access::Family) if is_watched => here
                .facts
                .shapes
                .iter()
                .any(|shape| shape.kind == ShapeKind::Class && shape.span.contains(&token.start)),
            Some(_) | None => true,
        }
    }

    /// A decided member, and the members of other owners that it may be because an object passes for both.
    fn with_lookalikes(&self, here: &Here<'_>, decided: Binding) -> Vec<Binding> {
        let (Binding::Bound(entity), Some(focus)) = (&decided, self.focus.borrow().clone()) else {
            return vec![decided];
        };
        if *entity == focus || here.world.family(&focus).next().is_none() || !self.resembles(here.world, &focus, entity)
        {
            return vec![decided];
        }
        let message = "an object of this shape may be used where the other is expected";
        vec![decided, open(vec![focus], "same_shape", message, 30)]
    }

    fn resembles(&self, world: &World, focus: &Entity, other: &Entity) -> bool {
        let key = (focus.clone(), other.clone());
        if let Some(known) = self.alike.borrow().get(&key) {
            return *known;
        }
        let alike = self.may_be(world, focus, other);
        self.alike.borrow_mut().insert(key, alike);
        alike
    }

    /// An attribute of an element: a member of what its component is given.
    fn attribute(&self, here: &Here<'_>, token: &Token, component: &Kind) -> Vec<Binding> {
        let mut given =
            Kind { is_unknown: component.is_unknown, foreign: component.foreign.clone(), ..Kind::default() };
        for part in &component.parts {
            match part {
                Part::Function(home, signature) => {
                    let facts = self.facts(*home);
                    let signature = facts.as_ref().and_then(|facts| facts.signature(*signature));
                    match signature.and_then(|it| it.parameters.first().copied().flatten()) {
                        Some(annotation) => {
                            let kind = self.type_kind(*home, annotation, super::infer::View::Outside);
                            given.is_unknown |= kind.is_unknown;
                            given.foreign = given.foreign.or(kind.foreign);
                            given.parts.extend(kind.parts);
                        }
                        None => given.is_unknown = true,
                    }
                }
                _ => given.is_unknown = true,
            }
        }
        if given.is_unknown {
            given.foreign = None;
        }
        self.member(here, token, &given)
    }

    /// What a literal is expected to be, when that is somebody else's.
    pub(super) fn is_foreign_context(&self, file: FileId, context: &Context) -> bool {
        let kind = self.context_kind(file, context);
        *context != Context::None && kind.parts.is_empty()
    }
}

pub(super) fn binding(lead: Lead) -> Binding {
    match lead {
        Lead::Entity(entity) => Binding::Bound(entity),
        Lead::Foreign(what) => Binding::Foreign(what.to_string()),
        Lead::Open(among, code) => open(among, code, "the file that this comes from cannot be told", 60),
    }
}

pub(super) fn open(among: Vec<Entity>, code: &'static str, message: &str, likelihood: u8) -> Binding {
    Binding::Open { among, doubt: Doubt { code, message: message.to_owned(), likelihood } }
}

pub(super) fn entities(binding: &Binding) -> Vec<Entity> {
    match binding {
        Binding::Bound(entity) => vec![entity.clone()],
        Binding::Open { among, .. } => among.clone(),
        Binding::Foreign(_) | Binding::Prose(_) => Vec::new(),
    }
}

fn occurrence(here: &Here<'_>, token: &Token, binding: Binding) -> Occurrence {
    let range = token.start as usize..token.end as usize;
    let mut occurrence = Occurrence::plain(Place { file: here.file, range }, token.role, binding);
    match token.form {
        Form::Plain => {}
        Form::Key => occurrence.suffix = format!(": {}", here.name),
        Form::Variable => occurrence.prefix = format!("{}: ", here.name),
    }
    occurrence
}

/// Where a name stands in the last part of a module's name, if it is all of it but for the ending.
fn named_part(specifier: &str, name: &str) -> Option<usize> {
    let last = paths::name(specifier);
    (paths::stem(last) == name && !last.is_empty()).then(|| specifier.len() - last.len())
}

fn prose_at(facts: &Facts, at: usize) -> Option<Prose> {
    let before = facts.prose.partition_point(|(span, _)| span.start as usize <= at);
    let (span, kind) = facts.prose.get(before.checked_sub(1)?)?;
    ((span.end as usize) > at).then_some(*kind)
}

/// Whether a word is all of a string.
fn is_whole(text: &str, range: &std::ops::Range<usize>) -> bool {
    let quote = |letter: Option<char>| letter.filter(|letter| matches!(letter, '"' | '\'' | '`'));
    let before = quote(text.get(..range.start).and_then(|before| before.chars().next_back()));
    before.is_some() && before == quote(text.get(range.end..).and_then(|after| after.chars().next()))
}

/// Whether a word is only a part of a name: `$` is a letter in these languages.
fn is_part(text: &str, range: &std::ops::Range<usize>) -> bool {
    let before = text.get(..range.start).is_some_and(|before| before.ends_with('$'));
    before || text.get(range.end..).is_some_and(|after| after.starts_with('$'))
}

//! From a token to its meaning.

use super::{
    doubts,
    facts::{Expression, Facts, How, Id, Import, Imported, Lookup, Name, ScopeKind, Token, Variable, What},
    world::{ClassRef, Found, Keyword, Meaning, Module, Modules, Target, Type, World},
};
use crate::{
    language::{Binding, Doubt, Entity, Prose},
    sources::FileId,
};

/// What nobody here defines.
const NOWHERE: &str = "a name that nothing here defines";

/// A question about one file.
pub(super) struct Binder<'b, 's> {
    pub(super) world: &'b World<'s>,
    pub(super) file: FileId,
    pub(super) facts: &'b Facts,
}

impl Binder<'_, '_> {
    /// What a token means.
    pub(super) fn bind(&self, token: &Token) -> Binding {
        match &token.what {
            What::Lookup(lookup) => self.lookup(*lookup),
            What::Variable(variable) => self.variable(*variable),
            What::Attribute { of, name } => self.attribute(*of, name),
            What::Keyword { call } => self.keyword(*call, &token.name),
            What::Module { import, part } => self.module(*import, *part),
            What::Imported { import, variable } => self.imported(self.facts.imports.get(*import), *variable),
            What::Path { path, part, is_certain } => self.path(path, *part, *is_certain),
            What::Member { class } => self.member((self.file, *class), &token.name),
            What::Key { of } => self.key(*of, &token.name),
            What::Listed(variable) => match self.variable(*variable) {
                Binding::Bound(entity) => open(vec![entity], doubts::listed()),
                _ => Binding::Prose(Prose::String),
            },
            What::Anywhere => self.unknown_member(&token.name, doubts::unknown_receiver),
        }
    }

    fn lookup(&self, lookup: Id<Lookup>) -> Binding {
        let lookup = self.facts.lookups.get(lookup);
        match lookup.variable {
            Some(variable) => self.variable(variable),
            None => self.target(self.world.free(self.file, self.facts, lookup)),
        }
    }

    pub(super) fn variable(&self, variable: Id<Variable>) -> Binding {
        self.meaning(self.world.meaning(self.file, variable))
    }

    fn target(&self, target: Target) -> Binding {
        self.meaning(self.world.meaning_of(target))
    }

    fn meaning(&self, meaning: Meaning) -> Binding {
        match meaning {
            Meaning::Own(file, variable) => own(self.world, file, variable),
            Meaning::Module(module) => Binding::Bound(module_entity(self.world, &module)),
            Meaning::Library(path) => Binding::Foreign(path),
            Meaning::Missing => Binding::Foreign(NOWHERE.to_owned()),
            Meaning::Several(all) => {
                let all: Vec<_> = all.into_iter().map(|one| self.meaning(one)).collect();
                open(all.iter().flat_map(candidates).collect(), doubts::several_imports())
            }
        }
    }

    /// A part of a module's name. The first binds a name of the file, which other statements may make something of its own.
    fn module(&self, import: Id<Import>, part: usize) -> Binding {
        let it = self.facts.imports.get(import);
        match own_name(self, import).filter(|_| part == 0) {
            Some(variable) if it.module.len() == 1 => self.variable(variable),
            Some(variable) => open(candidates(&self.variable(variable)), doubts::several_imports()),
            None => self.target(self.world.module_of_import(self.file, it, part + 1)),
        }
    }

    fn imported(&self, import: &Import, variable: Option<Id<Variable>>) -> Binding {
        match variable {
            Some(variable) => self.variable(variable),
            None => self.target(self.world.target(self.file, import)),
        }
    }

    /// A name after a dot.
    fn attribute(&self, of: Id<Expression>, name: &Name) -> Binding {
        let types = self.world.infer(self.file, of);
        let all: Vec<Binding> = types.iter().map(|of| self.attribute_of(of, name)).collect();
        let Some(first) = all.first() else { return Binding::Foreign(NOWHERE.to_owned()) };
        if all.iter().all(|one| one == first) {
            return first.clone();
        }
        let among: Vec<Entity> = all.iter().flat_map(candidates).collect();
        let doubt = all.iter().find_map(|one| match one {
            Binding::Open { doubt, .. } => Some(doubt.clone()),
            _ => None,
        });
        if among.is_empty() {
            return Binding::Foreign(NOWHERE.to_owned());
        }
        open(among, doubt.unwrap_or_else(doubts::several_types))
    }

    fn attribute_of(&self, of: &Type, name: &Name) -> Binding {
        match of {
            Type::Instance(class) | Type::Class(class) => self.member(*class, name),
            Type::Super(class) => self.member_after(*class, name),
            Type::Module(module) => match self.world.name_in(module, name) {
                Target::Missing => Binding::Foreign(NOWHERE.to_owned()),
                found => self.target(found),
            },
            Type::Object(_) => self.member_of_object(name),
            Type::Library(path) => Binding::Foreign(format!("{path}.{name}")),
            Type::Function(_) | Type::Holder(..) | Type::Tuple(_) | Type::Literal(_) => {
                Binding::Foreign(NOWHERE.to_owned())
            }
            Type::Unknown => self.unknown_member(name, doubts::unknown_receiver),
        }
    }

    /// An attribute of a class of ours, or of its instances.
    pub(super) fn member(&self, class: ClassRef, name: &Name) -> Binding {
        let found = self.world.find_member(class, name, None);
        self.found(&found, class, name)
    }

    fn member_after(&self, class: ClassRef, name: &Name) -> Binding {
        match self.world.find_member(class, name, Some(class)) {
            Found::Nowhere | Found::Library => {
                let among = self.world.after_in_heirs(class, name);
                if among.is_empty() {
                    return Binding::Foreign(NOWHERE.to_owned());
                }
                open(among, doubts::mixin())
            }
            found => self.found(&found, class, name),
        }
    }

    fn found(&self, found: &Found, class: ClassRef, name: &Name) -> Binding {
        let family = self.world.family(name);
        match found {
            Found::Own(definer) => {
                family.of(*definer).cloned().map_or(Binding::Foreign(NOWHERE.to_owned()), Binding::Bound)
            }
            Found::Hidden(definer) => match family.of(*definer) {
                Some(symbol) => open(vec![symbol.clone()], doubts::hidden_by_library()),
                None => Binding::Foreign(NOWHERE.to_owned()),
            },
            Found::Open => self.unknown_member(name, doubts::unknown_base),
            Found::Library | Found::Nowhere => {
                let among = self.world.among_heirs(class, name);
                if !among.is_empty() {
                    return open(among, doubts::mixin());
                }
                match self.of_metaclass(class, name) {
                    Binding::Foreign(_) if self.answers_for_others(class) => {
                        self.unknown_member(name, doubts::made_up_member)
                    }
                    found => found,
                }
            }
        }
    }

    /// Whether objects of a class are asked for attributes that it does not define.
    fn answers_for_others(&self, class: ClassRef) -> bool {
        ["__getattr__", "__getattribute__"].iter().any(|one| self.world.is_found_in_own(class, one))
    }

    /// A class's attribute may be its metaclass's.
    fn of_metaclass(&self, class: ClassRef, name: &Name) -> Binding {
        let nowhere = Binding::Foreign(NOWHERE.to_owned());
        for ancestor in self.world.own_lineage(class) {
            let facts = self.world.known(ancestor.0);
            let Some(metaclass) = facts.classes.get(ancestor.1).metaclass else { continue };
            for of in self.world.infer(ancestor.0, metaclass).iter() {
                if let Type::Class(metaclass) = of
                    && let Found::Own(definer) = self.world.find_member(*metaclass, name, None)
                    && let Some(symbol) = self.world.family(name).of(definer)
                {
                    return Binding::Bound(symbol.clone());
                }
            }
        }
        nowhere
    }

    /// An attribute of a library's object: ours only if it is of a class of ours that inherits from the library's.
    fn member_of_object(&self, name: &Name) -> Binding {
        let family = self.world.family(name);
        let inherits = |class: &ClassRef| {
            let lineage = self.world.lineage(*class);
            lineage.iter().any(|one| !matches!(one, super::world::Ancestor::Own(_)))
        };
        let mut among: Vec<Entity> =
            family.definers().filter(inherits).filter_map(|one| family.of(one).cloned()).collect();
        among.sort();
        among.dedup();
        if among.is_empty() { Binding::Foreign(NOWHERE.to_owned()) } else { open(among, doubts::library_object()) }
    }

    /// An attribute of nobody knows what.
    fn unknown_member(&self, name: &Name, doubt: fn(usize) -> Doubt) -> Binding {
        let mut among = self.world.family(name).all();
        among.extend(self.world.names_of_loose_modules(name));
        if among.is_empty() {
            return Binding::Foreign(NOWHERE.to_owned());
        }
        let doubt = doubt(among.len());
        open(among, doubt)
    }

    fn keyword(&self, call: Id<Expression>, name: &Name) -> Binding {
        let meanings = self.world.keyword(self.file, call, name);
        if let [only] = meanings.as_slice() {
            match only {
                Keyword::Is(entity) => return Binding::Bound(entity.clone()),
                Keyword::Library => return Binding::Foreign(NOWHERE.to_owned()),
                Keyword::MaybeField(entity) => return open(vec![entity.clone()], doubts::library_field()),
                Keyword::Unknown | Keyword::Anywhere | Keyword::MaybeTaken(_) => {}
            }
        }
        let mut among = Vec::new();
        for meaning in meanings {
            match meaning {
                Keyword::Is(entity) | Keyword::MaybeField(entity) | Keyword::MaybeTaken(entity) => among.push(entity),
                Keyword::Library => {}
                Keyword::Unknown => {
                    among.extend(self.parameters_of_unknown(call, name));
                    among.extend(self.world.fields(name));
                }
                Keyword::Anywhere => {
                    among.extend(self.world.all_parameters(name));
                    among.extend(self.world.fields(name));
                }
            }
        }
        if among.is_empty() { Binding::Foreign(NOWHERE.to_owned()) } else { open(among, doubts::unknown_callee()) }
    }

    /// The parameters that an argument's name may mean: of a method that is reached through nobody knows what, those
    /// of all functions of that name.
    fn parameters_of_unknown(&self, call: Id<Expression>, name: &Name) -> Vec<Entity> {
        let callee = match self.facts.expressions.get(call) {
            Expression::Call { of, .. } => match self.facts.expressions.get(*of) {
                Expression::Attribute { name, .. } => Some(name.clone()),
                _ => None,
            },
            _ => None,
        };
        match callee {
            Some(callee) => self.world.parameters_of_functions(&callee, name),
            None => self.world.all_parameters(name),
        }
    }

    fn path(&self, path: &[Name], part: usize, is_certain: bool) -> Binding {
        let whole = self.world.dotted_path(self.file, path);
        let ours = matches!(whole, Target::Module(_) | Target::Variable(..));
        let Some(prefix) = path.get(..=part) else { return Binding::Prose(Prose::String) };
        if !ours {
            return self.path_of_members(path, part, is_certain);
        }
        let binding = self.target(self.world.dotted_path(self.file, prefix));
        let is_telling = path.len() > 2 || is_certain;
        match binding {
            Binding::Bound(entity) if !is_telling => open(vec![entity], doubts::dotted_string()),
            other => other,
        }
    }

    /// A path that goes on into a class: `"pkg.mod.Class.method"`.
    fn path_of_members(&self, path: &[Name], part: usize, is_certain: bool) -> Binding {
        let text = Binding::Prose(Prose::String);
        let classes = (1..path.len()).rev().find_map(|count| {
            let target = self.world.dotted_path(self.file, path.get(..count)?);
            let class = self.world.class_of_variable(&self.world.meaning_of(target))?;
            Some((count, class))
        });
        let Some((count, class)) = classes.filter(|(count, _)| count + 1 == path.len()) else {
            let own = path.get(..=part).map(|prefix| self.world.dotted_path(self.file, prefix));
            return match own.filter(|_| is_certain) {
                Some(target @ (Target::Module(_) | Target::Variable(..))) => self.target(target),
                _ => text,
            };
        };
        if part < count {
            let prefix = path.get(..=part).unwrap_or_default();
            return self.target(self.world.dotted_path(self.file, prefix));
        }
        path.last().map_or(text, |name| self.member(class, name))
    }

    /// A string that may be the key of a typed dictionary.
    fn key(&self, of: Option<Id<Expression>>, name: &Name) -> Binding {
        let text = Binding::Prose(Prose::String);
        let fields = self.world.keys(name);
        if fields.is_empty() {
            return text;
        }
        let types = of.map(|of| self.world.infer(self.file, of));
        let class = types.as_ref().and_then(|types| {
            types.iter().find_map(|of| match of {
                Type::Instance(class) => Some(*class),
                _ => None,
            })
        });
        match (class, types) {
            (Some(class), Some(types)) if types.iter().count() == 1 => match self.member(class, name) {
                Binding::Bound(entity) if fields.contains(&entity) => Binding::Bound(entity),
                _ => text,
            },
            (_, Some(types)) if !types.is_unknown() => text,
            _ => open(fields, doubts::key()),
        }
    }
}

/// What a variable of a file is, when it is its own.
pub(super) fn own(world: &World<'_>, file: FileId, variable: Id<Variable>) -> Binding {
    let facts = world.known(file);
    let it = facts.variables.get(variable);
    if let ScopeKind::Class(class) = facts.scopes.get(it.scope).kind
        && let Some(symbol) = world.family(&it.name).of((file, class))
    {
        return Binding::Bound(symbol.clone());
    }
    let Some(first) = it.definition() else { return Binding::Foreign(NOWHERE.to_owned()) };
    if let How::Parameter(function, _) = first.how
        && let Some(symbol) = world.parameter_entity((file, function), &it.name)
    {
        return Binding::Bound(symbol);
    }
    Binding::Bound(world.canonical(file, first.span.start))
}

/// A module as a symbol.
pub(super) fn module_entity(world: &World<'_>, module: &Module) -> Entity {
    match module {
        Module::Folder(folder) => Entity::Folder(folder.clone()),
        Module::File(file) => match Modules::module_of(world.sources, *file) {
            Module::File(file) => Entity::File(file),
            Module::Folder(folder) => Entity::Folder(folder),
        },
    }
}

/// What a token may be, of what was found.
fn candidates(binding: &Binding) -> Vec<Entity> {
    match binding {
        Binding::Bound(entity) => vec![entity.clone()],
        Binding::Open { among, .. } => among.clone(),
        Binding::Foreign(_) | Binding::Prose(_) => Vec::new(),
    }
}

/// One of some symbols; of none, nothing of ours.
fn open(mut among: Vec<Entity>, doubt: Doubt) -> Binding {
    among.sort();
    among.dedup();
    if among.is_empty() { Binding::Foreign(NOWHERE.to_owned()) } else { Binding::Open { among, doubt } }
}

/// Whether a token's import brings a library's name that is defined here as well: it then needs `as`.
pub(super) fn needs_alias(binder: &Binder<'_, '_>, token: &Token) -> bool {
    match token.what {
        What::Imported { import, variable: Some(variable) } => {
            let import = binder.facts.imports.get(import);
            matches!(import.what, Imported::Name(_))
                && binder.world.meaning(binder.file, variable) == Meaning::Own(binder.file, variable)
        }
        What::Module { import, part: 0 } => own_name(binder, import).is_some(),
        _ => false,
    }
}

/// The name that `import a` binds, if it is one of the file's own.
fn own_name(binder: &Binder<'_, '_>, import: Id<Import>) -> Option<Id<Variable>> {
    let it = binder.facts.imports.get(import);
    if !matches!(it.what, Imported::Module) || it.alias.is_some() {
        return None;
    }
    let binds = |variable: &Variable| variable.bindings.iter().any(|bound| bound.how == How::Import(import));
    let (variable, _) = binder.facts.variables.iter().find(|(_, variable)| binds(variable))?;
    (binder.world.meaning(binder.file, variable) == Meaning::Own(binder.file, variable)).then_some(variable)
}

//! What a rename would break that a second binding does not show.

use super::{
    facts::{Expression, Facts, How, Id, Name, ScopeKind, Variable, is_builtin},
    prefixes,
    world::{Ancestor, ClassRef, Found, Type, World, library_has},
};
use crate::{
    language::{Clash, Entity, Place, Symbol, SymbolKind},
    request::Hierarchy,
    sources::FileId,
    words::Words,
};

pub(super) fn of(world: &World<'_>, symbol: &Symbol, new_name: &str) -> Vec<Clash> {
    let Entity::Name { file, at } = &symbol.entity else { return of_module(world, symbol, new_name) };
    let question = Question { world, symbol, new_name, file: *file, at: *at };
    let mut found = question.members();
    found.extend(question.builtin());
    found.extend(question.made_up_names());
    found.extend(question.self_documenting());
    found.extend(question.private_names());
    found.extend(question.decorated());
    found.extend(question.asked_by_prefix());
    found.extend(question.names_as_data());
    found.extend(question.asked_of_any_object());
    found.extend(question.stood_in_for());
    found.extend(question.brought_by_stars());
    found
}

/// A module may not take the name of something that its package defines.
fn of_module(world: &World<'_>, symbol: &Symbol, new_name: &str) -> Vec<Clash> {
    let mut found = prefixes::of_module(world, symbol);
    let folder = match &symbol.entity {
        Entity::Folder(folder) => super::world::parent(folder),
        Entity::File(file) => super::world::parent(world.sources.file(*file).map_or("", |file| &file.path)),
        Entity::Name { .. } => return Vec::new(),
    };
    let taken = world.modules.child(folder, new_name).is_some();
    let clash = Clash {
        code: "module_exists",
        message: format!("there is a module `{new_name}` beside it already"),
        place: None,
    };
    found.extend(taken.then_some(clash));
    found
}

/// What is asked of one symbol.
pub(super) struct Question<'q, 's> {
    pub(super) world: &'q World<'s>,
    pub(super) symbol: &'q Symbol,
    pub(super) new_name: &'q str,
    pub(super) file: FileId,
    pub(super) at: usize,
}

pub(super) fn place(file: FileId, at: usize, length: usize) -> Place {
    Place { file, range: at..at + length }
}

impl Question<'_, '_> {
    /// The classes whose member is renamed.
    pub(super) fn classes(&self) -> Vec<ClassRef> {
        let mut names = vec![self.symbol.name.clone()];
        let facts = self.world.known(self.file);
        let mangled = facts.classes.iter().flat_map(|(_, class)| {
            let body = facts.scopes.get(class.scope).variables.keys();
            body.chain(class.assigned.keys()).filter(|name| name.ends_with(self.symbol.name.as_str())).cloned()
        });
        if self.symbol.name.starts_with("__") {
            names.extend(mangled.map(|name| name.to_string()));
        }
        let entity = &self.symbol.entity;
        names.iter().flat_map(|name| self.world.family(name).classes(entity).collect::<Vec<_>>()).collect()
    }

    /// Members that have the new name, and members of libraries that the old one may stand for.
    fn members(&self) -> Vec<Clash> {
        let classes = self.classes();
        let mut found = Vec::new();
        let mut seen = std::collections::BTreeSet::new();
        for class in &classes {
            let heirs = self.world.heirs(*class);
            for one in std::iter::once(*class).chain(heirs.iter().copied()) {
                if let Found::Own(definer) | Found::Hidden(definer) = self.world.find_member(one, self.new_name, None)
                    && seen.insert(definer)
                {
                    found.push(self.member_exists(definer));
                }
            }
            found.extend(self.of_library(*class));
        }
        found.extend(self.parts_company(&classes));
        found
    }

    fn member_exists(&self, class: ClassRef) -> Clash {
        let name = self.world.known(class.0).classes.get(class.1).name.clone();
        let place = match self.world.own_definition(class, self.new_name) {
            Some(Entity::Name { file, at }) => Some(place(file, at, self.new_name.len())),
            _ => None,
        };
        let message = format!("`{name}` has a member `{}` already", self.new_name);
        Clash { code: "member_exists", message, place }
    }

    /// A member that may override a library's, or come to.
    fn of_library(&self, class: ClassRef) -> Option<Clash> {
        let lineage = self.world.lineage(class);
        let place = match self.world.own_definition(class, &self.symbol.name) {
            Some(Entity::Name { file, at }) => Some(place(file, at, self.symbol.name.len())),
            _ => None,
        };
        let bases = lineage.iter().find_map(|one| match one {
            Ancestor::Own(_) => None,
            Ancestor::Library(path) if library_has(path, &self.symbol.name, self.new_name) == Some(false) => None,
            Ancestor::Library(path) => Some(format!("the library's class `{path}`")),
            Ancestor::Unknown => Some("a base class that could not be worked out".to_owned()),
        })?;
        let message = format!("`{}` may override a member of {bases}", self.symbol.name);
        Some(Clash { code: "may_override_library", message, place })
    }

    /// With `only`, a member leaves those that it overrides, or that override it.
    fn parts_company(&self, classes: &[ClassRef]) -> Option<Clash> {
        if self.world.options.hierarchy == Hierarchy::Family {
            return None;
        }
        let name = self.symbol.name.as_str();
        let others = classes.iter().find_map(|class| {
            let heirs = self.world.heirs(*class);
            let above = matches!(self.world.find_member(*class, name, Some(*class)), Found::Own(_) | Found::Hidden(_));
            let below = heirs.iter().find(|heir| self.world.own_definition(**heir, name).is_some());
            (above || below.is_some()).then_some(*class)
        })?;
        let place = match self.world.own_definition(others, name) {
            Some(Entity::Name { file, at }) => Some(place(file, at, name.len())),
            _ => None,
        };
        let message = format!("`{name}` overrides another `{name}`, or is overridden, and only this one is renamed");
        Some(Clash { code: "hierarchy", message, place })
    }

    fn builtin(&self) -> Option<Clash> {
        let is_member = matches!(
            self.symbol.kind,
            SymbolKind::Method | SymbolKind::Attribute | SymbolKind::Property | SymbolKind::Field
        );
        if is_member || !is_builtin(self.new_name) {
            return None;
        }
        let message = format!("`{}` is built into Python, and would be hidden", self.new_name);
        let place = Some(place(self.file, self.at, self.symbol.name.len()));
        Some(Clash { code: "shadows_builtin", message, place })
    }

    pub(super) fn variable(&self, facts: &Facts) -> Option<Id<Variable>> {
        let at = u32::try_from(self.at).ok()?;
        let is_it = |one: &Variable| one.bindings.iter().any(|bound| bound.span.start == at);
        facts.variables.iter().find(|(_, one)| is_it(one)).map(|(id, _)| id)
    }

    /// `locals()`, `eval` and the like where the name is seen.
    fn made_up_names(&self) -> Vec<Clash> {
        let facts = self.world.known(self.file);
        let Some(variable) = self.variable(&facts) else { return Vec::new() };
        let scope = facts.variables.get(variable).scope;
        if matches!(facts.scopes.get(scope).kind, ScopeKind::Class(_)) {
            return Vec::new();
        }
        let sees = |from: &Id<super::facts::Scope>| {
            let mut next = Some(*from);
            std::iter::from_fn(|| {
                let here = next?;
                next = facts.scopes.get(here).parent;
                Some(here)
            })
            .any(|one| one == scope)
        };
        let calls = facts.made_up.iter().filter(|(from, _)| sees(from));
        let clash = |(_, at): &(Id<super::facts::Scope>, u32)| Clash {
            code: "names_made_up",
            message: format!("code that is made up here may ask for `{}` by its name", self.symbol.name),
            place: Some(place(self.file, *at as usize, 1)),
        };
        calls.map(clash).collect()
    }

    /// `f"{name=}"` prints the name.
    fn self_documenting(&self) -> Vec<Clash> {
        let mut found = Vec::new();
        for file in self.world.holders(&self.symbol.name).iter() {
            let facts = self.world.known(*file);
            let binder = super::bind::Binder { world: self.world, file: *file, facts: &facts };
            for span in &facts.self_documenting {
                let inside = facts.tokens.iter().filter(|token| {
                    token.name == self.symbol.name && span.start <= token.span.start && token.span.end <= span.end
                });
                let is_it = |token: &&super::facts::Token| {
                    binder.bind(token) == crate::language::Binding::Bound(self.symbol.entity.clone())
                };
                found.extend(inside.filter(is_it).map(|token| Clash {
                    code: "prints_its_name",
                    message: "this formatted string prints the expression, and with it the name".to_owned(),
                    place: Some(place(*file, token.span.start as usize, self.symbol.name.len())),
                }));
            }
        }
        found
    }

    /// The name of a class is part of its private names, where others write them out.
    fn private_names(&self) -> Vec<Clash> {
        if self.symbol.kind != SymbolKind::Class {
            return Vec::new();
        }
        let prefix = format!("_{}__", self.symbol.name.trim_start_matches('_'));
        let words = Words::new(&prefix);
        let mut found = Vec::new();
        for file in self.world.holders(&prefix).iter() {
            let Ok(text) = self.world.sources.text(*file) else { continue };
            let at = text.find(&prefix).filter(|_| words.touches(text.as_bytes()));
            found.extend(at.map(|at| Clash {
                code: "private_elsewhere",
                message: format!("a private name of `{}` is written out here", self.symbol.name),
                place: Some(place(*file, at, prefix.len())),
            }));
        }
        found
    }

    /// A decorator may ask for the name of a function or of its parameters: routes, fixtures, filters, commands.
    fn decorated(&self) -> Option<Clash> {
        let facts = self.world.known(self.file);
        let variable = self.variable(&facts)?;
        let how = facts.variables.get(variable).definition()?.how;
        let (How::Parameter(function, _) | How::Function(function)) = how else { return None };
        let decorators = &facts.functions.get(function).decorators;
        let is_open = self.world.has_open_decorator((self.file, function))
            && decorators.iter().any(|one| !self.asks_for_no_name(&facts, *one));
        let message = format!("a decorator may ask for `{}` by its name", self.symbol.name);
        let place = Some(place(self.file, self.at, self.symbol.name.len()));
        let is_test = facts.functions.get(function).name.starts_with("test") && self.is_fixture();
        (is_open || is_test).then_some(Clash { code: "decorated", message, place })
    }

    /// Whether a decorator is a plain function of these sources that does not look at names.
    fn asks_for_no_name(&self, facts: &Facts, decorator: Id<Expression>) -> bool {
        let Expression::Name(_) = facts.expressions.get(decorator) else { return false };
        self.world.infer(self.file, decorator).iter().all(|one| {
            let Type::Function((file, function)) = one else { return false };
            let span = self.world.known(*file).functions.get(*function).span.clone();
            let text = self.world.sources.text(*file).unwrap_or_default();
            let body = text.get(span.start as usize..span.end as usize).unwrap_or("__name__");
            !["__name__", "__qualname__", "signature"].iter().any(|word| body.contains(word))
        })
    }

    /// Whether a fixture of a test is called like the symbol.
    fn is_fixture(&self) -> bool {
        let name = Name::new(self.symbol.name.as_str());
        self.world.holders(&name).iter().any(|file| {
            let facts = self.world.known(*file);
            let is_one = |function: &super::facts::Function| {
                function.name == name && facts.has_decorator(&function.decorators, "fixture")
            };
            facts.functions.iter().any(|(_, function)| is_one(function))
        })
    }
}

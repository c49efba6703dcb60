//! What a rename would break that a second binding does not show.

use std::collections::BTreeSet;

use super::{
    facts::{Owner, ScopeKind},
    lex::Span,
    library::{self, Kept},
    macros::uses,
    symbols::reach,
    world::{Home, World},
};
use crate::{
    language::{Clash, Entity, Family, Place, Symbol, SymbolKind, family},
    request::Hierarchy,
    sources::FileId,
    words::Words,
};

/// Files that are compiled together with C and are read by nobody here.
const COMPANIONS: &[&str] = &[
    "S", "asm", "cu", "cuh", "def", "inc", "in", "l", "lex", "ll", "m", "map", "mm", "pyx", "pxd", "s", "tcc", "tpp",
    "txx", "y", "yy",
];

pub(super) fn of(world: &World<'_>, symbol: &Symbol, new_name: &str) -> Vec<Clash> {
    let question = Question { world, symbol, new_name };
    let mut found = question.taken();
    found.extend(question.pasted());
    found.extend(question.set_by_build());
    found.extend(question.overrides());
    found.extend(question.captured());
    found.extend(question.companions());
    found.extend(question.kept_by_the_platform());
    found.extend(question.asked_of_any_object());
    found.extend(question.brought_by_using());
    found
}

struct Question<'q, 's> {
    world: &'q World<'s>,
    symbol: &'q Symbol,
    new_name: &'q str,
}

impl Question<'_, '_> {
    fn clash(&self, code: &'static str, message: String) -> Clash {
        Clash { code, message, place: self.symbol.definitions.first().cloned() }
    }

    /// The symbol's declarations among those of its name.
    fn defs(&self) -> Vec<usize> {
        let groups = self.world.groups(&self.symbol.name);
        let is_it = |at: &usize| self.world.entity(&self.symbol.name, *at).as_ref() == Some(&self.symbol.entity);
        (0..groups.defs.len()).filter(is_it).collect()
    }

    /// Another external name, of a unit that this one may be linked with.
    fn taken(&self) -> Vec<Clash> {
        let own = self.world.groups(&self.symbol.name);
        if !self.defs().iter().any(|at| own.is_external(*at)) {
            return Vec::new();
        }
        let groups = self.world.groups(self.new_name);
        let external =
            groups.defs.iter().enumerate().filter(|(at, _)| groups.is_external(*at) && groups.is_defined(*at));
        let place = |file: FileId, at: u32| Place { file, range: at as usize..at as usize + self.new_name.len() };
        let clash = |(_, def): (usize, &super::world::Def)| Clash {
            code: "name_taken",
            message: format!("there is another `{}` that may be linked with it", self.new_name),
            place: Some(place(def.file, def.at)),
        };
        external.take(1).map(clash).collect()
    }

    /// Names that a macro puts together.
    fn pasted(&self) -> Option<Clash> {
        let message = format!("a macro may put `{}` together from its parts", self.symbol.name);
        let body =
            reach(self.world, self.symbol).map(|place| (place.file, Span::new(place.range.start, place.range.end)));
        self.world.is_pasted(&self.symbol.name, body).then(|| self.clash("pasted", message))
    }

    /// A macro that a build may define.
    fn set_by_build(&self) -> Option<Clash> {
        if self.symbol.kind != SymbolKind::Macro {
            return None;
        }
        let groups = self.world.groups(&self.symbol.name);
        let own = (0..groups.macros.len()).filter(|at| groups.macro_entity(*at).as_ref() == Some(&self.symbol.entity));
        let is_guarded = own.filter_map(|at| groups.macros.get(at)).any(|(file, index, _)| {
            let facts = self.world.files.facts(*file);
            facts.is_some_and(|facts| facts.macros.get(*index as usize).is_some_and(|it| it.is_guarded))
        });
        let message =
            format!("`{}` is defined only if nobody did before: a build may set it by its name", self.symbol.name);
        is_guarded.then(|| self.clash("set_by_build", message))
    }

    /// A method that may override what nobody sees here, or leaves its family.
    fn overrides(&self) -> Vec<Clash> {
        if self.symbol.kind != SymbolKind::Method {
            return Vec::new();
        }
        let groups = self.world.groups(&self.symbol.name);
        let lineages: Vec<_> =
            self.defs().iter().map(|at| self.world.lineage(&groups, &self.symbol.name, *at)).collect();
        let mut found = Vec::new();
        if lineages.iter().any(|it| it.is_open) {
            let message = format!("`{}` may override a method of a class that is not known here", self.symbol.name);
            found.push(self.clash("may_override_library", message));
        }
        if self.world.options.hierarchy == Hierarchy::Only && lineages.iter().any(|it| !it.above.is_empty()) {
            let message = format!("`{}` overrides another, and only this one is renamed", self.symbol.name);
            found.push(self.clash("hierarchy", message));
        }
        found
    }

    /// A local that takes a name which a macro in its function reaches out for.
    fn captured(&self) -> Option<Clash> {
        let Entity::Name { file, at } = self.symbol.entity else { return None };
        let facts = self.world.files.facts(file)?;
        let (_, local) = facts.scopes.declarations().find(|(_, it)| it.at == at)?;
        let is_local = local.data.owner == Owner::Block
            && matches!(facts.scopes.kind(local.scope), Some(ScopeKind::Block | ScopeKind::Function(_)));
        let body = facts.body_at(u32::try_from(at).ok()?).filter(|_| is_local)?;
        let carriers = self.world.carriers(file, self.new_name);
        let message = format!("a macro that is used here names `{}`, and would then mean this one", self.new_name);
        uses(&facts, body, &carriers).then(|| self.clash("captured_by_macro", message))
    }

    /// A name that the platform's headers keep.
    fn kept_by_the_platform(&self) -> Option<Clash> {
        let groups = self.world.groups(&self.symbol.name);
        let is_outside = |at: &usize| {
            groups.defs.get(*at).is_some_and(|def| matches!(&def.home, Home::Namespace(path) if path.is_empty()))
        };
        let is_linked =
            self.defs().iter().any(|at| is_outside(at) && groups.is_external(*at) && groups.is_defined(*at));
        if is_linked && library::kept(&self.symbol.name) == Some(Kept::Name) {
            let message = format!("`{}` stands in for what the platform's library calls so", self.symbol.name);
            return Some(self.clash("stands_in_for_library", message));
        }
        let message = match library::kept(self.new_name)? {
            Kept::Macro => format!("the platform's headers may define a macro `{}`", self.new_name),
            Kept::Name if self.defs().iter().any(is_outside) => {
                format!("the platform's library has a `{}`", self.new_name)
            }
            Kept::Name => return None,
        };
        Some(self.clash("name_taken", message))
    }

    /// What C++ asks any object for, or finds by the types of arguments.
    fn asked_of_any_object(&self) -> Option<Clash> {
        let is_cpp = |file: FileId| self.world.files.facts(file).is_some_and(|facts| facts.is_cpp);
        let groups = self.world.groups(&self.symbol.name);
        let defs = self.defs();
        let is_asked = defs.iter().filter_map(|at| groups.defs.get(*at)).any(|def| match &def.home {
            Home::Namespace(_) => {
                self.symbol.kind == SymbolKind::Function && library::is_asked_by_arguments(&self.symbol.name)
            }
            Home::Record(_) | Home::Alone(..) => library::is_asked_of_any(&self.symbol.name) && is_cpp(def.file),
        });
        let message = format!("C++ or its library may ask for `{}`, whatever the class", self.symbol.name);
        is_asked.then(|| self.clash("asked_of_any_object", message))
    }

    /// `using A::f` brings a member beside others of its name, of which only one is renamed.
    fn brought_by_using(&self) -> Option<Clash> {
        let groups = self.world.groups(&self.symbol.name);
        let files: BTreeSet<FileId> = groups.defs.iter().map(|def| def.file).collect();
        let brings = |file: &FileId| {
            let facts = self.world.files.facts(*file);
            facts.is_some_and(|facts| facts.used.iter().any(|used| **used == *self.symbol.name))
        };
        let has_others = self.defs().len() < groups.defs.len();
        let message =
            format!("`using` brings one `{}` beside another: they have to be renamed together", self.symbol.name);
        (has_others && files.iter().any(brings)).then(|| self.clash("brought_by_using", message))
    }

    /// Files that hold the name, are compiled with it, and are not understood here.
    fn companions(&self) -> Vec<Clash> {
        if reach(self.world, self.symbol).is_some() {
            return Vec::new();
        }
        let words = Words::new(&self.symbol.name);
        let sources = self.world.files.sources;
        let included = self.world.includes.odd().iter().map(|(_, file)| *file);
        let is_companion = |file: &FileId| {
            let path = self.world.files.path(*file);
            let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
            family(path) != Some(Family::C) && COMPANIONS.contains(&extension)
        };
        let mut files: Vec<FileId> = included.chain(sources.ids().filter(is_companion)).collect();
        files.sort_unstable();
        files.dedup();
        let mut found = Vec::new();
        for file in files {
            let Ok(text) = sources.text(file) else { continue };
            let Some(range) = words.of(&text).next() else { continue };
            let message =
                format!("`{}` stands here, in a file that is compiled with it and is not understood", self.symbol.name);
            found.push(Clash { code: "other_language", message, place: Some(Place { file, range }) });
        }
        found
    }
}

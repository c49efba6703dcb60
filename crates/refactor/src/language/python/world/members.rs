//! Looking for an attribute on a class, as Python does.

use super::{Ancestor, ClassRef, World, families::defines, library};
use crate::language::{
    Entity,
    python::facts::{Facts, Name},
};

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    /// This class defines it.
    Own(ClassRef),
    /// A class of ours defines it, but one that nobody sees is asked before.
    Hidden(ClassRef),
    /// A library's class defines it, or may, and none of ours does.
    Library,
    /// Nobody knows: a base class could not be made out.
    Open,
    /// No class that it inherits from defines it.
    Nowhere,
}

/// Whether a library's class has one of two members; nothing if nobody knows.
pub(crate) fn library_has(path: &str, one: &str, other: &str) -> Option<bool> {
    Some(library::has_member(path, one)? || library::has_member(path, other)?)
}

impl World<'_> {
    /// Whether a class of ours, in the line of `class`, defines a name.
    pub(crate) fn is_found_in_own(&self, class: ClassRef, name: &str) -> bool {
        matches!(self.find_member(class, name, None), Found::Own(_) | Found::Hidden(_))
    }

    /// The first class in the line of `class` that defines a name; with `after`, only what comes after that one.
    pub(crate) fn find_member(&self, class: ClassRef, name: &str, after: Option<ClassRef>) -> Found {
        let lineage = self.lineage(class);
        let skipped = after.and_then(|after| lineage.iter().position(|one| *one == Ancestor::Own(after)));
        let from = skipped.map_or(0, |position| position + 1);
        let (mut library, mut unknown) = (false, false);
        for ancestor in lineage.iter().skip(from) {
            match ancestor {
                Ancestor::Own(class) => {
                    if defines(&self.known(class.0), class.1, name) {
                        let hidden = library || unknown;
                        return if hidden { Found::Hidden(*class) } else { Found::Own(*class) };
                    }
                }
                Ancestor::Library(path) => match library::has_member(path, name) {
                    Some(true) => return Found::Library,
                    Some(false) => {}
                    None => library = true,
                },
                Ancestor::Unknown => unknown = true,
            }
        }
        match (unknown, library) {
            (true, _) => Found::Open,
            (false, true) => Found::Library,
            (false, false) if library::is_of_every_object(name) => Found::Library,
            (false, false) => Found::Nowhere,
        }
    }

    /// Symbols of a name that instances of a class may have because a class that inherits from it has them, by itself
    /// or from elsewhere.
    pub(crate) fn among_heirs(&self, class: ClassRef, name: &str) -> Vec<Entity> {
        let family = self.family(name);
        if family.definers().next().is_none() {
            return Vec::new();
        }
        let heirs = self.heirs(class);
        let found = heirs.iter().filter_map(|heir| match self.find_member(*heir, name, None) {
            Found::Own(definer) | Found::Hidden(definer) => family.of(definer).cloned(),
            Found::Library | Found::Open | Found::Nowhere => None,
        });
        let mut found: Vec<Entity> = found.collect();
        found.sort();
        found.dedup();
        found
    }

    /// What the definition at a place of a stub defines in the module beside it.
    pub(super) fn in_module(&self, file: crate::sources::FileId, at: u32) -> Option<Entity> {
        let path = &self.sources.file(file)?.path;
        let module = self.sources.find(path.strip_suffix(".pyi").map(|stem| format!("{stem}.py"))?.as_str())?;
        let stub = self.known(file);
        let names = path_to(&stub, at)?;
        let real = self.known(module);
        let mut scope = Facts::MODULE;
        let mut found = None;
        for (index, name) in names.iter().enumerate() {
            let is_last = index + 1 == names.len();
            let class = real.classes.iter().find(|(_, class)| class.scope == scope && scope != Facts::MODULE);
            let variable = real.variable(scope, name);
            let assigned = class.and_then(|(_, class)| class.assigned.get(name)?.first()).map(|bound| bound.span.start);
            let at = variable.and_then(|one| real.variables.get(one).definition()).map(|bound| bound.span.start);
            found = at.into_iter().chain(assigned).min();
            if !is_last {
                let id = variable?;
                scope =
                    real.classes.iter().find(|(_, class)| class.variable == Some(id)).map(|(_, class)| class.scope)?;
            }
        }
        found.map(|at| Self::name_entity(module, at))
    }
}

/// The names of the classes around a definition, and its own.
fn path_to(facts: &Facts, at: u32) -> Option<Vec<Name>> {
    let is_it = |bounds: &[crate::language::python::facts::Bound]| bounds.iter().any(|bound| bound.span.start == at);
    let (_, variable) = facts.variables.iter().find(|(_, variable)| is_it(&variable.bindings))?;
    let mut names = vec![variable.name.clone()];
    let mut scope = variable.scope;
    while scope != Facts::MODULE {
        let (_, class) = facts.classes.iter().find(|(_, class)| class.scope == scope)?;
        names.push(class.name.clone());
        scope = facts.scopes.get(scope).parent?;
    }
    names.reverse();
    Some(names)
}

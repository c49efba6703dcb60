//! What names mean across files: imports followed to where something is defined.

use super::{Module, Modules, World};
use crate::{
    language::python::facts::{Facts, How, Id, Import, Imported, Lookup, Name, Variable, is_builtin},
    sources::FileId,
};

/// Where an import, or a member of a module, leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    Variable(FileId, Id<Variable>),
    Module(Module),
    /// Something of a library, by its dotted name.
    Library(String),
    /// The module is ours and has no such name that one can see.
    Missing,
}

/// What a variable is, when imports are followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// What this variable is made for.
    Own(FileId, Id<Variable>),
    Module(Module),
    Library(String),
    Missing,
    /// Imports that do not agree.
    Several(Vec<Meaning>),
}

impl World<'_> {
    /// What a dotted path leads to, read from a file: in the nearest place that has all of it.
    pub(crate) fn dotted_path(&self, from: FileId, parts: &[Name]) -> Target {
        let Some((first, rest)) = parts.split_first() else { return Target::Missing };
        let tops = self.modules.top(self.sources, from, first);
        if tops.is_empty() {
            return Target::Library(dotted(parts));
        }
        let follow = |top: Module| rest.iter().fold(Target::Module(top), |target, name| self.member_of(&target, name));
        tops.into_iter().map(follow).find(|target| *target != Target::Missing).unwrap_or(Target::Missing)
    }

    /// What the first `count` parts of an import's module name.
    pub(crate) fn module_of_import(&self, from: FileId, import: &Import, count: usize) -> Target {
        let parts: Vec<Name> = import.module.iter().take(count).map(|(name, _)| name.clone()).collect();
        if import.level == 0 {
            let whole: Vec<Name> = import.module.iter().map(|(name, _)| name.clone()).collect();
            return self.prefix_of(from, &whole, &parts);
        }
        let Some(folder) = Modules::above(self.sources, from, import.level) else { return Target::Missing };
        let package = Target::Module(Module::Folder(folder));
        parts.iter().fold(package, |target, name| self.submodule_of(&target, name))
    }

    /// The first parts of a dotted name, in the place where the whole of it is found.
    fn prefix_of(&self, from: FileId, whole: &[Name], parts: &[Name]) -> Target {
        let Some((first, rest)) = parts.split_first() else { return Target::Missing };
        let tops = self.modules.top(self.sources, from, first);
        if tops.is_empty() {
            return Target::Library(dotted(parts));
        }
        let follow = |top: &Module, names: &[Name]| {
            names.iter().fold(Target::Module(top.clone()), |target, name| self.submodule_of(&target, name))
        };
        let beyond = whole.get(1..).unwrap_or_default();
        if let Some(whole) = tops.iter().find(|top| follow(top, beyond) != Target::Missing) {
            return follow(whole, rest);
        }
        // A folder without `__init__.py` may be a library's namespace as well.
        let is_shared = |top: &Module| self.modules.file_of(top).is_none();
        if tops.iter().all(is_shared) {
            return Target::Library(dotted(parts));
        }
        tops.first().map_or(Target::Missing, |top| follow(top, rest))
    }

    fn submodule_of(&self, target: &Target, name: &str) -> Target {
        match target {
            Target::Module(Module::Folder(folder)) => {
                self.modules.child(folder, name).map_or(Target::Missing, Target::Module)
            }
            Target::Library(path) => Target::Library(format!("{path}.{name}")),
            Target::Module(Module::File(_)) | Target::Variable(..) | Target::Missing => Target::Missing,
        }
    }

    /// A member of what was found: a module's name, or a class's.
    pub(crate) fn member_of(&self, target: &Target, name: &Name) -> Target {
        match target {
            Target::Module(module) => self.step(Target::Missing, || self.name_in(module, name)),
            Target::Library(path) => Target::Library(format!("{path}.{name}")),
            Target::Variable(file, variable) => self.name_in_class(*file, *variable, name),
            Target::Missing => Target::Missing,
        }
    }

    fn name_in_class(&self, file: FileId, variable: Id<Variable>, name: &Name) -> Target {
        let Meaning::Own(file, variable) = self.meaning(file, variable) else { return Target::Missing };
        let facts = self.known(file);
        let class = facts.variables.get(variable).bindings.iter().find_map(|bound| match bound.how {
            How::Class(class) => Some(class),
            _ => None,
        });
        let inside = class.and_then(|class| facts.variable(facts.classes.get(class).scope, name));
        inside.map_or(Target::Missing, |inside| Target::Variable(file, inside))
    }

    /// A name of a module, as `from module import name` finds it.
    pub(crate) fn name_in(&self, module: &Module, name: &Name) -> Target {
        let file = self.modules.file_of(module);
        if let Some(file) = file {
            let facts = self.known(file);
            if let Some(variable) = facts.variable(Facts::MODULE, name) {
                return Target::Variable(file, variable);
            }
            if let Some(target) = self.through_stars(file, &facts, name) {
                return target;
            }
        }
        if let Module::Folder(folder) = module
            && let Some(child) = self.modules.child(folder, name)
        {
            return Target::Module(child);
        }
        let facts = file.map(|file| self.known(file)).unwrap_or_default();
        let is_open = facts.variable(Facts::MODULE, "__getattr__").is_some()
            || facts.stars.iter().any(|star| file.is_some_and(|file| self.is_library_star(file, &facts, *star)));
        if is_open { Target::Library("a library's name".to_owned()) } else { Target::Missing }
    }

    fn is_library_star(&self, file: FileId, facts: &Facts, star: Id<Import>) -> bool {
        let import = facts.imports.get(star);
        matches!(self.module_of_import(file, import, usize::MAX), Target::Library(_))
    }

    /// A name that `from … import *` brings into a file: of the last that does.
    pub(crate) fn through_stars(&self, file: FileId, facts: &Facts, name: &Name) -> Option<Target> {
        facts.stars.iter().rev().find_map(|star| {
            let import = facts.imports.get(*star);
            let Target::Module(module) = self.module_of_import(file, import, usize::MAX) else { return None };
            let source = self.modules.file_of(&module)?;
            if source == file || !exports(&self.known(source), name) {
                return None;
            }
            let found = self.step(Target::Missing, || self.name_in(&module, name));
            (found != Target::Missing).then_some(found)
        })
    }

    /// Where an import leads.
    pub(crate) fn target(&self, file: FileId, import: &Import) -> Target {
        match (&import.what, &import.alias) {
            (Imported::Name(name), _) => {
                let module = self.module_of_import(file, import, usize::MAX);
                // A package's own `__init__` imports what lies beside it.
                let is_own = module == Target::Module(Modules::module_of(self.sources, file));
                match if is_own { self.submodule_of(&module, name) } else { Target::Missing } {
                    Target::Missing => self.member_of(&module, name),
                    beside => beside,
                }
            }
            (Imported::Module, None) => self.module_of_import(file, import, 1),
            (Imported::Module | Imported::Star, _) => self.module_of_import(file, import, usize::MAX),
        }
    }

    /// What a variable is: if it is imported under its own name, what was imported.
    pub(crate) fn meaning(&self, file: FileId, variable: Id<Variable>) -> Meaning {
        let key = (file, variable);
        if let Some(known) = self.meanings.borrow().known.get(&key) {
            return known.clone();
        }
        if !self.meanings.borrow_mut().followed.insert(key) {
            self.meanings.borrow_mut().is_circular = true;
            return Meaning::Missing;
        }
        let meaning = self.work_out_meaning(file, variable);
        let mut meanings = self.meanings.borrow_mut();
        meanings.followed.remove(&key);
        // What was found inside of a circle depends on where it was entered.
        let is_whole = meanings.followed.is_empty();
        if is_whole || !meanings.is_circular {
            meanings.known.insert(key, meaning.clone());
        }
        meanings.is_circular &= !is_whole;
        meaning
    }

    fn work_out_meaning(&self, file: FileId, variable: Id<Variable>) -> Meaning {
        let facts = self.known(file);
        let it = facts.variables.get(variable);
        let mut meanings: Vec<Meaning> = Vec::new();
        let mut has_own = false;
        for bound in &it.bindings {
            let How::Import(import) = bound.how else {
                has_own |= bound.how != How::Touched;
                continue;
            };
            let import = facts.imports.get(import);
            if renames(import) {
                has_own = true;
                continue;
            }
            let meaning = self.imported(file, import);
            if !meanings.contains(&meaning) {
                meanings.push(meaning);
            }
        }
        let is_ours =
            |meaning: &Meaning| matches!(meaning, Meaning::Own(..) | Meaning::Module(_) | Meaning::Several(_));
        let own = Meaning::Own(file, variable);
        match (meanings.as_slice(), has_own) {
            ([], _) => own,
            ([only], true) if !is_ours(only) => own,
            ([only], _) => only.clone(),
            (several, true) if !several.iter().any(is_ours) => own,
            (several, false) if !several.iter().any(is_ours) => several.first().cloned().unwrap_or(own),
            (several, _) => Meaning::Several(several.to_vec()),
        }
    }

    /// What an import brings. Modules that import each other's names go in a circle: whoever asks in there finds that
    /// nobody has bound the name yet, and gets the module of that name (PEP 328).
    pub(super) fn imported(&self, file: FileId, import: &Import) -> Meaning {
        let target = self.step(Target::Missing, || self.target(file, import));
        match (self.step(Meaning::Missing, || self.meaning_of(target)), &import.what) {
            (Meaning::Missing, Imported::Name(name)) => {
                let package = self.module_of_import(file, import, usize::MAX);
                self.meaning_of(self.submodule_of(&package, name))
            }
            (meaning, _) => meaning,
        }
    }

    /// What was found, when what it imports is followed in turn.
    pub(crate) fn meaning_of(&self, target: Target) -> Meaning {
        match target {
            Target::Variable(file, variable) => self.step(Meaning::Missing, || self.meaning(file, variable)),
            Target::Module(module) => Meaning::Module(module),
            Target::Library(path) => Meaning::Library(path),
            Target::Missing => Meaning::Missing,
        }
    }

    /// What a name means that its file does not bind: through `import *`, or built in.
    pub(crate) fn free(&self, file: FileId, facts: &Facts, lookup: &Lookup) -> Target {
        if let Some(found) = self.through_stars(file, facts, &lookup.name) {
            return found;
        }
        if is_builtin(&lookup.name) {
            return Target::Library(format!("builtins.{}", lookup.name));
        }
        // `__all__` of a package may name what lies in it.
        if let Module::Folder(folder) = Modules::module_of(self.sources, file)
            && let Some(child) = self.modules.child(&folder, &lookup.name)
        {
            return Target::Module(child);
        }
        Target::Missing
    }
}

/// Whether an import gives what it brings another name.
fn renames(import: &Import) -> bool {
    match (&import.what, &import.alias) {
        (Imported::Name(name), Some(alias)) => name != alias,
        (_, alias) => alias.is_some(),
    }
}

/// Whether `import *` takes a name along.
fn exports(facts: &Facts, name: &Name) -> bool {
    match &facts.exported {
        Some(names) => names.contains(name),
        None => !name.starts_with('_'),
    }
}

fn dotted(parts: &[Name]) -> String {
    parts.iter().map(Name::as_str).collect::<Vec<_>>().join(".")
}

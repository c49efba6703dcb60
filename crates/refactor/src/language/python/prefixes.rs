//! Names that are put together: `getattr(visitor, "visit_" + name)`, `import_module("plugins." + name)`.

use std::collections::BTreeSet;

use super::{
    clashes::{Question, place},
    facts::Prefix,
    world::{ClassRef, Module, Type, World, parent},
};
use crate::{
    language::{Clash, Entity, Symbol},
    sources::FileId,
};

/// Functions that are given the name of a module.
const IMPORTERS: [&str; 2] = ["import_module", "__import__"];

impl Question<'_, '_> {
    /// `getattr(self, "visit_" + type(node).__name__)`, where there is a `visit_` of this class.
    pub(super) fn part_of_names(&self) -> Vec<Clash> {
        let mut found = Vec::new();
        for file in self.holding_both("getattr", &["__name__"]) {
            for prefix in &self.world.known(file).prefixes {
                let whole = format!("{}{}", prefix.begin, self.symbol.name);
                if !prefix.begin.is_empty() && !self.world.holders(&whole).is_empty() {
                    found.push(Clash {
                        code: "part_of_a_name",
                        message: format!("`{whole}` may be found here by the name of the class"),
                        place: Some(place(file, prefix.at as usize, 1)),
                    });
                }
            }
        }
        found
    }

    /// `getattr(x, "visit_" + name)`, where `x` may be of a class of the family: names that begin so are asked for.
    pub(super) fn asked_by_prefix(&self) -> Vec<Clash> {
        let classes = self.classes();
        if classes.is_empty() {
            return Vec::new();
        }
        let lineage = classes.iter().flat_map(|class| self.world.own_lineage(*class));
        let heirs = classes.iter().flat_map(|class| self.world.heirs(*class).to_vec());
        let family: BTreeSet<ClassRef> = lineage.chain(heirs).collect();
        let mut found = Vec::new();
        for file in self.world.holders("getattr").iter() {
            let facts = self.world.known(*file);
            let is_beside = family.iter().any(|class| class.0 == *file);
            let asks = |prefix: &&Prefix| {
                !prefix.begin.is_empty()
                    && self.symbol.name.starts_with(&prefix.begin)
                    && (is_beside || self.may_be_of(&family, *file, prefix))
            };
            found.extend(facts.prefixes.iter().filter(asks).map(|prefix| Clash {
                code: "asked_by_prefix",
                message: format!(
                    "attributes that begin with `{}` are asked for here by a name that is made up",
                    prefix.begin
                ),
                place: Some(place(*file, prefix.at as usize, 1)),
            }));
        }
        found
    }

    /// Whether the object that is asked may be of one of some classes.
    fn may_be_of(&self, family: &BTreeSet<ClassRef>, file: FileId, prefix: &Prefix) -> bool {
        let Some(object) = prefix.of else { return true };
        self.world.infer(file, object).iter().any(|one| match one {
            Type::Instance(class) | Type::Class(class) | Type::Super(class) => family.contains(class),
            Type::Unknown => true,
            _ => false,
        })
    }
}

/// `import_module("plugins." + name)`, where the module may be what is imported.
pub(super) fn of_module(world: &World<'_>, symbol: &Symbol) -> Vec<Clash> {
    let module = match &symbol.entity {
        Entity::File(file) => Module::File(*file),
        Entity::Folder(folder) => Module::Folder(folder.clone()),
        Entity::Name { .. } => return Vec::new(),
    };
    let mut found = Vec::new();
    for file in importing(world) {
        let facts = world.known(file);
        let ours = facts.module_prefixes.iter().filter(|prefix| may_import(world, file, prefix, &module));
        found.extend(ours.map(|prefix| Clash {
            code: "asked_by_prefix",
            message: format!("modules are imported here by a name that is made up, `{}` may be one", symbol.name),
            place: Some(place(file, prefix.at as usize, 1)),
        }));
    }
    found
}

/// The files that import modules by names that are texts.
pub(super) fn importing(world: &World<'_>) -> BTreeSet<FileId> {
    IMPORTERS.iter().flat_map(|importer| world.holders(importer).to_vec()).collect()
}

/// Whether a name that is put together in a file may be a module's: from the root, or from the file's own package.
pub(super) fn may_import(world: &World<'_>, file: FileId, prefix: &Prefix, module: &Module) -> bool {
    let dotted = world.modules.dotted(world.sources, module);
    let lies_in = match module {
        Module::File(it) => parent(world.sources.file(*it).map_or("", |file| &file.path)),
        Module::Folder(folder) => parent(folder),
    };
    let is_beside = lies_in == parent(world.sources.file(file).map_or("", |file| &file.path));
    match prefix.begin.trim_start_matches('.') {
        "" => is_beside,
        begin => dotted.starts_with(begin) || is_beside && prefix.begin.starts_with('.'),
    }
}

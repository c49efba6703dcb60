//! Names that are put together: `getattr(visitor, "visit_" + name)`, `import_module("plugins." + name)`.

use std::collections::BTreeSet;

use super::{
    clashes::{Question, place},
    facts::Expression,
    world::{Asked, ClassRef, Module, Type, World, parent, start},
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
        let reflected = self.world.reflected();
        let files = self.holding_both("getattr", &["__name__"]);
        let mut found = Vec::new();
        for asked in reflected.asked.iter().filter(|asked| files.contains(&asked.file)) {
            let names = [self.symbol.name.clone(), self.symbol.name.to_lowercase()];
            let begins = asked.name.known.iter().filter(|begin| !begin.is_empty());
            let mut wholes = begins.flat_map(|begin| names.iter().map(move |name| format!("{begin}{name}")));
            let there_is = wholes.find(|whole| !self.world.holders(whole).is_empty());
            found.extend(there_is.map(|whole| Clash {
                code: "part_of_a_name",
                message: format!("`{whole}` may be found here by the name of the class"),
                place: Some(place(asked.file, asked.at as usize, 1)),
            }));
        }
        found
    }

    /// `getattr(x, "visit_" + name)`, where `x` may be of a class of the family: names that begin so are asked for. If nobody knows how
    /// they begin, so is any of what is known to be of the family.
    pub(super) fn asked_by_prefix(&self) -> Vec<Clash> {
        let classes = self.classes();
        if classes.is_empty() {
            return Vec::new();
        }
        let lineage = classes.iter().flat_map(|class| self.world.own_lineage(*class));
        let heirs = classes.iter().flat_map(|class| self.world.heirs(*class).to_vec());
        let family: BTreeSet<ClassRef> = lineage.chain(heirs).collect();
        let reflected = self.world.reflected();
        reflected.asked.iter().filter_map(|asked| self.asks_for(&family, asked)).collect()
    }

    fn asks_for(&self, family: &BTreeSet<ClassRef>, asked: &Asked) -> Option<Clash> {
        let is_kin = |one: &Type| match one {
            Type::Instance(class) | Type::Class(class) | Type::Super(class) => family.contains(class),
            _ => false,
        };
        let is_of_family = asked.kinds.iter().any(is_kin);
        let may_be = || asked.kinds.is_unknown() || family.iter().any(|class| class.0 == asked.file);
        let (code, message) = match asked.name.of_attribute(&self.symbol.name) {
            Some(begin) if is_of_family || may_be() => (
                "asked_by_prefix",
                format!("attributes that begin with `{begin}` are asked for here by a name that is made up"),
            ),
            None if is_of_family && asked.name.is_open() && !asked.is_handed_on => (
                "asked_for_by_data",
                format!("attributes are asked for here by names that are data, `{}` may be one", self.symbol.name),
            ),
            _ => return None,
        };
        Some(Clash { code, message, place: Some(place(asked.file, asked.at as usize, 1)) })
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
        found.extend(imports_made_up(world, file, &module).into_iter().map(|at| Clash {
            code: "asked_by_prefix",
            message: format!("modules are imported here by a name that is made up, `{}` may be one", symbol.name),
            place: Some(place(file, at as usize, 1)),
        }));
    }
    found
}

/// The files that import modules by names that are texts.
pub(super) fn importing(world: &World<'_>) -> BTreeSet<FileId> {
    IMPORTERS.iter().flat_map(|importer| world.holders(importer).to_vec()).collect()
}

/// Where a file imports modules by names that are put together, and one may be the module's.
pub(super) fn imports_made_up(world: &World<'_>, file: FileId, module: &Module) -> Vec<u32> {
    let facts = world.known(file);
    let asked = facts.expressions.iter().filter_map(|(_, one)| {
        let Expression::Call { of, arguments, .. } = one else { return None };
        facts.last_name(*of).filter(|name| IMPORTERS.contains(&name.as_str()))?;
        let name = facts.beginnings(arguments.first()?.value);
        name.known.iter().any(|begin| may_import(world, file, begin, module)).then(|| start(&facts, *of))?
    });
    asked.collect()
}

/// Whether a name that begins so in a file may be a module's: from the root, or from the file's own package.
fn may_import(world: &World<'_>, file: FileId, begin: &str, module: &Module) -> bool {
    let dotted = world.modules.dotted(world.sources, module);
    let lies_in = match module {
        Module::File(it) => parent(world.sources.file(*it).map_or("", |file| &file.path)),
        Module::Folder(folder) => parent(folder),
    };
    let is_beside = lies_in == parent(world.sources.file(file).map_or("", |file| &file.path));
    match begin.trim_start_matches('.') {
        "" => is_beside,
        absolute => dotted.starts_with(absolute) || is_beside && begin.starts_with('.'),
    }
}

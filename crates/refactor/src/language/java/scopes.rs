//! What a name alone stands for where a value is wanted: a variable, a field, else a type, else a package: JLS 6.4 and 6.5.2.

use std::{cmp::Reverse, rc::Rc};

use super::{
    Java,
    facts::{ClassId, Facts, LocalId, Part},
    kind::{ClassRef, FieldRef, Kind, Named},
};
use crate::sources::FileId;

/// What a name stands for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Meant {
    Local(LocalId),
    /// A field, with the class it is of, and what that one's type parameters stand for. Not sure where a class between may
    /// have a field of the name.
    Field {
        field: FieldRef,
        class: ClassRef,
        arguments: Rc<[Kind]>,
        is_sure: bool,
    },
    /// A type or a package.
    Type(Kind),
    /// Something of a library, or nothing.
    Foreign,
    /// It may be any field of the name.
    Unknown,
}

/// What declares names of values around a byte.
enum Nearby {
    Local(LocalId),
    Around(ClassId),
}

impl Java<'_> {
    /// What a name stands for.
    pub(super) fn meant(&self, file: FileId, part: &Part) -> Meant {
        let Some(facts) = self.facts(file) else { return Meant::Unknown };
        let (mut is_sure, mut is_unknown) = (true, false);
        for nearby in nearby(&facts, part) {
            let class = match nearby {
                Nearby::Local(id) => return Meant::Local(id),
                Nearby::Around(class) => ClassRef { file, class },
            };
            if let Some(found) = self.field_meant(class, &part.name, is_sure && !is_unknown) {
                return found;
            }
            let lineage = self.lineage(class);
            is_sure &= !lineage.has_foreign_class;
            is_unknown |= lineage.is_unknown;
        }
        if let Some(found) = self.imported_field(file, &facts, &part.name, is_sure && !is_unknown) {
            return found;
        }
        match self.type_or_package(file, &part.name, part.start) {
            Named::Class(class) => Meant::Type(Kind::Static(class)),
            Named::Foreign(name) => Meant::Type(Kind::StaticForeign(name)),
            Named::Package(package) => Meant::Type(Kind::Package(package)),
            Named::Variable(file, id) => Meant::Type(Kind::Variable(file, id)),
            Named::Several(_) => Meant::Type(Kind::Unknown),
            Named::Unknown if is_unknown => Meant::Unknown,
            Named::Unknown => Meant::Foreign,
        }
    }

    fn field_meant(&self, class: ClassRef, name: &str, is_sure: bool) -> Option<Meant> {
        let (field, arguments) = self.field_of(class, name)?;
        let owner = self.owner(field)?;
        Some(Meant::Field { field, class: owner, arguments, is_sure })
    }

    /// A field that is imported, by its name or by `*`.
    fn imported_field(&self, file: FileId, facts: &Facts, name: &str, is_sure: bool) -> Option<Meant> {
        let of_name = |part: &Part| *part.name == *name;
        let imports = || facts.imports.iter().filter(|import| import.is_static);
        for import in imports().filter(|import| import.single().is_some_and(of_name)) {
            let (_, outer) = import.parts.split_last()?;
            if let Named::Class(class) = self.path(file, outer)
                && let Some(found) = self.field_meant(class, name, is_sure)
            {
                return Some(found);
            }
        }
        imports().filter(|import| import.is_all).find_map(|import| match self.path(file, &import.parts) {
            Named::Class(class) => self.field_meant(class, name, is_sure),
            _ => None,
        })
    }
}

/// The variables of a name that are seen where it stands, and the classes around it, from the inside.
fn nearby(facts: &Facts, part: &Part) -> Vec<Nearby> {
    let mut all: Vec<(u32, Nearby)> = Vec::new();
    for (id, local) in (0..).map(LocalId).zip(&facts.locals) {
        if local.name.name != part.name {
            continue;
        }
        let seen = local.seen.iter().filter(|seen| seen.contains(&part.start));
        all.extend(seen.map(|seen| (seen.start, Nearby::Local(id))));
    }
    let around = facts.classes_around(part.start).into_iter();
    all.extend(around.filter_map(|id| Some((facts.class(id)?.body.start, Nearby::Around(id)))));
    all.sort_by_key(|(start, _)| Reverse(*start));
    all.into_iter().map(|(_, nearby)| nearby).collect()
}

//! What the name of a type stands for: JLS 6.3 to 6.5, and 7.5 for imports.

use std::rc::Rc;

use super::{
    Java, Shared,
    facts::{Class, ClassId, Facts, Import, Part, TypeId, Typed, VariableId, joined},
    kind::{ClassRef, Kind, Named},
    library,
};
use crate::sources::FileId;

/// What declares a type in the middle of a file.
enum Nearby {
    Variable(VariableId),
    Local(ClassId),
    /// The members of this class.
    Around(ClassId),
}

impl Java<'_> {
    /// What a written type stands for, if it is a name.
    pub(super) fn named_type(&self, file: FileId, id: TypeId) -> Named {
        let Some(facts) = self.facts(file) else { return Named::Unknown };
        // Parts are kept from the last to the first; hostile text may have thousands of them.
        let mut parts: Vec<&Part> = Vec::new();
        let mut next = Some(id);
        while let Some(Typed::Named { qualifier, part, .. }) = next.and_then(|id| facts.typed(id)) {
            parts.push(part);
            next = *qualifier;
        }
        if let Some(Typed::Own(class)) = facts.typed(id) {
            return Named::Class(ClassRef { file, class: *class });
        }
        let Some(first) = parts.pop() else { return Named::Unknown };
        let mut named = self.type_or_package(file, &first.name, first.start);
        while let Some(part) = parts.pop() {
            named = self.inside(file, named, &part.name);
        }
        named
    }

    /// The first part of a qualified name: a type if there is one, else a package.
    pub(super) fn type_or_package(&self, file: FileId, name: &str, at: u32) -> Named {
        match self.type_called(file, name, at) {
            Named::Unknown if self.is_package(name) => Named::Package(name.into()),
            named => named,
        }
    }

    fn is_package(&self, name: &str) -> bool {
        self.index.has_package(name) || matches!(name, "java" | "javax" | "org" | "com" | "net" | "io")
    }

    /// The type or package that a name is within another.
    pub(super) fn inside(&self, file: FileId, outer: Named, name: &str) -> Named {
        match outer {
            Named::Class(class) => self.member_class(class, name).map_or(Named::Unknown, Named::Class),
            Named::Package(package) => self.in_package(file, &package, name),
            Named::Foreign(outer) => Named::Foreign(format!("{outer}.{name}").into()),
            Named::Variable(..) | Named::Several(_) | Named::Unknown => Named::Unknown,
        }
    }

    fn in_package(&self, file: FileId, package: &str, name: &str) -> Named {
        let whole = || format!("{package}.{name}");
        match self.top_class(file, package, name) {
            Named::Unknown if self.index.has_package(&whole()) => Named::Package(whole().into()),
            Named::Unknown if self.index.has_package(package) && !is_type_name(name) => Named::Package(whole().into()),
            Named::Unknown if self.index.has_package(package) => Named::Unknown,
            Named::Unknown if is_type_name(name) => Named::Foreign(whole().into()),
            Named::Unknown => Named::Package(whole().into()),
            named => named,
        }
    }

    /// The class of a package that is in no other class.
    pub(super) fn top_class(&self, from: FileId, package: &str, name: &str) -> Named {
        let mut found = Vec::new();
        if !library::is_library(from) {
            for file in self.index.declaring(name) {
                let Some(facts) = self.facts(*file).filter(|facts| facts.package_name() == package) else { continue };
                let classes = facts.top().filter(|(_, class)| is_called(class, name));
                found.extend(classes.map(|(class, _)| ClassRef { file: *file, class }));
            }
        }
        match found.as_slice() {
            [] => match library::class(package, name) {
                Some(class) => Named::Class(class),
                None if library::has_name(package, name) => Named::Foreign(format!("{package}.{name}").into()),
                None => Named::Unknown,
            },
            [only] => Named::Class(*only),
            _ => self.nearest(from, found),
        }
    }

    /// Of several classes of one name, as modules of one repository may have them, the one that is in the same folders
    /// for longest, if just one is.
    fn nearest(&self, from: FileId, found: Vec<ClassRef>) -> Named {
        let own = self.files.path(from);
        let shared = |class: &ClassRef| {
            let other = self.files.path(class.file).split('/');
            own.split('/').zip(other).take_while(|(one, other)| one == other).count()
        };
        let most = found.iter().map(shared).max().unwrap_or_default();
        let nearest: Vec<_> = found.iter().copied().filter(|class| shared(class) == most).collect();
        match nearest.as_slice() {
            [only] => Named::Class(*only),
            all if all.iter().all(|class| class.file == from) => {
                all.first().copied().map_or(Named::Unknown, Named::Class)
            }
            _ => Named::Several(found),
        }
    }

    /// What a type's name alone stands for at a byte of a file.
    pub(super) fn type_called(&self, file: FileId, name: &str, at: u32) -> Named {
        let Some(facts) = self.facts(file) else { return Named::Unknown };
        for (_, nearby) in nearby(&facts, name, at) {
            match nearby {
                Nearby::Variable(id) => return Named::Variable(file, id),
                Nearby::Local(class) => return Named::Class(ClassRef { file, class }),
                Nearby::Around(class) => {
                    if let Some(found) = self.member_class(ClassRef { file, class }, name) {
                        return Named::Class(found);
                    }
                }
            }
        }
        if let Some((class, _)) = facts.top().find(|(_, class)| is_called(class, name)) {
            return Named::Class(ClassRef { file, class });
        }
        self.imported_type(file, &facts, name)
    }

    /// What is imported so, or of the same package, or of the platform's own.
    fn imported_type(&self, file: FileId, facts: &Facts, name: &str) -> Named {
        let single = facts.imports.iter().filter(|it| it.single().is_some_and(|part| *part.name == *name));
        for import in single {
            match self.import_target(file, import) {
                // A static import of this name may be of a method alone.
                Named::Unknown if import.is_static => {}
                named => return named,
            }
        }
        match self.top_class(file, &facts.package_name(), name) {
            Named::Unknown => {}
            named => return named,
        }
        for import in facts.imports.iter().filter(|it| it.is_all) {
            let found = match self.path(file, &import.parts) {
                Named::Class(class) => self.member_class(class, name).map_or(Named::Unknown, Named::Class),
                Named::Package(package) if !import.is_static => self.top_class(file, &package, name),
                _ => Named::Unknown,
            };
            if found != Named::Unknown {
                return found;
            }
        }
        self.top_class(file, "java.lang", name)
    }

    /// What a single import names, as a type.
    pub(super) fn import_target(&self, file: FileId, import: &Import) -> Named {
        match self.path(file, &import.parts) {
            // Nothing of a package that is not here is known.
            Named::Package(package) if !self.index.has_package(&package) => Named::Foreign(package),
            Named::Package(_) => Named::Unknown,
            named => named,
        }
    }

    /// What a whole path stands for, as in an import: no scope is asked.
    pub(super) fn path(&self, file: FileId, parts: &[Part]) -> Named {
        let mut named = Named::Package("".into());
        for part in parts {
            named = match named {
                Named::Package(package) if package.is_empty() => match self.top_class(file, "", &part.name) {
                    Named::Class(class) if parts.len() > 1 && !self.index.has_package(&part.name) => {
                        Named::Class(class)
                    }
                    _ => Named::Package(part.name.clone().into()),
                },
                named => self.inside(file, named, &part.name),
            };
        }
        named
    }

    /// The class that is a member of another, its own or one that is inherited.
    pub(super) fn member_class(&self, class: ClassRef, name: &str) -> Option<ClassRef> {
        let lineage = self.lineage(class);
        lineage.classes.iter().find_map(|(of, _)| {
            let facts = self.facts(of.file)?;
            let own = facts.class(of.class)?;
            let mut members = own.members.iter().copied();
            let found = members.find(|id| facts.class(*id).is_some_and(|class| is_called(class, name)))?;
            Some(ClassRef { file: of.file, class: found })
        })
    }

    /// What a written type comes to.
    pub(super) fn kind_of(&self, file: FileId, id: TypeId) -> Kind {
        self.step(Kind::Unknown, || {
            let Some(facts) = self.facts(file) else { return Kind::Unknown };
            match facts.typed(id) {
                Some(Typed::Primitive(primitive)) => Kind::Primitive(*primitive),
                Some(Typed::Array(element)) => Kind::Array(Rc::new(self.kind_of(file, *element))),
                Some(Typed::Wildcard(Some(bound))) => self.kind_of(file, *bound),
                Some(Typed::Above(bound)) => Kind::Above(Rc::new(self.kind_of(file, *bound))),
                Some(Typed::Several(all)) => Kind::All(all.iter().map(|id| self.kind_of(file, *id)).collect()),
                Some(Typed::Own(class)) => Kind::plain(ClassRef { file, class: *class }),
                Some(Typed::Named { arguments, is_diamond, .. }) => self.kind_named(file, id, arguments, *is_diamond),
                Some(Typed::Wildcard(None) | Typed::Missing) | None => Kind::Unknown,
            }
        })
    }

    fn kind_named(&self, file: FileId, id: TypeId, arguments: &[TypeId], is_diamond: bool) -> Kind {
        match self.named_type(file, id) {
            Named::Class(class) if is_diamond => {
                let count = self.facts(class.file).and_then(|it| it.class(class.class).map(|it| it.variables.len()));
                Kind::Object(class, vec![Kind::Unknown; count.unwrap_or_default()].into())
            }
            Named::Class(class) => Kind::Object(class, arguments.iter().map(|id| self.kind_of(file, *id)).collect()),
            Named::Variable(file, id) => Kind::Variable(file, id),
            Named::Foreign(name) => Kind::Foreign(name),
            Named::Several(_) | Named::Package(_) | Named::Unknown => Kind::Unknown,
        }
    }

    /// A class's dotted name, with its package.
    pub(super) fn class_path(&self, class: ClassRef) -> String {
        let Some(facts) = self.facts(class.file) else { return String::new() };
        let mut names = Vec::new();
        let mut next = Some(class.class);
        while let Some(class) = next.and_then(|id| facts.class(id)) {
            names.extend(class.name.as_ref().map(|part| &*part.name));
            next = class.outer;
        }
        let package = joined(&facts.package);
        names.extend(Some(&*package).filter(|package| !package.is_empty()));
        names.reverse();
        names.join(".")
    }

    /// A class with what its file says.
    pub(super) fn with_class<T>(&self, class: ClassRef, ask: impl FnOnce(&Shared, &Class) -> T) -> Option<T> {
        let facts = self.facts(class.file)?;
        let found = facts.class(class.class)?;
        Some(ask(&facts, found))
    }
}

/// What declares types around a byte, from the inside.
fn nearby(facts: &Facts, name: &str, at: u32) -> Vec<(u32, Nearby)> {
    let variables = (0..).map(VariableId).zip(&facts.variables);
    let variables = variables.filter(|(_, it)| *it.name.name == *name && it.seen.contains(&at));
    let mut all: Vec<_> = variables.map(|(id, it)| (it.seen.start, Nearby::Variable(id))).collect();
    for (id, class) in facts.all_classes() {
        if let Some(local) = class.local.as_ref().filter(|local| local.contains(&at) && is_called(class, name)) {
            all.push((local.start, Nearby::Local(id)));
        }
        if class.body.contains(&at) {
            all.push((class.body.start, Nearby::Around(id)));
        }
    }
    all.sort_by_key(|(start, _)| std::cmp::Reverse(*start));
    all
}

fn is_called(class: &Class, name: &str) -> bool {
    class.name.as_ref().is_some_and(|part| *part.name == *name)
}

/// Whether a name looks like a type's: packages begin with a small letter.
fn is_type_name(name: &str) -> bool {
    name.chars().next().is_some_and(char::is_uppercase)
}

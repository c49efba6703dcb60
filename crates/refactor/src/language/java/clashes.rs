//! What can be seen to break before it is tried.

use std::collections::BTreeSet;

use super::{
    Java,
    calls::Candidate,
    facts::{Class, Local, Meaning, Span, joined},
    families::{Likeness, World},
    kind::{ClassRef, Kind, MethodRef, Named},
    library,
};
use crate::{
    language::{Clash, Entity, Place, Symbol, SymbolKind},
    limits::Stopped,
    request::Hierarchy,
    sources::FileId,
};

impl Java<'_> {
    pub(super) fn foreseen(&self, symbol: &Symbol, new_name: &str) -> Result<Vec<Clash>, Stopped> {
        let mut clashes = Vec::new();
        let Entity::Name { file, at } = symbol.entity else {
            clashes.extend(self.package_taken(symbol, new_name));
            return Ok(clashes);
        };
        let world = self.world(&symbol.name)?;
        let family: Vec<_> = world.family(&symbol.entity).collect();
        for method in &family {
            self.method_clashes(*method, &world, new_name, &mut clashes)?;
        }
        if self.options.hierarchy == Hierarchy::Only && !family.is_empty() {
            self.family_clashes(&family, &symbol.name, &mut clashes)?;
        }
        match symbol.kind {
            SymbolKind::Field | SymbolKind::Constant | SymbolKind::Variant => {
                self.field_clashes(file, at, new_name, &mut clashes);
            }
            SymbolKind::Variable | SymbolKind::Parameter => self.local_clashes(file, at, new_name, &mut clashes),
            SymbolKind::TypeParameter => self.variable_clashes(file, at, new_name, &mut clashes),
            SymbolKind::Class | SymbolKind::Interface | SymbolKind::Enum => {
                self.class_clashes(file, at, new_name, &mut clashes)?;
            }
            SymbolKind::Label => self.label_clashes(file, at, new_name, &mut clashes),
            _ => {}
        }
        clashes.extend(self.asked_for_by_data(symbol, file)?);
        Ok(clashes)
    }

    fn package_taken(&self, symbol: &Symbol, new_name: &str) -> Option<Clash> {
        let around = symbol.qualified_name.rsplit_once('.').map_or("", |(around, _)| around);
        let new = if around.is_empty() { new_name.to_owned() } else { format!("{around}.{new_name}") };
        let message = format!("there is a package `{new}` already");
        self.index.has_package(&new).then_some(Clash { code: "package_exists", message, place: None })
    }

    /// What a method breaks that overrides, or would.
    fn method_clashes(
        &self,
        method: MethodRef,
        world: &World,
        new_name: &str,
        clashes: &mut Vec<Clash>,
    ) -> Result<(), Stopped> {
        let Some(place) = self.place(method) else { return Ok(()) };
        if let Some((of, is_sure)) = world.foreign.get(&method) {
            let message = if *is_sure {
                format!("it overrides or implements a method of {of}, which is not in this repository")
            } else {
                format!("it may override or implement a method of {of}, which is not in this repository")
            };
            let code = if *is_sure { "overrides_library" } else { "may_override_library" };
            clashes.push(Clash { code, message, place: Some(place.clone()) });
        }
        for (one, other) in &world.doubtful {
            if (*one == method || *other == method) && world.entity(*one) != world.entity(*other) {
                let message =
                    "whether these two methods override one another cannot be told by their parameters".to_owned();
                clashes.push(Clash {
                    code: "may_override",
                    message,
                    place: self.place(if *one == method { *other } else { *one }),
                });
            }
        }
        let is_native = self.with_method(method, |it| it.modifiers.is_native).unwrap_or(false);
        if is_native {
            let message = "its body is in another language, which finds it by this name".to_owned();
            clashes.push(Clash { code: "native", message, place: Some(place.clone()) });
        }
        self.taken(method, new_name, &place, clashes)
    }

    /// Another method of the new name with the same parameters, in the class or one above or below it.
    fn taken(&self, method: MethodRef, new_name: &str, place: &Place, clashes: &mut Vec<Clash>) -> Result<(), Stopped> {
        let Some(class) = self.class_of(method) else { return Ok(()) };
        let mut below: BTreeSet<ClassRef> = self.classes_below(class)?.iter().copied().collect();
        below.insert(class);
        for class in below {
            let kind = Kind::Object(class, self.own_variables(class));
            let called = self.with_method(method, |it| it.name.name.clone()).unwrap_or_default();
            let own = self.methods(&kind, &called).candidates.into_iter().find(|it| it.method == method);
            let Some(own) = own else { continue };
            for other in self.methods(&kind, new_name).candidates {
                if self.likeness(&own, &other) != Likeness::Different {
                    clashes.push(self.exists(&other, new_name, place));
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn exists(&self, other: &Candidate, new_name: &str, place: &Place) -> Clash {
        let class = self.class_path(other.class);
        let (code, place) = if library::is_library(other.method.file) {
            ("overrides_library", Some(place.clone()))
        } else {
            ("member_exists", self.place(other.method))
        };
        let message = format!("{class} has a method `{new_name}` with such parameters already");
        Clash { code, message, place }
    }

    /// With only one of a family renamed, the others stay as they are.
    fn family_clashes(&self, family: &[MethodRef], called: &str, clashes: &mut Vec<Clash>) -> Result<(), Stopped> {
        for method in family {
            let Some(class) = self.class_of(*method) else { continue };
            let mut below: Vec<ClassRef> = self.classes_below(class)?.to_vec();
            below.push(class);
            for class in below {
                let all = self.methods(&Kind::Object(class, self.own_variables(class)), called).candidates;
                let Some(own) = all.iter().find(|it| it.method == *method) else { continue };
                let other = all.iter().find(|it| {
                    it.class != own.class
                        && !family.contains(&it.method)
                        && self.likeness(own, it) != Likeness::Different
                });
                if let Some(other) = other.filter(|it| !library::is_library(it.method.file)) {
                    let message =
                        "this method overrides or is overridden by the renamed one, and keeps its name".to_owned();
                    clashes.push(Clash { code: "hierarchy", message, place: self.place(other.method) });
                }
            }
        }
        Ok(())
    }

    fn field_clashes(&self, file: FileId, at: usize, new_name: &str, clashes: &mut Vec<Clash>) {
        let Some(facts) = self.facts(file) else { return };
        let Some(field) = facts.fields.iter().find(|it| it.name.start as usize == at) else { return };
        let other = facts.fields.iter().find(|it| it.class == field.class && *it.name.name == *new_name);
        clashes.extend(other.map(|other| Clash {
            code: "member_exists",
            message: format!("the class has a field `{new_name}` already"),
            place: Some(spot(file, other.name.start, new_name)),
        }));
        let class = facts.class(field.class);
        let annotations = class.map(|class| class.modifiers.annotations.as_slice()).unwrap_or_default();
        let is_made = annotations
            .iter()
            .chain(&field.modifiers.annotations)
            .any(|id| matches!(self.named_type(file, *id), Named::Foreign(name) if name.starts_with("lombok.")));
        if is_made {
            let message =
                "an annotation makes methods that are named after this field, and would be named otherwise".to_owned();
            clashes.push(Clash {
                code: "generated_accessors",
                message,
                place: Some(spot(file, field.name.start, &field.name.name)),
            });
        }
    }

    /// Another variable of the new name where this one is seen. Within a class or a lambda's class body, it may be hidden.
    fn local_clashes(&self, file: FileId, at: usize, new_name: &str, clashes: &mut Vec<Clash>) {
        let Some(facts) = self.facts(file) else { return };
        let Some(local) = facts.locals.iter().find(|it| it.name.start as usize == at) else { return };
        let around = |local: &Local| facts.classes_around(local.name.start).first().copied();
        let other =
            facts.locals.iter().find(|it| *it.name.name == *new_name && around(it) == around(local) && meet(it, local));
        clashes.extend(other.map(|other| Clash {
            code: "variable_exists",
            message: format!("a variable `{new_name}` is seen here already"),
            place: Some(spot(file, other.name.start, new_name)),
        }));
    }

    fn variable_clashes(&self, file: FileId, at: usize, new_name: &str, clashes: &mut Vec<Clash>) {
        let Some(facts) = self.facts(file) else { return };
        let Some(own) = facts.variables.iter().find(|it| it.name.start as usize == at) else { return };
        let other = facts.variables.iter().find(|it| *it.name.name == *new_name && overlap(&it.seen, &own.seen));
        clashes.extend(other.map(|other| Clash {
            code: "variable_exists",
            message: format!("there is a type parameter `{new_name}` here already"),
            place: Some(spot(file, other.name.start, new_name)),
        }));
    }

    fn label_clashes(&self, file: FileId, at: usize, new_name: &str, clashes: &mut Vec<Clash>) {
        let Some(facts) = self.facts(file) else { return };
        let tokens = facts.tokens.get(new_name).into_iter().flatten();
        let mut labels = tokens.filter_map(|token| match token.meaning {
            Meaning::Label(start) => Some(start),
            _ => None,
        });
        clashes.extend(labels.find(|start| *start as usize != at).map(|start| Clash {
            code: "label_exists",
            message: format!("there is a label `{new_name}` in this file already"),
            place: Some(spot(file, start, new_name)),
        }));
    }

    /// Another class of the new name that is declared beside, around or within.
    fn class_clashes(&self, file: FileId, at: usize, new_name: &str, clashes: &mut Vec<Clash>) -> Result<(), Stopped> {
        let Some(facts) = self.facts(file) else { return Ok(()) };
        let is_it = |class: &Class| class.name.as_ref().is_some_and(|part| part.start as usize == at);
        let Some((own, class)) = facts.all_classes().find(|(_, class)| is_it(class)) else { return Ok(()) };
        let package = facts.package_name();
        for other in &self.world(new_name)?.classes {
            let beside = self.with_class(*other, |others, it| {
                let is_top = class.outer.is_none() && it.outer.is_none() && others.package_name() == package;
                let is_same_file = other.file == file;
                let is_sibling = is_same_file && it.outer == class.outer && class.outer.is_some();
                let is_nested =
                    is_same_file && (it.body.contains(&class.body.start) || class.body.contains(&it.body.start));
                is_top || is_sibling || is_nested
            });
            let start = self.with_class(*other, |_, it| it.name.as_ref().map(|part| part.start)).flatten();
            if let (Some(true), Some(start)) = (beside, start.filter(|_| *other != ClassRef { file, class: own })) {
                clashes.push(Clash {
                    code: "class_exists",
                    message: format!("there is a class `{new_name}` already"),
                    place: Some(spot(other.file, start, new_name)),
                });
            }
        }
        self.import_clashes(file, &self.class_path(ClassRef { file, class: own }), new_name, clashes);
        Ok(())
    }

    /// Files that import the class and another of the new name.
    fn import_clashes(&self, own: FileId, path: &str, new_name: &str, clashes: &mut Vec<Clash>) {
        let Ok(world) = self.world(new_name) else { return };
        for file in &world.files {
            let Some(facts) = self.facts(*file) else { continue };
            let other = facts
                .imports
                .iter()
                .find(|it| !it.is_static && it.single().is_some_and(|part| *part.name == *new_name));
            let Some(last) = other.and_then(|it| it.single()) else { continue };
            if *file == own || facts.imports.iter().any(|it| joined(&it.parts) == path) {
                clashes.push(Clash {
                    code: "import_exists",
                    message: format!("this file imports another `{new_name}`"),
                    place: Some(spot(*file, last.start, new_name)),
                });
            }
        }
    }

    fn place(&self, method: MethodRef) -> Option<Place> {
        self.with_method(method, |it| spot(method.file, it.name.start, &it.name.name))
    }
}

pub(super) fn spot(file: FileId, start: u32, called: &str) -> Place {
    Place { file, range: start as usize..start as usize + called.len() }
}

fn meet(one: &Local, other: &Local) -> bool {
    one.seen.iter().any(|one| other.seen.iter().any(|other| overlap(one, other)))
}

fn overlap(one: &Span, other: &Span) -> bool {
    one.start < other.end && other.start < one.end
}

//! What can be seen to break before it is tried.

use super::{
    Script,
    facts::{Access, ShapeKind},
    library::{is_known, may_have},
    links::{Found, Lead},
    world::{Definition, World},
};
use crate::{
    language::{Clash, Entity, Place, Symbol},
    limits::Stopped,
    sources::FileId,
};

impl Script<'_> {
    pub(super) fn foreseen(&self, symbol: &Symbol, new_name: &str) -> Result<Vec<Clash>, Stopped> {
        let mut clashes = Vec::new();
        let Entity::Name { file, at } = &symbol.entity else { return Ok(clashes) };
        let world = self.world(&symbol.name)?;
        let family: Vec<_> = world.family(&symbol.entity).collect();
        clashes.extend(self.asked_for_by_data(symbol, &family));
        if family.is_empty() {
            self.own_clashes(*file, *at, symbol, new_name, &mut clashes);
            clashes.extend(self.handed_on_twice(symbol, new_name));
            return Ok(clashes);
        }
        clashes.extend(self.parts_of_keys(symbol)?);
        let others = self.world(new_name)?;
        for own in &family {
            clashes.extend(self.taken(*own, &others, new_name));
            clashes.extend(self.handed_on(*own));
            clashes.extend(self.overriding(*own, new_name));
            clashes.extend(self.asked_of_any_object(*own, new_name));
            clashes.extend(self.passed_for_by_the_language(*own));
        }
        Ok(clashes)
    }

    /// Clashes of what is no member: names that the module exports, and what uses names without writing them.
    fn own_clashes(&self, file: FileId, at: usize, symbol: &Symbol, new_name: &str, clashes: &mut Vec<Clash>) {
        let Some(facts) = self.facts(file) else { return };
        let found = facts.symbols.iter().find(|it| it.places.first().is_some_and(|place| place.start as usize == at));
        if let Some(eval) = found.and_then(|it| it.eval) {
            clashes.push(Clash {
                code: "eval",
                message: format!("code that is made while the program runs can use `{}`", symbol.name),
                place: Some(Place { file, range: eval as usize..eval as usize + 4 }),
            });
        }
        if let (Some(element), "React" | "h") = (facts.element, symbol.name.as_str()) {
            clashes.push(Clash {
                code: "element_factory",
                message: format!(
                    "elements may be made by `{}` without naming it, as the compiler is told",
                    symbol.name
                ),
                place: Some(Place { file, range: element as usize..element as usize + 1 }),
            });
        }
        let is_exported = |name: &str| facts.exports.iter().find(|it| *it.name == *name);
        if let (Some(_), Some(other)) = (is_exported(&symbol.name), is_exported(new_name)) {
            clashes.push(Clash {
                code: "export_exists",
                message: format!("the module exports a `{new_name}` already"),
                place: Some(Place { file, range: other.place.start as usize..other.place.end as usize }),
            });
        }
        let shape = facts.shapes.iter().find_map(|shape| {
            let own = shape.members.iter().find(|it| it.place.start as usize == at && it.name.starts_with('#'))?;
            let other = shape.members.iter().find(|it| it.name.strip_prefix('#') == Some(new_name))?;
            (own.name != other.name).then(|| other.place.clone())
        });
        clashes.extend(shape.map(|place| Clash {
            code: "member_exists",
            message: format!("the class has a `#{new_name}` already"),
            place: Some(Place { file, range: place.start as usize..place.end as usize }),
        }));
    }

    /// Modules that hand on all of several modules: a name that two of them have is handed on no more.
    fn handed_on_twice(&self, symbol: &Symbol, new_name: &str) -> Vec<Clash> {
        let mut clashes = Vec::new();
        for (file, facts) in self.files.known().into_iter().filter(|(_, facts)| !facts.stars.is_empty()) {
            let lead = self.exported(file, &symbol.name).map(|found| self.lead(&found, &symbol.name));
            let taken = self.exported(file, new_name).filter(|found| !matches!(found, Found::Foreign(_)));
            if lead == Some(Lead::Entity(symbol.entity.clone())) && taken.is_some() {
                let star = facts.stars.first().and_then(|star| facts.request(*star));
                let range = star.map_or(0..0, |it| it.place.start as usize..it.place.end as usize);
                clashes.push(Clash {
                    code: "export_exists",
                    message: format!("this module hands on another `{new_name}` already"),
                    place: Some(Place { file, range }),
                });
            }
        }
        clashes
    }

    /// Another member of the new name in the class or in its family.
    fn taken(&self, own: Definition, others: &World, new_name: &str) -> Option<Clash> {
        let is_static = |it: Definition| self.with_member(it, |_, member| member.is_static);
        let own_static = is_static(own)?;
        let up = self.lineage((own.file, own.shape), own_static).shapes;
        let other = others.definitions.iter().copied().find(|other| {
            is_static(*other) == Some(own_static)
                && (up.contains(&(other.file, other.shape))
                    || self.lineage((other.file, other.shape), own_static).shapes.contains(&(own.file, own.shape)))
        })?;
        let start = self.start(other);
        Some(Clash {
            code: "member_exists",
            message: format!("the object has a `{new_name}` already, its own or one that is inherited"),
            place: Some(Place { file: other.file, range: start..start + new_name.len() }),
        })
    }

    /// An object literal that goes where nobody sees what is read of it.
    fn handed_on(&self, own: Definition) -> Option<Clash> {
        let facts = self.facts(own.file)?;
        let shape = facts.shape(own.shape).filter(|shape| shape.kind == ShapeKind::Object)?;
        let owner = shape.symbol.and_then(|id| facts.symbol(id));
        let at = match owner {
            Some(owner) => owner.escapes.or_else(|| {
                Self::is_exported(&facts, shape.symbol).then(|| owner.places.first().map(|place| place.start)).flatten()
            })?,
            None => shape.escapes?,
        };
        if owner.is_none()
            && !self.is_foreign_context(own.file, &shape.context)
            && shape.context != super::facts::Context::None
        {
            return None;
        }
        Some(Clash {
            code: "object_escapes",
            message: "the object is handed on here: code that reads its members by name would not find it".to_owned(),
            place: Some(Place { file: own.file, range: at as usize..at as usize + 1 }),
        })
    }

    /// A member that may override one of a class or interface that is not here.
    fn overriding(&self, own: Definition, new_name: &str) -> Option<Clash> {
        let (access, is_static) = self.with_member(own, |_, member| (member.access, member.is_static))?;
        if access == Access::Class {
            return None;
        }
        let lineage = self.lineage((own.file, own.shape), is_static);
        let name = self.with_member(own, |_, member| member.name.clone())?;
        let what = match lineage.foreign {
            Some(what) if is_known(&what) && !may_have(&what, &name) && !may_have(&what, new_name) => return None,
            Some(what) => what.to_string(),
            None if lineage.is_partial => "one that cannot be told".to_owned(),
            None => return None,
        };
        let start = self.start(own);
        Some(Clash {
            code: "may_override",
            message: format!(
                "`{name}` may be a member of a class or interface that is not in this repository ({what})"
            ),
            place: Some(Place { file: own.file, range: start..start + name.len() }),
        })
    }
}

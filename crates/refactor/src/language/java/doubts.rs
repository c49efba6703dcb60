//! What cannot be decided: what it may be, as far as one can tell, and why.

use std::collections::BTreeSet;

use super::{
    Java,
    bind::{Here, folder, unseen},
    facts::{Access, Part},
    kind::{FieldRef, MethodRef, Named},
    library,
};
use crate::language::{Binding, Doubt, Entity, Prose};

impl Java<'_> {
    /// Any method of the name that so many arguments can go to.
    pub(super) fn open_methods(&self, here: &Here<'_>, count: Option<usize>, why: &str) -> Binding {
        let fits = |method: &&MethodRef| {
            self.with_method(**method, |it| {
                let may_take = count.is_none_or(|count| {
                    it.parameters.len() == count || (it.is_variadic && count + 1 >= it.parameters.len())
                });
                may_take && (it.modifiers.access != Access::Private || method.file == here.file)
            })
            .unwrap_or(false)
        };
        let among: BTreeSet<_> =
            here.world.methods.iter().filter(fits).filter_map(|it| here.world.entity(*it).cloned()).collect();
        any(among, "unknown_receiver", why)
    }

    pub(super) fn open_fields(&self, here: &Here<'_>) -> Binding {
        let is_seen = |field: &&FieldRef| {
            let facts = self.facts(field.file);
            let access = facts.and_then(|facts| facts.field(field.field).map(|it| it.modifiers.access));
            access != Some(Access::Private) || field.file == here.file
        };
        let fields = here.world.fields.iter().filter(is_seen).filter_map(|it| self.field_entity(*it));
        let classes = here.world.classes.iter().filter_map(|class| self.class_entity(*class));
        any(fields.chain(classes).collect(), "unknown_receiver", "nobody can tell the class of this object")
    }

    pub(super) fn open_classes(&self, here: &Here<'_>) -> Binding {
        let classes = here.world.classes.iter().filter_map(|class| self.class_entity(*class)).collect();
        any(classes, "ambiguous_class", "several classes have this name, and nothing says which is meant")
    }

    pub(super) fn open_case(&self, here: &Here<'_>, part: &Part) -> Binding {
        let constants = here.world.fields.iter().filter(|field| self.is_constant(**field));
        let mut among: BTreeSet<_> = constants.filter_map(|field| self.field_entity(*field)).collect();
        if let Binding::Bound(entity) = self.name_meaning(here, part) {
            among.insert(entity);
        }
        any(among, "unknown_receiver", "nobody can tell the type that is chosen by")
    }

    /// A string that code looks up as a name.
    pub(super) fn text_meaning(&self, here: &Here<'_>) -> Binding {
        let methods = here.world.methods.iter().filter_map(|it| here.world.entity(*it).cloned());
        let fields = here.world.fields.iter().filter_map(|it| self.field_entity(*it));
        let classes = here.world.classes.iter().filter_map(|it| self.class_entity(*it));
        let among: BTreeSet<_> = methods.chain(fields).chain(classes).collect();
        if among.is_empty() {
            return Binding::Prose(Prose::String);
        }
        any(among, "asked_by_name", "this string is looked up as a name while the program runs")
    }

    /// A name within a string: it matters where the whole is the path of a class.
    pub(super) fn string(&self, here: &Here<'_>, whole: &str, at: usize) -> Binding {
        let is_path = whole.contains('.') && whole.split('.').all(super::spelling::is_identifier);
        let upto = whole.get(..at + here.name.len()).filter(|_| is_path);
        let parts = |path: &str| path.split('.').map(|name| Part { name: name.into(), start: 0 }).collect::<Vec<_>>();
        let entity = upto.and_then(|upto| {
            matches!(self.path(here.file, &parts(whole)), Named::Class(class) if !library::is_library(class.file))
                .then_some(())?;
            match self.path(here.file, &parts(upto)) {
                Named::Class(class) => self.class_entity(class),
                Named::Package(package) => Some(folder(&package)),
                _ => None,
            }
        });
        match entity {
            Some(entity) => {
                open(vec![entity], "path_in_string", "the string is the path of a class; code may look it up", 80)
            }
            None => Binding::Prose(Prose::String),
        }
    }
}

/// One of these; of none, it is none of these sources.
fn any(among: BTreeSet<Entity>, code: &'static str, why: &str) -> Binding {
    if among.is_empty() { unseen() } else { open(among.into_iter().collect(), code, why, 40) }
}

pub(super) fn open(among: Vec<Entity>, code: &'static str, why: &str, likelihood: u8) -> Binding {
    Binding::Open { among, doubt: Doubt { code, message: why.to_owned(), likelihood } }
}

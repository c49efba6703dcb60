//! Members that are asked for by names that are data, or that the language itself asks for: another name changes what runs.

use std::collections::BTreeSet;

use super::{
    Script,
    bind::{binding, entities},
    facts::ShapeKind,
    infer::Part,
    library::with_all,
    world::Definition,
};
use crate::language::{Clash, Place, Symbol};

/// Members that the language, or what comes with it, asks any object for.
const ASKED_OF_ANY: [&str; 6] = ["toString", "toJSON", "valueOf", "toLocaleString", "then", "handleEvent"];

/// Members that every class has of its own: what is called so hides them.
const OF_CLASSES: [&str; 9] =
    ["name", "length", "prototype", "arguments", "caller", "apply", "bind", "call", "toString"];

impl Script<'_> {
    /// Where a member of an object that has the symbol, or may have it by inheritance, is asked for by a name that is not
    /// written there: in the files that were read for it.
    pub(super) fn asked_for_by_data(&self, symbol: &Symbol, family: &[Definition]) -> Vec<Clash> {
        let above: BTreeSet<_> = family
            .iter()
            .filter_map(|own| Some((*own, self.with_member(*own, |_, member| member.is_static)?)))
            .flat_map(|(own, is_static)| self.lineage((own.file, own.shape), is_static).shapes)
            .collect();
        let mut clashes = Vec::new();
        for (file, facts) in self.files.known() {
            for (object, at) in &facts.computed {
                let is_ours = |part: &Part| {
                    let hits = self.lookup(part, &symbol.name).hits;
                    let mut found = hits.iter().flat_map(|hit| entities(&binding(self.lead(hit, &symbol.name))));
                    matches!(part, Part::Instance(file, shape) | Part::Class(file, shape) if above.contains(&(*file, *shape)))
                        || found.any(|entity| entity == symbol.entity)
                };
                if self.kind(file, *object).parts.iter().any(is_ours) {
                    clashes.push(Clash {
                        code: "asked_for_by_data",
                        message: format!(
                            "members of this object are asked for by names that are data, `{}` may be one",
                            symbol.name
                        ),
                        place: Some(Place { file, range: *at as usize..*at as usize + 1 }),
                    });
                }
            }
        }
        clashes
    }

    /// A member of a type that an object of the language may pass for: all that the type asks for, such objects have.
    pub(super) fn passed_for_by_the_language(&self, own: Definition) -> Option<Clash> {
        let shape = self.facts(own.file)?.shape(own.shape)?.kind;
        if !matches!(shape, ShapeKind::Interface | ShapeKind::TypeLiteral) {
            return None;
        }
        let name = self.with_member(own, |_, member| member.name.clone())?;
        let mut asked = vec![name.clone()];
        for (file, shape) in
            self.lineage((own.file, own.shape), false).shapes.into_iter().chain([(own.file, own.shape)])
        {
            let facts = self.facts(file)?;
            let members = facts.shape(shape)?.members.iter().filter(|member| !member.is_optional);
            asked.extend(members.map(|member| member.name.clone()));
        }
        let asked: Vec<&str> = asked.iter().map(|name| &**name).collect();
        let is_written = |word: &Option<String>| {
            word.as_ref().is_none_or(|word| self.files.holders(word).is_ok_and(|holders| !holders.is_empty()))
        };
        let (kind, _) = with_all(&asked).into_iter().find(|(_, word)| is_written(word))?;
        let start = self.start(own);
        Some(Clash {
            code: "passed_for_by_the_language",
            message: format!(
                "a `{kind}`, which is not of these sources, has all that this type asks for, `{name}` as well"
            ),
            place: Some(Place { file: own.file, range: start..start + name.len() }),
        })
    }

    /// What the language makes of a member's old name, or of its new one.
    pub(super) fn asked_of_any_object(&self, own: Definition, new_name: &str) -> Option<Clash> {
        let (name, is_static) = self.with_member(own, |_, member| (member.name.clone(), member.is_static))?;
        let kind = self.facts(own.file)?.shape(own.shape)?.kind;
        let message = if matches!(kind, ShapeKind::Class | ShapeKind::Object) && ASKED_OF_ANY.contains(&&*name) {
            format!("the language asks any object for `{name}`")
        } else if kind == ShapeKind::Class && is_static && OF_CLASSES.contains(&new_name) {
            format!("every class has a `{new_name}` already, which this would hide")
        } else {
            return None;
        };
        let start = self.start(own);
        let place = Some(Place { file: own.file, range: start..start + name.len() });
        Some(Clash { code: "asked_of_any_object", message, place })
    }
}

//! What takes the place of something else without naming it: a class that fits a `Protocol` (PEP 544), a name that `import *` brings.

use std::collections::BTreeSet;

use super::{
    clashes::{Question, place},
    facts::{Expression, Facts, How, Id, Name},
    world::{ClassRef, Found, Target, World},
};
use crate::language::{Clash, Entity};

impl Question<'_, '_> {
    /// Members of the symbol's name in classes that fit a protocol of the family, or in protocols that one of its classes fits.
    pub(super) fn stood_in_for(&self) -> Vec<Clash> {
        let ours: BTreeSet<ClassRef> = self.classes().into_iter().collect();
        let name = self.symbol.name.as_str();
        let mut found = Vec::new();
        for other in self.world.family(name).definers().filter(|other| !ours.contains(other)) {
            let fitting = ours.iter().find_map(|own| self.world.fits(*own, other).or(self.world.fits(other, *own)));
            let Some((protocol, class)) = fitting else { continue };
            let at = match self.world.own_definition(other, name) {
                Some(Entity::Name { file, at }) => Some(place(file, at, name.len())),
                _ => None,
            };
            let (protocol, class) = (self.world.name_of(protocol), self.world.name_of(class));
            let message =
                format!("`{class}` has what the protocol `{protocol}` asks for: `{name}` of one is that of the other");
            found.push(Clash { code: "fits_protocol", message, place: at });
        }
        found
    }

    /// `from m import *` brings a name of the module: where a file has the new one already, or the old one of its own, it takes
    /// another place.
    pub(super) fn brought_by_stars(&self) -> Vec<Clash> {
        let facts = self.world.known(self.file);
        let is_ours = self.variable(&facts).is_some_and(|it| facts.variables.get(it).scope == Facts::MODULE);
        if !is_ours {
            return Vec::new();
        }
        // `import *` leaves out what begins with `_`, unless `__all__` has it.
        let is_brought = !self.new_name.starts_with('_') || facts.exported.is_some();
        let names = [self.symbol.name.as_str(), self.new_name];
        let mut found = Vec::new();
        for name in names.into_iter().filter(|_| is_brought) {
            for file in self.holding_both(name, &["import *"]) {
                found.extend(self.taken_in(file, name));
            }
        }
        found
    }

    /// Where a file binds a name that a later `import *` brings with the symbol.
    fn taken_in(&self, file: crate::sources::FileId, name: &str) -> Option<Clash> {
        let facts = self.world.known(file);
        let variable = facts.variables.get(facts.variable(Facts::MODULE, name)?);
        let own = variable.bindings.iter().find(|bound| !matches!(bound.how, How::Import(_) | How::Touched))?;
        let stars = facts.stars.iter().map(|star| facts.imports.get(*star));
        let later = stars.filter(|star| star.module.first().is_none_or(|(_, span)| span.start > own.span.start));
        let brings = later.into_iter().any(|star| match self.world.module_of_import(file, star, usize::MAX) {
            Target::Module(module) => self.is_in(&module),
            Target::Variable(..) | Target::Library(_) | Target::Missing => false,
        });
        brings.then(|| Clash {
            code: "name_taken",
            message: format!(
                "a later `import *` brings `{}` to this file, which binds `{name}` itself",
                self.symbol.name
            ),
            place: Some(place(file, own.span.start as usize, name.len())),
        })
    }
}

impl World<'_> {
    /// The protocol and the class that fits it, if a class, or one that inherits from it, has all that the other asks for.
    fn fits(&self, protocol: ClassRef, class: ClassRef) -> Option<(ClassRef, ClassRef)> {
        if !self.is_protocol(protocol) {
            return None;
        }
        let wanted = self.asked_for(protocol);
        let has_all = |class: &ClassRef| {
            !self.own_lineage(*class).contains(&protocol)
                && wanted.iter().all(|name| self.find_member(*class, name, None) != Found::Nowhere)
        };
        let heirs = self.heirs(class);
        std::iter::once(class).chain(heirs.iter().copied()).find(has_all).map(|class| (protocol, class))
    }

    /// Whether a class says that it is a protocol.
    fn is_protocol(&self, class: ClassRef) -> bool {
        let facts = self.known(class.0);
        let says = |base: Id<Expression>| facts.last_name(base).is_some_and(|name| name == "Protocol");
        facts.classes.get(class.1).bases.iter().any(|base| match facts.expressions.get(*base) {
            Expression::Subscript { of, .. } => says(*of),
            _ => says(*base),
        })
    }

    /// The members that a protocol asks for: its own, and those of the protocols that it inherits from.
    fn asked_for(&self, protocol: ClassRef) -> BTreeSet<Name> {
        let lineage = self.own_lineage(protocol).into_iter();
        let members = lineage.filter(|class| self.is_protocol(*class)).flat_map(|(file, class)| {
            let facts = self.known(file);
            let scope = facts.scopes.get(facts.classes.get(class).scope);
            let names: Vec<Name> = scope.variables.keys().cloned().collect();
            names
        });
        members.filter(|name| !name.starts_with("__")).collect()
    }

    fn name_of(&self, class: ClassRef) -> Name {
        self.known(class.0).classes.get(class.1).name.clone()
    }
}

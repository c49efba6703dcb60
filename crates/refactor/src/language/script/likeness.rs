//! Which members may be one, because an object of the one's shape passes for the other's.

use std::collections::BTreeMap;

use super::{
    Script,
    facts::{Access, Context, Facts, Shape, ShapeKind, SymbolId, Type},
    links::Found,
    world::{Definition, World},
};
use crate::language::Entity;

/// The most definitions of one name that are compared by their shape.
const MOST_DEFINITIONS: usize = 2_000;

impl Script<'_> {
    /// Whether an object with the one member may be taken for one with the other.
    pub(super) fn may_be(&self, world: &World, one: &Entity, other: &Entity) -> bool {
        if world.definitions.len() > MOST_DEFINITIONS {
            return true;
        }
        let others: Vec<_> = world.family(other).collect();
        world.family(one).any(|one| {
            others.iter().any(|other| {
                self.agree(one, *other) && (self.flows(world, one, *other) || self.flows(world, *other, one))
            })
        })
    }

    /// Whether nothing in the types of two members says that they differ.
    fn agree(&self, one: Definition, other: Definition) -> bool {
        let builtin = |it: Definition| {
            self.with_member(it, |facts, member| match member.typed.map(|typed| facts.typed(typed)) {
                Some(Type::Builtin(name)) => Some(*name),
                Some(_) | None => None,
            })
        };
        match (builtin(one).flatten(), builtin(other).flatten()) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        }
    }

    /// Whether an object of the one's shape may be handed to who expects the other's.
    fn flows(&self, world: &World, from: Definition, to: Definition) -> bool {
        let is_open = |it: Definition| self.with_member(it, |_, member| member.access == Access::All).unwrap_or(false);
        if !is_open(from) || !is_open(to) {
            return false;
        }
        let (Some(giver), Some(taker)) = (self.outline(world, from), self.outline(world, to)) else { return false };
        if giver.is_closed
            || taker.kind == ShapeKind::Object
            || giver.kind == ShapeKind::Enum
            || taker.kind == ShapeKind::Enum
        {
            return false;
        }
        if taker.kind == ShapeKind::Class && (giver.kind == ShapeKind::Class || taker.has_private) {
            return false;
        }
        // What takes a literal may ask for a part of a type only.
        let may_lack = giver.is_open || giver.kind == ShapeKind::Object;
        may_lack || taker.names.iter().all(|(name, optional)| *optional || giver.names.contains_key(name))
    }

    /// What can be seen of an object from outside.
    fn outline(&self, world: &World, of: Definition) -> Option<Outline> {
        let facts = self.facts(of.file)?;
        let shape = facts.shape(of.shape)?;
        if facts.member(of.shape, of.member)?.is_static && shape.kind != ShapeKind::Object {
            return None;
        }
        let owner = shape.symbol.filter(|_| shape.kind == ShapeKind::Object).and_then(|id| facts.symbol(id));
        let lineage = self.lineage((of.file, of.shape), false);
        let mut outline = Outline {
            kind: shape.kind,
            names: BTreeMap::new(),
            is_open: lineage.is_partial || lineage.foreign.is_some(),
            has_private: false,
            is_closed: self.is_decided(world, of, shape)
                || owner.is_some_and(|owner| owner.escapes.is_none() && !Self::is_exported(&facts, shape.symbol)),
        };
        for (file, shape) in lineage.shapes {
            outline.is_open |= world.spread.contains(&(file, shape));
            let Some(facts) = self.facts(file) else { continue };
            let Some(shape) = facts.shape(shape) else { continue };
            outline.is_open |= shape.is_open;
            for member in shape.members.iter().filter(|it| !it.is_static && &*it.name != "constructor") {
                outline.has_private |= member.access != Access::All;
                outline
                    .names
                    .entry(member.name.clone())
                    .and_modify(|it| *it &= member.is_optional)
                    .or_insert(member.is_optional);
            }
        }
        Some(outline)
    }

    /// Whether a literal is known to be written for some type that has the member, and so for no other.
    fn is_decided(&self, world: &World, of: Definition, shape: &Shape) -> bool {
        if shape.kind != ShapeKind::Object || shape.context == Context::None {
            return false;
        }
        let kind = self.context_kind(of.file, &shape.context);
        let Some(name) = self.with_member(of, |_, member| member.name.clone()) else { return false };
        let hits: Vec<_> = kind.parts.iter().flat_map(|part| self.lookup(part, &name).hits).collect();
        let is_own = |hit: &Found| match hit {
            Found::Member(file, shape, member) => {
                let definition = Definition { file: *file, shape: *shape, member: *member };
                world.entity(definition) == world.entity(of)
            }
            _ => false,
        };
        !kind.is_unknown && !hits.is_empty() && hits.iter().all(is_own)
    }

    /// Whether other modules can get hold of a variable.
    pub(super) fn is_exported(facts: &Facts, symbol: Option<SymbolId>) -> bool {
        let Some(symbol) = symbol else { return false };
        let target = super::facts::Target::Symbol(symbol);
        facts.exports.iter().any(|export| export.target == target) || facts.globals.contains(&symbol)
    }
}

/// The members of an object, with those that it inherits.
struct Outline {
    kind: ShapeKind,
    /// With whether they may be missing.
    names: BTreeMap<Box<str>, bool>,
    is_open: bool,
    has_private: bool,
    /// A literal that nobody else gets hold of.
    is_closed: bool,
}

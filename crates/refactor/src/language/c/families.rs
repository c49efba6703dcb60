//! Methods that override one another, over all classes that are derived one from the other.

use std::collections::HashMap;

use super::{
    facts::{Owner, RecordId, Space},
    infer::Kind,
    lookup::{Hit, MOST_STEPS},
    world::{Groups, World},
};
use crate::{
    language::{SymbolKind, families::Families, trees::DeclarationId},
    request::Hierarchy,
    sources::FileId,
};

/// What the classes of a method are derived from, as far as it matters to the method.
#[derive(Debug, Default)]
pub(super) struct Lineage {
    /// Methods of the same name above it.
    pub(super) above: Vec<usize>,
    /// Whether some base is not known.
    pub(super) is_open: bool,
}

impl World<'_> {
    pub(super) fn join_families(&self, name: &str) -> Vec<usize> {
        let groups = self.groups(name);
        let mut families = Families::apart(groups.defs.len());
        for at in 0..groups.defs.len() {
            families.join(at, groups.first(at));
        }
        if self.options.hierarchy == Hierarchy::Family {
            for at in 0..groups.defs.len() {
                for other in self.lineage(&groups, name, at).above {
                    if self.is_virtual(&groups, at) || self.is_virtual(&groups, other) {
                        families.join(at, other);
                    }
                }
            }
        }
        self.spread_virtual(&groups, name, &mut families);
        (0..groups.defs.len()).map(|at| families.root(at)).collect()
    }

    /// What overrides something virtual is virtual itself, and so what overrides that: joins until nothing is new.
    fn spread_virtual(&self, groups: &Groups, name: &str, families: &mut Families) {
        if self.options.hierarchy == Hierarchy::Only {
            return;
        }
        let mut is_virtual: HashMap<usize, bool> = HashMap::new();
        for at in 0..groups.defs.len() {
            *is_virtual.entry(families.root(at)).or_default() |= self.is_virtual(groups, at);
        }
        for at in 0..groups.defs.len() {
            for other in self.lineage(groups, name, at).above {
                if is_virtual.get(&families.root(other)).copied().unwrap_or(false) {
                    families.join(at, other);
                }
            }
        }
    }

    fn is_virtual(&self, groups: &Groups, def: usize) -> bool {
        groups.same(def).filter_map(|at| groups.defs.get(at)).any(|def| {
            let facts = self.files.facts(def.file);
            facts.is_some_and(|facts| facts.decl(def.id).is_some_and(|decl| decl.is_virtual))
        })
    }

    /// What the class of a method is derived from.
    pub(super) fn lineage(&self, groups: &Groups, name: &str, def: usize) -> Lineage {
        let mut lineage = Lineage::default();
        let Some(it) = groups.defs.get(def).filter(|it| it.space == Space::Member) else { return lineage };
        let Some(record) = self.method_of(it.file, it.id) else { return lineage };
        let Some(facts) = self.files.facts(it.file) else { return lineage };
        for base in facts.record(record).map(|it| it.bases.clone()).unwrap_or_default() {
            match self.kind(it.file, &base, MOST_STEPS).0 {
                Kind::Records(records) => {
                    let found = self.members(&records, name, MOST_STEPS);
                    lineage.is_open |= found.doubt.is_some() || self.has_unknown_base(&records, MOST_STEPS);
                    let above = found.hits.iter().filter_map(|hit| match hit {
                        Hit::Shared(at) => Some(*at),
                        Hit::Local(_) => None,
                    });
                    lineage.above.extend(above);
                }
                Kind::Unknown | Kind::Foreign | Kind::Plain => lineage.is_open = true,
            }
        }
        lineage
    }

    fn has_unknown_base(&self, records: &[(FileId, RecordId)], steps: usize) -> bool {
        let Some(steps) = steps.checked_sub(1) else { return true };
        records.iter().any(|(file, record)| {
            let Some(facts) = self.files.facts(*file) else { return true };
            let bases = facts.record(*record).map(|it| it.bases.clone()).unwrap_or_default();
            bases.iter().any(|base| match self.kind(*file, base, steps).0 {
                Kind::Records(records) => self.has_unknown_base(&records, steps),
                Kind::Unknown | Kind::Foreign | Kind::Plain => true,
            })
        })
    }

    /// The record that declares a method.
    fn method_of(&self, file: FileId, id: DeclarationId) -> Option<RecordId> {
        let facts = self.files.facts(file)?;
        let decl = facts.decl(id).filter(|decl| decl.kind == SymbolKind::Method)?;
        match decl.owner {
            Owner::Record(record) => Some(record),
            Owner::Block | Owner::Namespace(_) | Owner::Path(_) => None,
        }
    }
}

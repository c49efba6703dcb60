//! Types of values, as far as declarations tell them: whose a member is.

use super::{
    facts::{Base, Facts, RefId, ScopeKind, Typed, Value, ValueId},
    lookup::{Hit, MOST_STEPS, RecordRef},
    world::World,
};
use crate::{
    language::{
        SymbolKind,
        trees::{DeclarationId, ScopeId},
    },
    sources::FileId,
};

/// What a type is in the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nobody knows.
    Unknown,
    /// It has no members.
    Plain,
    /// These sources do not say what it has.
    Foreign,
    /// One record, in whatever branches it is defined.
    Records(Vec<RecordRef>),
}

/// A kind, and the pointers before it.
pub(super) type Known = (Kind, u8);

const NOTHING: Known = (Kind::Unknown, 0);

impl World<'_> {
    /// What a type of a file is.
    pub(super) fn kind(&self, file: FileId, typed: &Typed, steps: usize) -> Known {
        let Some(steps) = steps.checked_sub(1) else { return NOTHING };
        let Some(facts) = self.files.facts(file) else { return NOTHING };
        let (kind, depth) = match &typed.base {
            Base::Unknown => NOTHING,
            Base::Builtin => (Kind::Plain, 0),
            Base::Record(record) => (Kind::Records(vec![(file, *record)]), 0),
            Base::Named(asked) => self.named(file, &facts, *asked, steps),
            Base::Of(value) => self.value(file, &facts, *value, steps),
        };
        (kind, depth.saturating_add(typed.depth))
    }

    /// What the name of a type means.
    fn named(&self, file: FileId, facts: &Facts, id: RefId, steps: usize) -> Known {
        let Some(asked) = facts.asked(id) else { return NOTHING };
        let found = self.find(file, facts, id, steps);
        if found.doubt.is_some() {
            return NOTHING;
        }
        if found.hits.is_empty() {
            let is_elsewhere = !self.groups(&asked.name).defs.is_empty() || !self.groups(&asked.name).macros.is_empty();
            return if is_elsewhere { NOTHING } else { (Kind::Foreign, 0) };
        }
        self.of_hits(file, facts, &asked.name, &found.hits, true, steps)
    }

    /// The type that all of some declarations say.
    fn of_hits(&self, file: FileId, facts: &Facts, name: &str, hits: &[Hit], is_type: bool, steps: usize) -> Known {
        let groups = self.groups(name);
        let mut found: Option<Known> = None;
        for hit in hits {
            let known = match hit {
                Hit::Local(id) => vec![self.of_decl(file, facts, *id, is_type, steps)],
                Hit::Shared(at) => {
                    let defs = groups.same(*at).filter_map(|at| groups.defs.get(at));
                    let facts = defs.filter_map(|def| Some((def, self.files.facts(def.file)?)));
                    facts.map(|(def, facts)| self.of_decl(def.file, &facts, def.id, is_type, steps)).collect()
                }
            };
            for one in known {
                found = Some(merged(found, one));
            }
        }
        found.unwrap_or(NOTHING)
    }

    fn of_decl(&self, file: FileId, facts: &Facts, id: DeclarationId, is_type: bool, steps: usize) -> Known {
        let Some(decl) = facts.decl(id) else { return NOTHING };
        match (decl.kind, decl.record) {
            (_, Some(record)) => (Kind::Records(vec![(file, record)]), 0),
            // Only declared: whoever defines it says more.
            (SymbolKind::Class, None) => (Kind::Foreign, 0),
            (SymbolKind::Enum, None) => (Kind::Plain, 0),
            (SymbolKind::TypeParameter | SymbolKind::Package, None) => NOTHING,
            (SymbolKind::Type, None) => self.declared(file, id, &decl.typed, steps),
            (_, None) if is_type => NOTHING,
            (_, None) => self.declared(file, id, &decl.typed, steps),
        }
    }

    /// The type that a declaration says: worked out once, and unknown to who asks meanwhile and goes in a circle.
    fn declared(&self, file: FileId, id: DeclarationId, typed: &Typed, steps: usize) -> Known {
        if let Some(known) = self.kinds.borrow().get(&(file, id)) {
            return known.clone();
        }
        self.kinds.borrow_mut().insert((file, id), NOTHING);
        let known = self.kind(file, typed, steps);
        self.kinds.borrow_mut().insert((file, id), known.clone());
        known
    }

    /// What a value of a file is.
    pub(super) fn value(&self, file: FileId, facts: &Facts, id: ValueId, steps: usize) -> Known {
        let Some(steps) = steps.checked_sub(1) else { return NOTHING };
        match facts.value(id) {
            None | Some(Value::Unknown) => NOTHING,
            Some(Value::Named(asked)) => self.variable(file, facts, *asked, steps),
            Some(Value::Member(of, name, is_arrow)) => {
                let (kind, depth) = self.value(file, facts, *of, steps);
                match kind {
                    Kind::Records(records) if !(facts.is_cpp && *is_arrow && depth == 0) => {
                        let found = self.members(&records, name, steps);
                        let is_sure = found.doubt.is_none() && !found.hits.is_empty();
                        if is_sure { self.of_hits(file, facts, name, &found.hits, false, steps) } else { NOTHING }
                    }
                    // In C++ it may be a template's, and lead back to a type of these sources.
                    Kind::Foreign if !facts.is_cpp => (Kind::Foreign, 0),
                    Kind::Foreign | Kind::Records(_) | Kind::Plain | Kind::Unknown => NOTHING,
                }
            }
            Some(Value::Call(of)) => self.called(file, facts, *of, steps),
            Some(Value::Target(of)) => less(self.value(file, facts, *of, steps), facts.is_cpp),
            Some(Value::Element(of)) => less(self.value(file, facts, *of, steps), true),
            Some(Value::Address(of)) => {
                let (kind, depth) = self.value(file, facts, *of, steps);
                (kind, depth.saturating_add(1))
            }
            Some(Value::Typed(typed)) => self.kind(file, typed, steps),
            Some(Value::This(scope)) => (self.this(file, facts, *scope), 1),
        }
    }

    /// A call of a function or of what leads to one; `A(…)` makes an `A`.
    fn called(&self, file: FileId, facts: &Facts, id: ValueId, steps: usize) -> Known {
        if let Some(Value::Named(asked)) = facts.value(id)
            && let Some(it) = facts.asked(*asked)
        {
            if !self.groups(&it.name).macros.is_empty() {
                return NOTHING;
            }
            let found = self.find(file, facts, *asked, steps);
            let groups = self.groups(&it.name);
            let is_type = found.hits.iter().any(|hit| match hit {
                Hit::Local(id) => facts.decl(*id).is_some_and(|decl| is_type(decl.kind)),
                Hit::Shared(at) => groups.defs.get(*at).is_some_and(|def| {
                    let facts = self.files.facts(def.file);
                    facts.and_then(|facts| facts.decl(def.id).map(|decl| is_type(decl.kind))).unwrap_or(false)
                }),
            });
            if is_type && found.doubt.is_none() {
                return self.of_hits(file, facts, &it.name, &found.hits, true, steps);
            }
        }
        less(self.value(file, facts, id, steps), facts.is_cpp)
    }

    fn variable(&self, file: FileId, facts: &Facts, id: RefId, steps: usize) -> Known {
        let Some(asked) = facts.asked(id) else { return NOTHING };
        let found = self.find(file, facts, id, steps);
        if found.doubt.is_some() || !self.groups(&asked.name).macros.is_empty() {
            return NOTHING;
        }
        if found.hits.is_empty() {
            // A variable that a library declares; its type is the library's as well, as far as anyone can tell here.
            return NOTHING;
        }
        self.of_hits(file, facts, &asked.name, &found.hits, false, steps)
    }

    /// The record that `this` points to.
    fn this(&self, file: FileId, facts: &Facts, scope: ScopeId) -> Kind {
        let found = facts.scopes.outward(scope).find_map(|scope| match facts.scopes.kind(scope)? {
            ScopeKind::Record(record) => Some(vec![(file, *record)]),
            ScopeKind::Function(Some(owner)) => {
                let path = facts.asked(*owner).map(|it| it.path.join("::")).unwrap_or_default();
                Some(self.records_at(file, path.trim_start_matches("::"), MOST_STEPS))
            }
            ScopeKind::Function(None) | ScopeKind::Namespace(_) | ScopeKind::Block => None,
        });
        found.filter(|records| !records.is_empty()).map_or(Kind::Unknown, Kind::Records)
    }
}

fn is_type(kind: SymbolKind) -> bool {
    matches!(kind, SymbolKind::Type | SymbolKind::Class | SymbolKind::Enum)
}

/// One pointer, array or call less. What C++ makes of something that is none of these, its operators say.
fn less((kind, depth): Known, is_cpp: bool) -> Known {
    match depth.checked_sub(1) {
        Some(depth) => (kind, depth),
        None if is_cpp => NOTHING,
        None => (kind, 0),
    }
}

/// What two declarations of one thing say together: branches of a condition may differ.
fn merged(one: Option<Known>, other: Known) -> Known {
    let Some((kind, depth)) = one else { return other };
    match (kind, other.0) {
        (Kind::Records(mut records), Kind::Records(more)) => {
            records.extend(more);
            records.sort_unstable();
            records.dedup();
            (Kind::Records(records), depth)
        }
        (Kind::Unknown, _) | (_, Kind::Unknown) => NOTHING,
        (Kind::Records(records), Kind::Foreign | Kind::Plain) => (Kind::Records(records), depth),
        (Kind::Foreign | Kind::Plain, Kind::Records(records)) => (Kind::Records(records), other.1),
        (kind @ (Kind::Foreign | Kind::Plain), Kind::Foreign | Kind::Plain) => (kind, depth),
    }
}

//! From a name that is asked for to what declares it: blocks, classes with their bases, namespaces, units.

use super::{
    facts::{Facts, Owner, Ref, RefId, ScopeKind, Space},
    infer::Kind,
    world::{Def, Home, World, home_of},
};
use crate::{
    language::{
        SymbolKind,
        trees::{DeclarationId, ScopeId},
    },
    sources::FileId,
};

/// Types, bases and classes that are followed one through the other.
pub(super) const MOST_STEPS: usize = 32;

/// A record of a file.
pub(super) type RecordRef = (FileId, super::facts::RecordId);

/// What a name leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hit {
    /// A declaration of a block of the same file.
    Local(DeclarationId),
    /// One of the name's declarations, by its index in its groups.
    Shared(usize),
}

/// What was found, and whether there can be nothing else.
#[derive(Debug, Default)]
pub(super) struct Hits {
    pub(super) hits: Vec<Hit>,
    /// Why there may be more, if so.
    pub(super) doubt: Option<&'static str>,
}

impl Hits {
    fn sure(hits: Vec<Hit>) -> Self {
        Self { hits, doubt: None }
    }

    fn unsure(hits: Vec<Hit>, doubt: &'static str) -> Self {
        Self { hits, doubt: Some(doubt) }
    }
}

/// Doubts, by their codes.
pub(super) mod doubt {
    pub(crate) const BASE: &str = "unknown_base";
    pub(crate) const DEPENDENT: &str = "template";
    pub(crate) const OVERLOAD: &str = "overload";
    pub(crate) const NAMESPACE: &str = "unknown_namespace";
    pub(crate) const UNDECLARED: &str = "not_declared";
}

impl World<'_> {
    /// What a name of a file leads to.
    pub(super) fn find(&self, file: FileId, facts: &Facts, id: RefId, steps: usize) -> Hits {
        let Some(asked) = facts.asked(id) else { return Hits::default() };
        if asked.is_dependent {
            return Hits::unsure(self.all(&asked.name, file), doubt::DEPENDENT);
        }
        if !asked.path.is_empty() {
            return self.find_qualified(file, facts, asked, steps);
        }
        let mut reason = None;
        for scope in facts.scopes.outward(asked.scope) {
            if let Some(hit) = self.in_scope(file, facts, scope, asked) {
                return Hits::sure(vec![hit]);
            }
            let classes = match facts.scopes.kind(scope) {
                Some(ScopeKind::Record(record)) if facts.is_cpp => vec![(file, *record)],
                Some(ScopeKind::Function(Some(owner))) => self.classes_of(file, facts, *owner, steps),
                Some(ScopeKind::Namespace(_)) => break,
                Some(_) | None => Vec::new(),
            };
            if classes.is_empty() {
                continue;
            }
            let found = self.members(&classes, &asked.name, steps);
            if !found.hits.is_empty() {
                return found;
            }
            reason = reason.or(found.doubt);
        }
        let mut found = self.in_namespaces(file, facts, asked);
        if let Some(reason) = reason {
            let members = self.all(&asked.name, file).into_iter().filter(|hit| !found.hits.contains(hit));
            let members: Vec<Hit> = members.collect();
            found.hits.extend(members);
            found.doubt = Some(reason);
        }
        found
    }

    /// The declaration of a block that a name means.
    fn in_scope(&self, file: FileId, facts: &Facts, scope: ScopeId, asked: &Ref) -> Option<Hit> {
        let is_block = matches!(facts.scopes.kind(scope), Some(ScopeKind::Block | ScopeKind::Function(_)));
        if !is_block {
            return None;
        }
        let fits = |id: &&DeclarationId| {
            facts.scopes.declaration(**id).is_some_and(|it| {
                let space = it.data.space;
                let is_right = match (asked.is_tag, facts.is_cpp) {
                    (true, _) => space == Space::Tag,
                    (false, true) => matches!(space, Space::Tag | Space::Ordinary),
                    (false, false) => space == Space::Ordinary,
                };
                is_right && (it.from <= asked.at as usize || it.at == asked.at as usize)
            })
        };
        let found = *facts.scopes.declared(scope, &asked.name).iter().find(fits)?;
        if facts.decl(found)?.owner == Owner::Block {
            return Some(Hit::Local(found));
        }
        self.groups(&asked.name).find(file, found).map(Hit::Shared)
    }

    /// The classes that a function is defined for: `A` and `A::B` of `void A::B::f() {}`, the innermost first.
    fn classes_of(&self, file: FileId, facts: &Facts, owner: RefId, steps: usize) -> Vec<RecordRef> {
        let Some(asked) = facts.asked(owner) else { return Vec::new() };
        let path = asked.path.join("::");
        self.records_at(file, path.trim_start_matches("::"), steps)
    }

    /// The records of a path, as far as it is written.
    pub(super) fn records_at(&self, file: FileId, path: &str, _steps: usize) -> Vec<RecordRef> {
        let last = path.rsplit("::").next().unwrap_or(path);
        let groups = self.groups(last);
        let mut found = Vec::new();
        for def in groups.defs.iter().filter(|def| self.includes.meet(def.file, file)) {
            let Some(facts) = self.files.facts(def.file) else { continue };
            let Some(record) = facts.decl(def.id).and_then(|decl| decl.record) else { continue };
            let own = facts.record(record).and_then(|it| it.path.clone()).unwrap_or_default();
            if own.strip_suffix(path).is_some_and(|front| front.is_empty() || front.ends_with("::")) {
                found.push((def.file, record));
            }
        }
        found
    }

    /// A member of some records: their own, else those of what they are derived from.
    pub(super) fn members(&self, records: &[RecordRef], name: &str, steps: usize) -> Hits {
        let mut found = Hits::default();
        for record in records {
            let own = self.own_members(*record, name);
            let Some(facts) = self.files.facts(record.0) else { continue };
            let Some(it) = facts.record(record.1) else { continue };
            if own.is_empty() && it.is_flawed {
                found.doubt = Some("not_understood");
            }
            if !own.is_empty() {
                found.hits.extend(own);
                continue;
            }
            for base in &it.bases {
                if steps == 0 {
                    found.doubt = Some(doubt::BASE);
                    break;
                }
                let inherited = match self.kind(record.0, base, steps - 1).0 {
                    Kind::Records(bases) => self.members(&bases, name, steps - 1),
                    Kind::Foreign | Kind::Unknown | Kind::Plain => Hits::unsure(Vec::new(), doubt::BASE),
                };
                found.hits.extend(inherited.hits);
                found.doubt = found.doubt.or(inherited.doubt);
            }
        }
        if !found.hits.is_empty() && found.doubt == Some(doubt::BASE) {
            found.doubt = None;
        }
        found.hits.dedup();
        found
    }

    /// The members that a record has itself.
    pub(super) fn own_members(&self, record: RecordRef, name: &str) -> Vec<Hit> {
        let Some(facts) = self.files.facts(record.0) else { return Vec::new() };
        let home = home_of(record.0, &facts, record.1);
        let groups = self.groups(name);
        let is_it =
            |def: &Def| def.space == Space::Member && def.home == home && self.includes.meet(def.file, record.0);
        let found = groups.defs.iter().enumerate().filter(|(_, def)| is_it(def));
        found.map(|(at, _)| Hit::Shared(at)).collect()
    }

    /// `a::b`: what stands before is a class, a namespace, or unknown.
    fn find_qualified(&self, file: FileId, facts: &Facts, asked: &Ref, steps: usize) -> Hits {
        let path = asked.path.join("::");
        let path = path.trim_start_matches("::");
        let groups = self.groups(&asked.name);
        let seen = |def: &&(usize, &Def)| self.includes.meet(def.1.file, file);
        let ends =
            |other: &str| other.strip_suffix(path).is_some_and(|front| front.is_empty() || front.ends_with("::"));
        let indexed: Vec<(usize, &Def)> = groups.defs.iter().enumerate().collect();
        let direct: Vec<Hit> = indexed
            .iter()
            .filter(seen)
            .filter(|(_, def)| match &def.home {
                Home::Namespace(other) => path.is_empty() && other.is_empty() || !path.is_empty() && ends(other),
                Home::Record(other) => !path.is_empty() && ends(other),
                Home::Alone(..) => false,
            })
            .map(|(at, _)| Hit::Shared(*at))
            .collect();
        if !direct.is_empty() || path.is_empty() {
            return Hits::sure(direct);
        }
        if let Some(local) = asked.path.first().and_then(|first| Self::template_parameter(facts, asked, first)) {
            return Hits::unsure(self.all(&asked.name, file), local);
        }
        let records = self.records_at(file, path, steps);
        if !records.is_empty() {
            let found = self.members(&records, &asked.name, steps);
            let is_foreign = found.hits.is_empty() && found.doubt.is_none();
            return if is_foreign { Hits::unsure(self.all(&asked.name, file), doubt::NAMESPACE) } else { found };
        }
        // A name of these sources that is no record here: an alias, a type's other name, a namespace that goes on elsewhere.
        let first = asked.path.iter().find(|part| !part.is_empty());
        let is_known = first.is_some_and(|first| !self.groups(first).defs.is_empty() || facts.used.contains(first));
        let is_alias =
            first.is_some_and(|first| facts.names(first).iter().any(|it| it.role == crate::language::Role::Import));
        if is_known || is_alias {
            return Hits::unsure(self.all(&asked.name, file), doubt::NAMESPACE);
        }
        Hits::default()
    }

    fn template_parameter(facts: &Facts, asked: &Ref, first: &str) -> Option<&'static str> {
        let found = facts.scopes.find(asked.scope, first, asked.at as usize)?;
        let decl = facts.decl(found)?;
        (decl.owner == Owner::Block && decl.kind != SymbolKind::Package).then_some(doubt::DEPENDENT)
    }

    /// Every declaration of a name that is not of a block and that some unit sees with a file.
    pub(super) fn all(&self, name: &str, file: FileId) -> Vec<Hit> {
        let groups = self.groups(name);
        let seen = groups.defs.iter().enumerate().filter(|(_, def)| self.includes.meet(def.file, file));
        seen.map(|(at, _)| Hit::Shared(at)).collect()
    }

    /// The innermost namespace that has the name.
    fn in_namespaces(&self, file: FileId, facts: &Facts, asked: &Ref) -> Hits {
        let groups = self.groups(&asked.name);
        let fits = |def: &Def| {
            matches!(def.home, Home::Namespace(_))
                && match (asked.is_tag, facts.is_cpp) {
                    (true, _) => def.space == Space::Tag,
                    (false, true) => matches!(def.space, Space::Tag | Space::Ordinary),
                    (false, false) => def.space == Space::Ordinary,
                }
        };
        let all: Vec<(usize, &Def)> = groups.defs.iter().enumerate().filter(|(_, def)| fits(def)).collect();
        let direct: Vec<_> = all.iter().filter(|(_, def)| self.includes.sees(file, def.file)).copied().collect();
        let together = || all.iter().filter(|(_, def)| self.includes.meet(file, def.file)).copied().collect::<Vec<_>>();
        let seen = if direct.is_empty() { together() } else { direct };
        if seen.is_empty() {
            let external: Vec<Hit> =
                all.iter().filter(|(at, _)| groups.is_external(*at)).map(|(at, _)| Hit::Shared(*at)).collect();
            return if external.is_empty() || asked.is_tag {
                Hits::default()
            } else {
                Hits::unsure(external, doubt::UNDECLARED)
            };
        }
        let mut path = Some(Self::namespace_of(facts, asked.scope));
        while let Some(here) = path {
            let level: Vec<_> =
                seen.iter().filter(|(_, def)| def.home == Home::Namespace(here.as_str().into())).collect();
            if !level.is_empty() {
                let has_values = level.iter().any(|(_, def)| def.space == Space::Ordinary);
                let level = level.iter().filter(|(_, def)| !has_values || def.space == Space::Ordinary);
                let hits: Vec<Hit> = level.map(|(at, _)| Hit::Shared(*at)).collect();
                let elsewhere = seen.iter().any(|(at, _)| !hits.contains(&Hit::Shared(*at)));
                let is_call = facts.is_cpp
                    && facts.names(&asked.name).iter().any(|it| it.span.start == asked.at && it.has_arguments);
                let home = Home::Namespace(here.as_str().into());
                let is_open = elsewhere && is_call && seen.iter().any(|(_, def)| def.home != home);
                if is_open {
                    return Hits::unsure(seen.iter().map(|(at, _)| Hit::Shared(*at)).collect(), doubt::OVERLOAD);
                }
                return Hits::sure(hits);
            }
            path = match here.rsplit_once("::") {
                Some((outer, _)) => Some(outer.to_owned()),
                None if here.is_empty() => None,
                None => Some(String::new()),
            };
        }
        Self::brought_in(facts, asked, &seen)
    }

    /// What only `using` can bring in.
    fn brought_in(facts: &Facts, asked: &Ref, seen: &[(usize, &Def)]) -> Hits {
        let is_used = |def: &Def| match &def.home {
            Home::Namespace(path) => {
                let last = path.rsplit("::").next().unwrap_or(path);
                facts.used.iter().any(|used| **used == *last || *used == asked.name)
            }
            Home::Record(_) | Home::Alone(..) => false,
        };
        let hits: Vec<Hit> = seen.iter().map(|(at, _)| Hit::Shared(*at)).collect();
        let is_sure = seen.iter().all(|(_, def)| is_used(def));
        if is_sure { Hits::sure(hits) } else { Hits::unsure(hits, doubt::NAMESPACE) }
    }

    fn namespace_of(facts: &Facts, scope: ScopeId) -> String {
        let owner = facts.scopes.outward(scope).find_map(|scope| match facts.scopes.kind(scope)? {
            ScopeKind::Function(Some(owner)) => Some(*owner),
            _ => None,
        });
        let lexical = facts.scopes.outward(scope).find_map(|scope| match facts.scopes.kind(scope)? {
            ScopeKind::Namespace(path) => Some(path.to_string()),
            ScopeKind::Record(_) | ScopeKind::Function(_) | ScopeKind::Block => None,
        });
        let lexical = lexical.unwrap_or_default();
        // What is defined for `a::f` sees the names of `a`.
        let qualifier = owner.and_then(|owner| facts.asked(owner)).map(|it| it.path.join("::")).unwrap_or_default();
        let qualifier = qualifier.trim_start_matches("::");
        match (lexical.is_empty(), qualifier.is_empty()) {
            (_, true) => lexical,
            (true, false) => qualifier.to_owned(),
            (false, false) => format!("{lexical}::{qualifier}"),
        }
    }
}

//! Where code lists names, or asks for some that are data, over all files: with what it asks. That follows from the sources alone,
//! so it is worked out once for all questions about the same files.

use std::{collections::BTreeSet, sync::Arc};

use super::{Module, Type, Types, World};
use crate::{
    language::python::facts::{Expression, Facts, Id, Name},
    sources::FileId,
};

/// Functions that list the names of what they are given.
const LISTERS: [&str; 3] = ["vars", "dir", "getmembers"];

/// Functions that are asked for an attribute by its name.
const ASKERS: [&str; 4] = ["getattr", "setattr", "delattr", "hasattr"];

/// All such places.
#[derive(Debug, Default)]
pub(crate) struct Reflected {
    /// `vars(x)`, `dir(x)`, `x.__dict__`.
    pub(crate) listings: Vec<Listing>,
    /// `getattr(module, name)`, where the name is not written.
    pub(crate) modules: Vec<(FileId, u32, Module)>,
    /// Whether any code asks for an attribute by a name that is not written there.
    pub(crate) is_asked_by_data: bool,
}

/// An expression that lists names.
#[derive(Debug)]
pub(crate) struct Listing {
    pub(crate) file: FileId,
    /// Where what has them begins.
    pub(crate) at: u32,
    /// What has them, by its last name.
    pub(crate) name: Option<Name>,
    /// What that may be.
    pub(crate) kinds: Types,
    /// Whether those of an object's class are among them.
    pub(crate) is_whole: bool,
}

impl World<'_> {
    /// What is known of all files, or found out now.
    pub(crate) fn reflected(&self) -> Arc<Reflected> {
        if let Some(known) = self.files.known_reflected() {
            return known;
        }
        let mut found = Reflected::default();
        self.find_listings(&mut found);
        self.find_asked(&mut found);
        let found = Arc::new(found);
        if self.check().is_ok() {
            self.files.keep_reflected(&found);
        }
        found
    }

    fn find_listings(&self, found: &mut Reflected) {
        for file in self.holding_one(&[LISTERS.as_slice(), &["__dict__"]].concat()) {
            let text = self.sources.text(file).unwrap_or_default();
            if !LISTERS.iter().any(|word| text.contains(&format!("{word}("))) && !text.contains(".__dict__") {
                continue;
            }
            let facts = self.known(file);
            let listed = facts.expressions.iter().filter_map(|(_, one)| listed(&facts, one));
            found.listings.extend(listed.map(|(of, at, is_whole)| {
                let name = facts.last_name(of).cloned();
                Listing { file, at, name, kinds: self.infer(file, of), is_whole }
            }));
        }
    }

    fn find_asked(&self, found: &mut Reflected) {
        for file in self.holding_one(&ASKERS) {
            let facts = self.known(file);
            for (_, one) in facts.expressions.iter() {
                let Some((function, object)) = asked_by_data(&facts, one) else { continue };
                found.is_asked_by_data = true;
                let Some(at) = start(&facts, function) else { continue };
                let kinds = self.infer(file, object);
                found.modules.extend(kinds.iter().filter_map(|kind| match kind {
                    Type::Module(module) => Some((file, at, module.clone())),
                    _ => None,
                }));
            }
        }
    }

    /// The files that hold one of some words.
    fn holding_one(&self, words: &[&str]) -> BTreeSet<FileId> {
        words.iter().flat_map(|word| self.holders(word).to_vec()).collect()
    }
}

/// What lists names: of what, where that begins, and whether those of an object's class are among them.
fn listed(facts: &Facts, it: &Expression) -> Option<(Id<Expression>, u32, bool)> {
    match it {
        Expression::Attribute { of, name } if name == "__dict__" => Some((*of, start(facts, *of)?, false)),
        Expression::Call { of, arguments, .. } => {
            let name = facts.last_name(*of).filter(|name| LISTERS.contains(&name.as_str()))?;
            let first = arguments.first().filter(|argument| !argument.spread)?;
            Some((first.value, start(facts, *of)?, *name != "vars"))
        }
        _ => None,
    }
}

/// What asks an object for an attribute whose name is not written there, and the object.
fn asked_by_data(facts: &Facts, it: &Expression) -> Option<(Id<Expression>, Id<Expression>)> {
    let Expression::Call { of, arguments, .. } = it else { return None };
    facts.last_name(*of).filter(|name| ASKERS.contains(&name.as_str()))?;
    let (object, name) = (arguments.first()?, arguments.get(1)?);
    (!matches!(facts.expressions.get(name.value), Expression::Text)).then_some((*of, object.value))
}

/// Where a name, or the first of a chain of attributes, stands.
pub(crate) fn start(facts: &Facts, mut it: Id<Expression>) -> Option<u32> {
    loop {
        match facts.expressions.get(it) {
            Expression::Attribute { of, .. } | Expression::Call { of, .. } | Expression::Subscript { of, .. } => {
                it = *of;
            }
            Expression::Name(lookup) => return Some(facts.lookups.get(*lookup).at),
            _ => return None,
        }
    }
}

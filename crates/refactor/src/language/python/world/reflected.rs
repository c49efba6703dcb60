//! Where code lists names, reads them, or asks for some that are data, over all files: with what it asks. That follows from the sources alone,
//! so it is worked out once for all questions about the same files.

use std::{collections::BTreeSet, sync::Arc};

use super::{Types, World};
use crate::{
    language::python::facts::{Beginnings, Expression, Facts, How, Id, Name},
    sources::FileId,
};

/// Functions that list the names of what they are given.
const LISTERS: [&str; 3] = ["vars", "dir", "getmembers"];

/// Functions that are asked for an attribute by its name.
const ASKERS: [&str; 4] = ["getattr", "setattr", "delattr", "hasattr"];

/// What functions and classes are called.
const NAMES: [&str; 2] = ["__name__", "__qualname__"];

/// Methods that are told the name of an attribute that somebody asks for.
const HOOKS: [&str; 4] = ["__getattr__", "__getattribute__", "__setattr__", "__delattr__"];

/// All such places.
#[derive(Debug, Default)]
pub(crate) struct Reflected {
    /// `vars(x)`, `dir(x)`, `x.__dict__`.
    pub(crate) listings: Vec<Listing>,
    /// `getattr(x, name)`, where the name is not written.
    pub(crate) asked: Vec<Asked>,
    /// `x.__name__`.
    pub(crate) named: Vec<Named>,
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

/// An expression that says what something is called.
#[derive(Debug)]
pub(crate) struct Named {
    pub(crate) file: FileId,
    /// Where it begins.
    pub(crate) at: u32,
    /// What is asked, by its last name.
    pub(crate) name: Option<Name>,
    /// What that may be.
    pub(crate) kinds: Types,
    /// Whether it is the class of an object: `type(x)`, `x.__class__`.
    pub(crate) is_of_class: bool,
}

/// A call that asks for an attribute whose name is not written there.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) file: FileId,
    /// Where it begins.
    pub(crate) at: u32,
    /// What is asked.
    pub(crate) kinds: Types,
    /// How the name begins.
    pub(crate) name: Beginnings,
    /// Whether it hands on what it is asked itself, as `__getattr__` does: that is written elsewhere.
    pub(crate) is_handed_on: bool,
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
        self.find_named(&mut found);
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
            let asked = facts.expressions.iter().filter_map(|(_, one)| {
                let (function, object, name) = asked_by_data(&facts, one)?;
                let at = start(&facts, function)?;
                let kinds = self.infer(file, object);
                let is_handed_on = is_told_by_hook(&facts, name);
                Some(Asked { file, at, kinds, name: facts.beginnings(name), is_handed_on })
            });
            found.asked.extend(asked);
        }
    }

    fn find_named(&self, found: &mut Reflected) {
        for file in self.holding_one(&NAMES) {
            let facts = self.known(file);
            let named = facts.expressions.iter().filter_map(|(_, one)| {
                let Expression::Attribute { of, name } = one else { return None };
                let at = start(&facts, *of).filter(|_| NAMES.contains(&name.as_str()))?;
                let asked = facts.last_name(*of).cloned();
                let is_of_class = asked.as_ref().is_some_and(|name| name == "type" || name == "__class__");
                Some(Named { file, at, name: asked, kinds: self.infer(file, *of), is_of_class })
            });
            found.named.extend(named);
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

/// What asks an object for an attribute whose name is not written there, the object, and the name.
fn asked_by_data(facts: &Facts, it: &Expression) -> Option<(Id<Expression>, Id<Expression>, Id<Expression>)> {
    let Expression::Call { of, arguments, .. } = it else { return None };
    facts.last_name(*of).filter(|name| ASKERS.contains(&name.as_str()))?;
    let (object, name) = (arguments.first()?.value, arguments.get(1)?.value);
    (!matches!(facts.expressions.get(name), Expression::Text)).then_some((*of, object, name))
}

/// Whether a name is what a method like `__getattr__` is asked for.
fn is_told_by_hook(facts: &Facts, name: Id<Expression>) -> bool {
    let Expression::Name(lookup) = facts.expressions.get(name) else { return false };
    let variable = facts.lookups.get(*lookup).variable;
    let bindings = variable.map(|it| facts.variables.get(it).bindings.as_slice()).unwrap_or_default();
    bindings.iter().any(|bound| match bound.how {
        How::Parameter(function, _) => {
            let function = facts.functions.get(function);
            function.class.is_some() && HOOKS.contains(&function.name.as_str())
        }
        _ => false,
    })
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

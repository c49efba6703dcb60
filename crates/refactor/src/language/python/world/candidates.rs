//! All that an unknown object, call or key may lead to.

use std::ops::Range;

use super::{ClassRef, Found, Module, Modules, World, families::own_bindings};
use crate::{
    language::{
        Entity, Prose,
        python::{
            facts::{Bound, Expression, Facts, How, Id, Name, Variable},
            prefixes::{importing, imports_made_up},
        },
    },
    sources::FileId,
    words::{Words, is_letter},
};

impl World<'_> {
    /// Symbols that `super().name` in a class may lead to in a class that inherits from it and from others.
    pub(crate) fn after_in_heirs(&self, class: ClassRef, name: &str) -> Vec<Entity> {
        let family = self.family(name);
        let heirs = self.heirs(class);
        let found = heirs.iter().filter_map(|heir| match self.find_member(*heir, name, Some(class)) {
            Found::Own(definer) | Found::Hidden(definer) => family.of(definer).cloned(),
            Found::Library | Found::Open | Found::Nowhere => None,
        });
        found.collect()
    }

    /// Parameters of a name, of all functions, methods and constructors that are called so.
    pub(crate) fn parameters_of_functions(&self, callee: &Name, name: &Name) -> Vec<Entity> {
        let mut found = Vec::new();
        for file in self.holders(callee).iter() {
            let Ok(facts) = self.facts(*file) else { continue };
            for (id, function) in facts.functions.iter() {
                let is_called_so = function.name == *callee || is_constructor(&facts, function, callee);
                if is_called_so && function.parameters.iter().any(|one| one.name == *name) {
                    found.extend(self.parameter_entity((*file, id), name));
                }
            }
            // A callable that is kept in an attribute may be any.
            if keeps_in_attributes(&facts, callee) {
                return self.all_parameters(name);
            }
        }
        found
    }

    /// Whether objects keep values under a name, functions that somebody hands over among them.
    pub(crate) fn is_kept_in_attributes(&self, name: &Name) -> bool {
        self.holders(name).iter().any(|file| keeps_in_attributes(&self.known(*file), name))
    }

    /// Annotated or assigned names of class bodies: what a library may make parameters of.
    pub(crate) fn fields(&self, name: &Name) -> Vec<Entity> {
        let family = self.family(name);
        let is_field = |class: &ClassRef| {
            let facts = self.known(class.0);
            let variable = facts.variable(facts.classes.get(class.1).scope, name);
            let bindings =
                variable.map(|variable| facts.variables.get(variable).bindings.as_slice()).unwrap_or_default();
            bindings.iter().any(|bound| matches!(bound.how, How::Annotated(_) | How::Value(_)))
        };
        let found = family.definers().filter(is_field).filter_map(|class| family.of(class).cloned());
        found.collect()
    }

    /// Keys of typed dictionaries.
    pub(crate) fn keys(&self, name: &Name) -> Vec<Entity> {
        let family = self.family(name);
        let is_typed = |class: &ClassRef| {
            let lineage = self.lineage(*class);
            lineage.iter().any(|one| matches!(one, super::Ancestor::Library(path) if path.ends_with(".TypedDict")))
        };
        let mut found: Vec<_> =
            family.definers().filter(is_typed).filter_map(|class| family.of(class).cloned()).collect();
        found.sort();
        found.dedup();
        found
    }

    /// The names of modules that are handled as values, so that nobody knows who reads their attributes.
    pub(crate) fn names_of_loose_modules(&self, name: &Name) -> Vec<Entity> {
        let mut found = Vec::new();
        for file in self.holders(name).iter() {
            let Ok(facts) = self.facts(*file) else { continue };
            let Some(variable) = facts.variable(Facts::MODULE, name) else { continue };
            let module = Modules::module_of(self.sources, *file);
            if let super::Meaning::Own(file, variable) = self.meaning(*file, variable)
                && self.is_loose(&module)
            {
                let known = self.known(file);
                let first = known.variables.get(variable).definition().map_or(0, |bound| bound.span.start);
                found.push(self.canonical(file, first));
            }
        }
        found
    }

    /// Whether a module is passed on, kept, or asked for attributes by name.
    fn is_loose(&self, module: &Module) -> bool {
        if let Some(known) = self.loose.borrow().get(module) {
            return *known;
        }
        self.loose.borrow_mut().insert(module.clone(), false);
        let name = self.modules.dotted(self.sources, module);
        let last = name.rsplit('.').next().unwrap_or(&name).to_owned();
        let found = !last.is_empty()
            && (self.holders(&last).iter().any(|file| self.lets_go(*file, module, &last))
                || self.is_imported_by_a_text(module, &last));
        self.loose.borrow_mut().insert(module.clone(), found);
        found
    }

    /// Whether a text names a module where modules are asked for by texts: `import_module("a.b")`, `sys.modules[__name__]`.
    fn is_imported_by_a_text(&self, module: &Module, last: &str) -> bool {
        let is_named = |file: FileId| {
            let facts = self.known(file);
            let text = self.sources.text(file).unwrap_or_default();
            Words::new(last).of(&text).any(|word| is_path_to(&facts, &text, &word))
                || !imports_made_up(self, file, module).is_empty()
        };
        importing(self).into_iter().any(is_named)
            || self.modules.file_of(module).is_some_and(|file| self.holders("sys.modules").contains(&file))
    }

    /// Whether a file handles a module as a value.
    fn lets_go(&self, file: FileId, module: &Module, last: &str) -> bool {
        let facts = self.known(file);
        if !facts.imports.iter().any(|(import, _)| names(&facts, import, last)) {
            return false;
        }
        let named = facts.variables.iter().filter(|(_, variable)| {
            variable.bindings.iter().any(|bound| match bound.how {
                How::Import(import) => names(&facts, import, last),
                _ => false,
            })
        });
        let values: Vec<_> = named.map(|(id, _)| (id, self.value_of(file, id))).collect();
        // Nobody knows what was imported there: it may be this.
        if values.iter().any(|(_, value)| value.is_unknown()) {
            return true;
        }
        let is_module = |one: &super::Type| *one == super::Type::Module(module.clone());
        let named: Vec<Id<Variable>> =
            values.iter().filter(|(_, value)| value.iter().any(is_module)).map(|(id, _)| *id).collect();
        if named.is_empty() {
            return false;
        }
        let is_it = |id: Id<Expression>| match facts.expressions.get(id) {
            Expression::Name(lookup) => facts.lookups.get(*lookup).variable.is_some_and(|one| named.contains(&one)),
            _ => false,
        };
        let all = facts.expressions.iter().filter(|(id, _)| is_it(*id)).count();
        let asked =
            facts.expressions.iter().filter(|(_, one)| matches!(one, Expression::Attribute { of, .. } if is_it(*of)));
        let written = facts.outside_writes.iter().filter(|write| is_it(write.of));
        asked.count() + written.count() < all
    }
}

fn names(facts: &Facts, import: Id<crate::language::python::facts::Import>, last: &str) -> bool {
    let import = facts.imports.get(import);
    let is_name = matches!(&import.what, crate::language::python::facts::Imported::Name(name) if name == last);
    is_name || import.module.iter().any(|(name, _)| name == last)
}

/// Whether a word is the end of a text that is a module's dotted name.
fn is_path_to(facts: &Facts, text: &str, word: &Range<usize>) -> bool {
    let Some((whole, Prose::String)) = facts.prose_around(word.start) else { return false };
    let (before, after) = (text.get(whole.start..word.start), text.get(word.end..whole.end));
    let is_dotted = |letter: char| letter == '.' || is_letter(letter);
    let before = before.unwrap_or_default().trim_start_matches(['"', '\'']);
    before.chars().all(is_dotted) && after.is_some_and(|after| after.starts_with(['"', '\'']))
}

fn keeps_in_attributes(facts: &Facts, name: &Name) -> bool {
    let is_value = |bound: &Bound| !matches!(bound.how, How::Function(_) | How::Class(_));
    facts.classes.iter().any(|(id, _)| own_bindings(facts, id, name).any(is_value))
        || facts.outside_writes.iter().any(|write| write.name == *name)
}

fn is_constructor(facts: &Facts, function: &crate::language::python::facts::Function, class: &Name) -> bool {
    matches!(function.name.as_str(), "__init__" | "__new__")
        && function.class.is_some_and(|id| facts.classes.get(id).name == *class)
}

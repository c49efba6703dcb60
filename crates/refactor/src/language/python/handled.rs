//! Functions and classes that are handled as values: who gets one may call it by whatever name, with arguments whose names are
//! data, and may look at its parameters.

use std::collections::BTreeSet;

use super::{
    clashes::{Question, place},
    facts::{Expression, Facts, How, Id, Imported, Name},
    given::{Taker, is_handed_on},
    world::{Type, Types, start},
};
use crate::{language::Clash, sources::FileId};

/// Functions that ask what something is, and do not call it.
const ASKING_WHAT: [&str; 6] = ["isinstance", "issubclass", "super", "cast", "type", "repr"];

/// How functions name the arguments with which they call what they are given (`threading.Thread`, `multiprocessing.Process`).
const KEYWORDS: [&str; 4] = ["kwargs", "kwds", "keywords", "kw"];

/// Functions that tell a function's parameters.
const TELLING: [&str; 5] = ["signature", "getfullargspec", "getargspec", "getcallargs", "get_type_hints"];

/// A function's attributes that tell its parameters.
const TOLD: [&str; 3] = ["__code__", "__annotations__", "__kwdefaults__"];

/// The most places that are told where something is handed over.
const MOST_PLACES: usize = 8;

/// An expression of a file.
type Value = (FileId, Id<Expression>);

/// What is done with a value that may be the taker.
#[derive(Default)]
struct Uses {
    /// With the taker, by another name.
    ours: Vec<(FileId, u32)>,
    /// With so many values that nobody knows.
    unknown: usize,
}

impl Question<'_, '_> {
    /// Where code that gets the taker as a value gives it arguments whose names are data, or asks for their names.
    pub(super) fn given_as_a_value(&self, taker: &Taker) -> Vec<Clash> {
        let values = self.handled(taker);
        if values.is_empty() {
            return Vec::new();
        }
        let mut found = self.given_along(&values);
        let called = self.called_as_a_value(taker);
        found.extend(called.ours.iter().map(|(file, at)| self.given_by_data_at(*file, *at)));
        found.extend(self.handed_over(
            &values,
            "given_by_data",
            "called with arguments whose names are data",
            called.unknown,
        ));
        let read = self.parameters_read(taker);
        found.extend(read.ours.iter().map(|(file, at)| Clash {
            code: "reads_parameters",
            message: format!("the names of a function's parameters are read here, `{}` may be one", self.symbol.name),
            place: Some(place(*file, *at as usize, 1)),
        }));
        found.extend(self.handed_over(
            &values,
            "reads_parameters",
            "asked for the names of their parameters",
            read.unknown,
        ));
        found
    }

    /// Where the taker is handed over, if it may be one of so many values that nobody knows.
    fn handed_over(&self, values: &[Value], code: &'static str, done: &str, unknown: usize) -> Vec<Clash> {
        let places = values.iter().filter_map(|(file, id)| Some((*file, start(&self.world.known(*file), *id)?)));
        let clash = |(file, at): (FileId, u32)| Clash {
            code,
            message: format!("it is handed over here, and {unknown} values that nobody knows are {done}"),
            place: Some(place(file, at as usize, 1)),
        };
        places.filter(|_| unknown > 0).take(MOST_PLACES).map(clash).collect()
    }

    /// The expressions that are the taker, and neither call it nor look into it.
    pub(super) fn handled(&self, taker: &Taker) -> Vec<Value> {
        let names = self.names_of(taker);
        let files: BTreeSet<FileId> = names.iter().flat_map(|name| self.world.holders(name).to_vec()).collect();
        let mut found = Vec::new();
        for file in files {
            let facts = self.world.known(file);
            let inert = inert(&facts);
            let maybe = facts.expressions.iter().filter(|(id, _)| !inert.contains(id) && may_name(&facts, *id, &names));
            found.extend(maybe.map(|(id, _)| (file, id)).filter(|(file, id)| {
                let kinds = self.world.infer(*file, *id);
                self.is_taker(taker, &kinds)
            }));
        }
        found
    }

    /// What a taker is called where it is defined; of a class, also what its heirs are.
    fn names_of(&self, taker: &Taker) -> BTreeSet<Name> {
        match taker {
            Taker::Function((file, function)) => {
                BTreeSet::from([self.world.known(*file).functions.get(*function).name.clone()])
            }
            Taker::Class(class) => {
                let heirs = self.world.heirs(*class);
                let all = std::iter::once(class).chain(heirs.iter());
                all.map(|(file, class)| self.world.known(*file).classes.get(*class).name.clone()).collect()
            }
            Taker::Called(_) => BTreeSet::new(),
        }
    }

    /// `submit(f, **found)`, `Thread(target=f, kwargs=found)`
    fn given_along(&self, values: &[Value]) -> Vec<Clash> {
        let mut found = Vec::new();
        for (file, facts) in values.iter().map(|(file, _)| (*file, self.world.known(*file))) {
            let is_ours = |id: Id<Expression>| values.contains(&(file, id));
            for (_, one) in facts.expressions.iter() {
                let Expression::Call { of, arguments, .. } = one else { continue };
                let gives = arguments.iter().any(|one| is_ours(one.value));
                let names_them = arguments.iter().enumerate().any(|(index, one)| match &one.name {
                    Some(name) => KEYWORDS.contains(&name.as_str()),
                    None if one.spread => !is_handed_on(&facts, one.value) && is_named(&facts, one.value),
                    // `Timer(1, f, (), {"a": 1})`
                    None => index > 1 && matches!(facts.expressions.get(one.value), Expression::Values(_)),
                });
                if gives && names_them {
                    found.extend(start(&facts, *of).map(|at| self.given_by_data_at(file, at)));
                }
            }
        }
        found
    }

    /// `f(**found)` where `f` is nobody knows what, or the taker by another name.
    fn called_as_a_value(&self, taker: &Taker) -> Uses {
        let mut uses = Uses::default();
        for (file, facts, spread) in self.spreads(self.world.holders("**").to_vec()) {
            let kinds = self.world.infer(file, spread.of);
            if self.is_taker(taker, &kinds) {
                uses.ours.push((file, spread.at));
            } else if kinds.is_unknown() && self.may_be_a_value(&facts, spread.of) {
                uses.unknown += 1;
            }
        }
        uses
    }

    /// `inspect.signature(f).parameters`, `f.__code__.co_varnames`
    fn parameters_read(&self, taker: &Taker) -> Uses {
        let words = TELLING.iter().chain(&TOLD);
        let files: BTreeSet<FileId> = words.flat_map(|word| self.world.holders(word).to_vec()).collect();
        let mut uses = Uses::default();
        for file in files {
            let facts = self.world.known(file);
            for asked in facts.expressions.iter().filter_map(|(_, one)| asked_for_parameters(&facts, one)) {
                let kinds = self.world.infer(file, asked);
                if self.is_taker(taker, &kinds) {
                    uses.ours.extend(start(&facts, asked).map(|at| (file, at)));
                } else if kinds.is_unknown() {
                    uses.unknown += 1;
                }
            }
        }
        uses
    }

    /// Whether one of some values may be the taker.
    fn is_taker(&self, taker: &Taker, kinds: &Types) -> bool {
        kinds.iter().any(|one| match (taker, one) {
            (Taker::Function(function), Type::Function(it)) => it == function,
            (Taker::Class(class), Type::Class(it)) => self.world.own_lineage(*it).contains(class),
            _ => false,
        })
    }

    /// Whether what is called, and nobody knows, may be a function that was kept or handed over: a method of an unknown object is
    /// none unless something is kept under its name.
    fn may_be_a_value(&self, facts: &Facts, callee: Id<Expression>) -> bool {
        match facts.expressions.get(callee) {
            Expression::Attribute { name, .. } => self.world.is_kept_in_attributes(name),
            _ => true,
        }
    }
}

/// Whether what is spread are arguments with names: of `*found` nobody keeps the value.
fn is_named(facts: &Facts, value: Id<Expression>) -> bool {
    !matches!(facts.expressions.get(value), Expression::Opaque)
}

/// Whether an expression may name something that is called like this where it is defined.
fn may_name(facts: &Facts, id: Id<Expression>, names: &BTreeSet<Name>) -> bool {
    match facts.expressions.get(id) {
        Expression::Attribute { name, .. } => names.contains(name),
        Expression::Name(lookup) => {
            let lookup = facts.lookups.get(*lookup);
            names.contains(&lookup.name)
                || lookup.variable.is_some_and(|variable| {
                    facts.variables.get(variable).bindings.iter().any(|bound| match bound.how {
                        How::Import(import) => {
                            matches!(&facts.imports.get(import).what, Imported::Name(name) if names.contains(name))
                        }
                        _ => false,
                    })
                })
        }
        _ => false,
    }
}

/// Expressions whose value goes nowhere: what is called or looked into, classes' bases, decorators, annotations, and what only says
/// of which class something is.
fn inert(facts: &Facts) -> BTreeSet<Id<Expression>> {
    let mut heads = Vec::new();
    for (_, one) in facts.expressions.iter() {
        match one {
            Expression::Attribute { of, .. } => heads.push(*of),
            Expression::Subscript { of, index } => heads.extend([*of, *index]),
            Expression::Union(left, right) => heads.extend([*left, *right]),
            Expression::Quoted(inner) => heads.push(*inner),
            Expression::Call { of, arguments, .. } => {
                heads.push(*of);
                let asks = facts.last_name(*of).is_some_and(|name| ASKING_WHAT.contains(&name.as_str()));
                heads.extend(arguments.iter().filter(|_| asks).map(|argument| argument.value));
            }
            _ => {}
        }
    }
    for (_, class) in facts.classes.iter() {
        heads.extend(class.bases.iter().chain(&class.decorators).chain(&class.metaclass));
    }
    for (_, function) in facts.functions.iter() {
        let annotations = function.parameters.iter().filter_map(|parameter| parameter.annotation);
        heads.extend(function.decorators.iter().copied().chain(function.returns).chain(annotations));
    }
    for bound in facts.variables.iter().flat_map(|(_, variable)| &variable.bindings) {
        if let How::Annotated(it) | How::Caught(it) = bound.how {
            heads.push(it);
        }
    }
    heads.extend(facts.lookups.iter().filter_map(|(_, lookup)| lookup.narrowed.as_ref().map(|(_, classes)| *classes)));
    whole(facts, heads)
}

/// Some expressions, with the elements of those that are tuples or lists.
fn whole(facts: &Facts, mut next: Vec<Id<Expression>>) -> BTreeSet<Id<Expression>> {
    let mut all = BTreeSet::new();
    while let Some(id) = next.pop() {
        if all.insert(id)
            && let Expression::Tuple(elements) | Expression::Many(_, elements) = facts.expressions.get(id)
        {
            next.extend(elements);
        }
    }
    all
}

/// Whose parameters an expression tells, if it is one that does.
fn asked_for_parameters(facts: &Facts, it: &Expression) -> Option<Id<Expression>> {
    match it {
        Expression::Attribute { of, name } if TOLD.contains(&name.as_str()) => Some(*of),
        Expression::Call { of, arguments, .. } => {
            let name = facts.last_name(*of)?;
            let first = arguments.first().filter(|argument| !argument.spread)?;
            TELLING.contains(&name.as_str()).then_some(first.value)
        }
        _ => None,
    }
}

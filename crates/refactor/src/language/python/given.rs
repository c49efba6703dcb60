//! Where arguments and members are named by data: `f(**found)`, `Colour[name]`.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    clashes::{Question, place},
    facts::{Expression, Facts, How, Id, Name, ParameterKind},
    world::{Ancestor, ClassRef, FunctionRef, Type, start},
};
use crate::{
    language::{Clash, SymbolKind},
    sources::FileId,
};

/// What takes an argument of the symbol's name.
pub(super) enum Taker {
    /// A function that is called by its name.
    Function(FunctionRef),
    /// A class that is called, or whose objects are replaced by others.
    Class(ClassRef),
    /// A class whose objects are called.
    Called(ClassRef),
}

/// A call that is given arguments by `**`.
pub(super) struct Spread {
    /// What is called.
    pub(super) of: Id<Expression>,
    /// Its first argument.
    first: Option<Id<Expression>>,
    /// Where the arguments stand.
    pub(super) at: u32,
}

impl Question<'_, '_> {
    /// `f(**found)`, where nobody knows which names are found.
    pub(super) fn given_by_data(&self) -> Vec<Clash> {
        let takers = self.takers();
        let files: BTreeSet<FileId> = takers.iter().flat_map(|taker| self.spreading(taker)).collect();
        let mut found = Vec::new();
        for (file, facts, spread) in self.spreads(files.into_iter().collect()) {
            if takers.iter().any(|taker| self.takes(taker, file, &facts, &spread)) {
                found.push(self.given_by_data_at(file, spread.at));
            }
        }
        found.extend(self.given_by_class_statements(&takers));
        for clash in takers.iter().flat_map(|taker| self.given_as_a_value(taker)) {
            if !found.contains(&clash) {
                found.push(clash);
            }
        }
        found
    }

    /// `class C(metaclass=M, name=1)`: all of the metaclass's methods that make a class are given it (data model, 3.3.3).
    fn given_by_class_statements(&self, takers: &[Taker]) -> Option<Clash> {
        let is_metaclass = |class: &ClassRef| {
            let lineage = self.world.lineage(*class);
            lineage.iter().any(|one| matches!(one, Ancestor::Library(path) if is_type(path)))
        };
        let makes_classes = |taker: &Taker| matches!(taker, Taker::Class(class) if self.symbol.kind == SymbolKind::Parameter && is_metaclass(class));
        takers.iter().any(makes_classes).then(|| Clash {
            code: "given_by_data",
            message: format!("classes of this kind are given `{}=` where they are made", self.symbol.name),
            place: Some(place(self.file, self.at, self.symbol.name.len())),
        })
    }

    pub(super) fn given_by_data_at(&self, file: FileId, at: u32) -> Clash {
        Clash {
            code: "given_by_data",
            message: format!("the names of arguments are data here, `{}` may be one", self.symbol.name),
            place: Some(place(file, at as usize, 1)),
        }
    }

    /// The calls in some files that are given arguments by `**`.
    pub(super) fn spreads(&self, files: Vec<FileId>) -> impl Iterator<Item = (FileId, Arc<Facts>, Spread)> {
        files.into_iter().flat_map(|file| {
            let text = self.world.sources.text(file).unwrap_or_default();
            let facts = self.world.known(file);
            let spreads = facts.expressions.iter().filter_map(|(_, one)| spread(&facts, one, &text));
            let spreads: Vec<_> = spreads.map(|spread| (file, Arc::clone(&facts), spread)).collect();
            spreads
        })
    }

    /// What may be given an argument of this name: the parameter's function, or the class whose field it is.
    fn takers(&self) -> Vec<Taker> {
        if self.symbol.kind != SymbolKind::Parameter {
            let name = self.symbol.name.as_str().into();
            let is_field = self.world.fields(&name).contains(&self.symbol.entity);
            let classes = self.classes().into_iter().filter(|class| is_field && self.world.may_be_filled(*class));
            return classes.map(Taker::Class).collect();
        }
        let facts = self.world.known(self.file);
        let how =
            self.variable(&facts).and_then(|variable| facts.variables.get(variable).definition().map(|it| it.how));
        let Some(How::Parameter(function, _)) = how else { return Vec::new() };
        let it = facts.functions.get(function);
        vec![match (it.name.as_str(), it.class) {
            ("__init__" | "__new__" | "__prepare__", Some(class)) => Taker::Class((self.file, class)),
            ("__call__", Some(class)) => Taker::Called((self.file, class)),
            _ => Taker::Function((self.file, function)),
        }]
    }

    /// The files that may give a taker arguments by `**`: a class has other names, its heirs' and `cls` among them.
    fn spreading(&self, taker: &Taker) -> Vec<FileId> {
        match taker {
            Taker::Function((file, function)) => {
                let name = self.world.known(*file).functions.get(*function).name.clone();
                self.holding_both(&name, &["**"])
            }
            Taker::Class(_) | Taker::Called(_) => self.world.holders("**").to_vec(),
        }
    }

    fn takes(&self, taker: &Taker, file: FileId, facts: &Facts, spread: &Spread) -> bool {
        let is_kin = |other: &ClassRef, class: &ClassRef| self.world.own_lineage(*other).contains(class);
        let is_copying = facts.last_name(spread.of).is_some_and(is_replace);
        let copied = spread.first.filter(|_| is_copying).map(|first| self.world.infer(file, first));
        let callees = self.world.infer(file, spread.of);
        match taker {
            Taker::Function((holder, function)) => {
                let known = self.world.known(*holder);
                let name = &known.functions.get(*function).name;
                let is_called_so = match facts.expressions.get(spread.of) {
                    Expression::Attribute { name: called, .. } => called == name,
                    _ => false,
                };
                callees.iter().any(|one| *one == Type::Function((*holder, *function)))
                    || is_called_so && callees.is_unknown()
            }
            Taker::Called(class) => callees.iter().any(|one| matches!(one, Type::Instance(it) if is_kin(it, class))),
            Taker::Class(class) => {
                callees.iter().any(|one| matches!(one, Type::Class(it) if is_kin(it, class)))
                    || copied.is_some_and(|kinds| {
                        kinds.iter().any(|one| matches!(one, Type::Instance(it) if is_kin(it, class)))
                    })
            }
        }
    }

    /// `Colour[name]`, where the members of an enumeration are found by their names.
    pub(super) fn subscribed(&self) -> Vec<Clash> {
        let is_enum = |class: &ClassRef| {
            let lineage = self.world.lineage(*class);
            lineage.iter().any(|one| matches!(one, Ancestor::Library(path) if path.starts_with("enum.")))
        };
        let classes: Vec<ClassRef> = self.classes().into_iter().filter(is_enum).collect();
        let mut found = Vec::new();
        for class in classes {
            let name = self.world.known(class.0).classes.get(class.1).name.clone();
            for file in self.world.holders(&name).iter() {
                let facts = self.world.known(*file);
                let subscribed = facts.expressions.iter().filter_map(|(_, one)| match one {
                    Expression::Subscript { of, .. } => Some(*of),
                    _ => None,
                });
                let ours =
                    subscribed.filter(|of| self.world.infer(*file, *of).iter().any(|one| *one == Type::Class(class)));
                found.extend(ours.map(|of| Clash {
                    code: "asked_for_by_data",
                    message: format!("members are found by their names here, `{}` may be one", self.symbol.name),
                    place: start(&facts, of).map(|at| place(*file, at as usize, 1)),
                }));
            }
        }
        found
    }
}

/// Whether a class of a library makes classes.
fn is_type(path: &str) -> bool {
    matches!(path, "type" | "builtins.type" | "abc.ABCMeta" | "enum.EnumMeta" | "enum.EnumType")
}

/// Whether a function of this name makes a copy of its first argument, with other fields.
fn is_replace(name: &Name) -> bool {
    name == "replace" || name == "_replace"
}

/// What a call calls, its first argument, and where it is given arguments by `**`: not those that a function only hands on,
/// but to a copy with other fields they are data all the same.
fn spread(facts: &Facts, it: &Expression, text: &str) -> Option<Spread> {
    let Expression::Call { of, arguments, .. } = it else { return None };
    let is_copying = facts.last_name(*of).is_some_and(is_replace);
    let at = arguments.iter().filter(|argument| argument.spread && argument.name.is_none()).find_map(|argument| {
        let at = start(facts, argument.value)?;
        let is_named = text.get(..at as usize).is_some_and(|before| before.trim_end().ends_with("**"));
        (is_named && (is_copying || !is_handed_on(facts, argument.value))).then_some(at)
    })?;
    let first = arguments.first().filter(|argument| !argument.spread && argument.name.is_none());
    Some(Spread { of: *of, first: first.map(|argument| argument.value), at })
}

/// Whether a value is what a function's own `**kwargs` collected.
pub(super) fn is_handed_on(facts: &Facts, value: Id<Expression>) -> bool {
    let Expression::Name(lookup) = facts.expressions.get(value) else { return false };
    let Some(variable) = facts.lookups.get(*lookup).variable else { return false };
    facts.variables.get(variable).bindings.iter().any(|bound| match bound.how {
        How::Parameter(function, index) => {
            let parameter = facts.functions.get(function).parameters.get(index as usize);
            parameter.is_some_and(|parameter| parameter.kind == ParameterKind::Keywords)
        }
        _ => false,
    })
}

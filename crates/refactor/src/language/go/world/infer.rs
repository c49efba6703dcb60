//! The types of expressions and of what is declared, as far as they can be told without guessing.

use std::rc::Rc;

use super::{
    Found, Meaning, Package, Signature, Type, Unit, World, is_exported,
    types::{Bound, MOST_VARIANTS},
};
use crate::{
    language::{
        arena::Id,
        go::{
            facts::{Expr, Facts, Source, TypeExpr, Use},
            library::{is_function, may_be_generic},
        },
    },
    sources::FileId,
};

/// What an expression gives.
#[derive(Debug, Clone)]
pub(in super::super) enum Value {
    /// A value of a type.
    Of(Type),
    /// Several values.
    Several(Vec<Type>),
    /// A type.
    Type(Type),
    /// A package.
    Package(Package),
    /// A function of the language.
    Builtin(Rc<str>),
}

const UNKNOWN: Value = Value::Of(Type::Unknown);

impl Value {
    /// The type of one of its values. What comes besides the first (`v, ok := …`) is a truth value.
    fn at(&self, index: usize) -> Type {
        match self {
            Self::Several(types) => types.get(index).cloned().unwrap_or(Type::Unknown),
            Self::Of(of) if index == 0 || *of == Type::Unknown => of.clone(),
            Self::Of(_) => Type::foreign("bool"),
            Self::Type(_) | Self::Package(_) | Self::Builtin(_) => Type::Unknown,
        }
    }
}

impl World<'_> {
    /// What an expression gives.
    pub(in super::super) fn value(&self, file: FileId, id: Id<Expr>) -> Value {
        if let Some(known) = self.values.borrow().get(&(file, id)) {
            return known.clone();
        }
        let Some(facts) = self.files.facts(file) else { return UNKNOWN };
        // One that comes back to itself is not known.
        self.values.borrow_mut().insert((file, id), UNKNOWN);
        let value = self.step(UNKNOWN, || self.evaluate(file, &facts, id));
        self.values.borrow_mut().insert((file, id), value.clone());
        value
    }

    fn evaluate(&self, file: FileId, facts: &Facts, id: Id<Expr>) -> Value {
        match facts.exprs.get(id) {
            Expr::Unknown => UNKNOWN,
            Expr::Basic => Value::Of(Type::foreign("")),
            Expr::Name(used) => self.name(file, facts, used),
            Expr::Member { operand, name } => self.member_value(file, &self.value(file, *operand), name),
            Expr::Call { function, types, arguments } => self.call(file, *function, types, arguments),
            Expr::Index(operand, index) => self.index(file, *operand, *index),
            Expr::Same(operand) => self.value(file, *operand),
            Expr::Star(operand) => match self.value(file, *operand) {
                Value::Type(of) => Value::Type(Type::Pointer(of.into())),
                Value::Of(Type::Pointer(to)) => Value::Of((*to).clone()),
                Value::Of(of) => match self.underlying(&of) {
                    Type::Pointer(to) => Value::Of((*to).clone()),
                    Type::Foreign(name) => Value::Of(Type::Foreign(name)),
                    _ => UNKNOWN,
                },
                Value::Several(_) | Value::Package(_) | Value::Builtin(_) => UNKNOWN,
            },
            Expr::Address(operand) => Value::Of(Type::Pointer(self.value(file, *operand).at(0).into())),
            Expr::Receive(operand) => Value::Of(match self.underlying(&self.value(file, *operand).at(0)) {
                Type::Channel(of) => (*of).clone(),
                Type::Foreign(_) => Type::foreign(""),
                _ => Type::Unknown,
            }),
            Expr::Of(of) => Value::Of(self.type_at(file, *of)),
            Expr::Type(of) => Value::Type(self.type_at(file, *of)),
            Expr::Function(id) => Value::Of(Type::Function(self.signature(file, facts.functions.get(*id)).into())),
            Expr::Binary(left, right) => {
                let (left, right) = (self.value(file, *left).at(0), self.value(file, *right).at(0));
                // A constant that has no type of its own takes that of the other side.
                Value::Of(if matches!(left, Type::Foreign(_)) { right } else { left })
            }
        }
    }

    fn name(&self, file: FileId, facts: &Facts, used: &Use) -> Value {
        match self.meaning(file, facts, used) {
            Meaning::Local(id) => facts.local(id).map_or(UNKNOWN, |(at, local)| self.sourced(file, at, local.source)),
            Meaning::Top(unit) => self.top(&unit, &used.name),
            Meaning::Import(index) => {
                facts.imports.get(index).map_or(UNKNOWN, |it| Value::Package(self.package(file, &it.path)))
            }
            Meaning::Foreign(name) if is_function(&name) => Value::Builtin(name.into()),
            // A dot import: whether it is a type or a value, nobody says.
            Meaning::Foreign(name) if name.contains('.') => UNKNOWN,
            Meaning::Foreign(name) => Value::Type(Type::foreign(&name)),
            Meaning::Missing => UNKNOWN,
        }
    }

    /// What a name of a package gives; unknown where its declarations do not agree.
    fn top(&self, unit: &Unit, name: &str) -> Value {
        let all = unit.tops.get(name).map_or(&[][..], Vec::as_slice);
        let values: Vec<_> = all.iter().take(MOST_VARIANTS).map(|(file, at)| self.top_at(*file, *at)).collect();
        match values.as_slice() {
            [only] => only.clone(),
            all if all.iter().all(|it| matches!(it, Value::Type(_))) => Value::Type(self.of_unit(unit, name)),
            [first, rest @ ..] => {
                let agree =
                    |other: &Value| matches!((first, other), (Value::Of(one), Value::Of(other)) if one == other);
                if rest.iter().all(agree) { first.clone() } else { UNKNOWN }
            }
            [] => UNKNOWN,
        }
    }

    fn top_at(&self, file: FileId, at: usize) -> Value {
        let Some(facts) = self.files.facts(file) else { return UNKNOWN };
        let top = facts.top_at(at);
        top.map_or(UNKNOWN, |top| self.sourced(file, at, top.source))
    }

    /// The value of what is declared.
    fn sourced(&self, file: FileId, at: usize, source: Source) -> Value {
        let Some(facts) = self.files.facts(file) else { return UNKNOWN };
        let of = |of: Id<TypeExpr>| self.type_at(file, of);
        match source {
            Source::Unknown => UNKNOWN,
            Source::Typed(written) => Value::Of(of(written)),
            Source::Variadic(written) => Value::Of(Type::List(of(written).into())),
            Source::Value(expr, index) => Value::Of(self.value(file, expr).at(index)),
            Source::Range(expr, index) => Value::Of(self.ranged(&self.value(file, expr).at(0), index)),
            Source::Spec(spec) => {
                let named = super::Named { file, spec };
                let it = facts.specs.get(spec);
                Value::Type(if it.is_alias && it.parameters.is_empty() {
                    of(it.of)
                } else {
                    Type::Named(named, Rc::new([]))
                })
            }
            Source::Constraint(_) => Value::Type(Type::Parameter(file, at)),
            Source::Function(id) => Value::Of(Type::Function(self.signature(file, facts.functions.get(id)).into())),
        }
    }

    /// What `range` gives over a value.
    fn ranged(&self, over: &Type, index: usize) -> Type {
        match self.underlying(self.underlying(over).pointed()) {
            Type::List(of) if index == 1 => (*of).clone(),
            Type::List(_) | Type::Foreign(_) => Type::foreign(""),
            Type::Map(both) if index == 0 => both.0.clone(),
            Type::Map(both) => both.1.clone(),
            Type::Channel(of) => (*of).clone(),
            // An iterator: what it gives is what it calls its argument with.
            Type::Function(it) => match it.parameters.first() {
                Some(Type::Function(each)) => each.parameters.get(index).cloned().unwrap_or(Type::Unknown),
                _ => Type::Unknown,
            },
            _ => Type::Unknown,
        }
    }

    fn index(&self, file: FileId, operand: Id<Expr>, index: Id<Expr>) -> Value {
        let operand = self.value(file, operand);
        let argument = || match self.value(file, index) {
            Value::Type(of) => of,
            _ => Type::Unknown,
        };
        match operand {
            Value::Type(Type::Named(named, _)) => Value::Type(self.with_arguments(named, vec![argument()])),
            Value::Of(Type::Function(it)) => match it.open.split_first() {
                Some((first, rest)) => {
                    let bound = vec![(first.clone(), argument())];
                    Value::Of(Type::Function(Rc::new(close(&it, rest.to_vec(), &bound))))
                }
                None => UNKNOWN,
            },
            Value::Of(of) => Value::Of(match self.underlying(self.underlying(&of).pointed()) {
                Type::List(of) => (*of).clone(),
                Type::Map(both) => both.1.clone(),
                Type::Foreign(_) => Type::foreign(""),
                _ => Type::Unknown,
            }),
            Value::Type(_) | Value::Several(_) | Value::Package(_) | Value::Builtin(_) => UNKNOWN,
        }
    }

    /// What a member of something gives.
    fn member_value(&self, file: FileId, operand: &Value, name: &str) -> Value {
        match operand {
            Value::Package(Package::Own(unit)) => {
                let is_seen = is_exported(name) || self.unit_of(file).is_some_and(|own| own.key == unit.key);
                if is_seen { self.top(unit, name) } else { UNKNOWN }
            }
            Value::Package(Package::Foreign(path)) if may_be_generic(path, name) => UNKNOWN,
            Value::Package(Package::Foreign(path)) => Value::Of(Type::foreign(&format!("{path}.{name}"))),
            Value::Of(of) | Value::Type(of) => {
                let is_expression = matches!(operand, Value::Type(_));
                match self.find(of, name, file) {
                    Found::Member(member) => {
                        let found = self.member_type(&member);
                        Value::Of(if is_expression { with_receiver(of, &found) } else { found })
                    }
                    Found::Foreign => Value::Of(Type::foreign("")),
                    Found::Among(_) | Found::Nothing | Found::Unknown => UNKNOWN,
                }
            }
            Value::Package(Package::Unknown) | Value::Several(_) | Value::Builtin(_) => UNKNOWN,
        }
    }

    fn call(&self, file: FileId, function: Id<Expr>, types: &[Id<TypeExpr>], arguments: &[Id<Expr>]) -> Value {
        match self.value(file, function) {
            Value::Type(Type::Named(named, _)) if !types.is_empty() => {
                Value::Of(self.with_arguments(named, types.iter().map(|of| self.type_at(file, *of)).collect()))
            }
            Value::Type(of) => Value::Of(of),
            Value::Builtin(name) => self.builtin(file, &name, arguments),
            Value::Of(of) => match self.underlying(&of) {
                Type::Function(it) => {
                    let said = it.open.iter().cloned().zip(types.iter().map(|of| self.type_at(file, *of)));
                    let mut bound: Bound = said.collect();
                    if bound.len() < it.open.len() {
                        self.infer(file, &it, arguments, &mut bound);
                    }
                    given(&it, &bound)
                }
                Type::Foreign(_) => Value::Of(Type::foreign("")),
                _ => UNKNOWN,
            },
            Value::Several(_) | Value::Package(_) => UNKNOWN,
        }
    }

    fn builtin(&self, file: FileId, name: &str, arguments: &[Id<Expr>]) -> Value {
        let first = arguments.first().map_or(UNKNOWN, |first| self.value(file, *first));
        match (name, first) {
            ("new", Value::Type(of)) => Value::Of(Type::Pointer(of.into())),
            ("make", Value::Type(of)) | ("append", Value::Of(of)) => Value::Of(of),
            ("new" | "make" | "append" | "min" | "max", _) => UNKNOWN,
            _ => Value::Of(Type::foreign("")),
        }
    }

    /// The type arguments that the arguments of a call ask for.
    fn infer(&self, file: FileId, function: &Signature, arguments: &[Id<Expr>], bound: &mut Bound) {
        for (index, argument) in arguments.iter().enumerate() {
            let is_rest = function.is_variadic && index + 1 >= function.parameters.len();
            let parameter = if is_rest { function.parameters.last() } else { function.parameters.get(index) };
            let parameter = match parameter {
                Some(Type::List(of)) if is_rest => of.as_ref(),
                Some(other) => other,
                None => return,
            };
            fit(parameter, &self.value(file, *argument).at(0), &function.open, bound, 0);
        }
    }
}

/// Compares a parameter with an argument, and keeps what a type parameter has to be for both to be the same.
fn fit(parameter: &Type, argument: &Type, open: &[Type], bound: &mut Bound, depth: usize) {
    if depth > 16 {
        return;
    }
    let mut deeper = |one: &Type, other: &Type| fit(one, other, open, bound, depth + 1);
    match (parameter, argument) {
        (Type::Pointer(one), Type::Pointer(other))
        | (Type::List(one), Type::List(other))
        | (Type::Channel(one), Type::Channel(other)) => deeper(one, other),
        (Type::Map(one), Type::Map(other)) => {
            deeper(&one.0, &other.0);
            deeper(&one.1, &other.1);
        }
        (Type::Named(one, ones), Type::Named(other, others)) if one == other => {
            ones.iter().zip(others.iter()).for_each(|(one, other)| deeper(one, other));
        }
        (Type::Function(one), Type::Function(other)) => {
            one.parameters.iter().zip(&other.parameters).for_each(|(one, other)| deeper(one, other));
            one.results.iter().zip(&other.results).for_each(|(one, other)| deeper(one, other));
        }
        (Type::Parameter(..), _) if open.contains(parameter) => {
            match bound.iter_mut().find(|(of, _)| of == parameter) {
                // Two arguments of different types: an interface, or a constant. Nobody knows which.
                Some((_, known)) if known != argument => *known = Type::Unknown,
                Some(_) => {}
                None => bound.push((parameter.clone(), argument.clone())),
            }
        }
        _ => {}
    }
}

/// What a call gives: what was not found out is not known.
fn given(function: &Signature, bound: &Bound) -> Value {
    let mut all = bound.clone();
    all.extend(
        function.open.iter().filter(|of| !bound.iter().any(|(it, _)| it == *of)).map(|of| (of.clone(), Type::Unknown)),
    );
    let results: Vec<_> = function.results.iter().map(|of| of.with(&all)).collect();
    match results.as_slice() {
        [only] => Value::Of(only.clone()),
        _ => Value::Several(results),
    }
}

/// A function with some of its type parameters given.
fn close(function: &Signature, open: Vec<Type>, bound: &Bound) -> Signature {
    let all = |types: &[Type]| types.iter().map(|of| of.with(bound)).collect();
    Signature {
        open,
        parameters: all(&function.parameters),
        results: all(&function.results),
        is_variadic: function.is_variadic,
    }
}

/// `T.Method` is a function that takes the receiver first.
fn with_receiver(receiver: &Type, method: &Type) -> Type {
    let Type::Function(method) = method else { return method.clone() };
    let mut whole = Signature::clone(method);
    whole.parameters.insert(0, receiver.clone());
    Type::Function(whole.into())
}

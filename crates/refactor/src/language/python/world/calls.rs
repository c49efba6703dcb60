//! What calls give.

use super::{
    ClassRef, FunctionRef, Type, Types, World,
    infer::{element, object},
};
use crate::{
    language::python::facts::{Argument, Expression, How, Id, Name, ParameterKind, Scope},
    sources::FileId,
};

impl World<'_> {
    pub(super) fn called(&self, file: FileId, of: Id<Expression>, arguments: &[Argument], scope: Id<Scope>) -> Types {
        let facts = self.known(file);
        let receiver = match facts.expressions.get(of) {
            Expression::Attribute { of, .. } => Some(self.infer(file, *of)),
            _ => None,
        };
        let receiver = receiver.as_ref().and_then(|types| types.iter().next());
        self.infer(file, of).each(|callee| match callee {
            Type::Library(path) => self.library_call(file, path, arguments, scope),
            other => self.result(other, receiver),
        })
    }

    /// What a call of something gives; of a method, on a receiver.
    pub(super) fn result(&self, callee: &Type, receiver: Option<&Type>) -> Types {
        match callee {
            Type::Class(class) => Type::Instance(*class).into(),
            Type::Function(function) => self.returned(*function, receiver),
            Type::Instance(_) => {
                let call = self.attribute(callee, &Name::new_static("__call__"));
                call.each(|call| match call {
                    Type::Function(function) => self.returned(*function, Some(callee)),
                    _ => Types::unknown(),
                })
            }
            _ => Types::unknown(),
        }
    }

    fn returned(&self, function: FunctionRef, receiver: Option<&Type>) -> Types {
        let facts = self.known(function.0);
        let it = facts.functions.get(function.1);
        if it.returns.is_none() && it.is_generator {
            return Types::unknown();
        }
        let returned = self.remember_result(function, || match it.returns {
            Some(annotation) => self.declared(function.0, annotation),
            None => [self.results_of(function), self.overridden(function)].into_iter().collect(),
        });
        // A method that gives its own object gives that of whom it is asked.
        let own = it.class.map(|class| Type::Instance((function.0, class)));
        match (receiver, own) {
            (Some(receiver @ Type::Instance(_)), Some(own)) => returned.each(|one| {
                let is_own = *one == own
                    && it.returns.is_none_or(|returns| facts.last_name(returns).is_some_and(|name| name == "Self"));
                if is_own { receiver.clone().into() } else { one.clone().into() }
            }),
            _ => returned,
        }
    }

    /// What the methods that override this one give.
    fn overridden(&self, function: FunctionRef) -> Types {
        let facts = self.known(function.0);
        let it = facts.functions.get(function.1);
        let Some(class) = it.class else { return Types::nothing() };
        let heirs = self.heirs((function.0, class));
        let each = |heir: &super::ClassRef| {
            let theirs = self.known(heir.0);
            let body = theirs.variable(theirs.classes.get(heir.1).scope, &it.name);
            let bounds = body.map(|variable| theirs.variables.get(variable).bindings.clone()).unwrap_or_default();
            let all = bounds.into_iter().map(|bound| match bound.how {
                How::Function(id) => self.step(Types::unknown(), || self.results_of((heir.0, id))),
                _ => Types::unknown(),
            });
            all.collect::<Types>()
        };
        heirs.iter().map(each).collect()
    }

    fn results_of(&self, function: FunctionRef) -> Types {
        let facts = self.known(function.0);
        let it = facts.functions.get(function.1);
        match it.returns {
            Some(annotation) => self.declared(function.0, annotation),
            None if it.is_generator => Types::unknown(),
            None => it.results.iter().map(|result| self.infer(function.0, *result)).collect(),
        }
    }

    /// A function as its decorators leave it. Those that are not known may leave anything.
    pub(super) fn decorated(&self, function: FunctionRef) -> Types {
        let own = Types::one(Type::Function(function));
        if self.has_open_decorator(function) { [own, Types::unknown()].into_iter().collect() } else { own }
    }

    /// A class as its decorators leave it: one that is itself a class makes something else of it.
    pub(super) fn decorated_class(&self, class: ClassRef) -> Types {
        let facts = self.known(class.0);
        let is_class = |of: &Type| matches!(of, Type::Class(_));
        let mut decorators = facts.classes.get(class.1).decorators.iter();
        let is_replaced = decorators.any(|decorator| self.infer(class.0, *decorator).iter().any(is_class));
        let own = Types::one(Type::Class(class));
        if is_replaced { [own, Types::unknown()].into_iter().collect() } else { own }
    }

    /// Whether a decorator that is not known stands before a function.
    pub(crate) fn has_open_decorator(&self, function: FunctionRef) -> bool {
        const HARMLESS: [&str; 18] = [
            "staticmethod",
            "classmethod",
            "abstractmethod",
            "override",
            "overload",
            "final",
            "wraps",
            "lru_cache",
            "cache",
            "property",
            "cached_property",
            "setter",
            "deleter",
            "getter",
            "abstractproperty",
            "no_type_check",
            "contextmanager",
            "asynccontextmanager",
        ];
        let facts = self.known(function.0);
        let decorators = &facts.functions.get(function.1).decorators;
        let is_harmless =
            |id: &Id<Expression>| facts.last_name(*id).is_some_and(|name| HARMLESS.contains(&name.as_str()));
        !decorators.iter().all(is_harmless)
    }

    fn library_call(&self, file: FileId, path: &str, arguments: &[Argument], scope: Id<Scope>) -> Types {
        let first = arguments.first().filter(|argument| !argument.spread).map(|argument| argument.value);
        let value = |at: Id<Expression>| self.infer(file, at);
        match (path, first) {
            ("builtins.super", None) => {
                let facts = self.known(file);
                facts.class_around(scope).map_or_else(Types::unknown, |(class, _)| Type::Super((file, class)).into())
            }
            ("builtins.super", Some(class)) => value(class).each(|class| match class {
                Type::Class(class) => Type::Super(*class).into(),
                _ => Types::unknown(),
            }),
            ("builtins.type", Some(first)) if arguments.len() == 1 => value(first).each(|one| match one {
                Type::Instance(class) => Type::Class(*class).into(),
                _ => Types::unknown(),
            }),
            (
                "builtins.list" | "builtins.set" | "builtins.sorted" | "builtins.reversed" | "builtins.tuple"
                | "builtins.frozenset" | "builtins.iter",
                Some(first),
            ) => Type::Holder("list", value(first).each(element)).into(),
            ("builtins.next" | "builtins.min" | "builtins.max", Some(first)) if arguments.len() == 1 => {
                value(first).each(element)
            }
            ("copy.copy" | "copy.deepcopy" | "dataclasses.replace", Some(first)) => value(first),
            ("typing.cast" | "typing_extensions.cast", Some(first)) => self.declared(file, first),
            ("builtins.dict", _) => Type::Literal("dict").into(),
            ("builtins.getattr" | "builtins.next" | "builtins.vars" | "builtins.eval", _) => Types::unknown(),
            _ => match object(path) {
                Type::Literal(name) => Type::Literal(name).into(),
                _ => Types::unknown(),
            },
        }
    }

    /// What a parameter may be.
    pub(super) fn parameter(&self, function: FunctionRef, index: usize) -> Types {
        let facts = self.known(function.0);
        let it = facts.functions.get(function.1);
        let Some(parameter) = it.parameters.get(index) else { return Types::unknown() };
        if let Some(annotation) = parameter.annotation {
            let declared = self.declared(function.0, annotation);
            return match parameter.kind {
                ParameterKind::Rest => Type::Holder("list", declared).into(),
                ParameterKind::Keywords => Type::Holder("dict", declared).into(),
                ParameterKind::Plain | ParameterKind::PositionOnly | ParameterKind::KeywordOnly => declared,
            };
        }
        match facts.self_of(parameter.variable) {
            Some((class, _)) => {
                let is_class = facts.has_decorator(&it.decorators, "classmethod")
                    || matches!(it.name.as_str(), "__new__" | "__init_subclass__" | "__class_getitem__");
                let class = (function.0, class);
                if is_class { Type::Class(class).into() } else { Type::Instance(class).into() }
            }
            None => Types::unknown(),
        }
    }
}

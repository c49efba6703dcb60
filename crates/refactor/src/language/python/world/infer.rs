//! What the value of an expression may be. The one place that another way to know types would replace.

use super::{MOST_WORK, Meaning, Target, Type, Types, World};
use crate::{
    language::python::facts::{Expression, Facts, How, Id, Lookup, Variable},
    sources::FileId,
};

impl World<'_> {
    /// What an expression may be, as far as one can see. What nobody can see is [`Type::Unknown`].
    pub(crate) fn infer(&self, file: FileId, expression: Id<Expression>) -> Types {
        let key = (file, expression);
        if let Some(known) = self.values.borrow().get(&key) {
            return known.clone();
        }
        if self.asked.borrow().is_empty() {
            self.fuel.set(MOST_WORK);
        }
        let fuel = self.fuel.get();
        self.fuel.set(fuel.saturating_sub(1));
        if fuel == 0 || !self.asked.borrow_mut().insert(key) {
            self.is_cut.set(true);
            return Types::unknown();
        }
        let was_cut = self.is_cut.replace(false);
        let types = self.step(Types::unknown(), || self.work_out(file, expression));
        self.asked.borrow_mut().remove(&key);
        self.values.borrow_mut().insert(key, types.clone());
        if self.asked.borrow().is_empty() {
            self.settle();
            self.values.borrow_mut().insert(key, types.clone());
        } else if self.is_cut.get() {
            self.provisional.borrow_mut().values.push(key);
        }
        self.is_cut.set(was_cut || self.is_cut.get());
        types
    }

    fn work_out(&self, file: FileId, expression: Id<Expression>) -> Types {
        let facts = self.known(file);
        match facts.expressions.get(expression) {
            Expression::Nothing => Types::nothing(),
            Expression::Name(lookup) => self.looked_up(file, &facts, facts.lookups.get(*lookup)),
            Expression::Attribute { of, name } => self.infer(file, *of).each(|of| self.attribute(of, name)),
            Expression::Call { of, arguments, scope } => self.called(file, *of, arguments, *scope),
            Expression::Subscript { of, index } => self.subscripted(file, *of, *index),
            Expression::Text => Type::Literal("str").into(),
            Expression::Literal(name) => Type::Literal(name).into(),
            Expression::Many(kind, elements) => {
                let elements = elements.iter().map(|element| self.infer(file, *element)).collect();
                Type::Holder(kind, elements).into()
            }
            Expression::Tuple(elements) => {
                Type::Tuple(elements.iter().map(|element| self.infer(file, *element)).collect()).into()
            }
            Expression::Values(values) => {
                Type::Holder("dict", values.iter().map(|value| self.infer(file, *value)).collect()).into()
            }
            Expression::Either(all) => all.iter().map(|one| self.infer(file, *one)).collect(),
            Expression::Opaque | Expression::Union(..) => Types::unknown(),
            Expression::Await(inner) | Expression::Quoted(inner) => self.infer(file, *inner),
            Expression::Lambda(function) => Type::Function((file, *function)).into(),
        }
    }

    fn looked_up(&self, file: FileId, facts: &Facts, lookup: &Lookup) -> Types {
        if let Some((_, classes)) = &lookup.narrowed {
            return self.instances_of(file, *classes);
        }
        match lookup.variable {
            Some(variable) => self.value_of(file, variable),
            None => self.value_of_target(&self.free(file, facts, lookup)),
        }
    }

    /// Instances of the class, or of the tuple of classes, that an expression names.
    pub(super) fn instances_of(&self, file: FileId, classes: Id<Expression>) -> Types {
        let instance = |of: &Type| match of {
            Type::Class(class) => Type::Instance(*class).into(),
            Type::Library(path) => Types::one(object(path)),
            _ => Types::unknown(),
        };
        self.infer(file, classes).each(|one| match one {
            Type::Tuple(all) => all.iter().map(|one| one.each(instance)).collect(),
            other => instance(other),
        })
    }

    pub(super) fn value_of_target(&self, target: &Target) -> Types {
        match target {
            Target::Variable(file, variable) => self.value_of(*file, *variable),
            Target::Module(module) => Type::Module(module.clone()).into(),
            Target::Library(path) => Type::Library(path.clone()).into(),
            Target::Missing => Types::unknown(),
        }
    }

    fn value_of_meaning(&self, meaning: &Meaning) -> Types {
        match meaning {
            Meaning::Own(file, variable) => self.value_of(*file, *variable),
            Meaning::Module(module) => Type::Module(module.clone()).into(),
            Meaning::Library(path) => Type::Library(path.clone()).into(),
            Meaning::Several(all) => all.iter().map(|one| self.value_of_meaning(one)).collect(),
            Meaning::Missing => Types::unknown(),
        }
    }

    /// What a variable may be: all that it is ever bound to, or what it is declared to be.
    pub(crate) fn value_of(&self, file: FileId, variable: Id<Variable>) -> Types {
        let key = (file, variable);
        if let Some(known) = self.variables.borrow().get(&key) {
            return known.clone();
        }
        let facts = self.known(file);
        let hows: Vec<How> = facts.variables.get(variable).bindings.iter().map(|bound| bound.how).collect();
        let was_cut = self.is_cut.replace(false);
        let types = self.step(Types::unknown(), || self.all_bound(file, &hows));
        self.variables.borrow_mut().insert(key, types.clone());
        if self.is_cut.get() {
            self.provisional.borrow_mut().variables.push(key);
        }
        self.is_cut.set(was_cut || self.is_cut.get());
        types
    }

    /// What the values of some bindings may be together.
    pub(super) fn all_bound(&self, file: FileId, hows: &[How]) -> Types {
        let declared = hows.iter().find(|how| matches!(how, How::Annotated(_)));
        match declared {
            Some(how) => self.bound(file, *how),
            None => hows.iter().map(|how| self.bound(file, *how)).collect(),
        }
    }

    fn bound(&self, file: FileId, how: How) -> Types {
        match how {
            How::Import(import) => {
                let facts = self.known(file);
                let import = facts.imports.get(import);
                self.value_of_meaning(&self.imported(file, import))
            }
            How::Class(class) => self.decorated_class((file, class)),
            How::Function(function) => self.decorated((file, function)),
            How::Value(value) => self.infer(file, value),
            How::Annotated(annotation) => self.declared(file, annotation),
            How::Each(of) => self.infer(file, of).each(element),
            How::Element(of, index) => self.infer(file, of).each(|of| nth(of, index as usize)),
            How::Entered(manager) => self.infer(file, manager).each(|manager| self.entered(manager)),
            How::Caught(classes) => self.instances_of(file, classes),
            How::Parameter(function, index) => self.parameter((file, function), index as usize),
            How::Touched => Types::nothing(),
            How::Unknown => Types::unknown(),
        }
    }

    fn subscripted(&self, file: FileId, of: Id<Expression>, index: Id<Expression>) -> Types {
        let facts = self.known(file);
        let is_literal = matches!(facts.expressions.get(index), Expression::Text | Expression::Literal("int"));
        self.infer(file, of).each(|of| match of {
            Type::Class(class) => Type::Class(*class).into(),
            // Any module may be there, ours among them.
            Type::Library(path) if path == "sys.modules" => Types::unknown(),
            Type::Library(path) => Type::Library(path.clone()).into(),
            Type::Holder("dict", values) => values.clone(),
            Type::Holder(_, elements) if is_literal => elements.clone(),
            Type::Tuple(all) if is_literal => all.iter().cloned().collect(),
            Type::Literal("str") => Type::Literal("str").into(),
            _ => Types::unknown(),
        })
    }

    fn entered(&self, manager: &Type) -> Types {
        let Type::Instance(_) = manager else { return Types::unknown() };
        let enter = self.attribute(manager, &super::super::facts::Name::new_static("__enter__"));
        enter.each(|enter| self.result(enter, Some(manager)))
    }

    /// What an annotation says that a value is.
    pub(super) fn declared(&self, file: FileId, annotation: Id<Expression>) -> Types {
        let facts = self.known(file);
        self.step(Types::unknown(), || match facts.expressions.get(annotation) {
            Expression::Nothing => Types::nothing(),
            Expression::Quoted(inner) => self.declared(file, *inner),
            Expression::Union(left, right) => {
                [self.declared(file, *left), self.declared(file, *right)].into_iter().collect()
            }
            Expression::Subscript { of, index } => self.generic(file, &facts, *of, *index),
            Expression::Name(_) | Expression::Attribute { .. } => self.named_type(file, &facts, annotation),
            _ => Types::unknown(),
        })
    }

    fn named_type(&self, file: FileId, facts: &Facts, annotation: Id<Expression>) -> Types {
        if let Expression::Name(lookup) = facts.expressions.get(annotation)
            && let lookup = facts.lookups.get(*lookup)
            && lookup.name == "Self"
            && let Some((class, _)) = facts.class_around(lookup.scope)
        {
            return Type::Instance((file, class)).into();
        }
        self.infer(file, annotation).each(|of| match of {
            Type::Class(class) => Type::Instance(*class).into(),
            Type::Library(path) => object(path).into(),
            _ => Types::unknown(),
        })
    }

    fn generic(&self, file: FileId, facts: &Facts, of: Id<Expression>, index: Id<Expression>) -> Types {
        let parts = match facts.expressions.get(index) {
            Expression::Tuple(parts) => parts.clone(),
            _ => vec![index],
        };
        let first = || parts.first().map_or_else(Types::unknown, |first| self.declared(file, *first));
        let last = || parts.last().map_or_else(Types::unknown, |last| self.declared(file, *last));
        let Some(name) = facts.last_name(of) else { return Types::unknown() };
        match name.as_str() {
            "Optional" | "ClassVar" | "Final" | "Annotated" | "Required" | "NotRequired" | "ReadOnly" | "Awaitable" => {
                first()
            }
            "Coroutine" => last(),
            "Union" => parts.iter().map(|part| self.declared(file, *part)).collect(),
            "List" | "list" | "Sequence" | "Iterable" | "Iterator" | "Set" | "set" | "FrozenSet" | "frozenset"
            | "Collection" | "Generator" | "MutableSequence" | "Deque" | "deque" | "AbstractSet" => {
                Type::Holder("list", first()).into()
            }
            "Dict" | "dict" | "Mapping" | "MutableMapping" | "DefaultDict" | "defaultdict" | "OrderedDict" => {
                Type::Holder("dict", last()).into()
            }
            "Tuple" | "tuple"
                if parts.len() == 2
                    && matches!(parts.get(1).map(|one| facts.expressions.get(*one)), Some(Expression::Nothing)) =>
            {
                Type::Holder("list", first()).into()
            }
            "Tuple" | "tuple" => Type::Tuple(parts.iter().map(|part| self.declared(file, *part)).collect()).into(),
            "Type" | "type" => first().each(|one| match one {
                Type::Instance(class) => Type::Class(*class).into(),
                _ => Types::unknown(),
            }),
            _ => self.infer(file, of).each(|of| match of {
                Type::Class(class) => Type::Instance(*class).into(),
                _ => Types::unknown(),
            }),
        }
    }
}

/// One of what a value holds.
pub(super) fn element(of: &Type) -> Types {
    match of {
        Type::Holder(kind, elements) if *kind != "dict" => elements.clone(),
        Type::Tuple(elements) => elements.iter().cloned().collect(),
        Type::Literal("str") => Type::Literal("str").into(),
        _ => Types::unknown(),
    }
}

fn nth(of: &Type, index: usize) -> Types {
    match of {
        Type::Tuple(elements) => elements.get(index).cloned().unwrap_or_else(Types::unknown),
        other => element(other),
    }
}

/// A value of a library's class.
pub(super) fn object(path: &str) -> Type {
    let builtin = ["str", "int", "float", "bool", "bytes", "list", "dict", "set", "tuple", "frozenset"];
    match path.strip_prefix("builtins.").and_then(|name| builtin.iter().find(|one| **one == name)) {
        Some(name) => Type::Literal(name),
        None if path.ends_with(".Any") || path == "builtins.object" => Type::Unknown,
        None => Type::Object(path.to_owned()),
    }
}

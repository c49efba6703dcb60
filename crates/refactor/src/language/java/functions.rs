//! Lambdas and references to methods: the interface that each is of, and what it takes and returns: JLS 9.8, 15.13, 15.27.

use std::rc::Rc;

use super::{
    Java,
    calls::Called,
    facts::{ClassKind, Context, Value, ValueId},
    kind::{ClassRef, Kind, MethodRef},
    library,
};
use crate::sources::FileId;

/// The one method that a function is called by.
pub(super) struct Shape {
    method: MethodRef,
    class: ClassRef,
    arguments: Rc<[Kind]>,
}

impl Java<'_> {
    /// The one method without a body of an interface.
    pub(super) fn shape(&self, kind: &Kind) -> Option<Shape> {
        let Kind::Object(class, arguments) = kind else { return None };
        let lineage = self.lineage(*class);
        if !self.is_interface(*class) || !lineage.is_whole() {
            return None;
        }
        let mut found: Option<Shape> = None;
        // What a nearer interface gives a body.
        let mut given: Vec<(Box<str>, usize)> = Vec::new();
        for (of, own) in &lineage.classes {
            let facts = self.facts(of.file)?;
            for id in &facts.class(of.class)?.methods {
                let method = facts.method(*id)?;
                let outline = (method.name.name.clone(), method.parameters.len());
                if !method.modifiers.is_abstract {
                    given.push(outline);
                    continue;
                }
                if given.contains(&outline) || self.is_of_any_object(&outline.0, outline.1) {
                    continue;
                }
                let own = own.iter().map(|kind| self.substituted(kind, *class, arguments)).collect();
                let shape = Shape { method: MethodRef { file: of.file, method: *id }, class: *of, arguments: own };
                match &found {
                    Some(first) if !self.is_alike(first.method, shape.method) => return None,
                    Some(_) => {}
                    None => found = Some(shape),
                }
            }
        }
        found
    }

    /// `equals` and its like, which every object has.
    fn is_of_any_object(&self, name: &str, count: usize) -> bool {
        let Some(object) = library::class("java.lang", "Object") else { return false };
        let methods = self.own_methods(object, name);
        methods.iter().any(|it| self.with_method(*it, |method| method.parameters.len()) == Some(count))
    }

    fn is_alike(&self, one: MethodRef, other: MethodRef) -> bool {
        let outline = |it: MethodRef| self.with_method(it, |it| (it.name.name.clone(), it.parameters.len()));
        outline(one) == outline(other)
    }

    /// How many arguments a function of a type takes.
    pub(super) fn takes(&self, kind: &Kind) -> Option<usize> {
        let shape = self.shape(kind)?;
        self.with_method(shape.method, |it| it.parameters.len())
    }

    /// What a function of a type returns.
    pub(super) fn function_result(&self, kind: &Kind) -> Option<Kind> {
        let shape = self.shape(kind)?;
        let result = self.with_method(shape.method, |it| it.result)??;
        let result = self.kind_of(shape.method.file, result);
        Some(self.substituted(&result, shape.class, &shape.arguments))
    }

    /// What a function of a type is given, by its count.
    fn function_parameter(&self, kind: &Kind, count: u32) -> Kind {
        let Some(shape) = self.shape(kind) else { return Kind::Unknown };
        let Some(parameter) = self.parameter_kind(shape.method, count as usize) else { return Kind::Unknown };
        match self.substituted(&parameter, shape.class, &shape.arguments) {
            Kind::Above(bound) => (*bound).clone(),
            kind => kind,
        }
    }

    /// A lambda's parameter.
    pub(super) fn lambda_parameter(&self, file: FileId, lambda: ValueId, count: u32) -> Kind {
        let context = self.facts(file).and_then(|facts| match facts.value(lambda) {
            Some(Value::Lambda { context, .. }) => Some(*context),
            _ => None,
        });
        let expected = context.map_or(Kind::Unknown, |context| self.expected(file, context));
        self.function_parameter(&expected, count)
    }

    /// The type that is wanted where something goes.
    pub(super) fn expected(&self, file: FileId, context: Context) -> Kind {
        self.step(Kind::Unknown, || match context {
            Context::Typed(typed) => self.kind_of(file, typed),
            Context::Like(value) => self.kind(file, value),
            Context::Argument(call, count) => self.expected_argument(file, call, count as usize),
            Context::Unknown => Kind::Unknown,
        })
    }

    fn expected_argument(&self, file: FileId, call: ValueId, count: usize) -> Kind {
        let called = self.called(file, call);
        let Called::One(found) = &*called else { return Kind::Unknown };
        let Some(parameter) = self.parameter_kind(found.method, count) else { return Kind::Unknown };
        let parameter = self.substituted(&parameter, found.class, &found.arguments);
        let Some(facts) = self.facts(file) else { return Kind::Unknown };
        let (Value::Call { arguments, .. }
        | Value::New { arguments, .. }
        | Value::Construct { arguments, .. }
        | Value::Constant { arguments, .. }) = facts.value(call).unwrap_or(&Value::Unknown)
        else {
            return Kind::Unknown;
        };
        let solved = self.solve(found.method, (found.class, &found.arguments), file, arguments, false);
        let variables = self.with_method(found.method, |it| it.variables.clone()).unwrap_or_default();
        Self::solved(&parameter, found.method.file, &variables, &solved)
    }

    /// What a lambda or a reference returns, where it stands for a function of a type.
    pub(super) fn returned(&self, file: FileId, value: ValueId, function: &Kind) -> Kind {
        self.step(Kind::Unknown, || {
            let Some(facts) = self.facts(file) else { return Kind::Unknown };
            match facts.value(value) {
                Some(Value::Lambda { returns: Some(returns), .. }) => self.kind(file, *returns),
                Some(Value::Reference { object, part, .. }) => {
                    let object = self.kind(file, *object);
                    match part {
                        Some(part) => self.referred_result(&object, &part.name, self.takes(function)),
                        None => match object {
                            Kind::Static(class) if self.own_variables(class).is_empty() => Kind::plain(class),
                            _ => Kind::Unknown,
                        },
                    }
                }
                _ => Kind::Unknown,
            }
        })
    }

    /// What the one method returns that a reference can be of.
    fn referred_result(&self, object: &Kind, name: &str, takes: Option<usize>) -> Kind {
        let found = self.referred(object, name, takes);
        let [only] = found.as_slice() else { return Kind::Unknown };
        let is_plain = self.with_method(only.method, |it| it.variables.is_empty()).unwrap_or(false);
        let result = self.with_method(only.method, |it| it.result).flatten();
        match result.filter(|_| is_plain) {
            Some(result) => self.substituted(&self.kind_of(only.method.file, result), only.class, &only.arguments),
            None => Kind::Unknown,
        }
    }

    /// Whether a class can be made a lambda of.
    pub(super) fn may_be_function(&self, class: ClassRef) -> bool {
        self.with_class(class, |_, it| it.kind == ClassKind::Interface).unwrap_or(false)
    }
}

//! What an expression comes to: its type, or the class or package that it names: JLS 6.5 and 15.

use std::rc::Rc;

use super::{
    Java,
    calls::Called,
    facts::{Facts, LocalId, Origin, Part, Primitive, Value, ValueId},
    fit::{boxed, unboxed},
    kind::{ClassRef, FieldRef, Kind, MethodRef},
    library,
    scopes::Meant,
};
use crate::sources::FileId;

impl Java<'_> {
    /// What a value comes to.
    pub(super) fn kind(&self, file: FileId, value: ValueId) -> Kind {
        if let Some(known) = self.kinds.borrow().get(&(file, value)) {
            return known.clone();
        }
        let Some(facts) = self.facts(file) else { return Kind::Unknown };
        // Chains of calls may be long: from their root on, each finds the one before it known.
        let mut chain = vec![value];
        while let Some(object) = chain.last().and_then(|last| object_of(&facts, *last)) {
            if self.kinds.borrow().contains_key(&(file, object)) {
                break;
            }
            chain.push(object);
        }
        let mut kind = Kind::Unknown;
        while let Some(next) = chain.pop() {
            let was_cut = self.is_cut.replace(false);
            kind = self.step(Kind::Unknown, || self.find_kind(file, &facts, next));
            if !self.is_cut.get() {
                self.kinds.borrow_mut().insert((file, next), kind.clone());
            }
            self.is_cut.set(was_cut || self.is_cut.get());
        }
        kind
    }

    fn find_kind(&self, file: FileId, facts: &Facts, value: ValueId) -> Kind {
        match facts.value(value) {
            Some(Value::Name(part)) => self.kind_of_name(file, part),
            Some(Value::Field { object, part }) => {
                let object = self.kind(file, *object);
                self.kind_of_field(file, &object, &part.name)
            }
            Some(Value::Call { arguments, .. }) => self.kind_of_call(file, value, arguments),
            Some(Value::New { typed, body, .. }) => match body {
                Some(class) => Kind::plain(ClassRef { file, class: *class }),
                None => self.kind_of(file, *typed),
            },
            Some(Value::This(at)) => self.kind_of_this(file, *at),
            Some(Value::OuterThis(object)) => match self.kind(file, *object) {
                Kind::Static(class) => Kind::Object(class, self.own_variables(class)),
                _ => Kind::Unknown,
            },
            Some(Value::Super(at)) => self.class_at(file, *at).map_or(Kind::Unknown, |class| self.superclass(class)),
            Some(Value::OuterSuper { object, at }) => self.kind_of_outer_super(file, *object, *at),
            Some(Value::Typed(typed)) => self.kind_of(file, *typed),
            Some(Value::Literal(primitive)) => Kind::Primitive(*primitive),
            Some(Value::Text) => lang("String"),
            Some(Value::Null) => Kind::Null,
            Some(Value::Element(array)) => match self.kind(file, *array) {
                Kind::Array(element) => (*element).clone(),
                _ => Kind::Unknown,
            },
            Some(Value::Either(one, other)) => self.kind_of_either(file, *one, *other),
            Some(Value::Sum(parts)) => self.kind_of_sum(file, parts),
            Some(Value::ClassOf(typed)) => {
                let of = boxed(&self.kind_of(file, *typed));
                library::class("java.lang", "Class").map_or(Kind::Unknown, |class| Kind::Object(class, [of].into()))
            }
            Some(Value::Lambda { .. } | Value::Reference { .. }) => Kind::Function(file, value),
            Some(Value::Construct { .. } | Value::Constant { .. } | Value::Unknown) | None => Kind::Unknown,
        }
    }

    fn kind_of_this(&self, file: FileId, at: u32) -> Kind {
        let class = self.class_at(file, at);
        class.map_or(Kind::Unknown, |class| Kind::Object(class, self.own_variables(class)))
    }

    /// `A.super`: the superclass of the class around that is called so, or the interface `A` itself.
    fn kind_of_outer_super(&self, file: FileId, object: ValueId, at: u32) -> Kind {
        let Kind::Static(class) = self.kind(file, object) else { return Kind::Unknown };
        let is_around =
            self.facts(file).is_some_and(|facts| class.file == file && facts.classes_around(at).contains(&class.class));
        if is_around { self.superclass(class) } else { Kind::plain(class) }
    }

    fn kind_of_name(&self, file: FileId, part: &Part) -> Kind {
        match self.meant(file, part) {
            Meant::Local(id) => self.kind_of_local(file, id),
            Meant::Field { field, class, arguments, is_sure: true } => self.kind_of_member(field, class, &arguments),
            Meant::Type(kind) => kind,
            Meant::Field { .. } | Meant::Foreign | Meant::Unknown => Kind::Unknown,
        }
    }

    /// A variable's type.
    pub(super) fn kind_of_local(&self, file: FileId, id: LocalId) -> Kind {
        let origin = self.facts(file).and_then(|facts| facts.local(id).map(|local| local.origin));
        match origin {
            Some(Origin::Typed(typed)) => self.kind_of(file, typed),
            Some(Origin::Value(value)) => match self.kind(file, value) {
                Kind::Null | Kind::Function(..) | Kind::Static(_) | Kind::Package(_) => Kind::Unknown,
                kind => kind,
            },
            Some(Origin::Element(value)) => self.element(&self.kind(file, value)),
            Some(Origin::Lambda(lambda, count)) => {
                self.step(Kind::Unknown, || self.lambda_parameter(file, lambda, count))
            }
            Some(Origin::Component(field)) => {
                let typed = self.facts(file).and_then(|facts| facts.field(field).map(|field| field.typed));
                typed.map_or(Kind::Unknown, |typed| self.kind_of(file, typed))
            }
            Some(Origin::Unknown) | None => Kind::Unknown,
        }
    }

    /// What `for` takes out of something.
    fn element(&self, of: &Kind) -> Kind {
        match of {
            Kind::Array(element) => (**element).clone(),
            Kind::Object(class, arguments) => {
                let Some(iterable) = library::class("java.lang", "Iterable") else { return Kind::Unknown };
                let lineage = self.lineage(*class);
                let found = lineage.classes.iter().find(|(one, _)| *one == iterable);
                let element = found.and_then(|(_, own)| own.first());
                element.map_or(Kind::Unknown, |element| self.substituted(element, *class, arguments))
            }
            _ => Kind::Unknown,
        }
    }

    /// `object.name`, whatever the object is.
    fn kind_of_field(&self, file: FileId, object: &Kind, name: &str) -> Kind {
        match object {
            Kind::Package(package) => self.kind_in_package(file, package, name),
            Kind::Array(_) if name == "length" => Kind::Primitive(Primitive::Int),
            Kind::Object(class, arguments) => match self.field_of(*class, name) {
                Some((field, own)) => {
                    let own: Rc<[Kind]> = own.iter().map(|kind| self.substituted(kind, *class, arguments)).collect();
                    self.owner(field).map_or(Kind::Unknown, |owner| self.kind_of_member(field, owner, &own))
                }
                None => Kind::Unknown,
            },
            Kind::Static(class) => match self.field_of(*class, name) {
                Some((field, own)) => {
                    self.owner(field).map_or(Kind::Unknown, |owner| self.kind_of_member(field, owner, &own))
                }
                None => self.member_class(*class, name).map_or(Kind::Unknown, Kind::Static),
            },
            Kind::StaticForeign(outer) if name.starts_with(char::is_uppercase) => {
                Kind::StaticForeign(format!("{outer}.{name}").into())
            }
            Kind::Variable(file, id) => {
                let bounds = self.bounds(*file, *id);
                bounds
                    .first()
                    .map_or(Kind::Unknown, |bound| self.step(Kind::Unknown, || self.kind_of_field(*file, bound, name)))
            }
            _ => Kind::Unknown,
        }
    }

    fn kind_in_package(&self, file: FileId, package: &str, name: &str) -> Kind {
        use super::kind::Named;
        match self.inside(file, Named::Package(package.into()), name) {
            Named::Class(class) => Kind::Static(class),
            Named::Package(package) => Kind::Package(package),
            Named::Foreign(name) => Kind::StaticForeign(name),
            Named::Variable(..) | Named::Several(_) | Named::Unknown => Kind::Unknown,
        }
    }

    /// The class that a field is written in.
    pub(super) fn owner(&self, field: FieldRef) -> Option<ClassRef> {
        let class = self.facts(field.file)?.field(field.field)?.class;
        Some(ClassRef { file: field.file, class })
    }

    fn kind_of_member(&self, field: FieldRef, class: ClassRef, arguments: &[Kind]) -> Kind {
        let typed = self.facts(field.file).and_then(|facts| facts.field(field.field).map(|field| field.typed));
        let Some(typed) = typed else { return Kind::Unknown };
        self.substituted(&self.kind_of(field.file, typed), class, arguments)
    }

    /// What a call returns.
    fn kind_of_call(&self, file: FileId, call: ValueId, arguments: &[ValueId]) -> Kind {
        match &*self.called(file, call) {
            Called::One(found) => self.result(found.method, (found.class, &found.arguments), file, arguments),
            Called::Several { candidates, is_whole: true } => {
                let mut kinds =
                    candidates.iter().map(|it| self.result(it.method, (it.class, &it.arguments), file, arguments));
                let first = kinds.next().unwrap_or(Kind::Unknown);
                if kinds.all(|kind| kind == first) { first } else { Kind::Unknown }
            }
            Called::Several { .. } | Called::Foreign | Called::Unknown => Kind::Unknown,
        }
    }

    fn result(&self, method: MethodRef, seen_as: (ClassRef, &[Kind]), file: FileId, arguments: &[ValueId]) -> Kind {
        let Some((Some(result), variables)) = self.with_method(method, |it| (it.result, it.variables.clone())) else {
            return Kind::Unknown;
        };
        let result = self.substituted(&self.kind_of(method.file, result), seen_as.0, seen_as.1);
        if variables.is_empty() {
            return result;
        }
        let solved = self.solve(method, seen_as, file, arguments, true);
        Self::solved(&result, method.file, &variables, &solved)
    }

    fn kind_of_either(&self, file: FileId, one: ValueId, other: ValueId) -> Kind {
        match (self.kind(file, one), self.kind(file, other)) {
            (Kind::Null, kind) | (kind, Kind::Null) => kind,
            (one, other) if one == other => one,
            (Kind::Primitive(one), Kind::Primitive(other)) => Kind::Primitive(wider(one, other)),
            _ => Kind::Unknown,
        }
    }

    fn kind_of_sum(&self, file: FileId, parts: &[ValueId]) -> Kind {
        let mut sum: Option<Kind> = None;
        for part in parts {
            let kind = match self.kind(file, *part) {
                Kind::Object(class, _) => match unboxed(class) {
                    Some(primitive) => Kind::Primitive(primitive),
                    None => Kind::plain(class),
                },
                kind => kind,
            };
            sum = Some(match (sum, kind) {
                (_, text) | (Some(text), _) if text == lang("String") => text,
                (None, Kind::Primitive(Primitive::Boolean)) => Kind::Primitive(Primitive::Boolean),
                (None, Kind::Primitive(one)) => Kind::Primitive(wider(one, Primitive::Int)),
                (Some(Kind::Primitive(one)), Kind::Primitive(other)) => Kind::Primitive(wider(one, other)),
                _ => Kind::Unknown,
            });
        }
        sum.unwrap_or(Kind::Unknown)
    }
}

/// What a value is reached through.
fn object_of(facts: &Facts, value: ValueId) -> Option<ValueId> {
    match facts.value(value)? {
        Value::Field { object, .. } | Value::Call { object: Some(object), .. } | Value::Element(object) => {
            Some(*object)
        }
        _ => None,
    }
}

/// A class of `java.lang`.
fn lang(name: &str) -> Kind {
    library::class("java.lang", name).map_or(Kind::Unknown, Kind::plain)
}

/// The type of a sum of two numbers: JLS 5.6.
fn wider(one: Primitive, other: Primitive) -> Primitive {
    use Primitive::{Boolean, Double, Float, Int, Long};
    let both = [one, other];
    [Double, Float, Long].into_iter().find(|it| both.contains(it)).unwrap_or(if both == [Boolean, Boolean] {
        Boolean
    } else {
        Int
    })
}

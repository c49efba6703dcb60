//! What declares variables: plain names, and patterns that take values apart.

use oxc_ast::ast::{
    AssignmentExpression, AssignmentTarget, AssignmentTargetMaybeDefault, AssignmentTargetProperty, BindingPattern,
    Expression, FormalParameter, ObjectAssignmentTarget, ObjectPattern, TSTypeAnnotation, VariableDeclarator,
};
use oxc_ast_visit::Visit as _;

use super::{Reader, shapes::Key};
use crate::language::{
    Role, SymbolKind,
    script::facts::{Context, Declared, Form, Meaning, Value, ValueId},
};

/// What a pattern is given.
#[derive(Debug, Clone)]
pub(super) enum Source {
    Nothing,
    /// A value that the variable may be the only owner of.
    Value(ValueId),
    Typed(super::TypeId),
}

impl Reader<'_> {
    pub(super) fn declarator(&mut self, it: &VariableDeclarator<'_>) {
        let mut source = self.source_of(it.type_annotation.as_deref(), it.init.as_ref());
        if let (Source::Nothing, Some(element)) = (&source, self.elements.get(&it.span.start)) {
            source = Source::Value(*element);
        }
        self.owned(it);
        self.pattern(&it.id, &source, Form::Plain);
        if let Some(annotation) = &it.type_annotation {
            self.visit_ts_type_annotation(annotation);
        }
        let Some(init) = &it.init else { return };
        if takes_apart(&it.id)
            && let Expression::Identifier(name) = init
        {
            return self.reference(name, Form::Plain, false);
        }
        self.visit_expression(init);
    }

    /// An object literal that only its variable holds.
    fn owned(&mut self, it: &VariableDeclarator<'_>) {
        if let (None, Some(Expression::ObjectExpression(object)), BindingPattern::BindingIdentifier(name)) =
            (&it.type_annotation, &it.init, &it.id)
            && let Some(id) = name.symbol_id.get()
        {
            let shape = self.object_shape(object);
            if let Some(shape) = self.shape(shape) {
                shape.symbol = Some(super::SymbolId(super::index(id.index())));
            }
        }
    }

    /// An annotation says more than a value; a literal is expected to be what the annotation says.
    pub(super) fn source_of(
        &mut self,
        annotation: Option<&TSTypeAnnotation<'_>>,
        init: Option<&Expression<'_>>,
    ) -> Source {
        match (annotation, init) {
            (Some(annotation), init) => {
                let annotation = self.type_of(&annotation.type_annotation);
                if let Some(init) = init {
                    self.expect(init, &Context::Typed(annotation));
                }
                Source::Typed(annotation)
            }
            (None, Some(init)) => Source::Value(self.value_of(init)),
            (None, None) => Source::Nothing,
        }
    }

    pub(super) fn parameter(&mut self, it: &FormalParameter<'_>) {
        for decorator in &it.decorators {
            self.visit_decorator(decorator);
        }
        let mut source = self.source_of(it.type_annotation.as_deref(), it.initializer.as_deref());
        if let (None, Some(given)) = (&it.type_annotation, self.given.get(&it.span.start)) {
            source = Source::Value(*given);
        }
        let mut names = Vec::new();
        self.pattern(&it.pattern, &source, Form::Plain);
        bound(&it.pattern, &mut names);
        for name in names {
            self.set_kind(name, SymbolKind::Parameter);
        }
        if let Some(annotation) = &it.type_annotation {
            self.visit_ts_type_annotation(annotation);
        }
        if let Some(init) = &it.initializer {
            self.visit_expression(init);
        }
    }

    /// The names of a pattern, each with what it is given.
    pub(super) fn pattern(&mut self, pattern: &BindingPattern<'_>, source: &Source, form: Form) {
        match pattern {
            BindingPattern::BindingIdentifier(ident) => {
                let Some(id) = self.binding(ident, form) else { return };
                match source {
                    Source::Typed(annotation) => self.declare(id, Declared::Typed(*annotation)),
                    Source::Value(value) => self.declare(id, Declared::Value(*value)),
                    Source::Nothing => {}
                }
            }
            BindingPattern::ObjectPattern(object) => self.object_pattern(object, source),
            BindingPattern::ArrayPattern(array) => {
                let whole = self.source_value(source);
                let element = Source::Value(self.value(Value::Element(whole)));
                for one in array.elements.iter().flatten() {
                    self.pattern(one, &element, Form::Plain);
                }
                if let Some(rest) = &array.rest {
                    self.pattern(&rest.argument, &Source::Nothing, Form::Plain);
                }
            }
            BindingPattern::AssignmentPattern(with_default) => {
                self.pattern(&with_default.left, source, form);
                self.visit_expression(&with_default.right);
            }
        }
    }

    fn source_value(&mut self, source: &Source) -> ValueId {
        let value = match source {
            Source::Value(value) => return *value,
            Source::Typed(annotation) => Value::Typed(*annotation),
            Source::Nothing => Value::Unknown,
        };
        self.value(value)
    }

    fn object_pattern(&mut self, object: &ObjectPattern<'_>, source: &Source) {
        let whole = self.source_value(source);
        for property in &object.properties {
            let Some(key) = Key::of(&property.key) else {
                self.visit_property_key(&property.key);
                self.pattern(&property.value, &Source::Nothing, Form::Plain);
                continue;
            };
            let part = self.value(Value::Member(whole, key.name.clone()));
            let (key_form, form) =
                if property.shorthand { (Form::Key, Form::Variable) } else { (Form::Plain, Form::Plain) };
            let role = if key.is_text { Role::Text } else { Role::Member };
            self.token(&key.name, key.place, role, key_form, Meaning::Member(whole));
            self.pattern(&property.value, &Source::Value(part), form);
        }
        if let Some(rest) = &object.rest {
            self.pattern(&rest.argument, &Source::Nothing, Form::Plain);
        }
    }

    /// `({ name } = value)`
    pub(super) fn object_target(&mut self, it: &ObjectAssignmentTarget<'_>, whole: ValueId) {
        for property in &it.properties {
            match property {
                AssignmentTargetProperty::AssignmentTargetPropertyIdentifier(it) => {
                    let meaning = Meaning::Member(whole);
                    self.token(&it.binding.name, it.binding.span, Role::Member, Form::Key, meaning);
                    self.reference(&it.binding, Form::Variable, false);
                    if let Some(init) = &it.init {
                        self.visit_expression(init);
                    }
                }
                AssignmentTargetProperty::AssignmentTargetPropertyProperty(it) => {
                    let key = Key::of(&it.name);
                    let part = key.as_ref().map_or(Value::Unknown, |key| Value::Member(whole, key.name.clone()));
                    match key {
                        Some(key) => self.plain(&key.name, key.place, Role::Member, Meaning::Member(whole)),
                        None => self.visit_property_key(&it.name),
                    }
                    let part = self.value(part);
                    self.maybe_default(&it.binding, part);
                }
            }
        }
        if let Some(rest) = &it.rest {
            self.visit_assignment_target(&rest.target);
        }
    }

    fn maybe_default(&mut self, it: &AssignmentTargetMaybeDefault<'_>, source: ValueId) {
        match it {
            AssignmentTargetMaybeDefault::AssignmentTargetWithDefault(it) => {
                self.target(&it.binding, source);
                self.visit_expression(&it.init);
            }
            _ => match it.as_assignment_target() {
                Some(target) => self.target(target, source),
                None => self.visit_assignment_target_maybe_default(it),
            },
        }
    }

    /// What is assigned to.
    pub(super) fn target(&mut self, target: &AssignmentTarget<'_>, source: ValueId) {
        match target {
            AssignmentTarget::ObjectAssignmentTarget(object) => self.object_target(object, source),
            _ => self.visit_assignment_target(target),
        }
    }

    /// A literal that is assigned is expected to be what it is assigned to.
    pub(super) fn assigned(&mut self, it: &AssignmentExpression<'_>) {
        let target = match &it.left {
            AssignmentTarget::AssignmentTargetIdentifier(name) => {
                self.resolve(name).map_or(Value::Unknown, Value::Symbol)
            }
            AssignmentTarget::StaticMemberExpression(member) => self.static_member(member),
            _ => Value::Unknown,
        };
        let target = self.value(target);
        self.expect(&it.right, &Context::Assigned(target));
    }

    /// The object of a member access, which is not handed on by it.
    pub(super) fn receiver(&mut self, object: &Expression<'_>) {
        match object {
            Expression::Identifier(name) => self.reference(name, Form::Plain, false),
            _ => self.visit_expression(object),
        }
    }
}

/// Whether a pattern takes only parts of what it is given.
fn takes_apart(pattern: &BindingPattern<'_>) -> bool {
    matches!(pattern, BindingPattern::ObjectPattern(object) if object.rest.is_none())
}

/// The names of a pattern.
pub(super) fn bound(pattern: &BindingPattern<'_>, names: &mut Vec<super::SymbolId>) {
    match pattern {
        BindingPattern::BindingIdentifier(ident) => {
            names.extend(ident.symbol_id.get().map(|id| super::SymbolId(super::index(id.index()))));
        }
        BindingPattern::ObjectPattern(object) => {
            object.properties.iter().for_each(|property| bound(&property.value, names));
            object.rest.iter().for_each(|rest| bound(&rest.argument, names));
        }
        BindingPattern::ArrayPattern(array) => {
            array.elements.iter().flatten().for_each(|one| bound(one, names));
            array.rest.iter().for_each(|rest| bound(&rest.argument, names));
        }
        BindingPattern::AssignmentPattern(with_default) => bound(&with_default.left, names),
    }
}

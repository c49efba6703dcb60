//! Expressions, as far as they tell whose member is meant.

use oxc_ast::ast::{
    Argument, ArrowFunctionExpression, CallExpression, ChainElement, Expression, FormalParameters, Function,
    MemberExpression, StaticMemberExpression, TSType,
};
use oxc_span::GetSpan as _;

use super::Reader;
use crate::language::script::facts::{Signature, SignatureId, Value, ValueId};

impl Reader<'_> {
    /// What an expression is. Each is read once, so that a long chain costs no more than its length.
    pub(super) fn value_of(&mut self, expression: &Expression<'_>) -> ValueId {
        let span = expression.span();
        if let Some(known) = self.values.get(&span) {
            return *known;
        }
        let value = self.read_value(expression);
        let id = self.value(value);
        self.values.insert(span, id);
        id
    }

    fn read_value(&mut self, expression: &Expression<'_>) -> Value {
        match expression {
            Expression::Identifier(ident) => match self.resolve(ident) {
                _ if self.withs > 0 => Value::Unknown,
                Some(id) => Value::Symbol(id),
                None => Value::Global(ident.name.as_str().into()),
            },
            Expression::ThisExpression(_) => self.this.last().cloned().unwrap_or(Value::Unknown),
            Expression::Super(_) => self.parent(),
            Expression::CallExpression(call) => self.call(call),
            Expression::NewExpression(new) => Value::New(self.value_of(&new.callee)),
            Expression::ObjectExpression(object) => Value::Object(self.object_shape(object)),
            Expression::ClassExpression(class) => Value::Object(self.class_shape(class)),
            Expression::FunctionExpression(function) => Value::Function(self.function_signature(function)),
            Expression::ArrowFunctionExpression(arrow) => Value::Function(self.arrow_signature(arrow)),
            Expression::ChainExpression(chain) => self.chain(&chain.expression),
            Expression::TSNonNullExpression(inner) => self.same(&inner.expression),
            Expression::TSInstantiationExpression(inner) => self.same(&inner.expression),
            Expression::TSSatisfiesExpression(inner) => self.same(&inner.expression),
            Expression::TSAsExpression(cast) if is_const(&cast.type_annotation) => self.same(&cast.expression),
            Expression::TSAsExpression(cast) => Value::Typed(self.type_of(&cast.type_annotation)),
            Expression::TSTypeAssertion(cast) => Value::Typed(self.type_of(&cast.type_annotation)),
            _ => self.read_composed(expression),
        }
    }

    fn read_composed(&mut self, expression: &Expression<'_>) -> Value {
        match expression {
            Expression::AwaitExpression(awaited) => self.awaited(&awaited.argument),
            Expression::ConditionalExpression(choice) => {
                Value::Either(vec![self.value_of(&choice.consequent), self.value_of(&choice.alternate)])
            }
            Expression::LogicalExpression(choice) => {
                Value::Either(vec![self.value_of(&choice.left), self.value_of(&choice.right)])
            }
            Expression::AssignmentExpression(assignment) if assignment.operator.is_assign() => {
                self.same(&assignment.right)
            }
            Expression::SequenceExpression(list) => match list.expressions.last() {
                Some(result) => self.same(result),
                None => Value::Unknown,
            },
            Expression::BooleanLiteral(_)
            | Expression::NullLiteral(_)
            | Expression::NumericLiteral(_)
            | Expression::BigIntLiteral(_)
            | Expression::RegExpLiteral(_)
            | Expression::StringLiteral(_)
            | Expression::TemplateLiteral(_)
            | Expression::ArrayExpression(_)
            | Expression::BinaryExpression(_)
            | Expression::UnaryExpression(_)
            | Expression::UpdateExpression(_)
            | Expression::PrivateInExpression(_) => Value::Builtin,
            _ => expression.as_member_expression().map_or(Value::Unknown, |member| self.member(member)),
        }
    }

    /// What something is that another expression only passes on.
    fn same(&mut self, expression: &Expression<'_>) -> Value {
        let id = self.value_of(expression);
        self.facts.value(id).clone()
    }

    fn chain(&mut self, chain: &ChainElement<'_>) -> Value {
        match chain {
            ChainElement::CallExpression(call) => self.call(call),
            ChainElement::TSNonNullExpression(inner) => self.same(&inner.expression),
            _ => chain.as_member_expression().map_or(Value::Unknown, |member| self.member(member)),
        }
    }

    fn member(&mut self, member: &MemberExpression<'_>) -> Value {
        match member {
            MemberExpression::StaticMemberExpression(member) => self.static_member(member),
            MemberExpression::ComputedMemberExpression(member) => {
                let object = self.value_of(&member.object);
                match &member.expression {
                    Expression::StringLiteral(key) => Value::Member(object, key.value.as_str().into()),
                    _ => Value::Element(object),
                }
            }
            MemberExpression::PrivateFieldExpression(member) => {
                let object = self.value_of(&member.object);
                Value::Member(object, format!("#{}", member.field.name).into())
            }
        }
    }

    pub(super) fn static_member(&mut self, member: &StaticMemberExpression<'_>) -> Value {
        let object = self.value_of(&member.object);
        Value::Member(object, member.property.name.as_str().into())
    }

    fn parent(&self) -> Value {
        match self.this.last() {
            Some(Value::Instance(class)) => Value::Super(*class, false),
            Some(Value::Object(class)) => Value::Super(*class, true),
            Some(_) | None => Value::Unknown,
        }
    }

    fn call(&mut self, call: &CallExpression<'_>) -> Value {
        if let Some(source) = self.required(call) {
            return Value::Module(source);
        }
        if matches!(call.callee, Expression::Super(_)) {
            return Value::Unknown;
        }
        Value::Call(self.value_of(&call.callee))
    }

    fn awaited(&mut self, argument: &Expression<'_>) -> Value {
        if let Expression::ImportExpression(import) = argument
            && let Expression::StringLiteral(source) = &import.source
        {
            return Value::Module(self.request(source));
        }
        Value::Await(self.value_of(argument))
    }

    /// The module of `require("name")`, if that is what a call is.
    pub(super) fn required(&mut self, call: &CallExpression<'_>) -> Option<super::RequestId> {
        let Expression::Identifier(callee) = &call.callee else { return None };
        let [Argument::StringLiteral(source)] = call.arguments.as_slice() else { return None };
        (callee.name == "require" && self.resolve(callee).is_none()).then(|| self.request(source))
    }

    pub(super) fn function_signature(&mut self, function: &Function<'_>) -> SignatureId {
        if let Some(known) = self.signatures.get(&function.span) {
            return *known;
        }
        let parameters = self.parameter_types(&function.params);
        let returns = function.return_type.as_ref().map(|annotation| self.type_of(&annotation.type_annotation));
        let is_async = function.r#async || function.generator;
        let id = self.push_signature(Signature { parameters, returns, gives: Vec::new(), is_async });
        self.signatures.insert(function.span, id);
        id
    }

    pub(super) fn arrow_signature(&mut self, arrow: &ArrowFunctionExpression<'_>) -> SignatureId {
        if let Some(known) = self.signatures.get(&arrow.span) {
            return *known;
        }
        let parameters = self.parameter_types(&arrow.params);
        let returns = arrow.return_type.as_ref().map(|annotation| self.type_of(&annotation.type_annotation));
        let id = self.push_signature(Signature { parameters, returns, gives: Vec::new(), is_async: arrow.r#async });
        self.signatures.insert(arrow.span, id);
        id
    }

    pub(super) fn parameter_types(&mut self, parameters: &FormalParameters<'_>) -> Vec<Option<super::TypeId>> {
        let items = parameters.items.iter();
        let mut types: Vec<_> =
            items.map(|item| item.type_annotation.as_ref().map(|it| self.type_of(&it.type_annotation))).collect();
        // The rest is a list, and each of it is an element: who looks for keys looks into lists.
        if let Some(rest) = &parameters.rest {
            types.push(rest.type_annotation.as_ref().map(|it| self.type_of(&it.type_annotation)));
        }
        types
    }
}

/// `as const` changes nothing.
fn is_const(annotation: &TSType<'_>) -> bool {
    matches!(annotation, TSType::TSTypeReference(reference) if
        matches!(&reference.type_name, oxc_ast::ast::TSTypeName::IdentifierReference(ident) if ident.name == "const"))
}

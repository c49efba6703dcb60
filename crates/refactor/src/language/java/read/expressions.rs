//! Expressions: what each is, as far as its type matters, and the names in it.

use tree_sitter::Node;

use super::{
    super::facts::{Context, Meaning, Origin, Primitive, Typed, Value, ValueId},
    Read, Reader, all_of, children, is_comment, span,
};
use crate::language::Role;

impl<'p> Reader<'p> {
    /// An expression that goes where the context says.
    pub(super) fn expression(&mut self, node: Node<'p>, context: Context) -> Read {
        match node.kind() {
            "parenthesized_expression" => self.parenthesized(node, context),
            "binary_expression" => self.binary(node),
            "instanceof_expression" => self.instance(node),
            "ternary_expression" => self.ternary(node, context),
            "unary_expression" => self.unary(node),
            _ => {
                let value = self.plain(node, context);
                Read::plain(value)
            }
        }
    }

    /// An expression in which no pattern declares what others see.
    fn plain(&mut self, node: Node<'p>, context: Context) -> ValueId {
        match node.kind() {
            "identifier" => self.name(node, Role::Reference),
            "this" => self.value(Value::This(span(node).start)),
            "super" => self.value(Value::Super(span(node).start)),
            "field_access" => self.field_access(node, Role::Reference),
            "method_invocation" => self.call(node),
            "explicit_constructor_invocation" => self.construct(node),
            "method_reference" => self.reference(node, context),
            "object_creation_expression" => self.creation(node),
            "array_creation_expression" => self.array_creation(node),
            "cast_expression" => self.cast(node),
            "assignment_expression" => self.assignment(node),
            "lambda_expression" => self.lambda(node, context),
            "switch_expression" => self.choice(node, context),
            "update_expression" => self.updated(node),
            "array_access" => self.element(node),
            "class_literal" => {
                let typed = only(node).map(|it| self.typed(it));
                self.value(typed.map_or(Value::Unknown, Value::ClassOf))
            }
            "marker_annotation" | "annotation" => {
                self.annotation(node);
                self.value(Value::Unknown)
            }
            _ => self.literal(node),
        }
    }

    fn literal(&mut self, node: Node<'p>) -> ValueId {
        let text = self.letters(node);
        let value = match node.kind() {
            "decimal_integer_literal" | "hex_integer_literal" | "octal_integer_literal" | "binary_integer_literal" => {
                Value::Literal(if text.ends_with(['l', 'L']) { Primitive::Long } else { Primitive::Int })
            }
            "decimal_floating_point_literal" | "hex_floating_point_literal" => {
                Value::Literal(if text.ends_with(['f', 'F']) { Primitive::Float } else { Primitive::Double })
            }
            "true" | "false" => Value::Literal(Primitive::Boolean),
            "character_literal" => Value::Literal(Primitive::Char),
            "null_literal" => Value::Null,
            "string_literal" => {
                for (_, part) in children(node) {
                    if part.kind() == "string_interpolation" {
                        self.rest(part);
                    }
                }
                Value::Text
            }
            "type_identifier"
            | "scoped_type_identifier"
            | "generic_type"
            | "array_type"
            | "integral_type"
            | "floating_point_type"
            | "boolean_type"
            | "void_type"
            | "annotated_type" => Value::Typed(self.typed(node)),
            _ => {
                self.rest(node);
                Value::Unknown
            }
        };
        self.value(value)
    }

    /// A name alone.
    pub(super) fn name(&mut self, node: Node<'p>, role: Role) -> ValueId {
        let part = self.part(node);
        let id = self.value(Value::Name(part.clone()));
        self.token(&part, role, Meaning::Value(id));
        id
    }

    fn parenthesized(&mut self, node: Node<'p>, context: Context) -> Read {
        match only(node) {
            Some(inner) => self.expression(inner, context),
            None => Read::plain(self.value(Value::Unknown)),
        }
    }

    /// Operators may follow one another by the thousand, each in the left side of the next.
    fn binary(&mut self, node: Node<'p>) -> Read {
        let mut chain = Vec::new();
        let mut left = node;
        while left.kind() == "binary_expression" {
            chain.push(left);
            let Some(next) = left.child_by_field_name("left") else { break };
            left = next;
        }
        let mut read = self.expression(left, Context::Unknown);
        for node in chain.into_iter().rev() {
            let Some(right) = node.child_by_field_name("right") else { continue };
            let operator = node.child_by_field_name("operator").map_or("", |it| self.letters(it));
            read = self.joined(read, operator, right);
        }
        read
    }

    fn joined(&mut self, left: Read, operator: &str, right: Node<'p>) -> Read {
        match operator {
            "&&" => self.show(&left.yes, span(right)),
            "||" => self.show(&left.no, span(right)),
            _ => {}
        }
        let mut read = self.expression(right, Context::Unknown);
        let value = match operator {
            "&&" | "||" | "==" | "!=" | "<" | ">" | "<=" | ">=" => Value::Literal(Primitive::Boolean),
            "<<" | ">>" | ">>>" => Value::Sum(vec![left.value]),
            _ => Value::Sum(vec![left.value, read.value]),
        };
        match operator {
            "&&" => {
                read.yes.extend(left.yes);
                read.no.clear();
            }
            "||" => {
                read.no.extend(left.no);
                read.yes.clear();
            }
            _ => {
                read.yes.clear();
                read.no.clear();
            }
        }
        Read { value: self.value(value), ..read }
    }

    fn instance(&mut self, node: Node<'p>) -> Read {
        if let Some(left) = node.child_by_field_name("left") {
            self.expression(left, Context::Unknown);
        }
        let typed = node.child_by_field_name("right").map(|it| self.typed(it));
        let mut yes = Vec::new();
        if let Some(name) = node.child_by_field_name("name") {
            yes.push(self.local(name, typed.map_or(Origin::Unknown, Origin::Typed), Vec::new(), false));
        }
        if let Some(pattern) = node.child_by_field_name("pattern") {
            yes.extend(self.pattern(pattern));
        }
        Read { value: self.value(Value::Literal(Primitive::Boolean)), yes, no: Vec::new() }
    }

    fn ternary(&mut self, node: Node<'p>, context: Context) -> Read {
        let field = |field: &str| node.child_by_field_name(field);
        let (condition, then, other) = (field("condition"), field("consequence"), field("alternative"));
        let read = condition.map(|it| self.expression(it, Context::Unknown));
        let mut branch = |node: Option<Node<'p>>, is_then: bool| {
            let node = node?;
            if let Some(read) = &read {
                self.show(if is_then { &read.yes } else { &read.no }, span(node));
            }
            Some(self.expression(node, context).value)
        };
        let (then, other) = (branch(then, true), branch(other, false));
        let value = then.zip(other).map_or(Value::Unknown, |(then, other)| Value::Either(then, other));
        Read::plain(self.value(value))
    }

    fn unary(&mut self, node: Node<'p>) -> Read {
        let Some(operand) = node.child_by_field_name("operand") else { return Read::plain(self.literal(node)) };
        let read = self.expression(operand, Context::Unknown);
        if self.letters(node).starts_with('!') {
            return Read { value: read.value, yes: read.no, no: read.yes };
        }
        Read::plain(self.value(Value::Sum(vec![read.value])))
    }

    fn updated(&mut self, node: Node<'p>) -> ValueId {
        let Some(operand) = only(node) else { return self.value(Value::Unknown) };
        self.assigned(operand)
    }

    /// What a value is put into.
    fn assigned(&mut self, node: Node<'p>) -> ValueId {
        match node.kind() {
            "identifier" => self.name(node, Role::Write),
            "field_access" => self.field_access(node, Role::Write),
            _ => self.expression(node, Context::Unknown).value,
        }
    }

    fn assignment(&mut self, node: Node<'p>) -> ValueId {
        let left = node.child_by_field_name("left").map(|left| self.assigned(left));
        let context = left.map_or(Context::Unknown, Context::Like);
        if let Some(right) = node.child_by_field_name("right") {
            self.expression(right, context);
        }
        left.unwrap_or_else(|| self.value(Value::Unknown))
    }

    fn cast(&mut self, node: Node<'p>) -> ValueId {
        let all: Vec<_> = all_of(node, "type").into_iter().map(|it| self.typed(it)).collect();
        let typed = match all.as_slice() {
            [one] => *one,
            _ => self.written(Typed::Several(all)),
        };
        if let Some(value) = node.child_by_field_name("value") {
            self.expression(value, Context::Typed(typed));
        }
        self.value(Value::Typed(typed))
    }

    fn element(&mut self, node: Node<'p>) -> ValueId {
        let array = node.child_by_field_name("array").map(|it| self.expression(it, Context::Unknown).value);
        if let Some(index) = node.child_by_field_name("index") {
            self.expression(index, Context::Unknown);
        }
        self.value(array.map_or(Value::Unknown, Value::Element))
    }

    fn array_creation(&mut self, node: Node<'p>) -> ValueId {
        let typed = node.child_by_field_name("type").map(|it| self.typed(it));
        let mut typed = typed.unwrap_or_else(|| self.written(Typed::Missing));
        for (field, child) in children(node) {
            match (field, child.kind()) {
                (Some("type"), _) => {}
                (_, "dimensions_expr") => {
                    self.rest(child);
                    typed = self.written(Typed::Array(typed));
                }
                (_, "dimensions") => typed = self.array(typed, Some(child)),
                _ => self.any(child),
            }
        }
        self.value(Value::Typed(typed))
    }

    /// A `switch` for its value.
    fn choice(&mut self, node: Node<'p>, context: Context) -> ValueId {
        let results = self.switch(node, context);
        let mut results = results.into_iter();
        let Some(first) = results.next() else { return self.value(Value::Unknown) };
        results.fold(first, |all, one| self.value(Value::Either(all, one)))
    }
}

/// The first child that is no comment.
fn only(node: Node<'_>) -> Option<Node<'_>> {
    children(node).into_iter().map(|(_, it)| it).find(|it| !is_comment(*it))
}

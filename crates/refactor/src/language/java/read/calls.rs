//! What is reached through a dot, called, made, or handed on as a function.

use tree_sitter::Node;

use super::{
    super::facts::{Context, Meaning, Origin, Value, ValueId},
    Reader, children, is_comment, span,
};
use crate::language::Role;

/// Methods that take the name of a member or class in a string.
const ASK_BY_NAME: [&str; 14] = [
    "forName",
    "getDeclaredField",
    "getDeclaredMethod",
    "getField",
    "getMethod",
    "loadClass",
    "findVirtual",
    "findStatic",
    "findGetter",
    "findSetter",
    "findVarHandle",
    "newUpdater",
    "valueOf",
    "findSpecial",
];

impl<'p> Reader<'p> {
    /// What stands before the name: `a`, `super`, or `A.super`.
    fn object(&mut self, node: Node<'p>) -> Option<ValueId> {
        let object = node.child_by_field_name("object")?;
        let value = self.expression(object, Context::Unknown).value;
        let children = children(node).into_iter();
        let mut supers = children.filter(|(field, child)| child.kind() == "super" && *field != Some("object"));
        match supers.next() {
            Some((_, outer)) => Some(self.value(Value::OuterSuper { object: value, at: span(outer).start })),
            None => Some(value),
        }
    }

    pub(super) fn field_access(&mut self, node: Node<'p>, role: Role) -> ValueId {
        let object = self.object(node).unwrap_or_else(|| self.value(Value::Unknown));
        match node.child_by_field_name("field") {
            Some(name) if name.kind() == "identifier" => {
                let part = self.part(name);
                let id = self.value(Value::Field { object, part: part.clone() });
                let role = if role == Role::Write { role } else { Role::Member };
                self.token(&part, role, Meaning::Value(id));
                id
            }
            Some(_) => self.value(Value::OuterThis(object)),
            None => self.value(Value::Unknown),
        }
    }

    pub(super) fn call(&mut self, node: Node<'p>) -> ValueId {
        let object = self.object(node);
        if let Some(types) = node.child_by_field_name("type_arguments") {
            self.arguments_of_type(types);
        }
        let id = self.value(Value::Unknown);
        let part = node.child_by_field_name("name").map(|name| self.part(name));
        let arguments = node.child_by_field_name("arguments");
        if let (Some(part), Some(list)) = (&part, arguments)
            && ASK_BY_NAME.contains(&&*part.name)
        {
            self.asked(list);
        }
        let arguments = arguments.map(|list| self.arguments(list, id)).unwrap_or_default();
        if let Some(part) = part {
            let role = if object.is_some() { Role::Member } else { Role::Reference };
            self.token(&part, role, Meaning::Value(id));
            self.fill(id, Value::Call { object, part, arguments });
        }
        id
    }

    /// The arguments of a call, each with where it goes.
    pub(super) fn arguments(&mut self, node: Node<'p>, call: ValueId) -> Vec<ValueId> {
        let children: Vec<_> = children(node).into_iter().filter(|(_, it)| !is_comment(*it)).collect();
        let mut values = Vec::new();
        for ((_, child), count) in children.into_iter().zip(0..) {
            values.push(self.expression(child, Context::Argument(call, count)).value);
        }
        values
    }

    /// Strings that are looked up as names.
    pub(super) fn asked(&mut self, node: Node<'p>) {
        for (_, child) in children(node).into_iter().filter(|(_, it)| it.kind() == "string_literal") {
            let text = self.letters(child).trim_matches('"');
            let name = super::Part { name: text.into(), start: span(child).start + 1 };
            self.token(&name, Role::Text, Meaning::Text);
        }
    }

    pub(super) fn construct(&mut self, node: Node<'p>) -> ValueId {
        let id = self.value(Value::Unknown);
        if let Some(object) = node.child_by_field_name("object") {
            self.expression(object, Context::Unknown);
        }
        if let Some(types) = node.child_by_field_name("type_arguments") {
            self.arguments_of_type(types);
        }
        let constructor = node.child_by_field_name("constructor");
        let is_super = constructor.is_some_and(|it| it.kind() == "super");
        let arguments = node.child_by_field_name("arguments").map(|list| self.arguments(list, id)).unwrap_or_default();
        self.fill(id, Value::Construct { at: span(node).start, is_super, arguments });
        id
    }

    pub(super) fn creation(&mut self, node: Node<'p>) -> ValueId {
        let id = self.value(Value::Unknown);
        let (mut typed, mut arguments, mut body) = (None, Vec::new(), None);
        for (field, child) in children(node) {
            match (field, child.kind()) {
                (Some("type"), _) => typed = Some(self.typed(child)),
                (Some("type_arguments"), _) => {
                    self.arguments_of_type(child);
                }
                (Some("arguments"), _) => arguments = self.arguments(child, id),
                (None, "class_body") => body = typed.map(|typed| self.anonymous(child, typed)),
                (None, "marker_annotation" | "annotation") => {
                    self.annotation(child);
                }
                _ if is_comment(child) => {}
                _ => self.any(child),
            }
        }
        if let Some(typed) = typed {
            self.fill(id, Value::New { typed, arguments, body });
        }
        id
    }

    pub(super) fn reference(&mut self, node: Node<'p>, context: Context) -> ValueId {
        let children: Vec<_> = children(node).into_iter().map(|(_, it)| it).filter(|it| !is_comment(*it)).collect();
        let mut cursor = node.walk();
        let is_new = node.children(&mut cursor).any(|child| child.kind() == "new");
        let [object, rest @ ..] = children.as_slice() else { return self.value(Value::Unknown) };
        let object = self.expression(*object, Context::Unknown).value;
        let mut name = None;
        for child in rest {
            if child.kind() == "identifier" && !is_new {
                name = Some(self.part(*child));
            } else if child.kind() == "type_arguments" {
                self.arguments_of_type(*child);
            }
        }
        let id = self.value(Value::Reference { object, part: name.clone(), context });
        if let Some(name) = name {
            self.token(&name, Role::Member, Meaning::Value(id));
        }
        id
    }

    pub(super) fn lambda(&mut self, node: Node<'p>, context: Context) -> ValueId {
        let id = self.value(Value::Unknown);
        let seen = span(node);
        let mut count = 0;
        if let Some(parameters) = node.child_by_field_name("parameters") {
            let list = match parameters.kind() {
                "identifier" => vec![parameters],
                _ => children(parameters).into_iter().map(|(_, it)| it).collect(),
            };
            for parameter in list {
                match parameter.kind() {
                    "identifier" => {
                        self.local(parameter, Origin::Lambda(id, count), vec![seen.clone()], true);
                    }
                    "formal_parameter" | "spread_parameter" => {
                        self.parameter(parameter, &seen, Origin::Lambda(id, count));
                    }
                    _ => continue,
                }
                count += 1;
            }
        }
        let mut returns = None;
        if let Some(body) = node.child_by_field_name("body") {
            returns = if body.kind() == "block" { self.lambda_block(body) } else { Some(self.lambda_value(body)) };
        }
        self.fill(id, Value::Lambda { count, returns, context });
        id
    }

    fn lambda_value(&mut self, body: Node<'p>) -> ValueId {
        self.expression(body, Context::Unknown).value
    }

    /// The block of a lambda, with what it returns.
    fn lambda_block(&mut self, body: Node<'p>) -> Option<ValueId> {
        let result = std::mem::replace(&mut self.result, Context::Unknown);
        let around = self.returned.replace(Vec::new());
        self.block(body);
        self.result = result;
        let returned = std::mem::replace(&mut self.returned, around).unwrap_or_default();
        let mut returned = returned.into_iter();
        let first = returned.next()?;
        Some(returned.fold(first, |all, one| self.value(Value::Either(all, one))))
    }
}

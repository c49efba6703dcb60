//! Expressions: calls, members, initialisers, and what can be told of a value's type.

use tree_sitter::Node;

use super::{Here, Reader, span};
use crate::language::{
    Role,
    c::{
        facts::{Base, Call, CallId, Typed, Value, ValueId, What},
        words::is_keyword,
    },
    trees::{all_of, children},
};

impl<'p> Reader<'p> {
    pub(super) fn call(&mut self, node: Node<'p>, here: Here) {
        let function = node.child_by_field_name("function");
        let arguments = node.child_by_field_name("arguments");
        let callee = function.filter(|it| it.kind() == "identifier").map_or("", |it| self.letters(it));
        let given = arguments.map(children).unwrap_or_default();
        let id = CallId::try_from(self.facts.calls.len()).unwrap_or(CallId::MAX);
        let spans = given.iter().map(|(_, it)| span(*it)).collect();
        self.facts.calls.push(Call { callee: callee.into(), arguments: spans, outer: here.call });
        if let Some(function) = function {
            self.walk(function, here);
        }
        for (_, argument) in given {
            self.walk(argument, Here { call: Some(id), ..here });
        }
    }

    pub(super) fn member(&mut self, node: Node<'p>, here: Here) {
        let Some(argument) = node.child_by_field_name("argument") else { return self.walk_all(node, here) };
        self.walk(argument, here);
        let Some(field) = node.child_by_field_name("field") else { return };
        if matches!(field.kind(), "qualified_identifier" | "destructor_name") {
            return self.walk(field, here);
        }
        let name = super::names::leaf(field);
        let inner = if field.kind() == "dependent_name" { field.named_child(0) } else { Some(field) };
        if let Some(arguments) = inner.and_then(|it| it.child_by_field_name("arguments")) {
            self.walk_all(arguments, here);
        }
        if name.kind() != "field_identifier" {
            return self.walk(name, here);
        }
        let value = self.value(node, here);
        self.note(name, What::Member(value), Role::Member, here.call);
    }

    /// What can be told of a value.
    pub(super) fn value(&mut self, node: Node<'p>, here: Here) -> ValueId {
        if let Some(known) = self.known.get(&node.id()) {
            return *known;
        }
        let value = self.value_of(node, here);
        let id = self.keep(value);
        self.known.insert(node.id(), id);
        id
    }

    fn keep(&mut self, value: Value) -> ValueId {
        let id = ValueId::try_from(self.facts.values.len()).unwrap_or(ValueId::MAX);
        self.facts.values.push(value);
        id
    }

    fn value_of(&mut self, node: Node<'p>, here: Here) -> Value {
        let field = |name: &str| node.child_by_field_name(name);
        match node.kind() {
            "identifier" => Value::Named(self.ask(node, here, false, Role::Reference)),
            "qualified_identifier" => match self.qualified(node, here, Role::Reference) {
                Some((asked, _)) => Value::Named(asked),
                None => Value::Unknown,
            },
            "this" => Value::This(here.scope),
            "field_expression" => self.member_value(node, here),
            "call_expression" => self.call_value(node, here),
            "parenthesized_expression" | "co_await_expression" => self.same(node.named_child(0), here),
            "assignment_expression" | "update_expression" => self.same(field("left").or(field("argument")), here),
            "comma_expression" => self.same(field("right"), here),
            "conditional_expression" => self.same(field("consequence").or(field("alternative")), here),
            "subscript_expression" => self.target(field("argument"), here),
            "pointer_expression" => {
                let is_address = field("operator").is_some_and(|it| self.letters(it) == "&");
                let argument = field("argument").map(|it| self.value(it, here));
                match (argument, is_address) {
                    (Some(argument), true) => Value::Address(argument),
                    (Some(argument), false) => Value::Target(argument),
                    (None, _) => Value::Unknown,
                }
            }
            "binary_expression" => self.moved(node, here),
            "cast_expression" | "compound_literal_expression" => {
                Value::Typed(field("type").map_or_else(Typed::default, |it| self.typed(it, here)))
            }
            "new_expression" => {
                let typed = field("type").map_or_else(Typed::default, |it| self.typed(it, here));
                Value::Typed(Typed { depth: typed.depth.saturating_add(1), ..typed })
            }
            _ => Value::Unknown,
        }
    }

    fn same(&mut self, node: Option<Node<'p>>, here: Here) -> Value {
        let inner = node.map(|node| self.value(node, here));
        inner.and_then(|id| self.facts.value(id).cloned()).unwrap_or(Value::Unknown)
    }

    fn target(&mut self, node: Option<Node<'p>>, here: Here) -> Value {
        node.map_or(Value::Unknown, |node| Value::Target(self.value(node, here)))
    }

    /// A pointer and a number give a pointer.
    fn moved(&mut self, node: Node<'p>, here: Here) -> Value {
        let operator = node.child_by_field_name("operator").map_or("", |it| self.letters(it));
        let left = node.child_by_field_name("left").filter(|_| operator == "+" || operator == "-");
        if self.facts.is_cpp { Value::Unknown } else { self.same(left, here) }
    }

    fn member_value(&mut self, node: Node<'p>, here: Here) -> Value {
        let field = node.child_by_field_name("field").map(super::names::leaf);
        let (Some(argument), Some(field)) = (node.child_by_field_name("argument"), field) else {
            return Value::Unknown;
        };
        let operator = node.child_by_field_name("operator").map_or("", |it| self.letters(it));
        let of = self.value(argument, here);
        Value::Member(of, self.letters(field).into(), operator == "->")
    }

    fn call_value(&mut self, node: Node<'p>, here: Here) -> Value {
        let Some(function) = node.child_by_field_name("function") else { return Value::Unknown };
        let is_cast = |name: &str| name.ends_with("_cast") && is_keyword(name, true);
        if function.kind() == "template_function" {
            let name = function.child_by_field_name("name").map_or("", |it| self.letters(it));
            let first = function.child_by_field_name("arguments").and_then(|it| it.named_child(0));
            return match first {
                Some(first) if is_cast(name) => Value::Typed(self.typed(first, here)),
                _ => Value::Unknown,
            };
        }
        Value::Call(self.value(function, here))
    }

    /// What a loop over a value gives.
    pub(super) fn element(&mut self, value: ValueId) -> Typed {
        Typed { base: Base::Of(self.keep(Value::Element(value))), depth: 0 }
    }

    pub(super) fn initialised(&mut self, node: Node<'p>, here: Here) {
        match (node.kind(), node.child_by_field_name("type")) {
            ("initializer_list", _) => self.list(node, &Typed::default(), here),
            ("compound_literal_expression", Some(of)) => {
                let typed = self.typed(of, here);
                for value in all_of(node, "value") {
                    self.given(value, &typed, here);
                }
            }
            ("offsetof_expression", Some(of)) => {
                let typed = self.typed(of, here);
                for member in all_of(node, "member") {
                    self.note(member, What::Designates(typed.clone()), Role::Member, None);
                }
            }
            _ => self.walk_all(node, here),
        }
    }

    /// A value that is given to something of a type.
    pub(super) fn given(&mut self, value: Node<'p>, typed: &Typed, here: Here) {
        if value.kind() == "initializer_list" {
            self.list(value, typed, here);
        } else {
            self.walk(value, here);
        }
    }

    fn list(&mut self, node: Node<'p>, typed: &Typed, here: Here) {
        for (_, child) in children(node) {
            match child.kind() {
                "initializer_pair" => self.pair(child, typed, here),
                "initializer_list" => {
                    let of = self.keep(Value::Typed(typed.clone()));
                    let element = self.element(of);
                    self.list(child, &element, here);
                }
                _ => self.walk(child, here),
            }
        }
    }

    /// `.a.b[1] = value`
    fn pair(&mut self, node: Node<'p>, typed: &Typed, here: Here) {
        let mut current = typed.clone();
        for designator in all_of(node, "designator") {
            let is_bare = designator.kind() == "field_identifier";
            let name = if is_bare { Some(designator) } else { designator.named_child(0) };
            if let Some(name) = name.filter(|name| name.kind() == "field_identifier") {
                self.note(name, What::Designates(current.clone()), Role::Write, None);
                let of = self.keep(Value::Typed(current));
                let member = self.keep(Value::Member(of, self.letters(name).into(), false));
                current = Typed { base: Base::Of(member), depth: 0 };
            } else {
                self.walk_all(designator, here);
                let inner = self.keep(Value::Typed(current));
                current = self.element(inner);
            }
        }
        for value in all_of(node, "value") {
            self.given(value, &current, here);
        }
    }

    /// The type that a node writes, with the names in it.
    pub(super) fn typed(&mut self, node: Node<'p>, here: Here) -> Typed {
        let flat = |base: Base| Typed { base, depth: 0 };
        match node.kind() {
            "type_descriptor" => self.described(node, here),
            "struct_specifier" | "class_specifier" | "union_specifier" => self.record(node, here, None),
            "enum_specifier" => {
                self.enumeration(node, here);
                flat(Base::Builtin)
            }
            "primitive_type" if is_keyword(self.letters(node), true) => flat(Base::Builtin),
            "type_identifier" | "identifier" | "primitive_type" => {
                flat(Base::Named(self.ask(node, here, false, Role::Reference)))
            }
            "qualified_identifier" => match self.qualified(node, here, Role::Reference) {
                Some((asked, _)) => flat(Base::Named(asked)),
                None => Typed::default(),
            },
            "template_type" => {
                if let Some(arguments) = node.child_by_field_name("arguments") {
                    self.walk_all(arguments, here);
                }
                match node.child_by_field_name("name") {
                    Some(name) => flat(Base::Named(self.ask(name, here, false, Role::Reference))),
                    None => Typed::default(),
                }
            }
            "sized_type_specifier" => {
                self.walk_all(node, here);
                flat(Base::Builtin)
            }
            _ => {
                self.walk_all(node, here);
                Typed::default()
            }
        }
    }

    /// A type with the pointers behind it.
    fn described(&mut self, node: Node<'p>, here: Here) -> Typed {
        let mut typed = node.child_by_field_name("type").map_or_else(Typed::default, |it| self.typed(it, here));
        let mut next = node.child_by_field_name("declarator");
        if let Some(declarator) = next {
            self.walk_all(declarator, here);
        }
        while let Some(declarator) = next {
            if !declarator.kind().contains("parenthesized") && !declarator.kind().contains("reference") {
                typed.depth = typed.depth.saturating_add(1);
            }
            let inner = || declarator.named_child(0).filter(|it| it.kind().starts_with("abstract"));
            next = declarator.child_by_field_name("declarator").or_else(inner);
        }
        typed
    }
}

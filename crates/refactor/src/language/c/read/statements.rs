//! The walk: what each kind of node is, and the scopes that blocks make.

use tree_sitter::Node;

use super::{Here, Reader, declare::Manner, span};
use crate::language::{
    Role, SymbolKind,
    c::facts::{Owner, ScopeKind, Space, Typed, What, Word},
    trees::{all_of, children},
};

impl<'p> Reader<'p> {
    /// Reads a node and all below it.
    pub(super) fn walk(&mut self, node: Node<'p>, here: Here) {
        match node.kind() {
            "ERROR" => self.broken(node, here),
            "function_definition" => self.function(node, here),
            "declaration" | "field_declaration" | "template_instantiation" => self.declaration(node, here),
            "parameter_declaration" | "optional_parameter_declaration" | "variadic_parameter_declaration" => {
                self.parameter(node, here);
            }
            "type_definition" | "alias_declaration" => self.type_definition(node, here),
            "struct_specifier" | "class_specifier" | "union_specifier" => {
                self.record(node, here, None);
            }
            "enum_specifier" => self.enumeration(node, here),
            "namespace_definition" => self.namespace(node, here),
            "template_declaration" | "template_template_parameter_declaration" => {
                let scope = self.facts.scopes.enter(here.scope, ScopeKind::Block);
                self.walk_all(node, Here { scope, is_template: true, ..here });
            }
            "template_parameter_list" => self.walk_all(node, here.inside(here.scope)),
            "type_parameter_declaration"
            | "optional_type_parameter_declaration"
            | "variadic_type_parameter_declaration" => {
                self.type_parameter(node, here);
            }
            "compound_statement"
            | "for_statement"
            | "if_statement"
            | "while_statement"
            | "switch_statement"
            | "for_range_loop"
            | "catch_clause"
            | "requires_expression"
            | "do_statement" => self.block(node, here),
            "lambda_expression" => self.lambda(node, here),
            "labeled_statement" | "goto_statement" | "gnu_asm_goto_list" => self.label(node, here),
            "parameter_list" => self.parameters(node, here),
            "call_expression" => self.call(node, here),
            "field_expression" => self.member(node, here),
            "init_declarator" | "compound_literal_expression" | "initializer_list" | "offsetof_expression" => {
                self.initialised(node, here);
            }
            _ => self.walk_name(node, here),
        }
    }

    /// In what the grammar does not cover, whole declarations are read; a bare name may be anything.
    fn broken(&mut self, node: Node<'p>, here: Here) {
        for (_, child) in children(node) {
            if child.named_child_count() == 0 || child.kind().ends_with("declarator") {
                self.leave_out(child);
            } else {
                self.walk(child, here);
            }
        }
    }

    /// All names below a node may be anything.
    pub(super) fn leave_out(&mut self, node: Node<'p>) {
        self.note_all(node, Word::LeftOut);
    }

    /// All names below a node are this.
    pub(super) fn note_all(&mut self, node: Node<'p>, word: Word) {
        let inner = children(node);
        if inner.is_empty() && (node.kind().ends_with("identifier") || node.kind() == "primitive_type") {
            self.note(node, What::Word(word), Role::Reference, None);
        }
        for (_, child) in inner {
            self.note_all(child, word);
        }
    }

    fn block(&mut self, node: Node<'p>, here: Here) {
        let scope = self.facts.scopes.enter(here.scope, ScopeKind::Block);
        let inside = Here { call: None, ..here.inside(scope) };
        if node.kind() == "for_range_loop" {
            return self.range_loop(node, inside);
        }
        self.walk_all(node, inside);
    }

    fn range_loop(&mut self, node: Node<'p>, here: Here) {
        for (field, child) in children(node) {
            if field != Some("declarator") && field != Some("body") {
                self.walk(child, here);
            }
        }
        let element = node.child_by_field_name("right").map(|right| self.value(right, here));
        let is_auto = node.child_by_field_name("type").is_some_and(|it| it.kind() == "placeholder_type_specifier");
        let base = match (element, node.child_by_field_name("type")) {
            (Some(value), _) if is_auto => self.element(value),
            (_, Some(type_node)) => self.typed(type_node, here),
            _ => Typed::default(),
        };
        for declarator in all_of(node, "declarator") {
            self.declare_all(declarator, here, &base, Manner::default());
        }
        for body in all_of(node, "body") {
            self.walk(body, here);
        }
    }

    fn lambda(&mut self, node: Node<'p>, here: Here) {
        let scope = self.facts.scopes.enter(here.scope, ScopeKind::Block);
        let inside = here.inside(scope);
        for (_, child) in children(node) {
            match child.kind() {
                "lambda_capture_specifier" => self.captures(child, here, inside),
                "abstract_function_declarator" => {
                    for (_, part) in children(child) {
                        if part.kind() == "parameter_list" {
                            self.walk_all(part, inside);
                        } else {
                            self.walk(part, inside);
                        }
                    }
                }
                _ => self.walk(child, inside),
            }
        }
    }

    fn captures(&mut self, node: Node<'p>, here: Here, inside: Here) {
        for (_, child) in children(node) {
            let left = child.child_by_field_name("left").filter(|_| child.kind() == "lambda_capture_initializer");
            let Some(left) = left else {
                self.walk(child, here);
                continue;
            };
            for right in all_of(child, "right") {
                self.walk(right, here);
            }
            self.declare(left, inside, Owner::Block, Space::Ordinary, SymbolKind::Variable, &Typed::default());
        }
    }

    fn label(&mut self, node: Node<'p>, here: Here) {
        let is_definition = node.kind() == "labeled_statement";
        for (field, child) in children(node) {
            let (Some("label"), Some(function)) = (field, here.function) else {
                self.walk(child, here);
                continue;
            };
            if is_definition {
                let home = Here { scope: function, home: function, ..here };
                self.declare(child, home, Owner::Block, Space::Label, SymbolKind::Label, &Typed::default());
            } else {
                self.note(child, What::Label(function), Role::Reference, None);
            }
        }
    }

    /// A list of parameters that is of no definition.
    fn parameters(&mut self, node: Node<'p>, here: Here) {
        let scope = self.facts.scopes.enter(here.scope, ScopeKind::Block);
        self.walk_all(node, here.inside(scope));
    }

    fn type_parameter(&mut self, node: Node<'p>, here: Here) {
        let home = here.inside(here.scope);
        for (field, child) in children(node) {
            if child.kind() == "type_identifier" && field != Some("default_type") {
                self.declare(child, home, Owner::Block, Space::Ordinary, SymbolKind::TypeParameter, &Typed::default());
            } else {
                self.walk(child, here);
            }
        }
    }

    fn namespace(&mut self, node: Node<'p>, here: Here) {
        let mut path = self.namespace_path(here.home);
        if let Some(name) = node.child_by_field_name("name") {
            let parts = if name.kind() == "nested_namespace_specifier" { flat(name) } else { vec![name] };
            for part in parts {
                let owner = Owner::Namespace(path.as_str().into());
                self.declare(part, here, owner, Space::Ordinary, SymbolKind::Package, &Typed::default());
                if !path.is_empty() {
                    path.push_str("::");
                }
                path.push_str(self.letters(part));
            }
        }
        let scope = self.facts.scopes.enter(here.scope, ScopeKind::Namespace(path.as_str().into()));
        if let Some(body) = node.child_by_field_name("body") {
            self.walk_all(body, here.inside(scope));
        }
    }

    /// The path of the namespace that a scope is in.
    pub(super) fn namespace_path(&self, scope: crate::language::trees::ScopeId) -> String {
        let mut outward = self.facts.scopes.outward(scope);
        let path = outward.find_map(|scope| match self.facts.scopes.kind(scope)? {
            ScopeKind::Namespace(path) => Some(path.to_string()),
            ScopeKind::Record(_) | ScopeKind::Function(_) | ScopeKind::Block => None,
        });
        path.unwrap_or_default()
    }

    /// Notes a function's bytes, for what is asked of its whole body.
    pub(super) fn note_body(&mut self, node: Node<'p>, here: Here) {
        if here.function.is_none() {
            self.facts.bodies.push(span(node));
        }
    }
}

/// The names of `a::b::c`, as a namespace's definition nests them.
fn flat(node: Node<'_>) -> Vec<Node<'_>> {
    let mut parts = Vec::new();
    let mut rest = vec![node];
    while let Some(node) = rest.pop() {
        let inner = children(node);
        if inner.is_empty() {
            parts.push(node);
        }
        rest.extend(inner.into_iter().rev().map(|(_, child)| child));
    }
    parts
}

//! What stands before a declaration: its words and its annotations.

use tree_sitter::Node;

use super::{
    super::facts::{Access, Context, Meaning, Modifiers, Part, TypeId, Typed},
    Reader, children, is_comment,
};
use crate::language::Role;

impl<'p> Reader<'p> {
    /// The words and annotations before a declaration.
    pub(super) fn modifiers(&mut self, node: Node<'p>) -> Modifiers {
        let mut modifiers = Modifiers::default();
        let found = children(node).into_iter().find(|(_, child)| child.kind() == "modifiers");
        let Some((_, list)) = found else { return modifiers };
        let mut cursor = list.walk();
        for child in list.children(&mut cursor) {
            match child.kind() {
                "public" => modifiers.access = Access::Public,
                "protected" => modifiers.access = Access::Protected,
                "private" => modifiers.access = Access::Private,
                "static" => modifiers.is_static = true,
                "abstract" => modifiers.is_abstract = true,
                "final" => modifiers.is_final = true,
                "native" => modifiers.is_native = true,
                "default" => modifiers.is_default = true,
                "marker_annotation" | "annotation" => modifiers.annotations.extend(self.annotation(child)),
                _ => {}
            }
        }
        modifiers
    }

    /// Every annotation right below a node.
    pub(super) fn annotations_in(&mut self, node: Node<'p>) {
        for (_, child) in children(node) {
            if matches!(child.kind(), "marker_annotation" | "annotation") {
                self.annotation(child);
            }
        }
    }

    /// `@A(name = value)`, with the type that it names.
    pub(super) fn annotation(&mut self, node: Node<'p>) -> Option<TypeId> {
        let typed = node.child_by_field_name("name").map(|name| self.typed(name))?;
        if let Some(list) = node.child_by_field_name("arguments") {
            self.asked(list);
            for (_, child) in children(list) {
                if child.kind() == "element_value_pair" {
                    self.element_pair(child, typed);
                } else if !is_comment(child) {
                    self.element_value(child);
                }
            }
        }
        Some(typed)
    }

    fn element_pair(&mut self, node: Node<'p>, typed: TypeId) {
        if let Some(key) = node.child_by_field_name("key") {
            let key = self.part(key);
            self.token(&key, Role::Keyword, Meaning::Element(typed));
        }
        self.asked(node);
        if let Some(value) = node.child_by_field_name("value") {
            self.element_value(value);
        }
    }

    fn element_value(&mut self, node: Node<'p>) {
        if node.kind() != "element_value_array_initializer" {
            self.expression(node, Context::Unknown);
            return;
        }
        self.asked(node);
        for (_, child) in children(node).into_iter().filter(|(_, it)| !is_comment(*it)) {
            self.element_value(child);
        }
    }

    /// Whether `@Override` is among annotations.
    pub(super) fn says_override(&self, annotations: &[TypeId]) -> bool {
        annotations.iter().any(|id| {
            matches!(self.facts.typed(*id), Some(Typed::Named { part: Part { name, .. }, .. }) if &**name == "Override")
        })
    }
}

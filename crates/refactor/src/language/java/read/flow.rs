//! What patterns declare, and whether a statement is ever left: JLS 6.3 and 14.22.

use tree_sitter::Node;

use super::{
    super::facts::{Context, LocalId, Meaning, Origin},
    Reader, children, is_comment,
};
use crate::language::Role;

/// The most nodes of one statement that are looked through for a way out of it; in a larger one there may be one.
const MOST_NODES: usize = 100_000;

impl<'p> Reader<'p> {
    /// A label of a `switch`, with the variables that its patterns declare.
    pub(super) fn case(&mut self, node: Node<'p>) -> Vec<LocalId> {
        let mut seen = Vec::new();
        for (_, child) in children(node) {
            match child.kind() {
                "pattern" | "type_pattern" | "record_pattern" => seen.extend(self.pattern(child)),
                "guard" => {
                    for (_, guard) in children(child).into_iter().filter(|(_, it)| !is_comment(*it)) {
                        seen.extend(self.expression(guard, Context::Unknown).yes);
                    }
                }
                "identifier" => {
                    let name = self.part(child);
                    let subject = self.subject.map_or(Meaning::Fixed("nothing"), Meaning::Case);
                    self.token(&name, Role::Reference, subject);
                }
                _ => self.any(child),
            }
        }
        seen
    }

    /// A pattern with the variables that it declares.
    pub(super) fn pattern(&mut self, node: Node<'p>) -> Vec<LocalId> {
        let children: Vec<_> = children(node).into_iter().map(|(_, it)| it).filter(|it| !is_comment(*it)).collect();
        match (node.kind(), children.as_slice()) {
            ("type_pattern" | "record_pattern_component", [typed, name]) => {
                let typed = self.typed_or_var(*typed);
                let origin = typed.map_or(Origin::Unknown, Origin::Typed);
                vec![self.local(*name, origin, Vec::new(), false)]
            }
            ("record_pattern", [typed, rest @ ..]) => {
                self.typed(*typed);
                rest.iter().flat_map(|it| self.pattern(*it)).collect()
            }
            ("pattern" | "record_pattern_body", all) => all.iter().flat_map(|it| self.pattern(*it)).collect(),
            ("underscore_pattern" | "record_pattern_component", _) => Vec::new(),
            _ => {
                self.any(node);
                Vec::new()
            }
        }
    }
}

/// Whether something in a loop or a labelled statement jumps out of it. A labelled `break` is taken to, wherever it goes.
pub(super) fn breaks(node: Node<'_>, is_labelled: bool) -> bool {
    let mut cursor = node.walk();
    let mut left = MOST_NODES;
    // How many loops and switches are around, of those within the node.
    let mut around = 0usize;
    loop {
        let here = cursor.node();
        let has_label = here.named_child_count() > 0;
        if here.kind() == "break_statement" && (has_label || (around <= 1 && !is_labelled)) {
            return true;
        }
        left = left.saturating_sub(1);
        if left == 0 {
            return true;
        }
        if !is_own_world(here) && cursor.goto_first_child() {
            around += usize::from(takes_breaks(here));
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return false;
            }
            around = around.saturating_sub(usize::from(takes_breaks(cursor.node())));
        }
    }
}

fn takes_breaks(node: Node<'_>) -> bool {
    matches!(
        node.kind(),
        "while_statement" | "do_statement" | "for_statement" | "enhanced_for_statement" | "switch_expression"
    )
}

/// What has jumps of its own.
fn is_own_world(node: Node<'_>) -> bool {
    matches!(node.kind(), "class_body" | "lambda_expression" | "enum_body" | "interface_body")
}

/// Whether no `switch` of this kind is left otherwise than by leaving what is around it.
pub(super) fn switch_ends(node: Node<'_>) -> bool {
    let Some(body) = node.child_by_field_name("body") else { return false };
    if breaks(node, false) {
        return false;
    }
    let mut cursor = body.walk();
    let parts: Vec<_> = body.named_children(&mut cursor).filter(|part| !is_comment(*part)).collect();
    let has_default = parts.iter().any(|part| {
        let mut cursor = part.walk();
        part.named_children(&mut cursor).any(|it| it.kind() == "switch_label" && it.named_child_count() == 0)
    });
    let ends = |part: &Node<'_>| {
        let last = part.named_child(u32::try_from(part.named_child_count().saturating_sub(1)).unwrap_or(u32::MAX));
        last.is_some_and(statement_ends)
    };
    let last = parts.last().is_some_and(ends);
    let is_new = parts.first().is_some_and(|part| part.kind() == "switch_rule");
    has_default && last && (!is_new || parts.iter().all(ends))
}

/// Whether a statement obviously leaves what is around it.
fn statement_ends(node: Node<'_>) -> bool {
    let mut node = node;
    while node.kind() == "block" {
        let Some(last) =
            node.named_child(u32::try_from(node.named_child_count().saturating_sub(1)).unwrap_or(u32::MAX))
        else {
            return false;
        };
        node = last;
    }
    matches!(node.kind(), "return_statement" | "throw_statement" | "continue_statement" | "yield_statement")
}

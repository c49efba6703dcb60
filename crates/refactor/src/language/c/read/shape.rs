//! Declarators: what stands around a declared name.

use tree_sitter::Node;

use super::{Here, Reader};
use crate::language::{c::facts::Owner, trees::children};

/// A declarator, unwrapped.
pub(super) struct Shape<'p> {
    /// The name, with what qualifies it.
    pub(super) name: Node<'p>,
    /// Pointers, arrays and functions around it.
    pub(super) depth: u8,
    /// The function that the name is, if it is one.
    pub(super) function: Option<Node<'p>>,
    /// All that was unwrapped, from the outside.
    pub(super) wraps: Vec<Node<'p>>,
}

impl<'p> Shape<'p> {
    pub(super) fn of(node: Node<'p>) -> Option<Self> {
        let mut shape = Self { name: node, depth: 0, function: None, wraps: Vec::new() };
        loop {
            let node = shape.name;
            let inner = match node.kind() {
                "pointer_declarator" | "pointer_type_declarator" | "array_declarator" => {
                    (shape.depth, shape.function) = (shape.depth.saturating_add(1), None);
                    node.child_by_field_name("declarator")?
                }
                "function_declarator" => {
                    (shape.depth, shape.function) = (shape.depth.saturating_add(1), Some(node));
                    node.child_by_field_name("declarator")?
                }
                "init_declarator" => node.child_by_field_name("declarator")?,
                "parenthesized_declarator"
                | "reference_declarator"
                | "attributed_declarator"
                | "variadic_declarator" => {
                    let inner = children(node).into_iter().map(|(_, child)| child);
                    inner
                        .into_iter()
                        .find(|it| it.kind().ends_with("declarator") || it.kind().ends_with("identifier"))?
                }
                _ => return Some(shape),
            };
            shape.wraps.push(node);
            shape.name = inner;
        }
    }
}

impl<'p> Reader<'p> {
    /// `T x(a, b);` in a function of C++: what looks like parameters is a list of values, unless it has a type of the
    /// language's own in it.
    pub(super) fn is_construction(&self, shape: &Shape<'p>, here: Here) -> bool {
        let Some(function) = shape.function else { return false };
        let is_block = matches!(self.owner(here.home), Owner::Block);
        let parameters = function.child_by_field_name("parameters").map(children).unwrap_or_default();
        let is_type = |node: &Node<'_>| {
            let kind = node.child_by_field_name("type").map_or("", |it| it.kind());
            kind == "primitive_type" || kind.ends_with("specifier") || node.named_child_count() > 2
        };
        self.facts.is_cpp && is_block && !parameters.is_empty() && !parameters.iter().any(|(_, it)| is_type(it))
    }

    /// Reads what was taken for parameters as values.
    pub(super) fn walk_call_like(&mut self, wrap: Node<'p>, here: Here) {
        let Some(parameters) = wrap.child_by_field_name("parameters") else { return };
        let mut rest: Vec<Node<'p>> = children(parameters).into_iter().map(|(_, child)| child).collect();
        while let Some(node) = rest.pop() {
            match node.kind() {
                "parameter_declaration" | "parameter_list" | "optional_parameter_declaration" => {
                    rest.extend(children(node).into_iter().map(|(_, child)| child));
                }
                kind if kind.ends_with("declarator") => rest.extend(children(node).into_iter().map(|(_, child)| child)),
                _ => self.walk(node, here),
            }
        }
    }

    /// Sizes of arrays, parameters of prototypes, attributes.
    pub(super) fn walk_wraps(&mut self, shape: &Shape<'p>, here: Here) {
        for wrap in &shape.wraps {
            for (field, child) in children(*wrap) {
                if !matches!(field, Some("declarator" | "value"))
                    && child != shape.name
                    && !shape.wraps.contains(&child)
                {
                    self.walk(child, here);
                }
            }
        }
    }
}

//! Reading nodes: their letters and their children.

use tree_sitter::Node;

/// A node's letters in the text that it was parsed from.
pub(in crate::language) fn letters<'t>(text: &'t str, node: Node<'_>) -> &'t str {
    text.get(node.byte_range()).unwrap_or_default()
}

/// The children that the grammar names, comments and broken parts included, each with the field it is in. Takes as long
/// as there are children; asking for each by its index would take the square of that.
pub(in crate::language) fn children(node: Node<'_>) -> Vec<(Option<&'static str>, Node<'_>)> {
    let mut cursor = node.walk();
    let mut found = Vec::new();
    let mut more = cursor.goto_first_child();
    while more {
        let child = cursor.node();
        if child.is_named() {
            found.push((cursor.field_name(), child));
        }
        more = cursor.goto_next_sibling();
    }
    found
}

/// The named children of one field; the first alone is `child_by_field_name`.
pub(in crate::language) fn all_of<'p>(node: Node<'p>, field: &str) -> Vec<Node<'p>> {
    children(node).into_iter().filter(|(of, _)| *of == Some(field)).map(|(_, child)| child).collect()
}

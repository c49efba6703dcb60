//! Java: types inside types, their methods, constructors, constants and fields.

use tree_sitter::Node;

use super::{
    model::SymbolKind,
    walk::{Step, Walk},
};

pub(super) fn visit<'t>(walk: &mut Walk<'_>, node: Node<'t>) -> Step<'t> {
    match node.kind() {
        "class_declaration" | "record_declaration" => walk.scope(node, SymbolKind::Class),
        "interface_declaration" | "annotation_type_declaration" => walk.scope(node, SymbolKind::Interface),
        "enum_declaration" => walk.scope(node, SymbolKind::Enum),
        "method_declaration"
        | "constructor_declaration"
        | "compact_constructor_declaration"
        | "annotation_type_element_declaration" => {
            walk.declare(node, SymbolKind::Method);
            Step::Skip
        }
        "field_declaration" | "constant_declaration" => {
            fields(walk, node);
            Step::Skip
        }
        "import_declaration" => {
            import(walk, node);
            Step::Skip
        }
        "enum_body_declarations" | "ERROR" => Step::Into,
        _ => Step::Skip,
    }
}

/// `static final` makes a constant; so does an interface.
fn fields(walk: &mut Walk<'_>, node: Node<'_>) {
    let words = node.named_child(0).filter(|first| first.kind() == "modifiers").and_then(|first| walk.text(first));
    let is_final = words.is_some_and(|words| words.contains("static") && words.contains("final"));
    let kind =
        if is_final || node.kind() == "constant_declaration" { SymbolKind::Constant } else { SymbolKind::Variable };
    let mut cursor = node.walk();
    for declarator in node.children_by_field_name("declarator", &mut cursor) {
        if let Some(name) = walk.field(declarator, "name") {
            walk.symbol(node, name, kind);
        }
    }
}

/// The package and the class: `import a.b.C` takes `C` from `a.b`.
fn import(walk: &mut Walk<'_>, node: Node<'_>) {
    let mut cursor = node.walk();
    let (mut path, mut all) = (None, false);
    for child in node.named_children(&mut cursor) {
        match child.kind() {
            "scoped_identifier" | "identifier" => path = walk.text(child),
            "asterisk" => all = true,
            _ => {}
        }
    }
    let Some(path) = path else { return };
    match path.rsplit_once('.') {
        Some((module, name)) if !all => walk.import(node, module, vec![name.to_owned()]),
        _ => walk.import(node, path, if all { vec!["*".to_owned()] } else { Vec::new() }),
    }
}

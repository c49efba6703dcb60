//! Go: functions, methods under their receiver's type, types, constants and variables of the package.

use tree_sitter::Node;

use super::{
    model::SymbolKind,
    walk::{Step, Walk},
};

pub(super) fn visit<'t>(walk: &mut Walk<'_>, node: Node<'t>) -> Step<'t> {
    match node.kind() {
        "function_declaration" => {
            walk.declare(node, SymbolKind::Function);
        }
        "method_declaration" => method(walk, node),
        "type_spec" | "type_alias" => {
            let kind = match node.child_by_field_name("type").map(|of| of.kind()) {
                Some("struct_type") => SymbolKind::Struct,
                Some("interface_type") => SymbolKind::Interface,
                _ => SymbolKind::Type,
            };
            walk.declare(node, kind);
        }
        "const_spec" => names(walk, node, SymbolKind::Constant),
        "var_spec" => names(walk, node, SymbolKind::Variable),
        "import_spec" => {
            if let Some(path) = walk.field(node, "path") {
                let all = walk.field(node, "name") == Some(".");
                walk.import(node, path, if all { vec!["*".to_owned()] } else { Vec::new() });
            }
        }
        "type_declaration" | "const_declaration" | "var_declaration" | "var_spec_list" | "import_declaration"
        | "import_spec_list" | "ERROR" => return Step::Into,
        _ => {}
    }
    Step::Skip
}

/// `func (r *T[K]) M()` is `T.M`.
fn method(walk: &mut Walk<'_>, node: Node<'_>) {
    let Some(name) = walk.field(node, "name") else {
        return;
    };
    let mut of = node.child_by_field_name("receiver").and_then(|list| list.named_child(0));
    // A pointer, parentheses and parameters round the name; more than that is no receiver.
    for _ in 0..4 {
        let Some(inner) = of else { break };
        if inner.kind() == "type_identifier" {
            break;
        }
        of = inner.child_by_field_name("type").or_else(|| inner.named_child(0));
    }
    match of.and_then(|of| walk.text(of)) {
        Some(of) => walk.symbol(node, &format!("{of}.{name}"), SymbolKind::Method),
        None => walk.symbol(node, name, SymbolKind::Method),
    }
}

fn names(walk: &mut Walk<'_>, node: Node<'_>, kind: SymbolKind) {
    let mut cursor = node.walk();
    for name in node.children_by_field_name("name", &mut cursor) {
        // The commas between the names carry the same field.
        if let Some(name) = walk.text(name).filter(|name| !matches!(*name, "_" | ",")) {
            walk.symbol(node, name, kind);
        }
    }
}

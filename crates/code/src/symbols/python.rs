//! Python: functions, classes and assignments at the level of modules and classes, also under `if` and `try`.

use tree_sitter::Node;

use super::{
    doc::of_docstring,
    model::SymbolKind,
    walk::{Step, Walk},
};

pub(super) fn visit<'t>(walk: &mut Walk<'_>, node: Node<'t>) -> Step<'t> {
    match node.kind() {
        "function_definition" => {
            let kind = if walk.at_top() { SymbolKind::Function } else { SymbolKind::Method };
            definition(walk, node, kind);
            Step::Skip
        }
        "class_definition" => match (definition(walk, node, SymbolKind::Class), node.child_by_field_name("body")) {
            (Some(name), Some(body)) => Step::Scope(name, body),
            _ => Step::Skip,
        },
        "assignment" => {
            assignment(walk, node);
            Step::Skip
        }
        "type_alias_statement" => {
            if let Some(name) = node.child_by_field_name("left").and_then(|left| walk.text(left)) {
                walk.symbol(node, name, SymbolKind::Type);
            }
            Step::Skip
        }
        "import_statement" | "import_from_statement" | "future_import_statement" => {
            import(walk, node);
            Step::Skip
        }
        "decorated_definition"
        | "expression_statement"
        | "if_statement"
        | "elif_clause"
        | "else_clause"
        | "try_statement"
        | "except_clause"
        | "finally_clause"
        | "with_statement"
        | "block"
        | "ERROR" => Step::Into,
        _ => Step::Skip,
    }
}

fn definition(walk: &mut Walk<'_>, node: Node<'_>, kind: SymbolKind) -> Option<String> {
    let name = walk.field(node, "name")?;
    let doc = docstring(walk, node);
    walk.symbol_with(node, name, kind, doc);
    Some(name.to_owned())
}

/// A string that is the first statement of the body.
fn docstring(walk: &Walk<'_>, node: Node<'_>) -> Option<String> {
    let first = node.child_by_field_name("body")?.named_child(0)?;
    let literal = if first.kind() == "string" { first } else { first.named_child(0)? };
    (literal.kind() == "string").then(|| of_docstring(walk.bytes(literal)))?
}

/// A plain name that is given a value; in capitals it is a constant.
fn assignment(walk: &mut Walk<'_>, node: Node<'_>) {
    let Some(left) = node.child_by_field_name("left").filter(|left| left.kind() == "identifier") else {
        return;
    };
    if let Some(name) = walk.text(left) {
        let is_constant =
            name.contains(|one: char| one.is_uppercase()) && !name.contains(|one: char| one.is_lowercase());
        walk.symbol(node, name, if is_constant { SymbolKind::Constant } else { SymbolKind::Variable });
    }
}

fn import(walk: &mut Walk<'_>, node: Node<'_>) {
    let mut cursor = node.walk();
    let module = node.child_by_field_name("module_name");
    let names = node
        .children_by_field_name("name", &mut cursor)
        .filter_map(|name| walk.text(name.child_by_field_name("name").unwrap_or(name)).map(str::to_owned));
    let mut names: Vec<String> = names.collect();
    if node.kind() == "import_statement" {
        for module in &names {
            walk.import(node, module, Vec::new());
        }
        return;
    }
    let last = u32::try_from(node.named_child_count()).unwrap_or(u32::MAX).saturating_sub(1);
    if node.named_child(last).is_some_and(|last| last.kind() == "wildcard_import") {
        names.push("*".to_owned());
    }
    let module = module.map_or(Some("__future__"), |module| walk.text(module));
    walk.import(node, module.unwrap_or_default(), names);
}

//! C++: what C has, with namespaces, classes and their members, templates and aliases.

use tree_sitter::Node;

use super::{
    c,
    model::SymbolKind,
    walk::{Step, Walk},
};

pub(super) fn visit<'t>(walk: &mut Walk<'_>, node: Node<'t>) -> Step<'t> {
    match node.kind() {
        "namespace_definition" => namespace(walk, node),
        "class_specifier" => record(walk, node, SymbolKind::Class),
        "struct_specifier" | "union_specifier" => record(walk, node, SymbolKind::Struct),
        "enum_specifier" => record(walk, node, SymbolKind::Enum),
        "concept_definition" => {
            walk.declare(node, SymbolKind::Interface);
            Step::Skip
        }
        "alias_declaration" => {
            walk.declare(node, SymbolKind::Type);
            Step::Skip
        }
        "function_definition" | "field_declaration" | "declaration" => member(walk, node),
        "template_declaration" => Step::Into,
        _ => c::visit(walk, node),
    }
}

fn namespace<'t>(walk: &mut Walk<'_>, node: Node<'t>) -> Step<'t> {
    let Some(name) = walk.field(node, "name").map(|name| name.replace("::", ".")) else {
        // Without a name it adds none.
        return Step::Into;
    };
    walk.symbol(node, &name, SymbolKind::Module);
    node.child_by_field_name("body").map_or(Step::Skip, |body| Step::Scope(name, body))
}

/// A type with a body; a mention of one is none.
fn record<'t>(walk: &mut Walk<'_>, node: Node<'t>, kind: SymbolKind) -> Step<'t> {
    let Some(body) = node.child_by_field_name("body") else {
        return Step::Skip;
    };
    let of = node.child_by_field_name("name").map(|name| name.child_by_field_name("name").unwrap_or(name));
    let Some(name) = of.and_then(|of| walk.text(of)) else {
        return Step::Skip;
    };
    walk.symbol(node, name, kind);
    if kind == SymbolKind::Enum { Step::Skip } else { Step::Scope(name.to_owned(), body) }
}

/// Functions inside a class, or outside with the class before their name; variables of files and namespaces.
fn member<'t>(walk: &mut Walk<'_>, node: Node<'t>) -> Step<'t> {
    if let Some(of) = node.child_by_field_name("type").filter(|of| of.child_by_field_name("body").is_some()) {
        // `struct A { … } a;`: the type is worth the walk, the variable is not.
        return if of.kind().ends_with("_specifier") { Step::Into } else { Step::Skip };
    }
    let in_class = matches!(walk.around(), "class_specifier" | "struct_specifier" | "union_specifier");
    let mut cursor = node.walk();
    for declarator in node.children_by_field_name("declarator", &mut cursor) {
        let Some((name, is_function)) = c::declared(walk, declarator) else {
            continue;
        };
        let kind = match (is_function, in_class || name.contains('.')) {
            (true, true) => SymbolKind::Method,
            (true, false) => SymbolKind::Function,
            (false, _) => SymbolKind::Variable,
        };
        if is_function || !in_class {
            walk.symbol(node, &name, kind);
        }
    }
    Step::Skip
}

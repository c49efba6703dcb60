//! Rust: items at any level of modules, the functions and constants of `impl` and `trait` blocks.

use tree_sitter::Node;

use super::{
    model::SymbolKind,
    walk::{Step, Walk},
};

pub(super) fn visit<'t>(walk: &mut Walk<'_>, node: Node<'t>) -> Step<'t> {
    let kind = match node.kind() {
        "function_item" | "function_signature_item" if matches!(walk.around(), "impl_item" | "trait_item") => {
            SymbolKind::Method
        }
        "function_item" | "function_signature_item" => SymbolKind::Function,
        "struct_item" | "union_item" => SymbolKind::Struct,
        "enum_item" => SymbolKind::Enum,
        "const_item" => SymbolKind::Constant,
        "static_item" => SymbolKind::Variable,
        "type_item" | "associated_type" => SymbolKind::Type,
        "macro_definition" => SymbolKind::Macro,
        "trait_item" => return walk.scope(node, SymbolKind::Trait),
        "mod_item" => return walk.scope(node, SymbolKind::Module),
        "impl_item" => return implementation(walk, node),
        "foreign_mod_item" | "declaration_list" | "ERROR" => return Step::Into,
        "use_declaration" | "extern_crate_declaration" => return import(walk, node),
        _ => return Step::Skip,
    };
    walk.declare(node, kind);
    Step::Skip
}

/// `impl` blocks are no symbols; what they hold goes under the type's name, without its parameters.
fn implementation<'t>(walk: &Walk<'_>, node: Node<'t>) -> Step<'t> {
    let Some(of) = node.child_by_field_name("type") else {
        return Step::Skip;
    };
    let named = of.child_by_field_name("type").or_else(|| of.child_by_field_name("name")).unwrap_or(of);
    let name = named.child_by_field_name("name").unwrap_or(named);
    match (walk.text(name), node.child_by_field_name("body")) {
        (Some(name), Some(body)) => Step::Scope(name.to_owned(), body),
        _ => Step::Skip,
    }
}

/// The path before the braces, and the names in them: one level, deeper ones as they are written.
fn import(walk: &mut Walk<'_>, node: Node<'_>) -> Step<'static> {
    let Some(what) = node.child_by_field_name("argument").or_else(|| node.child_by_field_name("name")) else {
        return Step::Skip;
    };
    let (module, names) = match what.kind() {
        "scoped_use_list" => (what.child_by_field_name("path"), what.child_by_field_name("list")),
        "use_list" => (None, Some(what)),
        "use_as_clause" => (what.child_by_field_name("path"), None),
        "use_wildcard" => {
            let module = what.named_child(0).and_then(|path| walk.text(path)).unwrap_or_default();
            walk.import(node, module, vec!["*".to_owned()]);
            return Step::Skip;
        }
        _ => (Some(what), None),
    };
    let names = names.map(|list| listed(walk, list)).unwrap_or_default();
    match module.and_then(|module| walk.text(module)) {
        Some(module) => walk.import(node, module, names),
        // `use {a, b};` names modules and no common path.
        None => names.iter().for_each(|module| walk.import(node, module, Vec::new())),
    }
    Step::Skip
}

fn listed(walk: &Walk<'_>, list: Node<'_>) -> Vec<String> {
    let mut cursor = list.walk();
    let names = list.named_children(&mut cursor).filter(|name| !name.kind().ends_with("comment"));
    names.filter_map(|name| walk.text(name)).map(str::to_owned).collect()
}

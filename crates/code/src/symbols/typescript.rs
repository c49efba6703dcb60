//! TypeScript: what JavaScript has, with interfaces, types, enums, namespaces and signatures.

use tree_sitter::Node;

use super::{
    javascript,
    model::SymbolKind,
    walk::{Step, Walk},
};

pub(super) fn visit<'t>(walk: &mut Walk<'_>, node: Node<'t>) -> Step<'t> {
    let kind = match node.kind() {
        "interface_declaration" => SymbolKind::Interface,
        "type_alias_declaration" => SymbolKind::Type,
        "enum_declaration" => SymbolKind::Enum,
        "function_signature" => SymbolKind::Function,
        "abstract_method_signature" | "method_signature" => SymbolKind::Method,
        "abstract_class_declaration" => return walk.scope(node, SymbolKind::Class),
        "internal_module" | "module" => return module(walk, node),
        "ambient_declaration" | "expression_statement" | "statement_block" => return Step::Into,
        _ => return javascript::visit(walk, node),
    };
    walk.declare(node, kind);
    Step::Skip
}

/// `namespace A.B {` and `declare module "m" {`.
fn module<'t>(walk: &mut Walk<'_>, node: Node<'t>) -> Step<'t> {
    let Some(name) = walk.field(node, "name").map(|name| name.trim_matches(['"', '\''])) else {
        return Step::Skip;
    };
    walk.symbol(node, name, SymbolKind::Module);
    node.child_by_field_name("body").map_or(Step::Skip, |body| Step::Scope(name.to_owned(), body))
}

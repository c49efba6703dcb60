//! C: functions and their prototypes, types, variables of the file, macros, also inside `#if`.

use tree_sitter::Node;

use super::{
    model::SymbolKind,
    walk::{Step, Walk},
};

/// Declarators round a name: pointers, arrays, functions. More than this many are nobody's code.
const DECLARATORS: usize = 16;

pub(super) fn visit<'t>(walk: &mut Walk<'_>, node: Node<'t>) -> Step<'t> {
    match node.kind() {
        "function_definition" => {
            if let Some((name, _)) = node.child_by_field_name("declarator").and_then(|inner| declared(walk, inner)) {
                walk.symbol(node, &name, SymbolKind::Function);
            }
        }
        "declaration" => return declaration(walk, node),
        "type_definition" => {
            if let Some(of) = node.child_by_field_name("type") {
                record(walk, of);
            }
            each_declarator(walk, node, |_| SymbolKind::Type);
        }
        "struct_specifier" | "union_specifier" | "enum_specifier" => record(walk, node),
        "preproc_def" | "preproc_function_def" => {
            walk.declare(node, SymbolKind::Macro);
        }
        "preproc_include" => {
            if let Some(path) = walk.field(node, "path") {
                walk.import(node, path, Vec::new());
            }
        }
        "linkage_specification"
        | "declaration_list"
        | "preproc_if"
        | "preproc_ifdef"
        | "preproc_else"
        | "preproc_elif"
        | "preproc_elifdef"
        | "ERROR" => return Step::Into,
        _ => {}
    }
    Step::Skip
}

/// Variables and prototypes, and the struct that a declaration may define on the way.
pub(super) fn declaration<'t>(walk: &mut Walk<'_>, node: Node<'t>) -> Step<'t> {
    if let Some(of) = node.child_by_field_name("type") {
        record(walk, of);
    }
    each_declarator(walk, node, |is_function| if is_function { SymbolKind::Function } else { SymbolKind::Variable });
    Step::Skip
}

/// A struct, union or enum with a name and a body.
fn record(walk: &mut Walk<'_>, node: Node<'_>) {
    let kind = match node.kind() {
        "struct_specifier" | "union_specifier" => SymbolKind::Struct,
        "enum_specifier" => SymbolKind::Enum,
        "class_specifier" => SymbolKind::Class,
        _ => return,
    };
    if node.child_by_field_name("body").is_some() {
        walk.declare(node, kind);
    }
}

fn each_declarator(walk: &mut Walk<'_>, node: Node<'_>, kind: impl Fn(bool) -> SymbolKind) {
    let mut cursor = node.walk();
    for declarator in node.children_by_field_name("declarator", &mut cursor) {
        if let Some((name, is_function)) = declared(walk, declarator) {
            walk.symbol(node, &name, kind(is_function));
        }
    }
}

/// The name inside a declarator, scopes joined by dots, and whether what it declares is a function.
pub(super) fn declared(walk: &Walk<'_>, declarator: Node<'_>) -> Option<(String, bool)> {
    let (mut node, mut is_function) = (declarator, false);
    for _ in 0..DECLARATORS {
        match node.kind() {
            // A pointer to a function is a variable: only the innermost declarator decides.
            "function_declarator" => is_function = true,
            "parenthesized_declarator" | "pointer_declarator" | "array_declarator" => is_function = false,
            "identifier"
            | "type_identifier"
            | "field_identifier"
            | "qualified_identifier"
            | "destructor_name"
            | "operator_name"
            | "operator_cast"
            | "template_function"
            | "primitive_type" => {
                return walk.text(node).map(|name| (dotted(name), is_function));
            }
            _ => {}
        }
        node = node.child_by_field_name("declarator").or_else(|| node.named_child(0))?;
    }
    None
}

/// `A<T>::b` is `A.b`: the scopes' names without their arguments.
fn dotted(name: &str) -> String {
    let mut out = String::new();
    let mut open = 0_usize;
    let is_operator = name.contains("operator");
    for one in name.chars().filter(|one| !one.is_whitespace()) {
        match one {
            '<' if !is_operator => open += 1,
            '>' if !is_operator => open = open.saturating_sub(1),
            _ if open == 0 => out.push(one),
            _ => {}
        }
    }
    out.replace("::", ".").trim_start_matches('.').to_owned()
}

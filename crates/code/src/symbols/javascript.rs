//! JavaScript: declarations at the level of a module, exported or not, classes with their methods.

use tree_sitter::Node;

use super::{
    model::SymbolKind,
    walk::{Step, Walk},
};

pub(super) fn visit<'t>(walk: &mut Walk<'_>, node: Node<'t>) -> Step<'t> {
    match node.kind() {
        "function_declaration" | "generator_function_declaration" => {
            walk.declare(node, SymbolKind::Function);
            Step::Skip
        }
        "class_declaration" | "class" => walk.scope(node, SymbolKind::Class),
        "method_definition" => {
            walk.declare(node, SymbolKind::Method);
            Step::Skip
        }
        "field_definition" | "public_field_definition" => {
            field(walk, node);
            Step::Skip
        }
        "variable_declarator" => declarator(walk, node),
        "import_statement" => {
            import(walk, node);
            Step::Skip
        }
        "export_statement" => {
            if let Some(source) = node.child_by_field_name("source").and_then(|source| walk.text(source)) {
                let names = if_star(walk, node);
                walk.import(node, source, names);
            }
            Step::Into
        }
        "lexical_declaration" | "variable_declaration" => {
            walk.is_const = node.child(0).is_some_and(|word| word.kind() == "const");
            Step::Into
        }
        "ERROR" => Step::Into,
        _ => Step::Skip,
    }
}

fn is_function(value: Option<Node<'_>>) -> bool {
    value.is_some_and(|value| {
        matches!(value.kind(), "arrow_function" | "function_expression" | "function" | "generator_function")
    })
}

/// A class's field that holds a function is a method to whoever calls it.
fn field(walk: &mut Walk<'_>, node: Node<'_>) {
    let name = node.child_by_field_name("property").or_else(|| node.child_by_field_name("name"));
    if let Some(name) = name.and_then(|name| walk.text(name)) {
        let kind =
            if is_function(node.child_by_field_name("value")) { SymbolKind::Method } else { SymbolKind::Variable };
        walk.symbol(node, name, kind);
    }
}

/// `const f = () => …` is a function, `const C = class …` a class, `require("m")` an import too.
fn declarator<'t>(walk: &mut Walk<'_>, node: Node<'t>) -> Step<'t> {
    let value = node.child_by_field_name("value");
    if let Some(module) = value.and_then(|value| required(walk, value)) {
        walk.import(node, module, Vec::new());
    }
    let Some(target) = node.child_by_field_name("name").filter(|name| name.kind() == "identifier") else {
        return Step::Skip;
    };
    let Some(name) = walk.text(target) else {
        return Step::Skip;
    };
    if let Some(class) = value.filter(|value| value.kind() == "class") {
        walk.symbol(node, name, SymbolKind::Class);
        return class.child_by_field_name("body").map_or(Step::Skip, |body| Step::Scope(name.to_owned(), body));
    }
    let kind = match (is_function(value), walk.is_const) {
        (true, _) => SymbolKind::Function,
        (false, true) => SymbolKind::Constant,
        (false, false) => SymbolKind::Variable,
    };
    walk.symbol(node, name, kind);
    Step::Skip
}

/// The module of a plain `require("module")`.
fn required<'s>(walk: &Walk<'s>, value: Node<'_>) -> Option<&'s str> {
    let is_call = value.kind() == "call_expression" && walk.field(value, "function") == Some("require");
    let argument = is_call.then(|| value.child_by_field_name("arguments"))??.named_child(0)?;
    (argument.kind() == "string").then(|| walk.text(argument))?
}

/// `export * from` takes everything; other forms name what they take as symbols of the other module.
fn if_star(walk: &Walk<'_>, node: Node<'_>) -> Vec<String> {
    let mut names = Vec::new();
    let mut cursor = node.walk();
    for child in node.children(&mut cursor) {
        match child.kind() {
            "*" | "namespace_export" => names.push("*".to_owned()),
            "export_clause" => names.extend(specified(walk, child)),
            _ => {}
        }
    }
    names
}

fn import(walk: &mut Walk<'_>, node: Node<'_>) {
    let required = node.named_child(0).filter(|child| child.kind() == "import_require_clause");
    let source = node.child_by_field_name("source").or_else(|| required?.child_by_field_name("source"));
    let Some(source) = source.and_then(|source| walk.text(source)) else {
        return;
    };
    let mut names = Vec::new();
    let mut cursor = node.walk();
    if let Some(clause) = node.named_children(&mut cursor).find(|child| child.kind() == "import_clause") {
        let mut inner = clause.walk();
        for part in clause.named_children(&mut inner) {
            match part.kind() {
                "identifier" => names.push("default".to_owned()),
                "namespace_import" => names.push("*".to_owned()),
                "named_imports" => names.extend(specified(walk, part)),
                _ => {}
            }
        }
    }
    walk.import(node, source, names);
}

/// The names of `{a, b as c}`, as the other module calls them.
fn specified(walk: &Walk<'_>, list: Node<'_>) -> Vec<String> {
    let mut cursor = list.walk();
    let names = list.named_children(&mut cursor).filter_map(|one| walk.field(one, "name"));
    names.map(str::to_owned).collect()
}

//! What a file declares: imports, functions, constants, variables, types.

use tree_sitter::Node;

use super::Reader;
use crate::language::{
    Role,
    arena::Id,
    go::facts::{Expr, Import, Kind, Source, Spec, TypeExpr, What},
    trees::{ScopeId, all_of, children},
};

impl<'p> Reader<'p> {
    /// The whole file.
    pub(super) fn file(&mut self, root: Node<'p>) {
        let outermost = self.facts.outermost;
        let mut comments: Vec<Node<'p>> = Vec::new();
        for (_, child) in children(root) {
            if child.kind() == "comment" {
                let is_next = |last: &Node<'_>| last.end_position().row + 1 == child.start_position().row;
                if !comments.last().is_some_and(is_next) {
                    comments.clear();
                }
                comments.push(child);
                continue;
            }
            let documents =
                comments.last().is_some_and(|last| last.end_position().row + 1 == child.start_position().row);
            if documents {
                self.facts.documents.extend(comments.iter().map(Node::start_byte));
            }
            comments.clear();
            self.declaration(child, outermost);
        }
    }

    fn declaration(&mut self, node: Node<'p>, scope: ScopeId) {
        match node.kind() {
            "package_clause" => self.package(node),
            "import_declaration" => self.imports(node),
            "function_declaration" => self.named_function(node),
            "method_declaration" => self.method(node),
            _ => self.statement(node, scope),
        }
    }

    fn package(&mut self, node: Node<'p>) {
        for (_, name) in children(node) {
            if name.kind() == "package_identifier" {
                self.facts.package = self.letters(name).into();
                self.token(name, Role::Definition, What::Package);
            }
        }
    }

    fn imports(&mut self, node: Node<'p>) {
        for (_, child) in children(node) {
            match child.kind() {
                "import_spec_list" => self.imports(child),
                "import_spec" => self.import(child),
                "comment" => {}
                _ => self.unclear(child, self.facts.outermost),
            }
        }
    }

    fn import(&mut self, node: Node<'p>) {
        let Some(path) = node.child_by_field_name("path") else { return };
        let alias = node.child_by_field_name("name");
        if let Some(alias) = alias.filter(|alias| alias.kind() == "package_identifier") {
            self.token(alias, Role::Definition, What::Import);
        }
        let text = self.letters(path).trim_matches(['"', '`']);
        self.facts.imports.push(Import {
            path: text.into(),
            alias: alias.map(|alias| self.letters(alias).into()),
            at: alias.unwrap_or(path).start_byte(),
        });
    }

    /// `var (…)`, `var x, y T = …`
    pub(super) fn variables(&mut self, node: Node<'p>, scope: ScopeId) {
        for (_, child) in children(node) {
            match child.kind() {
                "var_spec_list" => self.variables(child, scope),
                "var_spec" => {
                    let said = self.said(child, scope);
                    self.declare_all(child, scope, Kind::Variable, &said);
                }
                "comment" => {}
                _ => self.unclear(child, scope),
            }
        }
    }

    /// `const (A T = iota; B; …)`: one that says nothing repeats what the one before it said.
    pub(super) fn constants(&mut self, node: Node<'p>, scope: ScopeId) {
        let mut said = Said::default();
        for (_, child) in children(node) {
            match child.kind() {
                "const_spec" => {
                    let own = self.said(child, scope);
                    if own.of.is_some() || !own.values.is_empty() {
                        said = own;
                    }
                    self.declare_all(child, scope, Kind::Constant, &said);
                }
                "comment" => {}
                _ => self.unclear(child, scope),
            }
        }
    }

    fn said(&mut self, spec: Node<'p>, scope: ScopeId) -> Said {
        let of = spec.child_by_field_name("type").map(|of| self.type_of(of, scope));
        let values = spec.child_by_field_name("value").map(|list| self.expressions(list, scope));
        Said { of, values: values.unwrap_or_default() }
    }

    fn declare_all(&mut self, spec: Node<'p>, scope: ScopeId, kind: Kind, said: &Said) {
        let names = all_of(spec, "name");
        for (index, name) in names.iter().enumerate() {
            self.declare(*name, scope, spec.end_byte(), kind, said.source(index, names.len()));
        }
    }

    /// `type (…)`, `type T[K any] …`, `type T = …`
    pub(super) fn type_specs(&mut self, node: Node<'p>, scope: ScopeId) {
        for (_, child) in children(node) {
            match child.kind() {
                "type_spec" | "type_alias" => self.type_spec(child, scope),
                "comment" => {}
                _ => self.unclear(child, scope),
            }
        }
    }

    fn type_spec(&mut self, node: Node<'p>, scope: ScopeId) {
        let Some(name) = node.child_by_field_name("name") else { return self.unclear(node, scope) };
        let id = self.facts.specs.push(Spec {
            name: self.letters(name).into(),
            is_alias: node.kind() == "type_alias",
            parameters: Vec::new(),
            of: Id::FIRST,
            is_top: scope == self.facts.outermost,
        });
        self.declare(name, scope, name.start_byte(), Kind::Type, Source::Spec(id));
        // Not outermost even where there are no parameters: what is declared in it is of no package.
        let inner = self.enter(scope);
        let parameters = node.child_by_field_name("type_parameters").map(|list| self.type_parameters(list, inner));
        self.facts.specs.get_mut(id).parameters = parameters.unwrap_or_default();
        let of = node.child_by_field_name("type").map(|of| self.type_of(of, inner));
        if let Some(of) = of {
            self.facts.specs.get_mut(id).of = of;
            self.own(id, of);
        }
    }

    /// A struct or interface that a type is declared to be belongs to it.
    fn own(&mut self, spec: Id<Spec>, of: Id<TypeExpr>) {
        match *self.facts.types.get(of) {
            TypeExpr::Struct(of) => self.facts.structs.get_mut(of).owner = Some(spec),
            TypeExpr::Interface(of) => self.facts.interfaces.get_mut(of).owner = Some(spec),
            _ => {}
        }
    }
}

/// What a declaration says of its names.
#[derive(Default)]
pub(super) struct Said {
    pub(super) of: Option<Id<TypeExpr>>,
    pub(super) values: Vec<Id<Expr>>,
}

impl Said {
    /// What it says of one of so many.
    pub(super) fn source(&self, index: usize, count: usize) -> Source {
        match (self.of, self.values.as_slice()) {
            (Some(of), _) => Source::Typed(of),
            (None, [only]) => Source::Value(*only, index),
            (None, values) if values.len() == count => {
                values.get(index).map_or(Source::Unknown, |value| Source::Value(*value, 0))
            }
            (None, _) => Source::Unknown,
        }
    }
}

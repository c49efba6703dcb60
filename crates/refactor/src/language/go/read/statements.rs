//! Statements: what they declare, and in which block.

use tree_sitter::Node;

use super::{Reader, declarations::Said, has_sign};
use crate::language::{
    Role,
    go::facts::{Kind, Local, Source, What},
    trees::{Declaration, ScopeId, children},
};

impl<'p> Reader<'p> {
    /// The statements of a block, in a scope that is made for it already.
    pub(super) fn block(&mut self, node: Node<'p>, scope: ScopeId) {
        for (_, child) in children(node) {
            match child.kind() {
                "statement_list" => self.block(child, scope),
                "comment" => {}
                _ => self.statement(child, scope),
            }
        }
    }

    pub(super) fn statement(&mut self, node: Node<'p>, scope: ScopeId) {
        match node.kind() {
            "block" => {
                let inner = self.enter(scope);
                self.block(node, inner);
            }
            "var_declaration" => self.variables(node, scope),
            "const_declaration" => self.constants(node, scope),
            "type_declaration" => self.type_specs(node, scope),
            "short_var_declaration" => self.short(node, scope),
            "assignment_statement" => {
                self.assigned(node, scope);
                if let Some(right) = node.child_by_field_name("right") {
                    self.expressions(right, scope);
                }
            }
            "if_statement" => self.with_header(node, scope),
            "for_statement" => self.repeat(node, scope),
            "expression_switch_statement" | "select_statement" => self.switch(node, scope),
            "type_switch_statement" => self.type_switch(node, scope),
            "labeled_statement" => self.labeled(node, scope),
            "break_statement" | "continue_statement" | "goto_statement" => self.jump(node, scope),
            "expression_statement"
            | "return_statement"
            | "go_statement"
            | "defer_statement"
            | "inc_statement"
            | "dec_statement"
            | "send_statement"
            | "expression_list" => self.parts(node, scope),
            "empty_statement" | "fallthrough_statement" | "comment" => {}
            "ERROR" => self.unclear(node, scope),
            _ => {
                self.expr(node, scope);
            }
        }
    }

    fn parts(&mut self, node: Node<'p>, scope: ScopeId) {
        for (_, child) in children(node) {
            self.statement(child, scope);
        }
    }

    /// `x, y := …`: what is declared in this very block already is only assigned to.
    fn short(&mut self, node: Node<'p>, scope: ScopeId) {
        let values = node.child_by_field_name("right").map(|right| self.expressions(right, scope));
        let said = Said { of: None, values: values.unwrap_or_default() };
        self.short_names(node, scope, |index, count| said.source(index, count));
    }

    fn short_names(&mut self, node: Node<'p>, scope: ScopeId, source: impl Fn(usize, usize) -> Source) {
        let Some(left) = node.child_by_field_name("left") else { return };
        let names: Vec<_> = children(left).into_iter().filter(|(_, name)| name.kind() != "comment").collect();
        for (index, (_, name)) in names.iter().enumerate() {
            if name.kind() != "identifier" {
                self.expr(*name, scope);
                continue;
            }
            match self.facts.scopes.find_in(scope, self.letters(*name), name.start_byte()) {
                Some(known) => self.token(*name, Role::Write, What::Local(known)),
                None => self.declare(*name, scope, node.end_byte(), Kind::Variable, source(index, names.len())),
            }
        }
    }

    /// The left side of `=`.
    fn assigned(&mut self, node: Node<'p>, scope: ScopeId) {
        let Some(left) = node.child_by_field_name("left") else { return };
        for (_, target) in children(left) {
            match target.kind() {
                "identifier" => self.token(target, Role::Write, What::Use(scope)),
                "comment" => {}
                _ => {
                    self.expr(target, scope);
                }
            }
        }
    }

    fn with_header(&mut self, node: Node<'p>, scope: ScopeId) {
        let inner = self.enter(scope);
        self.parts(node, inner);
    }

    fn repeat(&mut self, node: Node<'p>, scope: ScopeId) {
        let inner = self.enter(scope);
        for (_, child) in children(node) {
            match child.kind() {
                "for_clause" => self.parts(child, inner),
                "range_clause" => self.range(child, inner),
                _ => self.statement(child, inner),
            }
        }
    }

    fn range(&mut self, node: Node<'p>, scope: ScopeId) {
        let over = node.child_by_field_name("right").map(|right| self.expr(right, scope));
        let source = |index, _| over.map_or(Source::Unknown, |over| Source::Range(over, index));
        if has_sign(node, ":=") {
            self.short_names(node, scope, source);
        } else {
            self.assigned(node, scope);
        }
    }

    fn switch(&mut self, node: Node<'p>, scope: ScopeId) {
        let header = self.enter(scope);
        for (_, child) in children(node) {
            match child.kind() {
                "expression_case" | "default_case" | "communication_case" => self.case(child, header),
                _ => self.statement(child, header),
            }
        }
    }

    fn case(&mut self, node: Node<'p>, header: ScopeId) {
        let inner = self.enter(header);
        for (_, child) in children(node) {
            match child.kind() {
                "statement_list" => self.block(child, inner),
                "receive_statement" => self.receive(child, inner),
                _ => self.statement(child, inner),
            }
        }
    }

    fn receive(&mut self, node: Node<'p>, scope: ScopeId) {
        let value = node.child_by_field_name("right").map(|right| self.expr(right, scope));
        if has_sign(node, ":=") {
            let said = Said { of: None, values: value.into_iter().collect() };
            self.short_names(node, scope, |index, count| said.source(index, count));
        } else {
            self.assigned(node, scope);
        }
    }

    /// `switch x := v.(type)`: each case has an `x` of its own type, and they are one name.
    fn type_switch(&mut self, node: Node<'p>, scope: ScopeId) {
        let header = self.enter(scope);
        if let Some(initializer) = node.child_by_field_name("initializer") {
            self.statement(initializer, header);
        }
        let value = node.child_by_field_name("value").map(|value| (value.end_byte(), self.expr(value, header)));
        let list = node.child_by_field_name("alias");
        let alias = list.and_then(|list| list.named_child(0)).filter(|alias| alias.kind() == "identifier");
        let source = value.map_or(Source::Unknown, |(_, value)| Source::Value(value, 0));
        if let Some(alias) = alias {
            self.declare(alias, header, value.map_or(0, |(end, _)| end), Kind::Variable, source);
        }
        for (_, child) in children(node) {
            if matches!(child.kind(), "type_case" | "default_case") {
                self.type_case(child, header, alias, source);
            } else if child.kind() == "ERROR" {
                self.unclear(child, header);
            }
        }
    }

    fn type_case(&mut self, node: Node<'p>, header: ScopeId, alias: Option<Node<'p>>, otherwise: Source) {
        let inner = self.enter(header);
        let below = children(node).into_iter();
        let (types, rest): (Vec<_>, Vec<_>) = below.partition(|(field, _)| *field == Some("type"));
        let types: Vec<_> = types.into_iter().map(|(_, of)| (self.letters(of), self.type_of(of, header))).collect();
        let source = match types.as_slice() {
            [(name, only)] if *name != "nil" => Source::Typed(*only),
            _ => otherwise,
        };
        if let Some(alias) = alias {
            self.local(alias, inner, 0, Kind::Variable, source);
        }
        for (_, child) in rest {
            match child.kind() {
                "statement_list" => self.block(child, inner),
                _ => self.statement(child, inner),
            }
        }
    }

    /// Labels are names of their own, one set for a function. No other name begins with a colon.
    fn labeled(&mut self, node: Node<'p>, scope: ScopeId) {
        for (field, child) in children(node) {
            if field == Some("label") {
                self.label(child);
            } else {
                self.statement(child, scope);
            }
        }
    }

    fn label(&mut self, node: Node<'p>) {
        let (scope, at) = (self.labels, node.start_byte());
        let data = Local { kind: Kind::Label, source: Source::Unknown };
        let name = format!(":{}", self.letters(node));
        let declaration = Declaration { scope, at, from: 0, data };
        let id = self.facts.scopes.declare(&name, declaration);
        self.token(node, Role::Definition, What::Local(id));
    }

    fn jump(&mut self, node: Node<'p>, scope: ScopeId) {
        for (_, child) in children(node) {
            if child.kind() == "label_name" {
                self.token(child, Role::Reference, What::Label(scope));
            } else {
                self.statement(child, scope);
            }
        }
    }
}

//! Expressions, as far as they say something of a type, with every name in them.

use tree_sitter::Node;

use super::{Reader, types::is_type};
use crate::language::{
    Role,
    arena::Id,
    go::facts::{Expr, Literal, TypeExpr, What},
    trees::{ScopeId, children},
};

impl<'p> Reader<'p> {
    pub(super) fn expr(&mut self, node: Node<'p>, scope: ScopeId) -> Id<Expr> {
        let expr = self.expression(node, scope);
        self.facts.exprs.push(expr)
    }

    /// All expressions right below a node.
    pub(super) fn expressions(&mut self, node: Node<'p>, scope: ScopeId) -> Vec<Id<Expr>> {
        let below = children(node).into_iter().filter(|(_, child)| child.kind() != "comment");
        below.map(|(_, child)| self.expr(child, scope)).collect()
    }

    fn expression(&mut self, node: Node<'p>, scope: ScopeId) -> Expr {
        match node.kind() {
            "identifier" => Expr::Name(self.used(node, Role::Reference, scope)),
            "selector_expression" => self.member(node, scope),
            "call_expression" => self.call(node, scope),
            "parenthesized_expression" | "variadic_argument" => self.inner(node, scope, Expr::Same),
            "unary_expression" => self.unary(node, scope),
            "binary_expression" => self.binary(node, scope),
            "index_expression" => {
                let operand = self.field_expr(node, "operand", scope);
                Expr::Index(operand, self.field_expr(node, "index", scope))
            }
            "slice_expression" => {
                let all = self.expressions(node, scope);
                all.first().map_or(Expr::Unknown, |operand| Expr::Same(*operand))
            }
            "type_conversion_expression" if is_generic(node) => self.generic_call(node, scope),
            "type_assertion_expression" | "type_conversion_expression" => {
                self.field_expr(node, "operand", scope);
                node.child_by_field_name("type").map_or(Expr::Unknown, |of| Expr::Of(self.type_of(of, scope)))
            }
            "type_instantiation_expression" => {
                let mut all = self.types(node, scope).into_iter();
                let base = all.next().unwrap_or(Id::FIRST);
                Expr::Type(self.facts.types.push(TypeExpr::Generic(base, all.collect())))
            }
            "composite_literal" => self.composite(node, scope),
            "func_literal" => Expr::Function(self.function(node, scope)),
            "raw_string_literal"
            | "interpreted_string_literal"
            | "int_literal"
            | "float_literal"
            | "imaginary_literal"
            | "rune_literal"
            | "nil"
            | "true"
            | "false"
            | "iota" => Expr::Basic,
            kind if is_type(kind) => Expr::Type(self.type_of(node, scope)),
            _ => {
                self.unclear(node, scope);
                Expr::Unknown
            }
        }
    }

    fn field_expr(&mut self, node: Node<'p>, field: &str, scope: ScopeId) -> Id<Expr> {
        match node.child_by_field_name(field) {
            Some(of) => self.expr(of, scope),
            None => self.facts.exprs.push(Expr::Unknown),
        }
    }

    fn inner(&mut self, node: Node<'p>, scope: ScopeId, make: fn(Id<Expr>) -> Expr) -> Expr {
        self.expressions(node, scope).first().map_or(Expr::Unknown, |inner| make(*inner))
    }

    fn member(&mut self, node: Node<'p>, scope: ScopeId) -> Expr {
        let operand = self.field_expr(node, "operand", scope);
        let Some(name) = node.child_by_field_name("field") else { return Expr::Unknown };
        self.token(name, Role::Member, What::Member(operand));
        Expr::Member { operand, name: self.letters(name).into() }
    }

    fn call(&mut self, node: Node<'p>, scope: ScopeId) -> Expr {
        let function = self.field_expr(node, "function", scope);
        let types = node.child_by_field_name("type_arguments").map(|list| self.types(list, scope));
        let arguments = node.child_by_field_name("arguments").map(|list| self.expressions(list, scope));
        Expr::Call { function, types: types.unwrap_or_default(), arguments: arguments.unwrap_or_default() }
    }

    /// `pick[T](x)`: a conversion or a call, which the grammar cannot tell.
    fn generic_call(&mut self, node: Node<'p>, scope: ScopeId) -> Expr {
        let argument = self.field_expr(node, "operand", scope);
        let of = node.child_by_field_name("type").map(|of| self.type_of(of, scope));
        let Some(TypeExpr::Generic(base, types)) = of.map(|of| self.facts.types.get(of)) else { return Expr::Unknown };
        let (base, types) = (*base, types.clone());
        let function = match self.facts.types.get(base) {
            TypeExpr::Name(used) => Expr::Name(used.clone()),
            TypeExpr::Qualified { package, name } => {
                let (package, name) = (Expr::Name(package.clone()), name.clone());
                Expr::Member { operand: self.facts.exprs.push(package), name }
            }
            _ => Expr::Unknown,
        };
        Expr::Call { function: self.facts.exprs.push(function), types, arguments: vec![argument] }
    }

    fn unary(&mut self, node: Node<'p>, scope: ScopeId) -> Expr {
        let operand = self.field_expr(node, "operand", scope);
        match node.child_by_field_name("operator").map(|sign| self.letters(sign)) {
            Some("*") => Expr::Star(operand),
            Some("&") => Expr::Address(operand),
            Some("<-") => Expr::Receive(operand),
            _ => Expr::Same(operand),
        }
    }

    fn binary(&mut self, node: Node<'p>, scope: ScopeId) -> Expr {
        let left = self.field_expr(node, "left", scope);
        let right = self.field_expr(node, "right", scope);
        match node.child_by_field_name("operator").map(|sign| self.letters(sign)) {
            Some("==" | "!=" | "<" | "<=" | ">" | ">=" | "&&" | "||") => Expr::Basic,
            Some("<<" | ">>") => Expr::Same(left),
            _ => Expr::Binary(left, right),
        }
    }

    fn composite(&mut self, node: Node<'p>, scope: ScopeId) -> Expr {
        let Some(of) = node.child_by_field_name("type") else { return Expr::Unknown };
        let of = self.type_of(of, scope);
        if let Some(body) = node.child_by_field_name("body") {
            self.literal(body, Literal::Of(of), scope);
        }
        Expr::Of(of)
    }

    fn literal(&mut self, node: Node<'p>, literal: Literal, scope: ScopeId) {
        let id = self.facts.literals.push(literal);
        for (_, child) in children(node) {
            match child.kind() {
                "literal_element" => self.element(child, Literal::Element(id), scope),
                "keyed_element" => {
                    if let Some(key) = child.child_by_field_name("key") {
                        self.key(key, id, scope);
                    }
                    if let Some(value) = child.child_by_field_name("value") {
                        self.element(value, Literal::Element(id), scope);
                    }
                }
                "comment" => {}
                _ => self.unclear(child, scope),
            }
        }
    }

    fn element(&mut self, node: Node<'p>, literal: Literal, scope: ScopeId) {
        for (_, child) in children(node) {
            match child.kind() {
                "literal_value" => self.literal(child, literal, scope),
                "comment" => {}
                _ => {
                    self.expr(child, scope);
                }
            }
        }
    }

    /// A key: of a struct it is a field, of a map or list a value.
    fn key(&mut self, node: Node<'p>, id: Id<Literal>, scope: ScopeId) {
        let below = children(node);
        match below.as_slice() {
            [(_, only)] if only.kind() == "identifier" => self.token(*only, Role::Keyword, What::Key(id, scope)),
            _ => self.element(node, Literal::Key(id), scope),
        }
    }
}

fn is_generic(conversion: Node<'_>) -> bool {
    conversion.child_by_field_name("type").is_some_and(|of| of.kind() == "generic_type")
}

//! Functions, methods and their parameters.

use tree_sitter::Node;

use super::Reader;
use crate::language::{
    Role,
    arena::Id,
    go::facts::{Function, Kind, Receiver, Source, TypeExpr, What},
    trees::{ScopeId, all_of, children},
};

impl<'p> Reader<'p> {
    pub(super) fn named_function(&mut self, node: Node<'p>) {
        let outermost = self.facts.outermost;
        let id = self.function(node, outermost);
        if let Some(name) = node.child_by_field_name("name") {
            self.declare(name, outermost, 0, Kind::Function, Source::Function(id));
        }
    }

    pub(super) fn method(&mut self, node: Node<'p>) {
        let id = self.function(node, self.facts.outermost);
        if let Some(name) = node.child_by_field_name("name") {
            self.token(name, Role::Definition, What::Method(id));
        }
    }

    /// A function with all that is in it. Its parameters are seen in its body, its type parameters everywhere.
    pub(super) fn function(&mut self, node: Node<'p>, around: ScopeId) -> Id<Function> {
        let name = node.child_by_field_name("name");
        let body = node.child_by_field_name("body");
        let id = self.facts.functions.push(Function {
            name: name.map(|name| self.letters(name)).unwrap_or_default().into(),
            at: name.unwrap_or(node).start_byte(),
            has_body: body.is_some(),
            ..Function::default()
        });
        let (outer_home, outer_labels) = (self.home.clone(), self.labels);
        let range = node.byte_range();
        self.home = Some(u32::try_from(range.start).unwrap_or(0)..u32::try_from(range.end).unwrap_or(u32::MAX));
        let scope = self.enter(around);
        self.labels = scope;
        let from = body.map_or(node.end_byte(), |body| body.start_byte());
        self.signature(node, id, scope, from);
        if let Some(body) = body {
            self.block(body, scope);
        }
        (self.home, self.labels) = (outer_home, outer_labels);
        id
    }

    fn signature(&mut self, node: Node<'p>, id: Id<Function>, scope: ScopeId, from: usize) {
        if let Some(list) = node.child_by_field_name("type_parameters") {
            let parameters = self.type_parameters(list, scope);
            self.facts.functions.get_mut(id).type_parameters = parameters;
        }
        if let Some(list) = node.child_by_field_name("receiver") {
            self.facts.functions.get_mut(id).receiver = Some(self.receiver(list, scope));
            self.parameters(list, scope, from);
        }
        if let Some(list) = node.child_by_field_name("parameters") {
            let (parameters, is_variadic) = self.parameters(list, scope, from);
            let function = self.facts.functions.get_mut(id);
            (function.parameters, function.is_variadic) = (parameters, is_variadic);
        }
        if let Some(result) = node.child_by_field_name("result") {
            let results = match result.kind() {
                "parameter_list" => self.parameters(result, scope, from).0,
                _ => vec![self.type_of(result, scope)],
            };
            self.facts.functions.get_mut(id).results = results;
        }
    }

    /// The types of parameters, one for each, and whether the last takes what is left. Declares their names.
    fn parameters(&mut self, list: Node<'p>, scope: ScopeId, from: usize) -> (Vec<Id<TypeExpr>>, bool) {
        let (mut types, mut is_variadic) = (Vec::new(), false);
        for (_, one) in children(list) {
            let Some(of) = one.child_by_field_name("type") else {
                if one.kind() != "comment" {
                    self.unclear(one, scope);
                }
                continue;
            };
            let of = self.type_of(of, scope);
            is_variadic = one.kind() == "variadic_parameter_declaration";
            let source = if is_variadic { Source::Variadic(of) } else { Source::Typed(of) };
            let names = all_of(one, "name");
            types.extend(std::iter::repeat_n(of, names.len().max(1)));
            for name in names {
                self.declare(name, scope, from, Kind::Parameter, source);
            }
        }
        (types, is_variadic)
    }

    /// `[K comparable, V any]`
    pub(super) fn type_parameters(&mut self, list: Node<'p>, scope: ScopeId) -> Vec<usize> {
        let mut found = Vec::new();
        for (_, one) in children(list).into_iter().filter(|(_, it)| it.kind() == "type_parameter_declaration") {
            let names = all_of(one, "name");
            let constraint = one.child_by_field_name("type").map(|of| self.type_of(of, scope));
            let source = constraint.map_or(Source::Unknown, Source::Constraint);
            for name in names {
                found.push(name.start_byte());
                self.declare(name, scope, 0, Kind::TypeParameter, source);
            }
        }
        found
    }

    /// Whose method it is. `(l *List[K])` names the type's parameter here: that declares it.
    fn receiver(&mut self, list: Node<'p>, scope: ScopeId) -> Receiver {
        let mut of = children(list).into_iter().find_map(|(_, one)| one.child_by_field_name("type"));
        // A pointer and parentheses round the name; more than that is no receiver.
        for _ in 0..4 {
            let Some(inner) = of.filter(|of| matches!(of.kind(), "pointer_type" | "parenthesized_type")) else { break };
            of = children(inner).into_iter().map(|(_, child)| child).find(|child| child.kind() != "comment");
        }
        let Some(of) = of else { return Receiver::default() };
        if of.kind() != "generic_type" {
            return Receiver { base: self.letters(of).into(), parameters: Vec::new() };
        }
        let base = of.child_by_field_name("type").map(|base| self.letters(base)).unwrap_or_default().into();
        let arguments = of.child_by_field_name("type_arguments").map(children).unwrap_or_default();
        let mut parameters = Vec::new();
        for (_, one) in arguments.into_iter().filter(|(_, one)| one.kind() == "type_elem") {
            let name = one.named_child(0).unwrap_or(one);
            parameters.push(name.start_byte());
            // Its token comes with the receiver's type, where it is looked up and found here.
            self.local(name, scope, 0, Kind::TypeParameter, Source::Unknown);
        }
        Receiver { base, parameters }
    }
}

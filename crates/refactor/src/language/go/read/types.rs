//! Types as they are written.

use tree_sitter::Node;

use super::{Reader, has_sign};
use crate::language::{
    Role,
    arena::Id,
    go::facts::{Field, Function, Interface, Struct, TypeExpr, What},
    trees::{ScopeId, all_of, children},
};

/// Whether a node stands for a type wherever it is.
pub(super) fn is_type(kind: &str) -> bool {
    matches!(
        kind,
        "type_identifier"
            | "generic_type"
            | "qualified_type"
            | "pointer_type"
            | "struct_type"
            | "interface_type"
            | "array_type"
            | "implicit_length_array_type"
            | "slice_type"
            | "map_type"
            | "channel_type"
            | "function_type"
            | "negated_type"
            | "parenthesized_type"
            | "type_elem"
            | "type_constraint"
    )
}

impl<'p> Reader<'p> {
    pub(super) fn type_of(&mut self, node: Node<'p>, scope: ScopeId) -> Id<TypeExpr> {
        let of = self.type_expr(node, scope);
        self.facts.types.push(of)
    }

    fn type_expr(&mut self, node: Node<'p>, scope: ScopeId) -> TypeExpr {
        match node.kind() {
            "type_identifier" | "identifier" => TypeExpr::Name(self.used(node, Role::Reference, scope)),
            "qualified_type" => self.qualified(node, scope),
            "generic_type" => {
                let base = self.field_type(node, "type", scope);
                let arguments = node.child_by_field_name("type_arguments");
                TypeExpr::Generic(base, arguments.map(|list| self.types(list, scope)).unwrap_or_default())
            }
            "pointer_type" => self.only(node, scope).map_or(TypeExpr::Unknown, TypeExpr::Pointer),
            "array_type" | "slice_type" | "implicit_length_array_type" => {
                if let Some(length) = node.child_by_field_name("length") {
                    self.expr(length, scope);
                }
                TypeExpr::List(self.field_type(node, "element", scope))
            }
            "map_type" => {
                let key = self.field_type(node, "key", scope);
                TypeExpr::Map(key, self.field_type(node, "value", scope))
            }
            "channel_type" => TypeExpr::Channel(self.field_type(node, "value", scope)),
            "function_type" => TypeExpr::Function(self.function(node, scope)),
            "struct_type" => TypeExpr::Struct(self.structure(node, scope)),
            "interface_type" => TypeExpr::Interface(self.interface(node, scope)),
            "parenthesized_type" | "negated_type" | "type_elem" | "type_constraint" => {
                match self.types(node, scope).as_slice() {
                    [only] if node.kind() != "negated_type" => TypeExpr::Generic(*only, Vec::new()),
                    _ => TypeExpr::Unknown,
                }
            }
            _ => {
                self.unclear(node, scope);
                TypeExpr::Unknown
            }
        }
    }

    fn field_type(&mut self, node: Node<'p>, field: &str, scope: ScopeId) -> Id<TypeExpr> {
        match node.child_by_field_name(field) {
            Some(of) => self.type_of(of, scope),
            None => self.facts.types.push(TypeExpr::Unknown),
        }
    }

    /// All types right below a node.
    pub(super) fn types(&mut self, node: Node<'p>, scope: ScopeId) -> Vec<Id<TypeExpr>> {
        let below = children(node).into_iter().filter(|(_, child)| child.kind() != "comment");
        below.map(|(_, child)| self.type_of(child, scope)).collect()
    }

    fn only(&mut self, node: Node<'p>, scope: ScopeId) -> Option<Id<TypeExpr>> {
        self.types(node, scope).first().copied()
    }

    fn qualified(&mut self, node: Node<'p>, scope: ScopeId) -> TypeExpr {
        let (Some(package), Some(name)) = (node.child_by_field_name("package"), node.child_by_field_name("name"))
        else {
            self.unclear(node, scope);
            return TypeExpr::Unknown;
        };
        let package = self.used(package, Role::Reference, scope);
        self.token(name, Role::Member, What::OfPackage(package.clone()));
        TypeExpr::Qualified { package, name: self.letters(name).into() }
    }

    fn structure(&mut self, node: Node<'p>, scope: ScopeId) -> Id<Struct> {
        let id = self.facts.structs.push(Struct { home: self.home.clone(), ..Struct::default() });
        let lists = children(node).into_iter().filter(|(_, child)| child.kind() == "field_declaration_list");
        for (_, field) in lists.flat_map(|(_, list)| children(list)) {
            match field.kind() {
                "field_declaration" => self.field(field, id, scope),
                "comment" => {}
                _ => self.unclear(field, scope),
            }
        }
        id
    }

    fn field(&mut self, node: Node<'p>, id: Id<Struct>, scope: ScopeId) {
        let Some(of) = node.child_by_field_name("type") else { return self.unclear(node, scope) };
        let is_tagged = node.child_by_field_name("tag").is_some();
        let of_id = self.type_of(of, scope);
        let names = all_of(node, "name");
        if names.is_empty() {
            let of_id = if has_sign(node, "*") { self.facts.types.push(TypeExpr::Pointer(of_id)) } else { of_id };
            let Some(name) = last_name(of) else { return };
            let field = Field {
                name: self.letters(name).into(),
                at: name.start_byte(),
                of: of_id,
                is_embedded: true,
                is_tagged,
            };
            self.facts.structs.get_mut(id).fields.push(field);
            return;
        }
        for name in names {
            self.token(name, Role::Definition, What::Field(id));
            let field = Field {
                name: self.letters(name).into(),
                at: name.start_byte(),
                of: of_id,
                is_embedded: false,
                is_tagged,
            };
            self.facts.structs.get_mut(id).fields.push(field);
        }
    }

    fn interface(&mut self, node: Node<'p>, scope: ScopeId) -> Id<Interface> {
        let id = self.facts.interfaces.push(Interface::default());
        for (_, child) in children(node) {
            match child.kind() {
                "method_elem" => {
                    let method: Id<Function> = self.function(child, scope);
                    if let Some(name) = child.child_by_field_name("name") {
                        self.token(name, Role::Definition, What::InterfaceMethod(id));
                    }
                    self.facts.interfaces.get_mut(id).methods.push(method);
                }
                "type_elem" => {
                    let of = self.type_of(child, scope);
                    self.facts.interfaces.get_mut(id).embedded.push(of);
                }
                "comment" => {}
                _ => self.unclear(child, scope),
            }
        }
        id
    }
}

/// The last name of a type: what a field is called that embeds it.
fn last_name(of: Node<'_>) -> Option<Node<'_>> {
    match of.kind() {
        "type_identifier" => Some(of),
        "qualified_type" => of.child_by_field_name("name"),
        "generic_type" => of.child_by_field_name("type").and_then(last_name),
        _ => None,
    }
}

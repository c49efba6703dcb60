//! Written types, type parameters, and the names of packages, imports and modules.

use tree_sitter::Node;

use super::{
    super::facts::{Import, Meaning, Part, Primitive, Span, TypeId, Typed, VariableId},
    Reader, children, is_comment,
};
use crate::language::Role;

impl<'p> Reader<'p> {
    /// A type as it is written; what is no type is read for the names in it.
    pub(super) fn typed(&mut self, node: Node<'p>) -> TypeId {
        match node.kind() {
            "void_type" => self.written(Typed::Primitive(Primitive::Void)),
            "boolean_type" | "integral_type" | "floating_point_type" => {
                let primitive = primitive(self.letters(node));
                self.written(primitive.map_or(Typed::Missing, Typed::Primitive))
            }
            "type_identifier" | "identifier" => self.named(None, node),
            "scoped_type_identifier" | "scoped_identifier" => self.scoped(node),
            "generic_type" => self.generic(node),
            "array_type" => {
                let element = node.child_by_field_name("element").map(|it| self.typed(it));
                let element = element.unwrap_or_else(|| self.written(Typed::Missing));
                self.array(element, node.child_by_field_name("dimensions"))
            }
            "annotated_type" | "wildcard" => self.annotated(node),
            _ => {
                self.rest(node);
                self.written(Typed::Missing)
            }
        }
    }

    /// The type of a field, or nothing for `var`.
    pub(super) fn typed_or_var(&mut self, node: Node<'p>) -> Option<TypeId> {
        let is_var = node.kind() == "type_identifier" && self.letters(node) == "var";
        if is_var {
            let part = self.part(node);
            self.token(&part, Role::Reference, Meaning::Fixed("a word of the language"));
            return None;
        }
        Some(self.typed(node))
    }

    fn named(&mut self, qualifier: Option<TypeId>, node: Node<'p>) -> TypeId {
        let part = self.part(node);
        let id = self.written(Typed::Named { qualifier, part: part.clone(), arguments: Vec::new(), is_diamond: false });
        self.token(&part, Role::Reference, Meaning::Type(id));
        id
    }

    /// `a.b.C`: all but the last part is what it is in.
    fn scoped(&mut self, node: Node<'p>) -> TypeId {
        let mut qualifier = None;
        for (_, child) in children(node) {
            match child.kind() {
                "type_identifier" | "identifier" => qualifier = Some(self.named(qualifier, child)),
                "marker_annotation" | "annotation" => {
                    self.annotation(child);
                }
                _ if is_comment(child) => {}
                _ => qualifier = Some(self.typed(child)),
            }
        }
        qualifier.unwrap_or_else(|| self.written(Typed::Missing))
    }

    fn generic(&mut self, node: Node<'p>) -> TypeId {
        let mut named = None;
        let mut list = Vec::new();
        let mut empty = false;
        for (_, child) in children(node) {
            match child.kind() {
                "type_arguments" => {
                    list = self.arguments_of_type(child);
                    empty = list.is_empty();
                }
                _ if is_comment(child) => {}
                _ => named = Some(self.typed(child)),
            }
        }
        let id = named.unwrap_or_else(|| self.written(Typed::Missing));
        if let Some(Typed::Named { arguments, is_diamond, .. }) = self.facts.typed.get_mut(id.0 as usize) {
            *arguments = list;
            *is_diamond = empty;
        }
        id
    }

    pub(super) fn arguments_of_type(&mut self, node: Node<'p>) -> Vec<TypeId> {
        let children = children(node).into_iter().filter(|(_, child)| !is_comment(*child));
        children.map(|(_, child)| self.typed(child)).collect()
    }

    /// Annotations before a type, or before `?` with its bound.
    fn annotated(&mut self, node: Node<'p>) -> TypeId {
        let mut bound = None;
        let mut is_above = false;
        for (_, child) in children(node) {
            match child.kind() {
                "marker_annotation" | "annotation" => {
                    self.annotation(child);
                }
                "super" => is_above = true,
                _ if is_comment(child) => {}
                _ => bound = Some(self.typed(child)),
            }
        }
        match bound {
            Some(bound) if node.kind() == "annotated_type" => bound,
            Some(bound) if is_above => self.written(Typed::Above(bound)),
            bound => self.written(Typed::Wildcard(bound)),
        }
    }

    /// An array of a type, with as many dimensions as are written.
    pub(super) fn array(&mut self, element: TypeId, dimensions: Option<Node<'p>>) -> TypeId {
        let Some(dimensions) = dimensions else { return element };
        self.annotations_in(dimensions);
        let mut cursor = dimensions.walk();
        let count = dimensions.children(&mut cursor).filter(|child| child.kind() == "[").count();
        (0..count).fold(element, |element, _| self.written(Typed::Array(element)))
    }

    /// The type parameters of a class or method.
    pub(super) fn variables(&mut self, node: Option<Node<'p>>, seen: &Span) -> Vec<VariableId> {
        let Some(node) = node else { return Vec::new() };
        let parameters: Vec<_> = children(node).into_iter().filter(|(_, it)| it.kind() == "type_parameter").collect();
        let mut ids = Vec::new();
        for (_, parameter) in parameters {
            let mut id = None;
            for (_, child) in children(parameter) {
                match child.kind() {
                    "type_identifier" | "identifier" => {
                        let name = self.part(child);
                        id = Some(self.variable(name, seen.clone()));
                    }
                    "type_bound" => {
                        let bounds = self.arguments_of_type(child);
                        let variable = id.and_then(|id: VariableId| self.facts.variables.get_mut(id.0 as usize));
                        if let Some(variable) = variable {
                            variable.bounds = bounds;
                        }
                    }
                    "marker_annotation" | "annotation" => {
                        self.annotation(child);
                    }
                    _ => {}
                }
            }
            ids.extend(id);
        }
        ids
    }

    /// The parts of a dotted name.
    fn parts(&self, node: Node<'p>) -> Vec<Part> {
        let mut parts = Vec::new();
        let mut rest = Some(node);
        while let Some(node) = rest {
            rest = None;
            if node.kind() == "identifier" {
                parts.push(self.part(node));
            } else if node.kind() == "scoped_identifier" {
                parts.extend(node.child_by_field_name("name").map(|name| self.part(name)));
                rest = node.child_by_field_name("scope");
            }
        }
        parts.reverse();
        parts
    }

    pub(super) fn package(&mut self, node: Node<'p>) {
        for (_, child) in children(node) {
            match child.kind() {
                "identifier" | "scoped_identifier" => {
                    let parts = self.parts(child);
                    for (part, count) in parts.iter().zip(0..) {
                        self.token(part, Role::Reference, Meaning::Package(count));
                    }
                    self.facts.package = parts;
                }
                "marker_annotation" | "annotation" => {
                    self.annotation(child);
                }
                _ => {}
            }
        }
    }

    pub(super) fn import(&mut self, node: Node<'p>) {
        let mut cursor = node.walk();
        let is_static = node.children(&mut cursor).any(|child| child.kind() == "static");
        let (mut parts, mut is_all) = (Vec::new(), false);
        for (_, child) in children(node) {
            match child.kind() {
                "identifier" | "scoped_identifier" => parts = self.parts(child),
                "asterisk" => is_all = true,
                _ => {}
            }
        }
        let number = u32::try_from(self.facts.imports.len()).unwrap_or(u32::MAX);
        for (part, count) in parts.iter().zip(0..) {
            self.token(part, Role::Import, Meaning::Import(number, count));
        }
        self.facts.imports.push(Import { parts, is_static, is_all });
    }

    /// `module-info.java`: types that it names are types, packages are packages, modules are neither.
    pub(super) fn module(&mut self, node: Node<'p>) {
        let body = node.child_by_field_name("body");
        for (field, child) in children(node) {
            match (field, child.kind()) {
                (Some("name"), _) => self.fixed(child),
                (_, "marker_annotation" | "annotation") => {
                    self.annotation(child);
                }
                _ => {}
            }
        }
        let directives = body.map(|body| children(body)).unwrap_or_default();
        for (_, directive) in directives {
            for (field, child) in children(directive) {
                match (directive.kind(), field) {
                    ("exports_module_directive" | "opens_module_directive", Some("package")) => {
                        for (part, count) in self.parts(child).iter().zip(0..) {
                            let before = self.exported(child, count);
                            self.token(part, Role::Reference, before);
                        }
                    }
                    ("uses_module_directive" | "provides_module_directive", _) if !is_comment(child) => {
                        self.typed(child);
                    }
                    _ => self.fixed(child),
                }
            }
        }
    }

    /// A package in a module's description is kept as an import of all of it, so that its parts can be found again.
    fn exported(&mut self, node: Node<'p>, count: u32) -> Meaning {
        if count == 0 {
            let parts = self.parts(node);
            self.facts.exported.push(parts);
        }
        Meaning::Exported(super::last(self.facts.exported.len()), count)
    }

    fn fixed(&mut self, node: Node<'p>) {
        for part in self.parts(node) {
            self.token(&part, Role::Reference, Meaning::Fixed("the name of a module"));
        }
    }
}

fn primitive(text: &str) -> Option<Primitive> {
    Some(match text {
        "boolean" => Primitive::Boolean,
        "byte" => Primitive::Byte,
        "short" => Primitive::Short,
        "char" => Primitive::Char,
        "int" => Primitive::Int,
        "long" => Primitive::Long,
        "float" => Primitive::Float,
        "double" => Primitive::Double,
        _ => return None,
    })
}

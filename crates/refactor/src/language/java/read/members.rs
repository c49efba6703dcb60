//! Declarations of fields, methods, constructors and their parameters.

use tree_sitter::Node;

use super::{
    super::facts::{
        Access, ClassId, ClassKind, Context, FieldId, Meaning, Method, MethodId, Origin, Span, TypeId, Typed,
    },
    Reader, all_of, children, is_comment, span,
};
use crate::language::Role;

impl<'p> Reader<'p> {
    pub(super) fn fields(&mut self, node: Node<'p>) {
        let mut modifiers = self.modifiers(node);
        let Some(class) = self.class else { return self.rest(node) };
        if node.kind() == "constant_declaration" || self.is_interface(class) {
            modifiers.access = Access::Public;
            (modifiers.is_static, modifiers.is_final) = (true, true);
        }
        let typed = node.child_by_field_name("type").map(|it| self.typed(it));
        let typed = typed.unwrap_or_else(|| self.written(Typed::Missing));
        for declarator in all_of(node, "declarator") {
            let own = self.array(typed, declarator.child_by_field_name("dimensions"));
            if let Some(name) = declarator.child_by_field_name("name") {
                self.field(name, class, modifiers.clone(), own, false);
            }
            if let Some(value) = declarator.child_by_field_name("value") {
                self.end = span(declarator).end;
                self.within_method(|reader| {
                    reader.expression(value, Context::Typed(own));
                });
            }
        }
    }

    fn is_interface(&self, class: ClassId) -> bool {
        let kind = self.facts.class(class).map(|class| class.kind);
        matches!(kind, Some(ClassKind::Interface | ClassKind::Annotation))
    }

    pub(super) fn method(&mut self, node: Node<'p>) {
        let mut modifiers = self.modifiers(node);
        let Some(class) = self.class else { return self.rest(node) };
        let Some(name) = node.child_by_field_name("name") else { return self.rest(node) };
        if self.is_interface(class) {
            modifiers.access = if modifiers.access == Access::Private { Access::Private } else { Access::Public };
            modifiers.is_abstract =
                !modifiers.is_static && !modifiers.is_default && node.child_by_field_name("body").is_none();
        }
        let is_constructor = matches!(node.kind(), "constructor_declaration" | "compact_constructor_declaration");
        let seen = span(node);
        let variables = self.variables(node.child_by_field_name("type_parameters"), &seen);
        let result = node.child_by_field_name("type").map(|it| self.typed(it));
        let result = result.map(|it| self.array(it, node.child_by_field_name("dimensions")));
        let overrides = self.says_override(&modifiers.annotations);
        let part = self.part(name);
        let id = self.keep(Method {
            name: part.clone(),
            class,
            modifiers,
            is_constructor,
            component: None,
            parameters: Vec::new(),
            is_variadic: false,
            result,
            variables,
            overrides,
        });
        let meaning = if is_constructor { Meaning::Class(class) } else { Meaning::Method(id) };
        self.token(&part, Role::Definition, meaning);
        self.within_method(|reader| reader.inner(node, id, result, &seen));
    }

    /// The parameters, `throws` and body of a method.
    fn inner(&mut self, node: Node<'p>, id: MethodId, result: Option<TypeId>, seen: &Span) {
        if let Some(parameters) = node.child_by_field_name("parameters") {
            self.parameters(parameters, id, seen);
        }
        let context = std::mem::replace(&mut self.result, result.map_or(Context::Unknown, Context::Typed));
        let returned = self.returned.take();
        for (field, child) in children(node) {
            match (field, child.kind()) {
                (_, "throws") => {
                    self.arguments_of_type(child);
                }
                (Some("body"), _) => {
                    self.block(child);
                }
                (Some("value"), _) => {
                    self.expression(child, Context::Unknown);
                }
                (_, "ERROR") => self.rest(child),
                _ => {}
            }
        }
        (self.result, self.returned) = (context, returned);
    }

    fn parameters(&mut self, node: Node<'p>, id: MethodId, seen: &Span) {
        let children: Vec<_> = children(node).into_iter().filter(|(_, it)| !is_comment(*it)).collect();
        let canonical = self.canonical(&children, id);
        let mut types = Vec::new();
        let mut is_variadic = false;
        for (_, child) in children {
            match child.kind() {
                "formal_parameter" | "spread_parameter" => {
                    is_variadic = child.kind() == "spread_parameter";
                    let component = canonical.get(types.len()).map(|field| Origin::Component(*field));
                    types.push(self.parameter(child, seen, component.unwrap_or(Origin::Unknown)));
                }
                "receiver_parameter" => self.receiver(child),
                _ => self.any(child),
            }
        }
        if let Some(method) = self.facts.methods.get_mut(id.0 as usize) {
            method.parameters = types;
            method.is_variadic = is_variadic;
        }
    }

    /// The components, if this is the constructor of a record that takes just them. Its parameters have to have their names.
    fn canonical(&self, children: &[(Option<&'static str>, Node<'p>)], id: MethodId) -> Vec<FieldId> {
        let method = self.facts.method(id).filter(|method| method.is_constructor);
        let class = method.and_then(|method| self.facts.class(method.class));
        let Some(class) = class.filter(|class| class.kind == ClassKind::Record) else { return Vec::new() };
        let components: Vec<_> = class
            .fields
            .iter()
            .copied()
            .filter(|id| self.facts.field(*id).is_some_and(|field| field.is_component))
            .collect();
        let is_same = components.len() == children.len()
            && components.iter().zip(children).all(|(id, (_, child))| {
                let name = parameter_name(*child).map(|name| self.letters(name));
                self.facts.field(*id).map(|field| &*field.name.name) == name
            });
        if is_same { components } else { Vec::new() }
    }

    /// Declares a parameter; its type. A component's keeps to that; what is written otherwise goes first.
    pub(super) fn parameter(&mut self, node: Node<'p>, seen: &Span, origin: Origin) -> TypeId {
        self.modifiers(node);
        let typed = self.parameter_type(node);
        let is_written = typed.is_some_and(|(_, is_written)| is_written);
        let typed = typed.map_or_else(|| self.written(Typed::Missing), |(typed, _)| typed);
        let is_component = matches!(origin, Origin::Component(_));
        let origin = if is_written && !is_component { Origin::Typed(typed) } else { origin };
        if let Some(name) = parameter_name(node) {
            self.local(name, origin, vec![seen.clone()], true);
        }
        typed
    }

    /// A parameter's type, and whether it is written and not `var`.
    pub(super) fn parameter_type(&mut self, node: Node<'p>) -> Option<(TypeId, bool)> {
        if node.kind() == "formal_parameter" {
            let written = node.child_by_field_name("type")?;
            let typed = self.typed_or_var(written);
            let is_written = typed.is_some();
            let typed = typed.unwrap_or_else(|| self.written(Typed::Missing));
            return Some((self.array(typed, node.child_by_field_name("dimensions")), is_written));
        }
        let children = children(node).into_iter().map(|(_, it)| it);
        let is_type = |it: &Node<'_>| !matches!(it.kind(), "modifiers" | "variable_declarator") && !is_comment(*it);
        let written = children.filter(is_type).find(|_| node.kind() == "spread_parameter")?;
        let element = self.typed(written);
        Some((self.written(Typed::Array(element)), true))
    }

    /// `A this`, `B B.this`: names of classes.
    fn receiver(&mut self, node: Node<'p>) {
        let mut is_first = true;
        for (_, child) in children(node) {
            match child.kind() {
                "marker_annotation" | "annotation" => {
                    self.annotation(child);
                }
                "this" => {}
                _ if is_comment(child) => {}
                "identifier" if !is_first => {
                    self.name(child, Role::Reference);
                }
                _ => {
                    self.typed(child);
                    is_first = false;
                }
            }
        }
    }
}

/// The name that a parameter is declared by.
pub(super) fn parameter_name(node: Node<'_>) -> Option<Node<'_>> {
    let name = node.child_by_field_name("name");
    let declarator = || children(node).into_iter().map(|(_, it)| it).find(|it| it.kind() == "variable_declarator");
    name.or_else(|| declarator()?.child_by_field_name("name"))
}

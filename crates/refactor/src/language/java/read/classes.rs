//! Declarations of classes, interfaces, enums, records and annotation types.

use tree_sitter::Node;

use super::{
    super::facts::{
        Access, Class, ClassId, ClassKind, Field, FieldId, Meaning, Method, MethodId, Modifiers, TypeId, Typed, Value,
    },
    Reader, children, is_comment, last, members, span,
};
use crate::language::Role;

impl<'p> Reader<'p> {
    /// Reads a declaration; false for what is none.
    pub(super) fn declaration(&mut self, node: Node<'p>) -> bool {
        match node.kind() {
            "class_declaration" => self.class(node, ClassKind::Class),
            "interface_declaration" => self.class(node, ClassKind::Interface),
            "enum_declaration" => self.class(node, ClassKind::Enum),
            "record_declaration" => self.class(node, ClassKind::Record),
            "annotation_type_declaration" => self.class(node, ClassKind::Annotation),
            "method_declaration"
            | "constructor_declaration"
            | "compact_constructor_declaration"
            | "annotation_type_element_declaration" => self.method(node),
            "field_declaration" | "constant_declaration" => self.fields(node),
            "static_initializer" => self.rest(node),
            _ => return false,
        }
        true
    }

    /// A class that is declared with a name.
    fn class(&mut self, node: Node<'p>, kind: ClassKind) {
        let modifiers = self.modifiers(node);
        let name = node.child_by_field_name("name");
        let body = node.child_by_field_name("body");
        let around = span(node);
        let local = (!self.is_body && self.class.is_some()).then_some(around.start..self.end);
        let id = self.open(kind, modifiers, body, local);
        if let Some(name) = name {
            let part = self.part(name);
            self.token(&part, Role::Definition, Meaning::Class(id));
            if let Some(class) = self.class_mut(id) {
                class.name = Some(part);
            }
        }
        let variables = self.variables(node.child_by_field_name("type_parameters"), &around);
        let supers = self.supers(node);
        let extends = node.child_by_field_name("superclass").is_some();
        if let Some(class) = self.class_mut(id) {
            class.variables = variables;
            (class.supers, class.extends) = (supers, extends);
        }
        let parameters = node.child_by_field_name("parameters").filter(|_| kind == ClassKind::Record);
        self.inside(id, body, |reader, body| {
            if let Some(parameters) = parameters {
                reader.components(parameters, id);
            }
            reader.body(body);
        });
    }

    fn open(
        &mut self,
        kind: ClassKind,
        modifiers: Modifiers,
        body: Option<Node<'p>>,
        local: Option<super::Span>,
    ) -> ClassId {
        self.facts.classes.push(Class {
            name: None,
            kind,
            modifiers,
            body: body.map(span).unwrap_or_default(),
            outer: self.class,
            local,
            variables: Vec::new(),
            supers: Vec::new(),
            extends: false,
            methods: Vec::new(),
            fields: Vec::new(),
            members: Vec::new(),
        });
        let id = ClassId(last(self.facts.classes.len()));
        if let (true, Some(outer)) = (self.is_body, self.class)
            && let Some(outer) = self.class_mut(outer)
            && kind != ClassKind::Anonymous
        {
            outer.members.push(id);
        }
        id
    }

    /// Reads on as part of a class.
    fn inside(&mut self, id: ClassId, body: Option<Node<'p>>, read: impl FnOnce(&mut Self, Option<Node<'p>>)) {
        let class = self.class.replace(id);
        let is_body = std::mem::replace(&mut self.is_body, true);
        let end = self.end;
        let label = std::mem::take(&mut self.label);
        let (subject, returned) = (self.subject.take(), self.returned.take());
        read(self, body);
        (self.class, self.is_body, self.end, self.label) = (class, is_body, end, label);
        (self.subject, self.returned) = (subject, returned);
    }

    fn body(&mut self, body: Option<Node<'p>>) {
        let Some(body) = body else { return };
        let end = span(body).end;
        for (_, child) in children(body) {
            match child.kind() {
                "enum_constant" => self.constant(child),
                "enum_body_declarations" => self.body(Some(child)),
                // An initializer: what it declares is its own.
                "block" | "static_initializer" => {
                    self.end = end;
                    self.within_method(|reader| {
                        reader.statement(child);
                    });
                }
                _ if is_comment(child) => {}
                _ if self.declaration(child) => {}
                _ => self.any(child),
            }
        }
    }

    /// Reads on as part of a method or an initializer, where classes are local.
    pub(super) fn within_method(&mut self, read: impl FnOnce(&mut Self)) {
        let is_body = std::mem::replace(&mut self.is_body, false);
        read(self);
        self.is_body = is_body;
    }

    /// What a class extends and implements, the superclass first.
    fn supers(&mut self, node: Node<'p>) -> Vec<TypeId> {
        let mut supers = Vec::new();
        for (_, child) in children(node) {
            match child.kind() {
                "superclass" => supers.extend(self.arguments_of_type(child)),
                "super_interfaces" | "extends_interfaces" => {
                    for (_, list) in children(child).into_iter().filter(|(_, it)| !is_comment(*it)) {
                        supers.extend(self.arguments_of_type(list));
                    }
                }
                "permits" => {
                    for (_, list) in children(child).into_iter().filter(|(_, it)| !is_comment(*it)) {
                        self.arguments_of_type(list);
                    }
                }
                _ => {}
            }
        }
        supers
    }

    /// The body of `new A() {…}`, or of a constant.
    pub(super) fn anonymous(&mut self, body: Node<'p>, of: TypeId) -> ClassId {
        let id = self.open(ClassKind::Anonymous, Modifiers::default(), Some(body), Some(span(body)));
        if let Some(class) = self.class_mut(id) {
            class.supers.push(of);
            class.extends = true;
        }
        self.inside(id, Some(body), Self::body);
        id
    }

    /// A constant of an enum.
    fn constant(&mut self, node: Node<'p>) {
        let Some(class) = self.class else { return };
        let mut modifiers = self.modifiers(node);
        (modifiers.access, modifiers.is_static) = (Access::Public, true);
        let typed = self.written(Typed::Own(class));
        if let Some(name) = node.child_by_field_name("name") {
            self.field(name, class, modifiers, typed, true);
        }
        let id = self.value(Value::Unknown);
        let arguments = node.child_by_field_name("arguments").map(|it| self.arguments(it, id)).unwrap_or_default();
        self.fill(id, Value::Constant { class, arguments });
        if let Some(body) = node.child_by_field_name("body") {
            self.anonymous(body, typed);
        }
    }

    /// Keeps a field.
    pub(super) fn field(
        &mut self,
        name: Node<'p>,
        class: ClassId,
        modifiers: Modifiers,
        typed: TypeId,
        is_constant: bool,
    ) -> FieldId {
        let name = self.part(name);
        let id = FieldId(last(self.facts.fields.len() + 1));
        self.token(&name, Role::Definition, Meaning::Field(id));
        self.facts.fields.push(Field { name, class, modifiers, typed, is_constant, is_component: false });
        if let Some(class) = self.class_mut(class) {
            class.fields.push(id);
        }
        id
    }

    /// The components of a record: each is a field and a method without parameters.
    fn components(&mut self, node: Node<'p>, class: ClassId) {
        for (_, parameter) in children(node) {
            let typed = self.parameter_type(parameter);
            let name = members::parameter_name(parameter);
            let (Some((typed, _)), Some(name)) = (typed, name) else { continue };
            let mut modifiers = self.modifiers(parameter);
            modifiers.access = Access::Private;
            let id = self.field(name, class, modifiers.clone(), typed, false);
            if let Some(field) = self.facts.fields.get_mut(id.0 as usize) {
                field.is_component = true;
            }
            modifiers.access = Access::Public;
            let name = self.part(name);
            self.keep(Method {
                name,
                class,
                modifiers,
                is_constructor: false,
                component: Some(id),
                parameters: Vec::new(),
                is_variadic: false,
                result: Some(typed),
                variables: Vec::new(),
                overrides: false,
            });
        }
    }

    /// Keeps a method as its class's.
    pub(super) fn keep(&mut self, method: Method) -> MethodId {
        let class = method.class;
        self.facts.methods.push(method);
        let id = MethodId(last(self.facts.methods.len()));
        if let Some(class) = self.class_mut(class) {
            class.methods.push(id);
        }
        id
    }
}

//! What has members: classes, interfaces, type literals, enums, object literals.

use oxc_ast::ast::{
    Class, ClassElement, Expression, Function, MethodDefinitionKind, ObjectExpression, ObjectPropertyKind, PropertyKey,
    TSAccessibility, TSEnumDeclaration, TSEnumMemberName, TSInterfaceDeclaration, TSSignature, TSTypeLiteral,
    TSTypeName, TSTypeParameterInstantiation,
};
use oxc_span::{GetSpan as _, Span};

use super::{Reader, inside};
use crate::language::{
    Role, SymbolKind,
    script::facts::{
        Access, Base, Context, Declared, Form, Meaning, Member, Shape, ShapeId, ShapeKind, Signature, SymbolId, Type,
        TypeId, Value, ValueId, index,
    },
};

/// The name of a member: as it is called, where its letters are, and whether they stand in a string.
pub(super) struct Key {
    pub(super) name: Box<str>,
    pub(super) place: Span,
    pub(super) is_text: bool,
}

impl Key {
    /// Nothing for what is only known when it runs.
    pub(super) fn of(key: &PropertyKey<'_>) -> Option<Self> {
        match key {
            PropertyKey::StaticIdentifier(name) => {
                Some(Self { name: name.name.as_str().into(), place: name.span, is_text: false })
            }
            PropertyKey::PrivateIdentifier(name) => {
                let place = Span::new(name.span.start + 1, name.span.end);
                Some(Self { name: format!("#{}", name.name).into(), place, is_text: false })
            }
            PropertyKey::StringLiteral(text) => {
                Some(Self { name: text.value.as_str().into(), place: inside(text.span), is_text: true })
            }
            _ => None,
        }
    }

    /// A definition so called.
    fn member(self, kind: SymbolKind) -> Member {
        let access = if self.name.starts_with('#') { Access::Class } else { Access::All };
        let place = self.place.start..self.place.end;
        Member { name: self.name, place, kind, is_static: false, is_optional: false, access, typed: None, value: None }
    }
}

impl Reader<'_> {
    fn add_shape(&mut self, kind: ShapeKind, span: Span) -> ShapeId {
        self.facts.shapes.push(Shape {
            kind,
            symbol: None,
            bases: Vec::new(),
            members: Vec::new(),
            is_open: false,
            context: Context::None,
            span: span.start..span.end,
            escapes: (kind == ShapeKind::Object).then_some(span.start),
        });
        let id = ShapeId(index(self.facts.shapes.len() - 1));
        self.shapes.insert(span, id);
        id
    }

    pub(super) fn shape(&mut self, id: ShapeId) -> Option<&mut Shape> {
        self.facts.shapes.get_mut(id.0 as usize)
    }

    /// Adds a member, and the token that defines it.
    pub(super) fn add_member(&mut self, shape: ShapeId, member: Member, role: Role, form: Form) -> u32 {
        let span = Span::new(member.place.start, member.place.end);
        let letters: Box<str> = member.name.trim_start_matches('#').into();
        let count = self.add_quietly(shape, member);
        self.token(&letters, span, role, form, Meaning::Own(shape, count));
        count
    }

    /// Adds a member whose token means more.
    pub(super) fn add_quietly(&mut self, shape: ShapeId, member: Member) -> u32 {
        let Some(shape) = self.shape(shape) else { return 0 };
        shape.members.push(member);
        index(shape.members.len() - 1)
    }

    pub(super) fn open(&mut self, shape: ShapeId) {
        if let Some(shape) = self.shape(shape) {
            shape.is_open = true;
        }
    }

    /// The shape of a class, with all of its members, so that uses of them can come first.
    pub(super) fn class_shape(&mut self, class: &Class<'_>) -> ShapeId {
        if let Some(known) = self.shapes.get(&class.span) {
            return *known;
        }
        let id = self.add_shape(ShapeKind::Class, class.span);
        let symbol = class.id.as_ref().and_then(|name| name.symbol_id.get()).map(|id| SymbolId(index(id.index())));
        let mut bases = Vec::new();
        if let Some(heritage) = &class.heritage {
            bases.push(Base::Class(self.value_of(&heritage.expression)));
        }
        for one in &class.implements {
            bases.push(Base::Type(self.named_type(&one.expression, one.type_arguments.as_deref())));
        }
        if let Some(shape) = self.shape(id) {
            shape.symbol = symbol;
            shape.bases = bases;
        }
        for element in &class.body.body {
            self.class_element(id, element);
        }
        id
    }

    pub(super) fn named_type(
        &mut self,
        name: &TSTypeName<'_>,
        arguments: Option<&TSTypeParameterInstantiation<'_>>,
    ) -> TypeId {
        let value = self.name_value(name);
        let arguments = arguments.map(|it| it.params.iter().map(|it| self.type_of(it)).collect()).unwrap_or_default();
        self.push_type(Type::Named(value, arguments))
    }

    fn class_element(&mut self, class: ShapeId, element: &ClassElement<'_>) {
        match element {
            ClassElement::MethodDefinition(it) => {
                if it.kind == MethodDefinitionKind::Constructor {
                    self.constructor(class, &it.value);
                    return self.parameter_properties(class, &it.value);
                }
                let kind =
                    if it.kind == MethodDefinitionKind::Method { SymbolKind::Method } else { SymbolKind::Property };
                let Some(key) = Key::of(&it.key) else { return self.open(class) };
                let role = if key.is_text { Role::Text } else { Role::Definition };
                let mut member = key.member(kind);
                (member.typed, member.value) = self.method(it.kind, &it.value);
                member.is_static = it.r#static;
                member.is_optional = it.optional;
                member.access = access(member.access, it.accessibility);
                self.add_member(class, member, role, Form::Plain);
            }
            ClassElement::PropertyDefinition(it) => {
                let Some(key) = Key::of(&it.key) else { return self.open(class) };
                let role = if key.is_text { Role::Text } else { Role::Definition };
                let mut member = key.member(SymbolKind::Property);
                member.typed = it.type_annotation.as_ref().map(|it| self.type_of(&it.type_annotation));
                member.is_static = it.r#static;
                member.is_optional = it.optional;
                member.access = access(member.access, it.accessibility);
                self.add_member(class, member, role, Form::Plain);
            }
            ClassElement::AccessorProperty(it) => {
                let Some(key) = Key::of(&it.key) else { return self.open(class) };
                let role = if key.is_text { Role::Text } else { Role::Definition };
                let mut member = key.member(SymbolKind::Property);
                member.typed = it.type_annotation.as_ref().map(|it| self.type_of(&it.type_annotation));
                member.is_static = it.r#static;
                member.access = access(member.access, it.accessibility);
                self.add_member(class, member, role, Form::Plain);
            }
            ClassElement::TSIndexSignature(_) => self.open(class),
            ClassElement::StaticBlock(_) => {}
        }
    }

    /// The type or the value of a method: what a getter gives, or the function itself.
    fn method(&mut self, kind: MethodDefinitionKind, function: &Function<'_>) -> (Option<TypeId>, Option<ValueId>) {
        match kind {
            MethodDefinitionKind::Get => {
                (function.return_type.as_ref().map(|it| self.type_of(&it.type_annotation)), None)
            }
            MethodDefinitionKind::Set => {
                let first = function.params.items.first().and_then(|it| it.type_annotation.as_ref());
                (first.map(|it| self.type_of(&it.type_annotation)), None)
            }
            MethodDefinitionKind::Method | MethodDefinitionKind::Constructor => {
                let signature = self.function_signature(function);
                (None, Some(self.value(Value::Function(signature))))
            }
        }
    }

    /// What `new` expects; nobody names it.
    fn constructor(&mut self, class: ShapeId, constructor: &Function<'_>) {
        let key = Key { name: "constructor".into(), place: Span::empty(constructor.span.start), is_text: false };
        let mut member = key.member(SymbolKind::Method);
        let signature = self.function_signature(constructor);
        member.value = Some(self.value(Value::Function(signature)));
        self.add_quietly(class, member);
    }

    /// `constructor(private name)`: its token is made where the parameter is read.
    fn parameter_properties(&mut self, class: ShapeId, constructor: &Function<'_>) {
        for item in &constructor.params.items {
            if !(item.accessibility.is_some() || item.readonly || item.r#override) {
                continue;
            }
            let Some(ident) = item.pattern.get_binding_identifier() else { continue };
            let key = Key { name: ident.name.as_str().into(), place: ident.span, is_text: false };
            let mut member = key.member(SymbolKind::Property);
            member.typed = item.type_annotation.as_ref().map(|it| self.type_of(&it.type_annotation));
            member.access = access(member.access, item.accessibility);
            let count = self.add_quietly(class, member);
            if let Some(id) = ident.symbol_id.get() {
                self.declare(SymbolId(index(id.index())), Declared::Property(class, count));
            }
        }
    }

    /// The values of a class's fields, which need `this` to be known.
    pub(super) fn set_member_value(&mut self, class: ShapeId, place: Span, value: &Expression<'_>) {
        let value = self.value_of(value);
        let member = self.shape(class).and_then(|it| it.members.iter_mut().find(|it| it.place.start == place.start));
        if let Some(member) = member {
            member.value = Some(value);
        }
    }

    pub(super) fn interface_shape(&mut self, it: &TSInterfaceDeclaration<'_>) -> ShapeId {
        let id = self.add_shape(ShapeKind::Interface, it.span);
        let bases =
            it.extends.iter().map(|one| Base::Type(self.named_type(&one.type_name, one.type_arguments.as_deref())));
        let bases: Vec<_> = bases.collect();
        let symbol = it.id.symbol_id.get().map(|id| SymbolId(index(id.index())));
        if let Some(shape) = self.shape(id) {
            shape.bases = bases;
            shape.symbol = symbol;
        }
        self.signatures(id, &it.body.body);
        id
    }

    pub(super) fn literal_shape(&mut self, it: &TSTypeLiteral<'_>) -> ShapeId {
        if let Some(known) = self.shapes.get(&it.span) {
            return *known;
        }
        let id = self.add_shape(ShapeKind::TypeLiteral, it.span);
        self.signatures(id, &it.members);
        id
    }

    fn signatures(&mut self, shape: ShapeId, signatures: &[TSSignature<'_>]) {
        for signature in signatures {
            match signature {
                TSSignature::TSPropertySignature(it) => {
                    let Some(key) = Key::of(&it.key) else {
                        self.open(shape);
                        continue;
                    };
                    let role = if key.is_text { Role::Text } else { Role::Definition };
                    let mut member = key.member(SymbolKind::Property);
                    member.typed = it.type_annotation.as_ref().map(|it| self.type_of(&it.type_annotation));
                    member.is_optional = it.optional;
                    self.add_member(shape, member, role, Form::Plain);
                }
                TSSignature::TSMethodSignature(it) => {
                    let Some(key) = Key::of(&it.key) else {
                        self.open(shape);
                        continue;
                    };
                    let role = if key.is_text { Role::Text } else { Role::Definition };
                    let mut member = key.member(SymbolKind::Method);
                    let parameters = self.parameter_types(&it.params);
                    let returns = it.return_type.as_ref().map(|it| self.type_of(&it.type_annotation));
                    let signature = self.push_signature(Signature { parameters, returns, ..Signature::default() });
                    member.value = Some(self.value(Value::Function(signature)));
                    member.is_optional = it.optional;
                    self.add_member(shape, member, role, Form::Plain);
                }
                TSSignature::TSIndexSignature(_) => self.open(shape),
                TSSignature::TSCallSignatureDeclaration(_) | TSSignature::TSConstructSignatureDeclaration(_) => {}
            }
        }
    }

    pub(super) fn enum_shape(&mut self, it: &TSEnumDeclaration<'_>) -> ShapeId {
        let id = self.add_shape(ShapeKind::Enum, it.span);
        let symbol = it.id.symbol_id.get().map(|id| SymbolId(index(id.index())));
        if let Some(shape) = self.shape(id) {
            shape.symbol = symbol;
        }
        for member in &it.body.members {
            let (name, place, role): (Box<str>, _, _) = match &member.id {
                TSEnumMemberName::Identifier(name) => (name.name.as_str().into(), name.span, Role::Definition),
                TSEnumMemberName::String(text) | TSEnumMemberName::ComputedString(text) => {
                    (text.value.as_str().into(), inside(text.span), Role::Text)
                }
                TSEnumMemberName::ComputedTemplateString(_) => continue,
            };
            let mut definition = Key { name, place, is_text: false }.member(SymbolKind::Variant);
            definition.is_static = true;
            let name = definition.name.clone();
            let count = self.add_member(id, definition, role, Form::Plain);
            self.enum_symbol(it, &name, (id, count), place);
        }
        id
    }

    /// Within an enum its members are names of their own.
    fn enum_symbol(&mut self, it: &TSEnumDeclaration<'_>, name: &str, member: (ShapeId, u32), place: Span) {
        let Some(scope) = it.body.scope_id.get() else { return };
        let found = self.scoping.get_bindings(scope).iter().find(|(bound, _)| bound.as_str() == name);
        let Some(id) = found.map(|(_, id)| SymbolId(index(id.index()))) else { return };
        self.declare(id, Declared::Property(member.0, member.1));
        let owner = it.id.symbol_id.get().map(|id| SymbolId(index(id.index())));
        if let Some(symbol) = self.symbol(id) {
            symbol.places.push(place.start..place.end);
            symbol.within = owner;
        }
    }

    /// The shape of an object literal.
    pub(super) fn object_shape(&mut self, object: &ObjectExpression<'_>) -> ShapeId {
        if let Some(known) = self.shapes.get(&object.span) {
            return *known;
        }
        let id = self.add_shape(ShapeKind::Object, object.span);
        for property in &object.properties {
            let ObjectPropertyKind::ObjectProperty(property) = property else {
                self.open(id);
                continue;
            };
            let Some(key) = Key::of(&property.key) else {
                self.open(id);
                continue;
            };
            let role = if key.is_text { Role::Text } else { Role::Definition };
            let form = if property.shorthand { Form::Key } else { Form::Plain };
            let kind = if property.method { SymbolKind::Method } else { SymbolKind::Property };
            let member = key.member(kind);
            self.add_member(id, member, role, form);
        }
        id
    }
}

fn access(own: Access, declared: Option<TSAccessibility>) -> Access {
    match declared {
        Some(TSAccessibility::Private) => Access::Class,
        Some(TSAccessibility::Protected) => Access::Family,
        Some(TSAccessibility::Public) | None => own,
    }
}

/// Where a key stands, for those who look for its member.
pub(super) fn key_place(key: &PropertyKey<'_>) -> Span {
    match key {
        PropertyKey::StringLiteral(text) => inside(text.span),
        PropertyKey::PrivateIdentifier(name) => Span::new(name.span.start + 1, name.span.end),
        _ => key.span(),
    }
}

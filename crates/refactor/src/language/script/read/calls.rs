//! Calls, elements and literals: what is handed to what, and what it is expected to be.

use oxc_ast::ast::{
    Argument, ArrayExpressionElement, CallExpression, Expression, JSXAttributeItem, JSXAttributeName, JSXElementName,
    JSXMemberExpressionObject, JSXOpeningElement, NewExpression, ObjectPropertyKind, StaticMemberExpression,
    TSImportType, TSImportTypeQualifier, TSLiteral, TSType, TSTypeName, TSTypeReference,
};
use oxc_ast_visit::Visit as _;

use super::{Reader, inside};
use crate::language::{
    Role, SymbolKind,
    script::facts::{Access, Context, Meaning, Member, ShapeKind, SymbolId, Type, TypeId, Value, ValueId, index},
};

/// Functions of test frameworks that take a module's name.
const MODULE_CALLS: [&str; 8] =
    ["mock", "unmock", "doMock", "dontMock", "requireActual", "requireMock", "importActual", "resolve"];

impl Reader<'_> {
    pub(super) fn call_expression(&mut self, it: &CallExpression<'_>) {
        self.required(it);
        self.module_call(it);
        self.eval_call(it);
        self.then_call(it);
        self.receiver(&it.callee);
        if let Some(arguments) = &it.type_arguments {
            self.visit_ts_type_parameter_instantiation(arguments);
        }
        let callee = self.value_of(&it.callee);
        self.keyed(it);
        self.listed(it);
        self.arguments_of(&it.arguments, callee);
    }

    pub(super) fn new_expression(&mut self, it: &NewExpression<'_>) {
        self.receiver(&it.callee);
        if let Some(arguments) = &it.type_arguments {
            self.visit_ts_type_parameter_instantiation(arguments);
        }
        let class = self.value_of(&it.callee);
        let made = self.value(Value::New(class));
        self.arguments_of(&it.arguments, made);
    }

    fn arguments_of(&mut self, arguments: &[Argument<'_>], callee: ValueId) {
        for (argument, count) in arguments.iter().zip(0..) {
            if let Some(expression) = argument.as_expression() {
                self.expect(expression, &Context::Argument(callee, count));
                self.handed(expression, callee, count);
            }
            self.visit_argument(argument);
        }
    }

    /// Strings in an argument, which may be keys.
    fn handed(&mut self, argument: &Expression<'_>, callee: ValueId, count: u32) {
        match argument {
            Expression::StringLiteral(key) if !key.value.is_empty() => {
                self.plain(&key.value, inside(key.span), Role::Text, Meaning::Handed(callee, count));
            }
            Expression::ArrayExpression(array) => {
                for element in array.elements.iter().filter_map(ArrayExpressionElement::as_expression) {
                    if let Expression::StringLiteral(key) = element {
                        self.plain(&key.value, inside(key.span), Role::Text, Meaning::Handed(callee, count));
                    }
                }
            }
            _ => {}
        }
    }

    /// Says of a literal what it is expected to be.
    pub(super) fn expect(&mut self, expression: &Expression<'_>, context: &Context) {
        match expression {
            Expression::ObjectExpression(object) => {
                let shape = self.object_shape(object);
                if let Some(shape) = self.shape(shape) {
                    shape.context = context.clone();
                    shape.escapes = Some(object.span.start);
                }
                for property in &object.properties {
                    if let ObjectPropertyKind::SpreadProperty(spread) = property {
                        self.expect(&spread.argument, context);
                    }
                }
            }
            Expression::ArrayExpression(array) => {
                let context = Context::Element(Box::new(context.clone()));
                for element in &array.elements {
                    if let (Some(element), false) =
                        (element.as_expression(), matches!(element, ArrayExpressionElement::Elision(_)))
                    {
                        self.expect(element, &context);
                    }
                }
            }
            Expression::ConditionalExpression(choice) => {
                self.expect(&choice.consequent, context);
                self.expect(&choice.alternate, context);
            }
            Expression::LogicalExpression(choice) => {
                self.expect(&choice.left, context);
                self.expect(&choice.right, context);
            }
            // A cast says more itself, where the walk comes to it.
            Expression::TSAsExpression(cast) if self.cast(&cast.type_annotation).is_none() => {
                self.expect(&cast.expression, context);
            }
            Expression::TSNonNullExpression(inner) => self.expect(&inner.expression, context),
            _ => {}
        }
    }

    /// The type of a cast; `as const` is none.
    pub(super) fn cast(&mut self, annotation: &TSType<'_>) -> Option<TypeId> {
        let annotation = self.type_of(annotation);
        let is_const = matches!(self.facts.typed(annotation), Type::Named(name, _)
            if *self.facts.value(*name) == Value::Global("const".into()));
        (!is_const).then_some(annotation)
    }

    /// What a function hands back.
    pub(super) fn gives(&mut self, argument: &Expression<'_>) {
        let Some(function) = self.functions.last().copied() else { return };
        let Some(signature) = self.facts.signature(function).cloned() else { return };
        if let Some(returns) = signature.returns {
            let returns = if signature.is_async { self.promised(returns) } else { returns };
            return self.expect(argument, &Context::Typed(returns));
        }
        self.expect(argument, &Context::None);
        let value = self.value_of(argument);
        if let Some(signature) = self.facts.signatures.get_mut(function.0 as usize) {
            signature.gives.push(value);
        }
    }

    /// `T` of `Promise<T>`.
    fn promised(&self, returns: TypeId) -> TypeId {
        match self.facts.typed(returns) {
            Type::Named(name, arguments) if *self.facts.value(*name) == Value::Global("Promise".into()) => {
                arguments.first().copied().unwrap_or(returns)
            }
            _ => returns,
        }
    }

    fn module_call(&mut self, it: &CallExpression<'_>) {
        let Expression::StaticMemberExpression(callee) = &it.callee else { return };
        if let Some(Argument::StringLiteral(source)) = it.arguments.first()
            && MODULE_CALLS.contains(&callee.property.name.as_str())
            && (source.value.starts_with("./") || source.value.starts_with("../"))
        {
            self.request(source);
        }
    }

    /// `eval` sees every name around it.
    fn eval_call(&mut self, it: &CallExpression<'_>) {
        let Expression::Identifier(callee) = &it.callee else { return };
        if callee.name != "eval" || self.resolve(callee).is_some() {
            return;
        }
        let Some(scope) = self.scopes.last().copied() else { return };
        let scoping = self.scoping;
        let seen = scoping.scope_ancestors(scope).flat_map(|scope| scoping.get_bindings(scope).iter());
        for id in seen.map(|(_, id)| SymbolId(index(id.index()))).collect::<Vec<_>>() {
            if let Some(symbol) = self.symbol(id) {
                symbol.eval = Some(it.span.start);
            }
        }
    }

    /// `import("name").then(module => …)`
    fn then_call(&mut self, it: &CallExpression<'_>) {
        let Expression::StaticMemberExpression(callee) = &it.callee else { return };
        let Expression::ImportExpression(import) = &callee.object else { return };
        let Expression::StringLiteral(source) = &import.source else { return };
        let parameters = match it.arguments.first() {
            Some(Argument::ArrowFunctionExpression(arrow)) => &arrow.params,
            Some(Argument::FunctionExpression(function)) => &function.params,
            Some(_) | None => return,
        };
        if let Some(first) = parameters.items.first()
            && callee.property.name == "then"
        {
            let request = self.request(source);
            let module = self.value(Value::Module(request));
            self.given.insert(first.span.start, module);
        }
    }

    /// `Object.assign(object, …)` and its like give or list members that nobody names.
    fn listed(&mut self, it: &CallExpression<'_>) {
        let Expression::StaticMemberExpression(callee) = &it.callee else { return };
        let Expression::Identifier(library) = &callee.object else { return };
        let (library, asked) = (library.name.as_str(), callee.property.name.as_str());
        let is_listing = library == "Object" && matches!(asked, "assign" | "keys" | "entries" | "getOwnPropertyNames")
            || library == "Reflect";
        if let (true, Some(object)) = (is_listing, it.arguments.first().and_then(Argument::as_expression)) {
            let object = self.value_of(object);
            self.facts.computed.push((object, it.span.start));
        }
    }

    /// A string that follows an object in a call may name one of its members: `spyOn(object, "name")`.
    fn keyed(&mut self, it: &CallExpression<'_>) {
        let [first, Argument::StringLiteral(key), ..] = it.arguments.as_slice() else { return };
        let Some(object) = first.as_expression() else { return };
        if matches!(object, Expression::StringLiteral(_) | Expression::TemplateLiteral(_)) {
            return;
        }
        let object = self.value_of(object);
        self.plain(&key.value, inside(key.span), Role::Text, Meaning::Keyed(object));
    }

    pub(super) fn opening(&mut self, it: &JSXOpeningElement<'_>) {
        self.facts.element = self.facts.element.or(Some(it.span.start));
        self.visit_jsx_element_name(&it.name);
        if let Some(arguments) = &it.type_arguments {
            self.visit_ts_type_parameter_instantiation(arguments);
        }
        let component = match &it.name {
            JSXElementName::IdentifierReference(name) => Some(self.name_of(name)),
            JSXElementName::MemberExpression(member) => {
                let object = self.element_object(&member.object);
                Some(self.value(Value::Member(object, member.property.name.as_str().into())))
            }
            JSXElementName::Identifier(_) | JSXElementName::NamespacedName(_) | JSXElementName::ThisExpression(_) => {
                None
            }
        };
        for item in &it.attributes {
            if let JSXAttributeItem::Attribute(attribute) = item
                && let JSXAttributeName::Identifier(name) = &attribute.name
            {
                let meaning = component.map_or(Meaning::Fixed("an attribute of the page"), Meaning::Attribute);
                self.plain(&name.name, name.span, Role::Keyword, meaning);
            }
            self.visit_jsx_attribute_item(item);
        }
    }

    fn name_of(&mut self, name: &oxc_ast::ast::IdentifierReference<'_>) -> ValueId {
        let value = match self.resolve(name) {
            Some(id) => Value::Symbol(id),
            None => Value::Global(name.name.as_str().into()),
        };
        self.value(value)
    }

    pub(super) fn element_object(&mut self, object: &JSXMemberExpressionObject<'_>) -> ValueId {
        match object {
            JSXMemberExpressionObject::IdentifierReference(name) => self.name_of(name),
            JSXMemberExpressionObject::MemberExpression(member) => {
                let object = self.element_object(&member.object);
                self.value(Value::Member(object, member.property.name.as_str().into()))
            }
            JSXMemberExpressionObject::ThisExpression(_) => {
                let this = self.this.last().cloned().unwrap_or(Value::Unknown);
                self.value(this)
            }
        }
    }

    /// `T["name"]`, `Pick<T, "name" | "other">`
    pub(super) fn literal_keys(&mut self, object: TypeId, keys: &TSType<'_>) {
        match keys {
            TSType::TSLiteralType(literal) => match &literal.literal {
                TSLiteral::StringLiteral(key) => {
                    self.plain(&key.value, inside(key.span), Role::Text, Meaning::TypeMember(object));
                }
                _ => self.visit_ts_type(keys),
            },
            TSType::TSUnionType(union) => union.types.iter().for_each(|one| self.literal_keys(object, one)),
            TSType::TSParenthesizedType(inner) => self.literal_keys(object, &inner.type_annotation),
            _ => self.visit_ts_type(keys),
        }
    }

    pub(super) fn type_reference(&mut self, it: &TSTypeReference<'_>) {
        self.visit_ts_type_name(&it.type_name);
        let Some(arguments) = &it.type_arguments else { return };
        let takes_keys = match &it.type_name {
            TSTypeName::IdentifierReference(name) => {
                matches!(name.name.as_str(), "Pick" | "Omit") && self.resolve(name).is_none()
            }
            TSTypeName::QualifiedName(_) | TSTypeName::ThisExpression(_) => false,
        };
        match arguments.params.as_slice() {
            [object, keys] if takes_keys => {
                self.visit_ts_type(object);
                let object = self.type_of(object);
                self.literal_keys(object, keys);
            }
            all => all.iter().for_each(|one| self.visit_ts_type(one)),
        }
    }

    pub(super) fn import_type_tokens(&mut self, it: &TSImportType<'_>) {
        let request = self.request(&it.source);
        self.visit_string_literal(&it.source);
        let module = self.value(Value::Module(request));
        let mut rest = it.qualifier.as_ref();
        while let Some(qualifier) = rest {
            rest = match qualifier {
                TSImportTypeQualifier::Identifier(name) => {
                    self.plain(&name.name, name.span, Role::Reference, Meaning::Import(request));
                    None
                }
                TSImportTypeQualifier::QualifiedName(path) => {
                    let left = self.qualified(module, &path.left);
                    self.plain(&path.right.name, path.right.span, Role::Member, Meaning::Member(left));
                    Some(&path.left)
                }
            };
        }
        if let Some(arguments) = &it.type_arguments {
            self.visit_ts_type_parameter_instantiation(arguments);
        }
    }

    /// In JavaScript, `this.name = …` within a class defines a member.
    pub(super) fn assigned_member(&mut self, target: &StaticMemberExpression<'_>, value: &Expression<'_>) {
        if self.facts.is_typed || !matches!(target.object, Expression::ThisExpression(_)) {
            return;
        }
        let (class, is_static) = match self.this.last() {
            Some(Value::Instance(class)) => (*class, false),
            Some(Value::Object(class)) => (*class, true),
            Some(_) | None => return,
        };
        let value = self.value_of(value);
        let Some(shape) = self.facts.shape(class) else { return };
        let is_static = is_static && shape.kind == ShapeKind::Class;
        let name = target.property.name.as_str();
        if shape.members.iter().any(|member| *member.name == *name && member.is_static == is_static) {
            return;
        }
        let place = target.property.span.start..target.property.span.end;
        let member = Member {
            name: name.into(),
            place,
            kind: SymbolKind::Property,
            is_static,
            is_optional: true,
            access: Access::All,
            typed: None,
            value: Some(value),
        };
        self.add_quietly(class, member);
    }

    /// `exports.name = …`, `module.exports.name = …` and `module.exports = …`
    pub(super) fn assigned_export(&mut self, target: &StaticMemberExpression<'_>, value: &Expression<'_>) -> bool {
        let is_module = self.is_global(&target.object, "module");
        if is_module && target.property.name == "exports" {
            let value = self.value_of(value);
            self.facts.is_common = true;
            self.facts.assigned.push(value);
            return false;
        }
        let is_exports = match &target.object {
            Expression::StaticMemberExpression(inner) => {
                inner.property.name == "exports" && self.is_global(&inner.object, "module")
            }
            object => self.is_global(object, "exports"),
        };
        if is_exports {
            self.facts.is_common = true;
            self.receiver(&target.object);
            self.common_export(&target.property, value);
        }
        is_exports
    }

    pub(super) fn is_global(&self, expression: &Expression<'_>, name: &str) -> bool {
        matches!(expression, Expression::Identifier(ident) if ident.name == name && self.resolve(ident).is_none())
    }
}

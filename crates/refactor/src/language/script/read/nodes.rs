//! What each kind of node adds to the facts.

use oxc_ast::ast::{
    AccessorProperty, ArrowFunctionBody, ArrowFunctionExpression, AssignmentExpression, AssignmentTarget,
    CatchParameter, Class, ComputedMemberExpression, Expression, ForOfStatement, ForStatementLeft, FormalParameterRest,
    Function, ImportExpression, LabelIdentifier, LabeledStatement, MethodDefinition, ObjectExpression,
    ObjectPropertyKind, PrivateIdentifier, PropertyDefinition, PropertyKey, ReturnStatement, StaticBlock,
    StaticMemberExpression, TSEnumDeclaration, TSEnumMemberName, TSExportAssignment, TSGlobalDeclaration,
    TSIndexSignatureName, TSInterfaceDeclaration, TSTypeAliasDeclaration, TSTypeParameter, TSTypePredicateName,
    WithStatement,
};
use oxc_ast::ast::{
    JSXAttribute, JSXAttributeName, JSXMemberExpression, TSAsExpression, TSIndexedAccessType, TSQualifiedName,
    TSSatisfiesExpression, TSTypeAssertion,
};
use oxc_ast_visit::{Visit, walk};
use oxc_semantic::ScopeFlags;

use super::{Home, Reader, inside, patterns::Source, shapes::key_place};
use crate::language::{
    Role,
    script::facts::{Context, Declared, Form, Meaning, SymbolId, Value, index},
};

impl Reader<'_> {
    pub(super) fn read_property_key(&mut self, it: &PropertyKey<'_>) {
        // Names and strings are read with what they are the key of.
        if !matches!(
            it,
            PropertyKey::StaticIdentifier(_) | PropertyKey::PrivateIdentifier(_) | PropertyKey::StringLiteral(_)
        ) {
            walk::walk_property_key(self, it);
        }
    }

    pub(super) fn read_formal_parameter_rest(&mut self, it: &FormalParameterRest<'_>) {
        let source = self.source_of(it.type_annotation.as_deref(), None);
        self.pattern(&it.rest.argument, &source, Form::Plain);
        if let Some(annotation) = &it.type_annotation {
            self.visit_ts_type_annotation(annotation);
        }
    }

    pub(super) fn read_catch_parameter(&mut self, it: &CatchParameter<'_>) {
        let source = self.source_of(it.type_annotation.as_deref(), None);
        self.pattern(&it.pattern, &source, Form::Plain);
        if let Some(annotation) = &it.type_annotation {
            self.visit_ts_type_annotation(annotation);
        }
    }

    pub(super) fn read_for_of_statement(&mut self, it: &ForOfStatement<'_>) {
        if let ForStatementLeft::VariableDeclaration(declaration) = &it.left
            && let [only] = declaration.declarations.as_slice()
        {
            let list = self.value_of(&it.right);
            let element = self.value(Value::Element(list));
            self.elements.insert(only.span.start, element);
        }
        walk::walk_for_of_statement(self, it);
    }

    pub(super) fn read_function(&mut self, it: &Function<'_>, flags: ScopeFlags) {
        let signature = self.function_signature(it);
        let mut this = self.next_this.take().unwrap_or(Value::Unknown);
        if let Some(annotation) = it.this_param.as_ref().and_then(|it| it.type_annotation.as_ref()) {
            this = Value::Typed(self.type_of(&annotation.type_annotation));
        }
        if let Some(id) = it.id.as_ref().and_then(|id| id.symbol_id.get()) {
            self.declare(SymbolId(index(id.index())), Declared::Function(signature));
        }
        self.this.push(this);
        self.functions.push(signature);
        walk::walk_function(self, it, flags);
        self.functions.pop();
        self.this.pop();
    }

    pub(super) fn read_arrow_function_expression(&mut self, it: &ArrowFunctionExpression<'_>) {
        let signature = self.arrow_signature(it);
        self.functions.push(signature);
        if let Some(body) = arrow_expression(&it.body) {
            self.gives(body);
        }
        walk::walk_arrow_function_expression(self, it);
        self.functions.pop();
    }

    pub(super) fn read_return_statement(&mut self, it: &ReturnStatement<'_>) {
        if let Some(argument) = &it.argument {
            self.gives(argument);
        }
        walk::walk_return_statement(self, it);
    }

    pub(super) fn read_class(&mut self, it: &Class<'_>) {
        let shape = self.class_shape(it);
        if let Some(id) = it.id.as_ref().and_then(|id| id.symbol_id.get()) {
            self.declare(SymbolId(index(id.index())), Declared::Shape(shape));
        }
        self.classes.push(shape);
        walk::walk_class(self, it);
        self.classes.pop();
    }

    pub(super) fn read_method_definition(&mut self, it: &MethodDefinition<'_>) {
        let this = self.class_this(it.r#static);
        self.visit_decorators(&it.decorators);
        self.visit_property_key(&it.key);
        self.next_this = Some(this);
        self.visit_function(&it.value, ScopeFlags::Function);
    }

    pub(super) fn read_property_definition(&mut self, it: &PropertyDefinition<'_>) {
        self.visit_decorators(&it.decorators);
        self.visit_property_key(&it.key);
        if let Some(annotation) = &it.type_annotation {
            self.visit_ts_type_annotation(annotation);
        }
        self.field(&it.key, it.r#static, it.value.as_ref(), it.type_annotation.as_deref());
    }

    pub(super) fn read_accessor_property(&mut self, it: &AccessorProperty<'_>) {
        self.visit_decorators(&it.decorators);
        self.visit_property_key(&it.key);
        if let Some(annotation) = &it.type_annotation {
            self.visit_ts_type_annotation(annotation);
        }
        self.field(&it.key, it.r#static, it.value.as_ref(), it.type_annotation.as_deref());
    }

    pub(super) fn read_static_block(&mut self, it: &StaticBlock<'_>) {
        let this = self.class_this(true);
        self.this.push(this);
        walk::walk_static_block(self, it);
        self.this.pop();
    }

    pub(super) fn read_object_expression(&mut self, it: &ObjectExpression<'_>) {
        let shape = self.object_shape(it);
        for property in &it.properties {
            let ObjectPropertyKind::ObjectProperty(property) = property else {
                if let ObjectPropertyKind::SpreadProperty(spread) = property {
                    let value = self.value_of(&spread.argument);
                    self.facts.spreads.push(value);
                }
                self.visit_object_property_kind(property);
                continue;
            };
            self.visit_property_key(&property.key);
            if let (true, Expression::Identifier(name)) = (property.shorthand, &property.value) {
                self.set_member_value(shape, key_place(&property.key), &property.value);
                self.reference(name, Form::Variable, true);
                continue;
            }
            if let Some(key) = super::shapes::Key::of(&property.key) {
                self.expect(&property.value, &Context::Within(shape, key.name));
                self.set_member_value(shape, key_place(&property.key), &property.value);
            }
            if matches!(property.value, Expression::FunctionExpression(_)) {
                self.next_this = Some(Value::Object(shape));
            }
            self.visit_expression(&property.value);
        }
    }

    pub(super) fn read_assignment_expression(&mut self, it: &AssignmentExpression<'_>) {
        self.assigned(it);
        match &it.left {
            AssignmentTarget::ObjectAssignmentTarget(target) => {
                let source = self.value_of(&it.right);
                self.object_target(target, source);
            }
            AssignmentTarget::StaticMemberExpression(member) if self.assigned_export(member, &it.right) => {}
            AssignmentTarget::StaticMemberExpression(member) => {
                self.assigned_member(member, &it.right);
                self.visit_assignment_target(&it.left);
            }
            _ => self.visit_assignment_target(&it.left),
        }
        self.visit_expression(&it.right);
    }

    pub(super) fn read_static_member_expression(&mut self, it: &StaticMemberExpression<'_>) {
        let object = self.value_of(&it.object);
        self.receiver(&it.object);
        self.plain(&it.property.name, it.property.span, Role::Member, Meaning::Member(object));
    }

    pub(super) fn read_computed_member_expression(&mut self, it: &ComputedMemberExpression<'_>) {
        let object = self.value_of(&it.object);
        let Expression::StringLiteral(key) = &it.expression else {
            if !matches!(it.expression, Expression::NumericLiteral(_)) {
                self.facts.computed.push((object, it.span.start));
            }
            return walk::walk_computed_member_expression(self, it);
        };
        self.receiver(&it.object);
        self.plain(&key.value, inside(key.span), Role::Text, Meaning::Member(object));
        self.prose(key.span);
    }

    pub(super) fn read_import_expression(&mut self, it: &ImportExpression<'_>) {
        if let Expression::StringLiteral(source) = &it.source {
            self.request(source);
        }
        walk::walk_import_expression(self, it);
    }

    pub(super) fn read_labeled_statement(&mut self, it: &LabeledStatement<'_>) {
        let start = it.label.span.start;
        self.plain(&it.label.name, it.label.span, Role::Definition, Meaning::Label(start));
        self.labels.push((it.label.name.as_str().into(), start));
        self.visit_statement(&it.body);
        self.labels.pop();
    }

    pub(super) fn read_with_statement(&mut self, it: &WithStatement<'_>) {
        self.visit_expression(&it.object);
        self.withs += 1;
        self.visit_statement(&it.body);
        self.withs -= 1;
    }

    pub(super) fn read_jsx_attribute(&mut self, it: &JSXAttribute<'_>) {
        if matches!(it.name, JSXAttributeName::NamespacedName(_)) {
            self.visit_jsx_attribute_name(&it.name);
        }
        it.value.iter().for_each(|value| self.visit_jsx_attribute_value(value));
    }

    pub(super) fn read_jsx_member_expression(&mut self, it: &JSXMemberExpression<'_>) {
        self.visit_jsx_member_expression_object(&it.object);
        let object = self.element_object(&it.object);
        self.plain(&it.property.name, it.property.span, Role::Member, Meaning::Member(object));
    }

    pub(super) fn read_ts_qualified_name(&mut self, it: &TSQualifiedName<'_>) {
        self.visit_ts_type_name(&it.left);
        let left = self.name_value(&it.left);
        self.plain(&it.right.name, it.right.span, Role::Member, Meaning::Member(left));
    }

    pub(super) fn read_ts_indexed_access_type(&mut self, it: &TSIndexedAccessType<'_>) {
        self.visit_ts_type(&it.object_type);
        let object = self.type_of(&it.object_type);
        self.literal_keys(object, &it.index_type);
    }

    pub(super) fn read_ts_as_expression(&mut self, it: &TSAsExpression<'_>) {
        if let Some(annotation) = self.cast(&it.type_annotation) {
            self.expect(&it.expression, &Context::Typed(annotation));
        }
        walk::walk_ts_as_expression(self, it);
    }

    pub(super) fn read_ts_satisfies_expression(&mut self, it: &TSSatisfiesExpression<'_>) {
        if let Some(annotation) = self.cast(&it.type_annotation) {
            self.expect(&it.expression, &Context::Typed(annotation));
        }
        walk::walk_ts_satisfies_expression(self, it);
    }

    pub(super) fn read_ts_type_assertion(&mut self, it: &TSTypeAssertion<'_>) {
        if let Some(annotation) = self.cast(&it.type_annotation) {
            self.expect(&it.expression, &Context::Typed(annotation));
        }
        walk::walk_ts_type_assertion(self, it);
    }

    pub(super) fn read_ts_interface_declaration(&mut self, it: &TSInterfaceDeclaration<'_>) {
        let shape = self.interface_shape(it);
        if let Some(id) = it.id.symbol_id.get() {
            self.declare(SymbolId(index(id.index())), Declared::Shape(shape));
        }
        walk::walk_ts_interface_declaration(self, it);
    }

    pub(super) fn read_ts_enum_declaration(&mut self, it: &TSEnumDeclaration<'_>) {
        let shape = self.enum_shape(it);
        let symbol = it.id.symbol_id.get().map(|id| SymbolId(index(id.index())));
        if let Some(symbol) = symbol {
            self.declare(symbol, Declared::Shape(shape));
            self.enter_body(symbol, true, it.body.scope_id.get());
        }
        walk::walk_ts_enum_declaration(self, it);
        if symbol.is_some() {
            self.homes.pop();
        }
    }

    pub(super) fn read_ts_enum_member_name(&mut self, it: &TSEnumMemberName<'_>) {
        if let TSEnumMemberName::ComputedTemplateString(text) = it {
            self.visit_template_literal(text);
        }
    }

    pub(super) fn read_ts_type_alias_declaration(&mut self, it: &TSTypeAliasDeclaration<'_>) {
        let alias = self.type_of(&it.type_annotation);
        if let Some(id) = it.id.symbol_id.get() {
            self.declare(SymbolId(index(id.index())), Declared::Alias(alias));
        }
        walk::walk_ts_type_alias_declaration(self, it);
    }

    pub(super) fn read_ts_type_parameter(&mut self, it: &TSTypeParameter<'_>) {
        let constraint = it.constraint.as_ref().map(|it| self.type_of(it));
        if let Some(id) = it.name.symbol_id.get() {
            self.declare(SymbolId(index(id.index())), Declared::Parameter(constraint));
        }
        walk::walk_ts_type_parameter(self, it);
    }

    pub(super) fn read_ts_type_predicate_name(&mut self, it: &TSTypePredicateName<'_>) {
        let TSTypePredicateName::Identifier(name) = it else { return };
        let scope = self.scopes.last().copied();
        let found = scope.and_then(|scope| self.scoping.find_binding(scope, name.name));
        let meaning = found.map_or(Meaning::Global, |id| Meaning::Symbol(SymbolId(index(id.index()))));
        self.plain(&name.name, name.span, Role::Reference, meaning);
    }

    pub(super) fn read_ts_index_signature_name(&mut self, it: &TSIndexSignatureName<'_>) {
        let span = oxc_span::Span::sized(it.span.start, index(it.name.len()));
        self.plain(&it.name, span, Role::Definition, Meaning::Fixed("the name of an index"));
        self.visit_ts_type_annotation(&it.type_annotation);
    }

    pub(super) fn read_ts_export_assignment(&mut self, it: &TSExportAssignment<'_>) {
        let value = self.value_of(&it.expression);
        self.facts.is_module = true;
        self.facts.assigned.push(value);
        self.visit_expression(&it.expression);
    }

    pub(super) fn read_ts_global_declaration(&mut self, it: &TSGlobalDeclaration<'_>) {
        self.homes.push(Home::Global);
        self.described(&it.body.body);
        walk::walk_ts_global_declaration(self, it);
        self.homes.pop();
    }
}

impl Reader<'_> {
    pub(super) fn jump(&mut self, label: &LabelIdentifier<'_>) {
        let target = self.labels.iter().rev().find(|(name, _)| **name == *label.name).map(|(_, at)| *at);
        let meaning = target.map_or(Meaning::Fixed("a label that is not there"), Meaning::Label);
        self.plain(&label.name, label.span, Role::Reference, meaning);
    }

    fn class_this(&self, is_static: bool) -> Value {
        match self.classes.last() {
            Some(class) if is_static => Value::Object(*class),
            Some(class) => Value::Instance(*class),
            None => Value::Unknown,
        }
    }

    fn field(
        &mut self,
        key: &PropertyKey<'_>,
        is_static: bool,
        value: Option<&Expression<'_>>,
        annotation: Option<&oxc_ast::ast::TSTypeAnnotation<'_>>,
    ) {
        let (Some(value), Some(class)) = (value, self.classes.last().copied()) else { return };
        let this = self.class_this(is_static);
        self.this.push(this);
        let source = self.source_of(annotation, Some(value));
        if matches!(source, Source::Value(_)) {
            self.set_member_value(class, key_place(key), value);
        }
        self.visit_expression(value);
        self.this.pop();
    }

    pub(super) fn private(&mut self, it: &PrivateIdentifier<'_>) {
        let name = format!("#{}", it.name);
        let found = self.classes.iter().rev().find_map(|class| {
            let members = &self.facts.shape(*class)?.members;
            Some((*class, members.iter().position(|member| *member.name == *name)?))
        });
        let meaning = found
            .map_or(Meaning::Fixed("a private name that no class around declares"), |(class, member)| {
                Meaning::Own(class, index(member))
            });
        let span = oxc_span::Span::new(it.span.start + 1, it.span.end);
        self.plain(&it.name, span, Role::Member, meaning);
    }
}

fn arrow_expression<'b, 'a>(body: &'b ArrowFunctionBody<'a>) -> Option<&'b Expression<'a>> {
    body.as_expression()
}

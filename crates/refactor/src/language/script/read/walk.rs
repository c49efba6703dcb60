//! The walk: which method reads which kind of node.

use oxc_ast::ast::{
    AccessorProperty, ArrowFunctionExpression, AssignmentExpression, BindingIdentifier, BreakStatement, CatchParameter,
    Class, ComputedMemberExpression, ContinueStatement, ExportAllDeclaration, ExportDeclaration,
    ExportDefaultDeclaration, ExportFromDeclaration, ExportNamedDeclaration, ForOfStatement, FormalParameter,
    FormalParameterRest, Function, IdentifierReference, ImportDeclaration, ImportExpression, LabeledStatement,
    MethodDefinition, ObjectAssignmentTarget, ObjectExpression, PrivateFieldExpression, PrivateIdentifier,
    PropertyDefinition, PropertyKey, RegExpLiteral, ReturnStatement, StaticBlock, StaticMemberExpression,
    StringLiteral, TSEnumDeclaration, TSEnumMemberName, TSExportAssignment, TSExternalModuleDeclaration,
    TSGlobalDeclaration, TSImportEqualsDeclaration, TSIndexSignatureName, TSInterfaceDeclaration, TSNamedTupleMember,
    TSNamespaceDeclaration, TSNamespaceExportDeclaration, TSTypeAliasDeclaration, TSTypeLiteral, TSTypeParameter,
    TSTypePredicateName, TemplateElement, VariableDeclarator, WithStatement,
};
use oxc_ast::ast::{
    CallExpression, JSXAttribute, JSXClosingElement, JSXIdentifier, JSXMemberExpression, JSXOpeningElement, JSXText,
    NewExpression, TSAsExpression, TSImportType, TSIndexedAccessType, TSMappedType, TSQualifiedName,
    TSSatisfiesExpression, TSTemplateLiteralType, TSTypeAssertion, TSTypeOperator, TSTypeReference,
};
use oxc_ast_visit::{Visit, walk};
use oxc_semantic::{ScopeFlags, ScopeId};
use std::cell::Cell;

use super::Reader;
use crate::language::{
    Role,
    script::facts::{Form, Meaning, Value},
};

impl<'a> Visit<'a> for Reader<'_> {
    fn enter_scope(&mut self, _: ScopeFlags, scope: &Cell<Option<ScopeId>>) {
        let outer = self.scopes.last().copied();
        self.scopes.extend(scope.get().or(outer));
    }

    fn leave_scope(&mut self) {
        self.scopes.pop();
    }

    fn visit_binding_identifier(&mut self, it: &BindingIdentifier<'a>) {
        self.binding(it, Form::Plain);
    }

    fn visit_identifier_reference(&mut self, it: &IdentifierReference<'a>) {
        self.reference(it, Form::Plain, true);
    }

    fn visit_property_key(&mut self, it: &PropertyKey<'a>) {
        self.read_property_key(it);
    }

    fn visit_string_literal(&mut self, it: &StringLiteral<'a>) {
        self.prose(it.span);
    }

    fn visit_template_element(&mut self, it: &TemplateElement<'a>) {
        self.prose(it.span);
    }

    fn visit_jsx_text(&mut self, it: &JSXText<'a>) {
        self.prose(it.span);
    }

    fn visit_reg_exp_literal(&mut self, it: &RegExpLiteral<'a>) {
        self.prose(it.span);
    }

    fn visit_variable_declarator(&mut self, it: &VariableDeclarator<'a>) {
        self.declarator(it);
    }

    fn visit_formal_parameter(&mut self, it: &FormalParameter<'a>) {
        self.parameter(it);
    }

    fn visit_formal_parameter_rest(&mut self, it: &FormalParameterRest<'a>) {
        self.read_formal_parameter_rest(it);
    }

    fn visit_catch_parameter(&mut self, it: &CatchParameter<'a>) {
        self.read_catch_parameter(it);
    }

    fn visit_for_of_statement(&mut self, it: &ForOfStatement<'a>) {
        self.read_for_of_statement(it);
    }

    fn visit_function(&mut self, it: &Function<'a>, flags: ScopeFlags) {
        self.read_function(it, flags);
    }

    fn visit_arrow_function_expression(&mut self, it: &ArrowFunctionExpression<'a>) {
        self.read_arrow_function_expression(it);
    }

    fn visit_return_statement(&mut self, it: &ReturnStatement<'a>) {
        self.read_return_statement(it);
    }

    fn visit_class(&mut self, it: &Class<'a>) {
        self.read_class(it);
    }

    fn visit_method_definition(&mut self, it: &MethodDefinition<'a>) {
        self.read_method_definition(it);
    }

    fn visit_property_definition(&mut self, it: &PropertyDefinition<'a>) {
        self.read_property_definition(it);
    }

    fn visit_accessor_property(&mut self, it: &AccessorProperty<'a>) {
        self.read_accessor_property(it);
    }

    fn visit_static_block(&mut self, it: &StaticBlock<'a>) {
        self.read_static_block(it);
    }

    fn visit_object_expression(&mut self, it: &ObjectExpression<'a>) {
        self.read_object_expression(it);
    }

    fn visit_assignment_expression(&mut self, it: &AssignmentExpression<'a>) {
        self.read_assignment_expression(it);
    }

    fn visit_object_assignment_target(&mut self, it: &ObjectAssignmentTarget<'a>) {
        let source = self.value(Value::Unknown);
        self.object_target(it, source);
    }

    fn visit_static_member_expression(&mut self, it: &StaticMemberExpression<'a>) {
        self.read_static_member_expression(it);
    }

    fn visit_computed_member_expression(&mut self, it: &ComputedMemberExpression<'a>) {
        self.read_computed_member_expression(it);
    }

    fn visit_private_field_expression(&mut self, it: &PrivateFieldExpression<'a>) {
        self.receiver(&it.object);
        self.visit_private_identifier(&it.field);
    }

    fn visit_private_identifier(&mut self, it: &PrivateIdentifier<'a>) {
        self.private(it);
    }

    fn visit_call_expression(&mut self, it: &CallExpression<'a>) {
        self.call_expression(it);
    }

    fn visit_new_expression(&mut self, it: &NewExpression<'a>) {
        self.new_expression(it);
    }

    fn visit_import_expression(&mut self, it: &ImportExpression<'a>) {
        self.read_import_expression(it);
    }

    fn visit_labeled_statement(&mut self, it: &LabeledStatement<'a>) {
        self.read_labeled_statement(it);
    }

    fn visit_break_statement(&mut self, it: &BreakStatement<'a>) {
        it.label.iter().for_each(|label| self.jump(label));
    }

    fn visit_continue_statement(&mut self, it: &ContinueStatement<'a>) {
        it.label.iter().for_each(|label| self.jump(label));
    }

    fn visit_with_statement(&mut self, it: &WithStatement<'a>) {
        self.read_with_statement(it);
    }

    fn visit_jsx_opening_element(&mut self, it: &JSXOpeningElement<'a>) {
        self.opening(it);
    }

    fn visit_jsx_closing_element(&mut self, it: &JSXClosingElement<'a>) {
        self.visit_jsx_element_name(&it.name);
    }

    fn visit_jsx_identifier(&mut self, it: &JSXIdentifier<'a>) {
        self.plain(&it.name, it.span, Role::Reference, Meaning::Fixed("an element of the page"));
    }

    fn visit_jsx_attribute(&mut self, it: &JSXAttribute<'a>) {
        self.read_jsx_attribute(it);
    }

    fn visit_jsx_member_expression(&mut self, it: &JSXMemberExpression<'a>) {
        self.read_jsx_member_expression(it);
    }

    fn visit_ts_qualified_name(&mut self, it: &TSQualifiedName<'a>) {
        self.read_ts_qualified_name(it);
    }

    fn visit_ts_indexed_access_type(&mut self, it: &TSIndexedAccessType<'a>) {
        self.read_ts_indexed_access_type(it);
    }

    fn visit_ts_type_operator(&mut self, it: &TSTypeOperator<'a>) {
        self.takes_keys(it);
        walk::walk_ts_type_operator(self, it);
    }

    fn visit_ts_mapped_type(&mut self, it: &TSMappedType<'a>) {
        let makes_names = it.name_type.is_some();
        self.makers += usize::from(makes_names);
        walk::walk_ts_mapped_type(self, it);
        self.makers -= usize::from(makes_names);
    }

    fn visit_ts_template_literal_type(&mut self, it: &TSTemplateLiteralType<'a>) {
        self.makers += 1;
        walk::walk_ts_template_literal_type(self, it);
        self.makers -= 1;
    }

    fn visit_ts_type_reference(&mut self, it: &TSTypeReference<'a>) {
        self.type_reference(it);
    }

    fn visit_ts_import_type(&mut self, it: &TSImportType<'a>) {
        self.import_type_tokens(it);
    }

    fn visit_ts_as_expression(&mut self, it: &TSAsExpression<'a>) {
        self.read_ts_as_expression(it);
    }

    fn visit_ts_satisfies_expression(&mut self, it: &TSSatisfiesExpression<'a>) {
        self.read_ts_satisfies_expression(it);
    }

    fn visit_ts_type_assertion(&mut self, it: &TSTypeAssertion<'a>) {
        self.read_ts_type_assertion(it);
    }

    fn visit_ts_type_literal(&mut self, it: &TSTypeLiteral<'a>) {
        self.literal_shape(it);
        walk::walk_ts_type_literal(self, it);
    }

    fn visit_ts_interface_declaration(&mut self, it: &TSInterfaceDeclaration<'a>) {
        self.read_ts_interface_declaration(it);
    }

    fn visit_ts_enum_declaration(&mut self, it: &TSEnumDeclaration<'a>) {
        self.read_ts_enum_declaration(it);
    }

    fn visit_ts_enum_member_name(&mut self, it: &TSEnumMemberName<'a>) {
        self.read_ts_enum_member_name(it);
    }

    fn visit_ts_type_alias_declaration(&mut self, it: &TSTypeAliasDeclaration<'a>) {
        self.read_ts_type_alias_declaration(it);
    }

    fn visit_ts_type_parameter(&mut self, it: &TSTypeParameter<'a>) {
        self.read_ts_type_parameter(it);
    }

    fn visit_ts_type_predicate_name(&mut self, it: &TSTypePredicateName<'a>) {
        self.read_ts_type_predicate_name(it);
    }

    fn visit_ts_named_tuple_member(&mut self, it: &TSNamedTupleMember<'a>) {
        self.plain(&it.label.name, it.label.span, Role::Definition, Meaning::Fixed("a label of a tuple"));
        self.visit_ts_tuple_element(&it.element_type);
    }

    fn visit_ts_index_signature_name(&mut self, it: &TSIndexSignatureName<'a>) {
        self.read_ts_index_signature_name(it);
    }

    fn visit_import_declaration(&mut self, it: &ImportDeclaration<'a>) {
        self.import(it);
    }

    fn visit_ts_import_equals_declaration(&mut self, it: &TSImportEqualsDeclaration<'a>) {
        self.import_equals(it);
    }

    fn visit_export_declaration(&mut self, it: &ExportDeclaration<'a>) {
        self.export_declaration(it);
        walk::walk_export_declaration(self, it);
    }

    fn visit_export_named_declaration(&mut self, it: &ExportNamedDeclaration<'a>) {
        self.export_named(it);
    }

    fn visit_export_from_declaration(&mut self, it: &ExportFromDeclaration<'a>) {
        self.export_from(it);
    }

    fn visit_export_all_declaration(&mut self, it: &ExportAllDeclaration<'a>) {
        self.export_all(it);
    }

    fn visit_export_default_declaration(&mut self, it: &ExportDefaultDeclaration<'a>) {
        self.export_default(it);
        walk::walk_export_default_declaration(self, it);
    }

    fn visit_ts_export_assignment(&mut self, it: &TSExportAssignment<'a>) {
        self.read_ts_export_assignment(it);
    }

    fn visit_ts_namespace_export_declaration(&mut self, it: &TSNamespaceExportDeclaration<'a>) {
        self.plain(&it.id.name, it.id.span, Role::Definition, Meaning::Fixed("a name for other programs"));
    }

    fn visit_ts_namespace_declaration(&mut self, it: &TSNamespaceDeclaration<'a>) {
        self.namespace(it);
    }

    fn visit_ts_external_module_declaration(&mut self, it: &TSExternalModuleDeclaration<'a>) {
        self.ambient_module(it);
    }

    fn visit_ts_global_declaration(&mut self, it: &TSGlobalDeclaration<'a>) {
        self.read_ts_global_declaration(it);
    }
}

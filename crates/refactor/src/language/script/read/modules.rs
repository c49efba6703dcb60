//! Imports, exports and namespaces: what a module takes in and hands out.

use oxc_ast::ast::{
    Declaration, ExportAllDeclaration, ExportDeclaration, ExportDefaultDeclaration, ExportDefaultDeclarationKind,
    ExportFromDeclaration, ExportNamedDeclaration, Expression, IdentifierName, ImportDeclaration,
    ImportDeclarationSpecifier, ImportSpecifier, ModuleExportName, Statement, TSExternalModuleDeclaration,
    TSImportEqualsDeclaration, TSModuleReference, TSNamespaceDeclaration, TSNamespaceDeclarationBody,
};
use oxc_ast_visit::{Visit as _, walk};
use oxc_semantic::ScopeId;
use oxc_span::{GetSpan as _, Span};

use super::{Home, Reader, patterns::bound};
use crate::language::{
    Role,
    script::facts::{Declared, Export, Form, Imported, Meaning, RequestId, SymbolId, Target, Value, index},
};

impl Reader<'_> {
    pub(super) fn import(&mut self, it: &ImportDeclaration<'_>) {
        self.make_module();
        let request = self.request(&it.source);
        self.visit_string_literal(&it.source);
        for specifier in it.specifiers.iter().flatten() {
            let (local, imported) = match specifier {
                ImportDeclarationSpecifier::ImportSpecifier(it) => {
                    self.import_specifier(it, request);
                    continue;
                }
                ImportDeclarationSpecifier::ImportDefaultSpecifier(it) => (&it.local, Imported::Default),
                ImportDeclarationSpecifier::ImportNamespaceSpecifier(it) => (&it.local, Imported::Namespace),
            };
            if let Some(id) = self.binding(local, Form::Plain) {
                self.declare(id, Declared::Import(request, imported));
            }
        }
    }

    fn import_specifier(&mut self, it: &ImportSpecifier<'_>, request: RequestId) {
        let name = it.imported.name();
        if it.imported.span() != it.local.span
            && let ModuleExportName::IdentifierName(imported) = &it.imported
            && imported.name != "default"
        {
            self.plain(&imported.name, imported.span, Role::Import, Meaning::Import(request));
        }
        let imported = if name == "default" { Imported::Default } else { Imported::Named(name.as_str().into()) };
        let Some(id) = self.binding(&it.local, Form::Plain) else { return };
        self.declare(id, Declared::Import(request, imported));
        // The one token brings the name in and declares it.
        let local = it.local.span;
        let tokens = self.facts.tokens.get_mut(it.local.name.as_str());
        let made = tokens.and_then(|tokens| tokens.iter_mut().rev().find(|token| token.start == local.start));
        if let Some(made) = made.filter(|_| it.imported.span() == local) {
            made.role = Role::Import;
        }
    }

    /// `import name = require("module")`, `import name = path.to.it`
    pub(super) fn import_equals(&mut self, it: &TSImportEqualsDeclaration<'_>) {
        let declared = match &it.module_reference {
            TSModuleReference::ExternalModuleReference(module) => {
                self.make_module();
                let request = self.request(&module.expression);
                self.visit_string_literal(&module.expression);
                Declared::Import(request, Imported::Whole)
            }
            TSModuleReference::IdentifierReference(name) => {
                self.reference(name, Form::Plain, false);
                let value = match self.resolve(name) {
                    Some(id) => Value::Symbol(id),
                    None => Value::Global(name.name.as_str().into()),
                };
                Declared::Value(self.value(value))
            }
            TSModuleReference::QualifiedName(path) => {
                self.visit_ts_qualified_name(path);
                let left = self.name_value(&path.left);
                Declared::Value(self.value(Value::Member(left, path.right.name.as_str().into())))
            }
        };
        if let Some(id) = self.binding(&it.id, Form::Plain) {
            self.declare(id, declared);
        }
    }

    fn make_module(&mut self) {
        if self.homes.is_empty() {
            self.facts.is_module = true;
        }
    }

    fn export(&mut self, name: &str, place: Span, target: Target, is_renamed: bool) -> u32 {
        let place = place.start..place.end;
        self.facts.exports.push(Export { name: name.into(), place, target, is_renamed });
        index(self.facts.exports.len() - 1)
    }

    /// A declaration that is handed out: of the module, of a namespace, or of a module that is only described.
    pub(super) fn export_declaration(&mut self, it: &ExportDeclaration<'_>) {
        self.make_module();
        for id in declared(&it.declaration) {
            self.hand_out(id);
        }
    }

    fn hand_out(&mut self, id: SymbolId) {
        let Some((name, place)) = self.facts.symbol(id).map(|it| (it.name.clone(), it.places.first().cloned())) else {
            return;
        };
        match self.homes.last().cloned() {
            Some(Home::Space { symbol, .. }) => self.put_in_space(symbol, id),
            Some(Home::Ambient(ambient)) => {
                let list = self.facts.ambients.get_mut(ambient).map(|it| &mut it.symbols);
                if let Some(list) = list.filter(|list| !list.contains(&id)) {
                    list.push(id);
                }
            }
            Some(Home::Global) => {
                if !self.facts.globals.contains(&id) {
                    self.facts.globals.push(id);
                }
            }
            None => {
                let place = place.unwrap_or(0..0);
                self.export(&name, Span::new(place.start, place.end), Target::Symbol(id), false);
            }
        }
    }

    fn put_in_space(&mut self, space: SymbolId, id: SymbolId) {
        if let Some(symbol) = self.symbol(id) {
            symbol.within = Some(space);
            symbol.is_top = true;
        }
        let Some(space) = self.symbol(space) else { return };
        for declared in &mut space.declared {
            if let Declared::Space(members) = declared {
                if !members.contains(&id) {
                    members.push(id);
                }
                return;
            }
        }
        space.declared.push(Declared::Space(vec![id]));
    }

    pub(super) fn export_named(&mut self, it: &ExportNamedDeclaration<'_>) {
        self.make_module();
        for specifier in &it.specifiers {
            let target = match &specifier.local {
                ModuleExportName::IdentifierReference(local) => {
                    self.reference(local, Form::Plain, false);
                    self.resolve(local).map_or(Target::Unknown, Target::Symbol)
                }
                ModuleExportName::IdentifierName(_) | ModuleExportName::StringLiteral(_) => Target::Unknown,
            };
            if let (Some(Home::Ambient(_) | Home::Global), Target::Symbol(id)) = (self.homes.last(), &target) {
                self.hand_out(*id);
                continue;
            }
            self.specifier(specifier.local.span(), &specifier.exported, target);
        }
    }

    pub(super) fn export_from(&mut self, it: &ExportFromDeclaration<'_>) {
        self.make_module();
        let request = self.request(&it.source);
        self.visit_string_literal(&it.source);
        for specifier in &it.specifiers {
            let name = specifier.local.name();
            if name != "default"
                && let ModuleExportName::IdentifierName(local) = &specifier.local
            {
                self.plain(&local.name, local.span, Role::Import, Meaning::Import(request));
            }
            let target = Target::From(request, name.as_str().into());
            self.specifier(specifier.local.span(), &specifier.exported, target);
        }
    }

    fn specifier(&mut self, local: Span, exported: &ModuleExportName<'_>, target: Target) {
        let name = exported.name();
        let is_renamed = exported.span() != local;
        let count = self.export(&name, exported.span(), target, is_renamed);
        if is_renamed
            && name != "default"
            && let ModuleExportName::IdentifierName(exported) = exported
        {
            self.plain(&exported.name, exported.span, Role::Import, Meaning::Export(count));
        }
    }

    pub(super) fn export_all(&mut self, it: &ExportAllDeclaration<'_>) {
        self.make_module();
        let request = self.request(&it.source);
        self.visit_string_literal(&it.source);
        let Some(exported) = &it.exported else { return self.facts.stars.push(request) };
        let count = self.export(&exported.name(), exported.span(), Target::Namespace(request), true);
        if let ModuleExportName::IdentifierName(exported) = exported {
            self.plain(&exported.name, exported.span, Role::Import, Meaning::Export(count));
        }
    }

    pub(super) fn export_default(&mut self, it: &ExportDefaultDeclaration<'_>) {
        self.make_module();
        let of = |id: Option<&oxc_ast::ast::BindingIdentifier<'_>>| {
            id.and_then(|id| id.symbol_id.get()).map(|id| Target::Symbol(SymbolId(index(id.index()))))
        };
        let target = match &it.declaration {
            ExportDefaultDeclarationKind::FunctionDeclaration(function) => {
                of(function.id.as_ref()).unwrap_or_else(|| {
                    let signature = self.function_signature(function);
                    Target::Value(self.value(Value::Function(signature)))
                })
            }
            ExportDefaultDeclarationKind::ClassDeclaration(class) => of(class.id.as_ref()).unwrap_or_else(|| {
                let shape = self.class_shape(class);
                Target::Value(self.value(Value::Object(shape)))
            }),
            ExportDefaultDeclarationKind::TSInterfaceDeclaration(it) => of(Some(&it.id)).unwrap_or(Target::Unknown),
            other => other.as_expression().map_or(Target::Unknown, |expression| self.default_value(expression)),
        };
        if self.homes.is_empty() {
            self.export("default", Span::empty(it.span.start), target, true);
        }
    }

    fn default_value(&mut self, expression: &Expression<'_>) -> Target {
        match expression {
            Expression::Identifier(name) => self.resolve(name).map_or(Target::Unknown, Target::Symbol),
            _ => Target::Value(self.value_of(expression)),
        }
    }

    /// `exports.name = value`
    pub(super) fn common_export(&mut self, name: &IdentifierName<'_>, value: &Expression<'_>) {
        let target = Target::Value(self.value_of(value));
        let count = self.export(&name.name, name.span, target, true);
        self.plain(&name.name, name.span, Role::Write, Meaning::Export(count));
    }

    /// A namespace, and what its body declares.
    pub(super) fn namespace(&mut self, it: &TSNamespaceDeclaration<'_>) {
        let Some(symbol) = it.id.symbol_id.get().map(|id| SymbolId(index(id.index()))) else { return };
        let is_described = it.declare || self.is_described();
        self.enter_body(symbol, is_described, it.scope_id.get());
        if let Some(space) = self.symbol(symbol)
            && !space.declared.iter().any(|it| matches!(it, Declared::Space(_)))
        {
            space.declared.push(Declared::Space(Vec::new()));
        }
        match &it.body {
            TSNamespaceDeclarationBody::TSModuleBlock(block) => {
                if is_described {
                    self.described(&block.body);
                } else {
                    self.exported(&block.body);
                }
            }
            TSNamespaceDeclarationBody::TSNamespaceDeclaration(inner) => {
                inner.id.symbol_id.get().into_iter().for_each(|id| self.hand_out(SymbolId(index(id.index()))));
            }
        }
        walk::walk_ts_namespace_declaration(self, it);
        self.homes.pop();
    }

    pub(super) fn enter_body(&mut self, symbol: SymbolId, is_described: bool, scope: Option<ScopeId>) {
        self.bodies.entry(symbol).or_default().extend(scope);
        self.homes.push(Home::Space { symbol, is_described, scope });
    }

    fn is_described(&self) -> bool {
        match self.homes.last() {
            Some(Home::Space { is_described, .. }) => *is_described,
            Some(Home::Ambient(_) | Home::Global) => true,
            None => false,
        }
    }

    pub(super) fn ambient_module(&mut self, it: &TSExternalModuleDeclaration<'_>) {
        let request = self.request(&it.id);
        let ambient = self.ambient(request);
        self.homes.push(Home::Ambient(ambient));
        it.body.iter().for_each(|block| self.described(&block.body));
        walk::walk_ts_external_module_declaration(self, it);
        self.homes.pop();
    }

    /// Everything that a description declares is handed out.
    pub(super) fn described(&mut self, statements: &[Statement<'_>]) {
        for statement in statements {
            let names = match statement {
                Statement::ExportDeclaration(export) => declared(&export.declaration),
                other => other.as_declaration().map(declared).unwrap_or_default(),
            };
            for id in names {
                self.hand_out(id);
            }
        }
    }

    fn exported(&mut self, statements: &[Statement<'_>]) {
        for statement in statements {
            if let Statement::ExportDeclaration(export) = statement {
                for id in declared(&export.declaration) {
                    self.hand_out(id);
                }
            }
        }
    }
}

/// The names of a declaration.
fn declared(declaration: &Declaration<'_>) -> Vec<SymbolId> {
    if let Declaration::VariableDeclaration(variables) = declaration {
        let mut names = Vec::new();
        variables.declarations.iter().for_each(|one| bound(&one.id, &mut names));
        return names;
    }
    let id = declaration.id().and_then(|id| id.symbol_id.get());
    id.map(|id| SymbolId(index(id.index()))).into_iter().collect()
}

//! Statements: what they bind, and in which scope their parts are evaluated (reference, 7 and 8).

use ruff_python_ast::{
    Decorator, Expr, Parameters, Stmt, StmtClassDef, StmtFor, StmtFunctionDef, StmtIf, StmtImport, StmtImportFrom,
    StmtMatch, StmtTry, StmtWith, Suite, TypeParam, TypeParams,
};
use ruff_text_size::Ranged;

use super::{
    Class, Elsewhere, Expression, Facts, Function, How, Id, Import, Imported, Name, Parameter, ParameterKind, Scope,
    ScopeKind, What,
    read::span,
    walker::{Here, Walker},
};
use crate::language::Role;

impl<'t> Walker<'t> {
    /// Statements one after another; what one makes sure of holds to the block's end.
    pub(super) fn block(&mut self, body: &'t Suite) {
        let known = self.conditions.len();
        let end = body.last().map_or(0, |last| last.end().to_u32());
        for statement in body {
            self.statement(statement);
            self.make_sure(statement, end);
        }
        self.conditions.truncate(known);
    }

    fn statement(&mut self, statement: &'t Stmt) {
        match statement {
            Stmt::FunctionDef(it) => self.function(it),
            Stmt::ClassDef(it) => self.class(it),
            Stmt::Import(it) => self.import(it),
            Stmt::ImportFrom(it) => self.import_from(it),
            Stmt::For(it) => self.for_loop(it),
            Stmt::While(it) => {
                self.visit(&it.test);
                let known = self.assume(&it.test, &it.body);
                self.block(&it.body);
                self.conditions.truncate(known);
                self.block(&it.orelse);
            }
            Stmt::If(it) => self.branches(it),
            Stmt::With(it) => self.with(it),
            Stmt::Match(it) => self.match_statement(it),
            Stmt::Try(it) => self.try_statement(it),
            Stmt::Global(it) => self.declare(&it.names, Elsewhere::Global),
            Stmt::Nonlocal(it) => self.declare(&it.names, Elsewhere::Nonlocal),
            other => self.simple(other),
        }
    }

    /// Statements without a block.
    fn simple(&mut self, statement: &Stmt) {
        if let Stmt::Assign(it) = statement {
            self.assign(it);
        } else if let Stmt::AnnAssign(it) = statement {
            self.annotated_assign(it);
        } else if let Stmt::AugAssign(it) = statement {
            self.augmented_assign(it);
        } else if let Stmt::TypeAlias(it) = statement {
            self.type_alias(it);
        } else if let Stmt::Return(it) = statement {
            if let Some(value) = &it.value {
                let value = self.visit(value);
                self.result(value);
            }
        } else if let Stmt::Delete(it) = statement {
            for target in &it.targets {
                self.target(target, How::Touched);
            }
        } else if let Stmt::Raise(it) = statement {
            self.visit_all(it.exc.iter().chain(&it.cause).map(AsRef::as_ref));
        } else if let Stmt::Assert(it) = statement {
            self.visit(&it.test);
            self.visit_all(it.msg.iter().map(AsRef::as_ref));
        } else if let Stmt::Expr(it) = statement {
            self.visit(&it.value);
            self.export_more(&it.value);
        }
    }

    fn result(&mut self, value: Id<Expression>) {
        if let Some(function) = self.here.function {
            self.facts.functions.get_mut(function).results.push(value);
        }
    }

    fn declare(&mut self, names: &[ruff_python_ast::Identifier], elsewhere: Elsewhere) {
        for name in names {
            let mangled = self.mangled(&name.id);
            if self.here.scope != Facts::MODULE {
                let scope = self.facts.scopes.get_mut(self.here.scope);
                if !scope.variables.contains_key(&mangled) {
                    scope.elsewhere.insert(mangled, elsewhere);
                }
            }
            self.look_up(&name.id, name.range, Role::Reference);
        }
    }

    fn function(&mut self, it: &'t StmtFunctionDef) {
        let decorators = self.decorators(&it.decorator_list);
        let class = match self.facts.scopes.get(self.here.scope).kind {
            ScopeKind::Class(class) => Some(class),
            ScopeKind::Module | ScopeKind::Function(_) | ScopeKind::Comprehension | ScopeKind::TypeParameters => None,
        };
        let name = self.mangled(&it.name.id);
        let function = Function { name, span: span(it.range), class, decorators, ..Function::default() };
        let function = self.facts.functions.push(function);
        let variable = self.bind(&it.name, How::Function(function), Role::Definition);
        self.facts.functions.get_mut(function).variable = Some(variable);
        let outside = self.here;
        let here = self.type_parameters(it.type_params.as_deref());
        self.at(here, |walker| {
            let scope = walker.parameters(function, &it.parameters);
            let returns = it.returns.as_deref().map(|returns| walker.annotation(returns));
            walker.facts.functions.get_mut(function).returns = returns;
            let here = Here { scope, function: Some(function), ..outside };
            walker.later(it, here);
        });
    }

    fn decorators(&mut self, decorators: &[Decorator]) -> Vec<Id<Expression>> {
        decorators.iter().map(|decorator| self.visit(&decorator.expression)).collect()
    }

    /// Evaluates defaults and annotations here, and binds the names in a new scope.
    pub(super) fn parameters(&mut self, function: Id<Function>, parameters: &Parameters) -> Id<Scope> {
        let scope = self.enter(ScopeKind::Function(function));
        self.facts.functions.get_mut(function).scope = scope;
        for parameter in parameters.iter_non_variadic_params() {
            self.visit_all(parameter.default.iter().map(AsRef::as_ref));
        }
        let kinds = [
            (&parameters.posonlyargs, ParameterKind::PositionOnly),
            (&parameters.args, ParameterKind::Plain),
            (&parameters.kwonlyargs, ParameterKind::KeywordOnly),
        ];
        for (list, kind) in kinds {
            for parameter in list {
                self.parameter(function, scope, &parameter.parameter, kind);
            }
        }
        for (one, kind) in [(&parameters.vararg, ParameterKind::Rest), (&parameters.kwarg, ParameterKind::Keywords)] {
            if let Some(one) = one {
                self.parameter(function, scope, one, kind);
            }
        }
        scope
    }

    fn parameter(
        &mut self,
        function: Id<Function>,
        scope: Id<Scope>,
        it: &ruff_python_ast::Parameter,
        kind: ParameterKind,
    ) {
        let annotation = it.annotation.as_deref().map(|annotation| self.annotation(annotation));
        let index = u32::try_from(self.facts.functions.get(function).parameters.len()).unwrap_or(u32::MAX);
        let here = Here { scope, ..self.here };
        let how = How::Parameter(function, index);
        let variable = self.at(here, |walker| walker.bind(&it.name, how, Role::Definition));
        let name = self.mangled(&it.name.id);
        let parameter = Parameter { name, variable, annotation, kind };
        self.facts.functions.get_mut(function).parameters.push(parameter);
    }

    /// The place in which what follows type parameters is evaluated (PEP 695).
    pub(super) fn type_parameters(&mut self, parameters: Option<&TypeParams>) -> Here {
        let Some(parameters) = parameters else { return self.here };
        let here = Here { scope: self.enter(ScopeKind::TypeParameters), ..self.here };
        self.at(here, |walker| {
            for parameter in parameters {
                let (name, bound, default) = match parameter {
                    TypeParam::TypeVar(it) => (&it.name, it.bound.as_deref(), it.default.as_deref()),
                    TypeParam::TypeVarTuple(it) => (&it.name, None, it.default.as_deref()),
                    TypeParam::ParamSpec(it) => (&it.name, None, it.default.as_deref()),
                };
                let bound = bound.map(|bound| walker.annotation(bound));
                let how = bound.map_or(How::Unknown, How::Annotated);
                walker.bind(name, how, Role::Definition);
                if let Some(default) = default {
                    walker.annotation(default);
                }
            }
        });
        here
    }

    fn class(&mut self, it: &'t StmtClassDef) {
        let decorators = self.decorators(&it.decorator_list);
        let name = it.name.id.clone();
        let class = self.facts.classes.push(Class { name, decorators, ..Class::default() });
        let here = self.type_parameters(it.type_params.as_deref());
        self.at(here, |walker| walker.bases(class, it));
        let variable = self.bind(&it.name, How::Class(class), Role::Definition);
        let scope = self.at(here, |walker| walker.enter(ScopeKind::Class(class)));
        let known = self.facts.classes.get_mut(class);
        (known.variable, known.scope) = (Some(variable), scope);
        let here = Here { scope, private: Some(class), is_annotation: false, ..self.here };
        self.at(here, |walker| walker.block(&it.body));
    }

    fn bases(&mut self, class: Id<Class>, it: &StmtClassDef) {
        let Some(arguments) = &it.arguments else { return };
        for base in &arguments.args {
            let is_open = matches!(base, Expr::Starred(_));
            let base = self.visit(base);
            let known = self.facts.classes.get_mut(class);
            known.bases.push(base);
            known.is_open |= is_open;
        }
        let mut names = Vec::new();
        for keyword in &arguments.keywords {
            let value = self.visit(&keyword.value);
            let is_metaclass = keyword.arg.as_ref().is_some_and(|name| name.as_str() == "metaclass");
            if is_metaclass {
                self.facts.classes.get_mut(class).metaclass = Some(value);
            } else if let Some(name) = &keyword.arg {
                names.push((name, value));
            }
        }
        // What else is named goes to `__init_subclass__` of a base.
        let base = self.facts.classes.get(class).bases.first().copied();
        let of = base.unwrap_or_else(|| self.expression(Expression::Opaque));
        let hook = self.expression(Expression::Attribute { of, name: Name::new_static("__init_subclass__") });
        for (name, _) in names {
            let scope = self.here.scope;
            let call = self.expression(Expression::Call { of: hook, arguments: Vec::new(), scope });
            self.token(span(name.range), name.id.clone(), Role::Keyword, What::Keyword { call });
        }
    }

    fn import(&mut self, it: &StmtImport) {
        for alias in &it.names {
            let module = self.module_parts(&alias.name);
            let first = module.first().cloned();
            let asname = alias.asname.as_ref().map(|name| name.id.clone());
            let import = self.facts.imports.push(Import { module, alias: asname, ..Import::default() });
            self.module_tokens(import);
            if let Some(name) = &alias.asname {
                self.bind(name, How::Import(import), Role::Definition);
            } else if let Some((name, place)) = first {
                let variable = self.variable_of(self.here.scope, &self.mangled(&name));
                let range = ruff_text_size::TextRange::new(place.start.into(), place.end.into());
                self.bind_to(variable, range, How::Import(import));
            }
        }
    }

    fn import_from(&mut self, it: &StmtImportFrom) {
        let module = it.module.as_ref().map(|module| self.module_parts(module)).unwrap_or_default();
        for (index, alias) in it.names.iter().enumerate() {
            let is_star = alias.name.as_str() == "*";
            let what = if is_star { Imported::Star } else { Imported::Name(alias.name.id.clone()) };
            let import = self.facts.imports.push(Import {
                level: it.level,
                module: module.clone(),
                what,
                alias: alias.asname.as_ref().map(|name| name.id.clone()),
            });
            if index == 0 {
                self.module_tokens(import);
            }
            if is_star {
                self.facts.stars.push(import);
                continue;
            }
            let name = alias.name.id.clone();
            let variable = if let Some(alias) = &alias.asname {
                self.bind(alias, How::Import(import), Role::Definition);
                None
            } else {
                let variable = self.variable_of(self.here.scope, &self.mangled(&name));
                self.bind_to(variable, alias.name.range, How::Import(import));
                Some(variable)
            };
            self.token(span(alias.name.range), name, Role::Import, What::Imported { import, variable });
        }
    }

    /// The parts of a dotted name, with their places: there may be blanks round the dots.
    fn module_parts(&self, module: &ruff_python_ast::Identifier) -> Vec<(Name, super::Span)> {
        let all = span(module.range);
        let text = self.text.get(all.start as usize..all.end as usize).unwrap_or_default();
        let mut parts = Vec::new();
        let mut at = all.start;
        let names: Vec<_> = module.id.split('.').collect();
        for (index, piece) in text.split('.').enumerate() {
            let length = u32::try_from(piece.len()).unwrap_or(0);
            let name = piece.trim_matches(|letter: char| letter.is_whitespace() || letter == '\\');
            let lead = u32::try_from(piece.find(name).unwrap_or(0)).unwrap_or(0);
            let end = at + lead + u32::try_from(name.len()).unwrap_or(0);
            parts.push((Name::new(names.get(index).unwrap_or(&name).trim()), at + lead..end));
            at += length + 1;
        }
        parts
    }

    fn module_tokens(&mut self, import: Id<Import>) {
        let module = self.facts.imports.get(import).module.clone();
        for (part, (name, place)) in module.into_iter().enumerate() {
            self.token(place, name, Role::Import, What::Module { import, part });
        }
    }

    fn for_loop(&mut self, it: &'t StmtFor) {
        let iter = self.visit(&it.iter);
        self.target(&it.target, if it.is_async { How::Unknown } else { How::Each(iter) });
        self.block(&it.body);
        self.block(&it.orelse);
    }

    fn branches(&mut self, it: &'t StmtIf) {
        self.visit(&it.test);
        let known = self.assume(&it.test, &it.body);
        self.block(&it.body);
        self.conditions.truncate(known);
        for clause in &it.elif_else_clauses {
            if let Some(test) = &clause.test {
                self.visit(test);
                self.assume(test, &clause.body);
            }
            self.block(&clause.body);
            self.conditions.truncate(known);
        }
    }

    fn with(&mut self, it: &'t StmtWith) {
        for item in &it.items {
            let value = self.visit(&item.context_expr);
            if let Some(target) = &item.optional_vars {
                self.target(target, How::Entered(value));
            }
        }
        self.block(&it.body);
    }

    fn match_statement(&mut self, it: &'t StmtMatch) {
        let subject = self.visit(&it.subject);
        for case in &it.cases {
            let known = self.conditions.len();
            self.pattern(&case.pattern, Some(subject));
            self.assume_case(&it.subject, case);
            self.visit_all(case.guard.iter().map(AsRef::as_ref));
            self.block(&case.body);
            self.conditions.truncate(known);
        }
    }

    fn try_statement(&mut self, it: &'t StmtTry) {
        self.block(&it.body);
        for handler in &it.handlers {
            let Some(handler) = handler.as_except_handler() else { continue };
            let caught = handler.type_.as_deref().map(|caught| self.visit(caught));
            if let Some(name) = &handler.name {
                self.bind(name, caught.map_or(How::Unknown, How::Caught), Role::Write);
            }
            self.block(&handler.body);
        }
        self.block(&it.orelse);
        self.block(&it.finalbody);
    }
}

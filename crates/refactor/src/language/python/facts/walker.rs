//! The walk over a file's tree: where it is, and what it does with each name that it meets.

use std::collections::VecDeque;

use ruff_python_ast::{Identifier, StmtFunctionDef, Suite};
use ruff_text_size::TextRange;

use super::{
    AttributeWrite, Bound, Class, Elsewhere, Expression, Facts, Function, How, Id, Lookup, Name, Scope, ScopeKind,
    Span, Token, Variable, What, narrow::Condition, read::span,
};
use crate::language::Role;

/// A walk, and what it has found.
pub(super) struct Walker<'t> {
    pub(super) text: &'t str,
    pub(super) facts: Facts,
    pub(super) here: Here,
    /// What `isinstance` has said of names, and up to where it holds.
    pub(super) conditions: Vec<Condition>,
    pub(super) writes: Vec<AttributeWrite>,
    /// The strings of lists that names of the module are given.
    pub(super) lists: Vec<Vec<(Name, Span)>>,
    bodies: VecDeque<Body<'t>>,
}

/// Where a walk is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Here {
    pub(super) scope: Id<Scope>,
    /// The class whose private names are meant.
    pub(super) private: Option<Id<Class>>,
    pub(super) function: Option<Id<Function>>,
    /// Whether strings are types here.
    pub(super) is_annotation: bool,
}

/// A function's body. It is walked when all of what surrounds it is known.
struct Body<'t> {
    of: &'t StmtFunctionDef,
    here: Here,
}

impl<'t> Walker<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let mut facts = Facts::default();
        let scope = facts.scopes.push(Scope::default());
        let here = Here { scope, private: None, function: None, is_annotation: false };
        Self {
            text,
            facts,
            here,
            conditions: Vec::new(),
            writes: Vec::new(),
            lists: Vec::new(),
            bodies: VecDeque::new(),
        }
    }

    /// Walks a whole module.
    pub(super) fn module(mut self, body: &'t Suite) -> Facts {
        self.block(body);
        while let Some(Body { of, here }) = self.bodies.pop_front() {
            self.here = here;
            self.conditions.clear();
            self.block(&of.body);
        }
        self.finish()
    }

    pub(super) fn later(&mut self, of: &'t StmtFunctionDef, here: Here) {
        self.bodies.push_back(Body { of, here });
    }

    /// Does something elsewhere, and comes back.
    pub(super) fn at<T>(&mut self, here: Here, work: impl FnOnce(&mut Self) -> T) -> T {
        let back = std::mem::replace(&mut self.here, here);
        let done = work(self);
        self.here = back;
        done
    }

    pub(super) fn enter(&mut self, kind: ScopeKind) -> Id<Scope> {
        let parent = Some(self.here.scope);
        self.facts.scopes.push(Scope { kind, parent, ..Scope::default() })
    }

    pub(super) fn expression(&mut self, expression: Expression) -> Id<Expression> {
        self.facts.expressions.push(expression)
    }

    /// A name as Python knows it here: `__x` in a class `C` is `_C__x` (reference, 6.2.2).
    pub(super) fn mangled(&self, name: &Name) -> Name {
        let Some(class) = self.here.private else { return name.clone() };
        if !name.starts_with("__") || name.ends_with("__") || name.contains('.') {
            return name.clone();
        }
        let class = self.facts.classes.get(class).name.trim_start_matches('_');
        if class.is_empty() { name.clone() } else { Name::concat(&["_", class, name.as_str()]) }
    }

    pub(super) fn token(&mut self, span: Span, name: Name, role: Role, what: What) {
        // What the parser has made up where something was missing is not there.
        if span.start < span.end {
            self.facts.tokens.push(Token { span, name, role, what });
        }
    }

    /// A name that is read.
    pub(super) fn look_up(&mut self, name: &Name, range: TextRange, role: Role) -> Id<Lookup> {
        let (scope, mangled) = (self.here.scope, self.mangled(name));
        let known = self.facts.variable(scope, &mangled).map(|variable| self.facts.variables.get(variable));
        let lookup = Lookup {
            is_early: known.is_none_or(|variable| variable.bindings.is_empty()),
            name: mangled,
            scope,
            at: span(range).start,
            variable: None,
            narrowed: self.narrowed(name),
        };
        let id = self.facts.lookups.push(lookup);
        self.token(span(range), name.clone(), role, What::Lookup(id));
        id
    }

    /// A name that is bound.
    pub(super) fn bind(&mut self, name: &Identifier, how: How, role: Role) -> Id<Variable> {
        self.bind_at(&name.id, name.range, how, role)
    }

    pub(super) fn bind_at(&mut self, name: &Name, range: TextRange, how: How, role: Role) -> Id<Variable> {
        let variable = self.variable_of(self.here.scope, &self.mangled(name));
        self.bind_to(variable, range, how);
        self.token(span(range), name.clone(), role, What::Variable(variable));
        variable
    }

    pub(super) fn bind_to(&mut self, variable: Id<Variable>, range: TextRange, how: How) {
        self.facts.variables.get_mut(variable).bindings.push(Bound { span: span(range), how });
    }

    /// The variable that an assignment in a scope is for.
    pub(super) fn variable_of(&mut self, scope: Id<Scope>, name: &Name) -> Id<Variable> {
        let scope = match self.facts.scopes.get(scope).elsewhere.get(name) {
            Some(Elsewhere::Global) => Facts::MODULE,
            Some(Elsewhere::Nonlocal) => return self.outer_variable(scope, name),
            None => scope,
        };
        if let Some(known) = self.facts.variable(scope, name) {
            return known;
        }
        let variable = self.facts.variables.push(Variable { name: name.clone(), scope, bindings: Vec::new() });
        self.facts.scopes.get_mut(scope).variables.insert(name.clone(), variable);
        variable
    }

    /// The variable of a function around this one. Functions outside are walked first, so it is known.
    fn outer_variable(&mut self, scope: Id<Scope>, name: &Name) -> Id<Variable> {
        let mut next = self.facts.scopes.get(scope).parent;
        while let Some(outer) = next {
            let it = self.facts.scopes.get(outer);
            let is_declared = it.elsewhere.contains_key(name);
            if matches!(it.kind, ScopeKind::Function(_)) {
                if let Some(known) = it.variables.get(name) {
                    return *known;
                }
                if is_declared {
                    return self.variable_of(outer, name);
                }
            }
            next = it.parent;
        }
        self.facts.scopes.get_mut(scope).elsewhere.remove(name);
        self.variable_of(scope, name)
    }

    /// The scope that `:=` binds in: comprehensions have none of their own (PEP 572).
    pub(super) fn scope_of_walrus(&self) -> Id<Scope> {
        let mut scope = self.here.scope;
        loop {
            let it = self.facts.scopes.get(scope);
            match (it.kind, it.parent) {
                (ScopeKind::Comprehension, Some(parent)) => scope = parent,
                _ => return scope,
            }
        }
    }
}

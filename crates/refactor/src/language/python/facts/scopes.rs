//! Which variable of its file a name finds (reference, 4.2.2), and what is known only when all is walked.

use ruff_python_stdlib::builtins::is_python_builtin;

use super::{Expression, Facts, How, Id, Lookup, Name, Scope, ScopeKind, Variable, What, walker::Walker};
use crate::language::Role;

/// The youngest Python whose built-in names are known.
const MINOR: u8 = 14;

/// Names that are built in, also those that only Python 2 knew: programs still ask for them.
pub(crate) fn is_builtin(name: &str) -> bool {
    is_python_builtin(name, MINOR, false)
        || matches!(name, "unicode" | "basestring" | "long" | "xrange" | "raw_input" | "unichr" | "reduce" | "cmp")
        || matches!(name, "file" | "buffer" | "reload" | "execfile" | "intern" | "apply" | "coerce")
        || matches!(name, "__file__" | "__name__" | "__doc__" | "__path__" | "__package__" | "__spec__" | "__class__")
        || matches!(name, "__loader__" | "__builtins__" | "__annotations__" | "__dict__" | "WindowsError")
}

impl Walker<'_> {
    /// Finds the variables of all lookups, gives classes what is assigned to `self`, and sorts.
    pub(super) fn finish(mut self) -> Facts {
        for variable in self.facts.variables.iter_mut() {
            variable.bindings.sort_by_key(|bound| bound.span.start);
        }
        let found: Vec<_> = self.facts.lookups.iter().map(|(_, lookup)| find(&self.facts, lookup)).collect();
        for (lookup, variable) in self.facts.lookups.iter_mut().zip(found) {
            lookup.variable = variable;
        }
        self.forget_stale_conditions();
        self.assign_to_self();
        self.name_definitions();
        self.name_listed();
        self.facts.tokens.sort_by_key(|token| token.span.start);
        self.facts
    }

    /// A condition does not hold for a name that is bound again where it would.
    fn forget_stale_conditions(&mut self) {
        let is_stale = |facts: &Facts, lookup: &Lookup| {
            let Some((span, _)) = &lookup.narrowed else { return false };
            let Some(variable) = lookup.variable else { return false };
            facts.variables.get(variable).bindings.iter().any(|bound| span.contains(&bound.span.start))
        };
        let stale: Vec<_> = self.facts.lookups.iter().map(|(_, lookup)| is_stale(&self.facts, lookup)).collect();
        for (lookup, stale) in self.facts.lookups.iter_mut().zip(stale) {
            if stale {
                lookup.narrowed = None;
            }
        }
    }

    fn assign_to_self(&mut self) {
        for write in std::mem::take(&mut self.writes) {
            match self.facts.class_of_self(write.of) {
                Some(class) => {
                    self.facts.classes.get_mut(class).assigned.entry(write.name).or_default().push(write.bound);
                }
                None => self.facts.outside_writes.push(write),
            }
        }
        for class in self.facts.classes.iter_mut() {
            for bounds in class.assigned.values_mut() {
                bounds.sort_by_key(|bound| bound.span.start);
            }
        }
    }

    /// `exported = ["f", "C"]`: where all strings of a list are names of the module, code may take them for these.
    fn name_listed(&mut self) {
        for list in std::mem::take(&mut self.lists) {
            let known =
                list.into_iter().map(|(name, span)| Some((self.facts.variable(Facts::MODULE, &name)?, name, span)));
            let Some(known) = known.collect::<Option<Vec<_>>>() else { continue };
            for (variable, name, span) in known {
                self.token(span, name, Role::Text, What::Listed(variable));
            }
        }
    }

    /// The first assignment of a variable is its definition.
    fn name_definitions(&mut self) {
        let variables = &self.facts.variables;
        for token in &mut self.facts.tokens {
            let What::Variable(variable) = token.what else { continue };
            let first = variables.get(variable).definition().map(|bound| bound.span.start);
            if token.role == Role::Write && first == Some(token.span.start) {
                token.role = Role::Definition;
            }
        }
    }
}

impl Variable {
    /// Where it is made: its first binding that makes something.
    pub(crate) fn definition(&self) -> Option<&super::Bound> {
        self.bindings.iter().find(|bound| bound.how != How::Touched).or_else(|| self.bindings.first())
    }
}

impl Facts {
    /// The class whose instance, or which itself, an expression is: the first parameter of one of its methods.
    pub(crate) fn class_of_self(&self, expression: Id<Expression>) -> Option<Id<super::Class>> {
        let Expression::Name(lookup) = self.expressions.get(expression) else { return None };
        self.self_of(self.lookups.get(*lookup).variable?).map(|(class, _)| class)
    }

    /// The class and the method, if a variable is what a method calls `self` or `cls`, and stays it.
    pub(crate) fn self_of(&self, variable: Id<Variable>) -> Option<(Id<super::Class>, Id<super::Function>)> {
        let it = self.variables.get(variable);
        let [only] = it.bindings.as_slice() else { return None };
        let How::Parameter(function, 0) = only.how else { return None };
        let method = self.functions.get(function);
        let class = method.class?;
        let is_static = self.has_decorator(&method.decorators, "staticmethod");
        // `f = staticmethod(f)`, and functions that a class body uses as such, have another first parameter.
        let bindings = method.variable.map(|variable| self.variables.get(variable).bindings.as_slice());
        let is_kept = bindings.unwrap_or_default().iter().all(|bound| matches!(bound.how, How::Function(_)));
        let is_called_here = || self.lookups.iter().any(|(_, lookup)| lookup.variable == method.variable);
        let is_self = is_usual_self(&it.name) || !is_called_here();
        (!is_static && is_kept && is_self).then_some((class, function))
    }

    /// Whether one of some decorators is a plain name, or an attribute, of this name.
    pub(crate) fn has_decorator(&self, decorators: &[Id<Expression>], name: &str) -> bool {
        decorators.iter().any(|decorator| self.last_name(*decorator).is_some_and(|last| last == name))
    }

    /// The last part of a dotted name; of a call, that of what is called.
    pub(crate) fn last_name(&self, expression: Id<Expression>) -> Option<&Name> {
        match self.expressions.get(expression) {
            Expression::Name(lookup) => Some(&self.lookups.get(*lookup).name),
            Expression::Attribute { name, .. } => Some(name),
            Expression::Call { of, .. } => match self.expressions.get(*of) {
                Expression::Name(lookup) => Some(&self.lookups.get(*lookup).name),
                Expression::Attribute { name, .. } => Some(name),
                _ => None,
            },
            _ => None,
        }
    }

    /// The class whose body or method a scope is in, through functions and comprehensions.
    pub(crate) fn class_around(&self, scope: Id<Scope>) -> Option<(Id<super::Class>, Id<super::Function>)> {
        let mut next = Some(scope);
        while let Some(scope) = next {
            let it = self.scopes.get(scope);
            if let ScopeKind::Function(function) = it.kind
                && let Some(class) = self.functions.get(function).class
            {
                return Some((class, function));
            }
            next = it.parent;
        }
        None
    }
}

/// What people call the first parameter of a method. Under another name it may be anything, if the class's body calls it.
fn is_usual_self(name: &str) -> bool {
    matches!(name, "self" | "cls" | "mcs" | "mcls" | "metacls" | "meta" | "klass" | "this" | "_self" | "_cls" | "slf")
}

/// The variable of the file that a name finds.
fn find(facts: &Facts, lookup: &Lookup) -> Option<Id<Variable>> {
    let mut next = Some(lookup.scope);
    let mut is_first = true;
    while let Some(scope) = next {
        let it = facts.scopes.get(scope);
        next = it.parent;
        match it.elsewhere.get(&lookup.name) {
            Some(super::Elsewhere::Global) => return facts.variable(Facts::MODULE, &lookup.name),
            Some(super::Elsewhere::Nonlocal) => {
                is_first = false;
                continue;
            }
            None => {}
        }
        let is_class = matches!(it.kind, ScopeKind::Class(_));
        // A class's own names are seen by its body only, not by what is nested in it.
        if (is_first || !is_class)
            && let Some(variable) = it.variables.get(&lookup.name)
        {
            if is_first && is_too_early(it, lookup) {
                return if is_class { facts.variable(Facts::MODULE, &lookup.name) } else { None };
            }
            return Some(*variable);
        }
        is_first = is_first && it.kind == ScopeKind::TypeParameters;
    }
    None
}

/// Whether a body that runs from top to bottom asks for a name before it has made it, as `x = x + 1` does: it then finds that of the
/// module, or the built-in one.
fn is_too_early(scope: &Scope, lookup: &Lookup) -> bool {
    lookup.is_early
        && match scope.kind {
            ScopeKind::Class(_) => true,
            ScopeKind::Module => is_builtin(&lookup.name),
            ScopeKind::Function(_) | ScopeKind::Comprehension | ScopeKind::TypeParameters => false,
        }
}

//! Type parameters: what they stand for, in a class that is extended or named, and in a call: JLS 18, as far as arguments
//! say it.

use std::rc::Rc;

use super::{
    Java,
    facts::{ClassKind, Value, ValueId, VariableId},
    fit::boxed,
    kind::{ClassRef, Kind, MethodRef},
};
use crate::sources::FileId;

/// The deepest that types are taken apart.
const MOST_LEVELS: usize = 12;

/// What the type parameters of a method stand for.
pub(super) type Solved = Vec<(VariableId, Kind)>;

impl Java<'_> {
    /// A type of a class's member, seen by somebody who says what the class's type parameters stand for.
    pub(super) fn substituted(&self, kind: &Kind, class: ClassRef, arguments: &[Kind]) -> Kind {
        let own = self.with_class(class, |_, it| it.variables.clone()).unwrap_or_default();
        let replace = |file: FileId, id: VariableId| {
            let count = own.iter().position(|one| file == class.file && *one == id)?;
            Some(arguments.get(count).cloned().unwrap_or(Kind::Unknown))
        };
        replaced(kind, &replace, MOST_LEVELS)
    }

    /// A type of a method's, with what is known of the method's type parameters.
    pub(super) fn solved(kind: &Kind, file: FileId, variables: &[VariableId], solved: &Solved) -> Kind {
        let replace = |of: FileId, id: VariableId| {
            let is_own = of == file && variables.contains(&id);
            let known = || solved.iter().find(|(one, _)| *one == id).map(|(_, kind)| kind.clone());
            is_own.then(|| known().unwrap_or(Kind::Unknown))
        };
        replaced(kind, &replace, MOST_LEVELS)
    }

    /// What the arguments of a call say of the method's type parameters. With `functions`, also what lambdas return.
    pub(super) fn solve(
        &self,
        method: MethodRef,
        seen_as: (ClassRef, &[Kind]),
        file: FileId,
        arguments: &[ValueId],
        functions: bool,
    ) -> Solved {
        let mut found = Solved::new();
        let Some(facts) = self.facts(method.file) else { return found };
        let Some(it) = facts.method(method.method) else { return found };
        if it.variables.is_empty() {
            return found;
        }
        for (argument, count) in arguments.iter().zip(0..) {
            let is_function = self.is_function(file, *argument);
            let given = if is_function { Kind::Unknown } else { self.kind(file, *argument) };
            let is_whole = matches!(given, Kind::Array(_)) && arguments.len() == it.parameters.len();
            let parameter = match it.parameters.get(count).filter(|_| is_whole) {
                Some(written) => Some(self.kind_of(method.file, *written)),
                None => self.parameter_kind(method, count),
            };
            let Some(parameter) = parameter else { continue };
            let parameter = self.substituted(&parameter, seen_as.0, seen_as.1);
            if !is_function {
                self.unify(&parameter, &given, (method.file, &it.variables), &mut found, MOST_LEVELS);
            } else if functions {
                self.unify_function(&parameter, (file, *argument), (method.file, &it.variables), &mut found);
            }
        }
        found
    }

    fn is_function(&self, file: FileId, value: ValueId) -> bool {
        let facts = self.facts(file);
        let found = facts.as_ref().and_then(|facts| facts.value(value));
        matches!(found, Some(Value::Lambda { .. } | Value::Reference { .. }))
    }

    /// The type of the parameter that takes an argument, by its count; of one that takes many, that of each.
    pub(super) fn parameter_kind(&self, method: MethodRef, count: usize) -> Option<Kind> {
        let facts = self.facts(method.file)?;
        let it = facts.method(method.method)?;
        let last = it.parameters.len().checked_sub(1)?;
        let written = it.parameters.get(count.min(last))?;
        let kind = self.kind_of(method.file, *written);
        let is_spread = it.is_variadic && count >= last;
        match (&kind, is_spread) {
            (Kind::Array(element), true) => Some((**element).clone()),
            _ if count > last => None,
            _ => Some(kind),
        }
    }

    /// Takes a parameter's type apart along with that of what is given for it.
    fn unify(&self, parameter: &Kind, given: &Kind, of: (FileId, &[VariableId]), found: &mut Solved, levels: usize) {
        let Some(levels) = levels.checked_sub(1) else { return };
        match (parameter, given) {
            (_, Kind::Null) => {}
            (Kind::Variable(file, id), _) if *file == of.0 && of.1.contains(id) => {
                let given = boxed(given);
                match found.iter_mut().find(|(one, _)| one == id) {
                    Some((_, known)) if *known != given => *known = Kind::Unknown,
                    Some(_) => {}
                    None => found.push((*id, given)),
                }
            }
            (Kind::Array(one), Kind::Array(other)) => self.unify(one, other, of, found, levels),
            (Kind::Above(one), _) => self.unify(one, given, of, found, levels),
            (Kind::Object(class, own), Kind::Object(from, arguments)) => {
                let lineage = self.lineage(*from);
                let Some((_, seen)) = lineage.classes.iter().find(|(one, _)| one == class) else { return };
                for (parameter, given) in own.iter().zip(seen.iter()) {
                    let given = self.substituted(given, *from, arguments);
                    self.unify(parameter, &given, of, found, levels);
                }
            }
            _ => {}
        }
    }

    /// What a lambda or a method's reference returns says what the parameter's result is.
    fn unify_function(
        &self,
        parameter: &Kind,
        (file, value): (FileId, ValueId),
        of: (FileId, &[VariableId]),
        found: &mut Solved,
    ) {
        let solved = Self::solved_so_far(parameter, of, found);
        let Some(result) = self.function_result(parameter) else { return };
        let returned = self.returned(file, value, &solved);
        self.unify(&result, &returned, of, found, MOST_LEVELS);
    }

    fn solved_so_far(parameter: &Kind, (file, variables): (FileId, &[VariableId]), found: &Solved) -> Kind {
        Self::solved(parameter, file, variables, found)
    }

    /// What a class's type parameter may be reached as: its bounds, or any object.
    pub(super) fn bounds(&self, file: FileId, id: VariableId) -> Vec<Kind> {
        let bounds = self.facts(file).and_then(|facts| facts.variable(id).map(|it| it.bounds.clone()));
        let bounds = bounds.unwrap_or_default();
        self.step(vec![Kind::Unknown], || bounds.iter().map(|bound| self.kind_of(file, *bound)).collect())
    }

    /// Whether a class is an interface.
    pub(super) fn is_interface(&self, class: ClassRef) -> bool {
        self.with_class(class, |_, it| matches!(it.kind, ClassKind::Interface | ClassKind::Annotation)).unwrap_or(false)
    }
}

fn replaced(kind: &Kind, replace: &dyn Fn(FileId, VariableId) -> Option<Kind>, levels: usize) -> Kind {
    let Some(levels) = levels.checked_sub(1) else { return Kind::Unknown };
    let all = |kinds: &Rc<[Kind]>| kinds.iter().map(|kind| replaced(kind, replace, levels)).collect::<Rc<[Kind]>>();
    match kind {
        Kind::Variable(file, id) => replace(*file, *id).unwrap_or_else(|| kind.clone()),
        Kind::Object(class, arguments) => Kind::Object(*class, all(arguments)),
        Kind::Array(element) => Kind::Array(Rc::new(replaced(element, replace, levels))),
        Kind::Above(bound) => Kind::Above(Rc::new(replaced(bound, replace, levels))),
        Kind::All(kinds) => Kind::All(all(kinds)),
        _ => kind.clone(),
    }
}

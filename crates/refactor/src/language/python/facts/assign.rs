//! Assignments: their targets, and the strings that repeat a target's name.

use ruff_python_ast::{Expr, StmtAnnAssign, StmtAssign, StmtAugAssign, StmtTypeAlias};

use super::{AttributeWrite, Bound, Expression, Facts, How, Id, ScopeKind, What, read::span, walker::Walker};
use crate::language::Role;

impl Walker<'_> {
    pub(super) fn assign(&mut self, it: &StmtAssign) {
        let value = self.visit(&it.value);
        for target in &it.targets {
            self.target(target, How::Value(value));
        }
        if let [Expr::Name(name)] = it.targets.as_slice() {
            self.own_name(name, &it.value);
            self.list_of_names(name.id.as_str(), &it.value);
        }
    }

    pub(super) fn annotated_assign(&mut self, it: &StmtAnnAssign) {
        let annotation = self.annotation(&it.annotation);
        let is_alias = self.facts.last_name(annotation).is_some_and(|last| last == "TypeAlias");
        let value = it.value.as_deref().map(|value| if is_alias { self.annotation(value) } else { self.visit(value) });
        let is_final = self.facts.last_name(annotation).is_some_and(|last| last == "Final" || last == "ClassVar");
        let how = match value {
            Some(value) if is_alias || is_final => How::Value(value),
            _ => How::Annotated(annotation),
        };
        self.target(&it.target, how);
        if let (Expr::Name(name), Some(value)) = (it.target.as_ref(), &it.value) {
            self.own_name(name, value);
            self.list_of_names(name.id.as_str(), value);
        }
    }

    pub(super) fn augmented_assign(&mut self, it: &StmtAugAssign) {
        self.visit(&it.value);
        self.target(&it.target, How::Touched);
        if let Expr::Name(name) = it.target.as_ref() {
            self.list_of_names(name.id.as_str(), &it.value);
        }
    }

    pub(super) fn type_alias(&mut self, it: &StmtTypeAlias) {
        let here = self.type_parameters(it.type_params.as_deref());
        let value = self.at(here, |walker| walker.annotation(&it.value));
        self.target(&it.name, How::Value(value));
    }

    /// What is assigned to, deleted, or bound by `for` and `with`.
    pub(super) fn target(&mut self, target: &Expr, how: How) {
        if let Expr::Name(name) = target {
            let role = if how == How::Touched { Role::Reference } else { Role::Write };
            self.bind_at(&name.id, name.range, how, role);
        } else if let Expr::Attribute(it) = target {
            let of = self.visit(&it.value);
            let name = self.mangled(&it.attr.id);
            let bound = Bound { span: span(it.attr.range), how };
            self.writes.push(AttributeWrite { of, name: name.clone(), bound });
            let role = if how == How::Touched { Role::Member } else { Role::Write };
            self.token(span(it.attr.range), it.attr.id.clone(), role, What::Attribute { of, name });
        } else if let Expr::Tuple(it) = target {
            self.targets(&it.elts, how);
        } else if let Expr::List(it) = target {
            self.targets(&it.elts, how);
        } else if let Expr::Starred(it) = target {
            self.target(&it.value, if how == How::Touched { how } else { How::Unknown });
        } else {
            self.visit(target);
        }
    }

    fn targets(&mut self, targets: &[Expr], how: How) {
        let starred = targets.iter().position(|target| matches!(target, Expr::Starred(_)));
        for (index, target) in targets.iter().enumerate() {
            let index = u32::try_from(index).unwrap_or(u32::MAX);
            let is_plain = starred.is_none_or(|starred| (index as usize) < starred);
            let how = match how {
                How::Value(value) if is_plain => How::Element(value, index),
                How::Touched => How::Touched,
                _ => How::Unknown,
            };
            self.target(target, how);
        }
    }

    /// `T = TypeVar("T")`: the string is the name.
    fn own_name(&mut self, target: &ruff_python_ast::ExprName, value: &Expr) {
        const MAKERS: [&str; 15] = [
            "TypeVar",
            "ParamSpec",
            "TypeVarTuple",
            "NewType",
            "TypeAliasType",
            "namedtuple",
            "NamedTuple",
            "TypedDict",
            "Enum",
            "IntEnum",
            "StrEnum",
            "Flag",
            "IntFlag",
            "make_dataclass",
            "new_class",
        ];
        let Expr::Call(call) = value else { return };
        let maker = match call.func.as_ref() {
            Expr::Name(name) => name.id.as_str(),
            Expr::Attribute(attribute) => attribute.attr.as_str(),
            _ => return,
        };
        let Some(Expr::StringLiteral(text)) = call.arguments.args.first() else { return };
        if !MAKERS.contains(&maker) || text.value.to_str() != target.id.as_str() {
            return;
        }
        if let Some(place) = self.letters(text) {
            let variable = self.variable_of(self.here.scope, &self.mangled(&target.id));
            self.token(place, target.id.clone(), Role::Text, What::Variable(variable));
        }
    }

    /// `__all__`, `__slots__` and `__match_args__`: their strings are names.
    fn list_of_names(&mut self, target: &str, value: &Expr) {
        match (target, self.facts.scopes.get(self.here.scope).kind) {
            ("__all__", ScopeKind::Module) => self.export(value),
            ("__slots__" | "__match_args__", ScopeKind::Class(class)) => {
                self.each_text(value, |walker, name, place| {
                    walker.token(place, name, Role::Text, What::Member { class });
                });
            }
            (_, ScopeKind::Module) if matches!(value, Expr::List(_) | Expr::Tuple(_) | Expr::Set(_)) => {
                let mut names = Vec::new();
                self.each_text(value, |_, name, place| names.push((name, place)));
                self.lists.push(names);
            }
            _ => {}
        }
    }

    /// `__all__.extend([…])`, `__all__.append("…")`.
    pub(super) fn export_more(&mut self, it: &Expr) {
        let Expr::Call(call) = it else { return };
        let Expr::Attribute(method) = call.func.as_ref() else { return };
        let Expr::Name(list) = method.value.as_ref() else { return };
        if list.id.as_str() == "__all__" && self.here.scope == Facts::MODULE {
            call.arguments.args.iter().for_each(|argument| self.export(argument));
        }
    }

    fn export(&mut self, value: &Expr) {
        self.facts.exported.get_or_insert_default();
        self.each_text(value, |walker, name, place| {
            walker.facts.exported.get_or_insert_default().push(name.clone());
            let lookup = super::Lookup { name: name.clone(), scope: Facts::MODULE, at: u32::MAX, ..Default::default() };
            let lookup = walker.facts.lookups.push(lookup);
            walker.token(place, name, Role::Text, What::Lookup(lookup));
        });
    }

    /// Whether an expression is a call of a name.
    pub(super) fn is_call_of(&self, id: Id<Expression>, name: &str) -> bool {
        let Expression::Call { of, .. } = self.facts.expressions.get(id) else { return false };
        let Expression::Name(lookup) = self.facts.expressions.get(*of) else { return false };
        self.facts.lookups.get(*lookup).name == name
    }
}

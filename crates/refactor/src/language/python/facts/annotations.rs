//! Types: expressions in which a string is code (PEP 484, forward references).

use ruff_python_ast::{Expr, ExprStringLiteral, ExprSubscript};
use ruff_python_parser::{Mode, parse_string_annotation};

use super::{
    Expression, Id,
    depth::depth,
    walker::{Here, Walker},
};
use crate::limits::MOST_DEPTH;

/// Generic types of `typing`: what stands in their brackets is a type, wherever they are.
const GENERIC: [&str; 22] = [
    "List",
    "Dict",
    "Set",
    "FrozenSet",
    "Tuple",
    "Type",
    "Optional",
    "Union",
    "Callable",
    "Sequence",
    "Iterable",
    "Iterator",
    "Mapping",
    "MutableMapping",
    "Generator",
    "Awaitable",
    "Coroutine",
    "ClassVar",
    "Final",
    "Deque",
    "DefaultDict",
    "Collection",
];

impl Walker<'_> {
    pub(super) fn annotation(&mut self, it: &Expr) -> Id<Expression> {
        let here = Here { is_annotation: true, ..self.here };
        self.at(here, |walker| walker.visit(it))
    }

    /// A string where a type is wanted.
    pub(super) fn quoted(&mut self, it: &ExprStringLiteral) -> Option<Id<Expression>> {
        let [only] = it.value.as_slice() else { return None };
        if depth(&only.value, Mode::ParenthesizedExpression) > MOST_DEPTH {
            return None;
        }
        self.letters(it)?;
        let parsed = parse_string_annotation(self.text, only).ok()?;
        let inner = self.visit(&parsed.syntax().body);
        Some(self.expression(Expression::Quoted(inner)))
    }

    pub(super) fn subscript(&mut self, it: &ExprSubscript) -> Id<Expression> {
        let of = self.visit(&it.value);
        let name = self.facts.last_name(of).cloned();
        let is_generic = self.here.is_annotation || name.as_ref().is_some_and(|name| GENERIC.contains(&name.as_str()));
        let index = match (is_generic, name.as_deref()) {
            (true, Some("Literal")) => self.at(Here { is_annotation: false, ..self.here }, |it_| it_.visit(&it.slice)),
            (true, Some("Annotated")) => self.annotated(&it.slice),
            (true, _) => self.annotation(&it.slice),
            (false, _) => self.visit(&it.slice),
        };
        if !is_generic && let Expr::StringLiteral(key) = it.slice.as_ref() {
            self.key(key, Some(of));
        }
        self.expression(Expression::Subscript { of, index })
    }

    /// `Annotated[T, …]`: only the first is a type.
    fn annotated(&mut self, slice: &Expr) -> Id<Expression> {
        let Expr::Tuple(parts) = slice else { return self.annotation(slice) };
        let mut parts = parts.elts.iter();
        let first = parts.next().map(|first| self.annotation(first));
        self.at(Here { is_annotation: false, ..self.here }, |walker| walker.visit_all(parts));
        first.unwrap_or_else(|| self.expression(Expression::Opaque))
    }
}

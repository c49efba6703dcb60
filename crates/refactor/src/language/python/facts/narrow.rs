//! What `isinstance` makes sure of, and how far that holds.

use ruff_python_ast::{Expr, MatchCase, Pattern, Stmt, Suite, UnaryOp};
use ruff_text_size::Ranged;

use super::{Expression, Id, Name, Scope, Span, walker::Walker};

/// A name is an instance of a class, over a stretch of the file.
pub(super) struct Condition {
    name: Name,
    scope: Id<Scope>,
    over: Span,
    classes: Id<Expression>,
}

impl Walker<'_> {
    /// What is known of a name here.
    pub(super) fn narrowed(&self, name: &Name) -> Option<(Span, Id<Expression>)> {
        let about = |one: &&Condition| one.name == *name && one.scope == self.here.scope;
        let last = self.conditions.iter().rev().find(about)?;
        Some((last.over.clone(), last.classes))
    }

    /// Takes a test for true over a block. Answers how many conditions there were, for the block's end.
    pub(super) fn assume(&mut self, test: &Expr, body: &Suite) -> usize {
        let (Some(first), Some(last)) = (body.first(), body.last()) else { return self.conditions.len() };
        self.assume_over(test, first.start().to_u32()..last.end().to_u32())
    }

    pub(super) fn assume_over(&mut self, test: &Expr, over: Span) -> usize {
        let known = self.conditions.len();
        if let Expr::BoolOp(it) = test {
            if it.op.is_and() {
                it.values.iter().for_each(|value| self.assume_one(value, &over));
            }
        } else {
            self.assume_one(test, &over);
        }
        known
    }

    fn assume_one(&mut self, test: &Expr, over: &Span) {
        let Expr::Call(call) = test else { return };
        let Expr::Name(function) = call.func.as_ref() else { return };
        let [Expr::Name(name), classes] = &*call.arguments.args else { return };
        if function.id.as_str() != "isinstance" || !is_plain(classes) {
            return;
        }
        let classes = self.silently(classes);
        let (name, scope, over) = (name.id.clone(), self.here.scope, over.clone());
        self.conditions.push(Condition { name, scope, over, classes });
    }

    /// Walks what was walked before, to have its expression again, and makes no tokens of it.
    fn silently(&mut self, it: &Expr) -> Id<Expression> {
        let tokens = self.facts.tokens.len();
        let made = self.visit(it);
        self.facts.tokens.truncate(tokens);
        made
    }

    /// What holds after a statement, to the end of its block: `assert isinstance(…)`, or `if not isinstance(…): return`.
    pub(super) fn make_sure(&mut self, statement: &Stmt, end: u32) {
        let over = statement.end().to_u32()..end;
        if let Stmt::Assert(it) = statement {
            self.assume_over(&it.test, over);
        } else if let Stmt::If(it) = statement
            && it.elif_else_clauses.is_empty()
            && let Expr::UnaryOp(test) = it.test.as_ref()
            && test.op == UnaryOp::Not
            && it.body.last().is_some_and(leaves)
        {
            self.assume_over(&test.operand, over);
        }
    }

    /// `match x: case C():` says of `x` what `isinstance` does.
    pub(super) fn assume_case(&mut self, subject: &Expr, case: &MatchCase) {
        let (Expr::Name(name), Pattern::MatchClass(it)) = (subject, &case.pattern) else { return };
        let (Some(first), Some(last)) = (case.body.first(), case.body.last()) else { return };
        if !is_plain(&it.cls) {
            return;
        }
        let classes = self.silently(&it.cls);
        let over = first.start().to_u32()..last.end().to_u32();
        self.conditions.push(Condition { name: name.id.clone(), scope: self.here.scope, over, classes });
    }
}

/// Whether an expression is a dotted name or some of them, so that walking it twice is cheap.
fn is_plain(it: &Expr) -> bool {
    match it {
        Expr::Name(_) => true,
        Expr::Attribute(it) => it.value.is_name_expr() || is_plain(&it.value),
        Expr::Tuple(it) => it.elts.iter().all(|one| !one.is_tuple_expr() && is_plain(one)),
        _ => false,
    }
}

/// Whether nothing after a statement is reached.
fn leaves(statement: &Stmt) -> bool {
    matches!(statement, Stmt::Return(_) | Stmt::Raise(_) | Stmt::Continue(_) | Stmt::Break(_))
}

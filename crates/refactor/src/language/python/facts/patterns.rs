//! Patterns of `match`: the names that they bind, and the attributes that they name (reference, 8.6).

use ruff_python_ast::{Identifier, Pattern};

use super::{Expression, How, Id, What, read::span, walker::Walker};
use crate::language::Role;

impl Walker<'_> {
    /// Walks a pattern for a value that is known, or not. Answers what it has found the value to be.
    pub(super) fn pattern(&mut self, pattern: &Pattern, subject: Option<Id<Expression>>) -> How {
        match pattern {
            Pattern::MatchValue(it) => {
                self.visit(&it.value);
            }
            Pattern::MatchSingleton(_) => {}
            Pattern::MatchSequence(it) => self.patterns(&it.patterns, None),
            Pattern::MatchMapping(it) => {
                self.visit_all(&it.keys);
                self.patterns(&it.patterns, None);
                self.capture(it.rest.as_ref(), How::Unknown);
            }
            Pattern::MatchClass(it) => {
                let class = self.visit(&it.cls);
                self.patterns(&it.arguments.patterns, None);
                let of = self.expression(Expression::Call { of: class, arguments: Vec::new(), scope: self.here.scope });
                for keyword in &it.arguments.keywords {
                    let name = self.mangled(&keyword.attr.id);
                    let what = What::Attribute { of, name };
                    self.token(span(keyword.attr.range), keyword.attr.id.clone(), Role::Keyword, what);
                    self.pattern(&keyword.pattern, None);
                }
                return How::Value(of);
            }
            Pattern::MatchStar(it) => self.capture(it.name.as_ref(), How::Unknown),
            Pattern::MatchAs(it) => {
                let how = match it.pattern.as_deref() {
                    Some(inner) => self.pattern(inner, subject),
                    None => subject.map_or(How::Unknown, How::Value),
                };
                self.capture(it.name.as_ref(), how);
                return how;
            }
            Pattern::MatchOr(it) => self.patterns(&it.patterns, subject),
        }
        How::Unknown
    }

    fn patterns(&mut self, patterns: &[Pattern], subject: Option<Id<Expression>>) {
        for pattern in patterns {
            self.pattern(pattern, subject);
        }
    }

    fn capture(&mut self, name: Option<&Identifier>, how: How) {
        if let Some(name) = name {
            self.bind(name, how, Role::Write);
        }
    }
}

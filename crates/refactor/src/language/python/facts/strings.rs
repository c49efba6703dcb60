//! Strings that code takes for names: arguments of `getattr` and its like, dotted paths, keys.

use std::sync::Arc;

use ruff_python_ast::{Expr, ExprCall, ExprStringLiteral, StringFlags as _};
use ruff_python_stdlib::identifiers::is_identifier;
use ruff_text_size::{Ranged as _, TextRange};

use super::{Begin, Expression, Facts, Id, Lookup, Name, Span, What, read::span, walker::Walker};
use crate::language::Role;

/// The part of a literal that comes before what is put into it, or behind it.
fn begin(text: &str) -> Option<&str> {
    let begin = text.split(['{', '%']).next()?;
    let is_name = |letter: char| matches!(letter, '_' | '.' | '-') || letter.is_alphanumeric();
    let goes_on = begin.len() < text.len() || begin.ends_with(['_', '.']);
    (goes_on && !begin.is_empty() && begin.chars().all(is_name)).then_some(begin)
}

impl Walker<'_> {
    /// Where a string's letters stand, if each is written as itself, in one piece.
    pub(super) fn letters(&self, it: &ExprStringLiteral) -> Option<Span> {
        let [only] = it.value.as_slice() else { return None };
        let opener = only.flags.opener_len();
        let closer = only.flags.closer_len();
        let range = only.range();
        if range.len() < opener + closer {
            return None;
        }
        let place = span(TextRange::new(range.start() + opener, range.end() - closer));
        let text = self.text.get(place.start as usize..place.end as usize)?;
        (text == &*only.value).then_some(place)
    }

    /// A string that is read.
    pub(super) fn string(&mut self, it: &ExprStringLiteral) -> Id<Expression> {
        if self.here.is_annotation
            && let Some(code) = self.quoted(it)
        {
            return code;
        }
        if it.value.to_str().contains('.') {
            self.path(it, false);
        }
        let text = self.expression(Expression::Text);
        if let Some(begin) = begin(it.value.to_str()) {
            self.facts.begins.insert(text, Begin::With(begin.to_owned()));
        }
        text
    }

    /// A string of names with dots between.
    fn path(&mut self, it: &ExprStringLiteral, is_certain: bool) {
        let text = it.value.to_str();
        if !text.split('.').all(is_identifier) {
            return;
        }
        let Some(place) = self.letters(it) else { return };
        let path: Arc<[Name]> = text.split('.').map(Name::new).collect();
        let mut at = place.start;
        for (part, name) in path.iter().enumerate() {
            let end = at + u32::try_from(name.len()).unwrap_or(0);
            let what = What::Path { path: Arc::clone(&path), part, is_certain };
            self.token(at..end, name.clone(), Role::Text, what);
            at = end + 1;
        }
    }

    /// Each string of a list, with its place.
    pub(super) fn each_text(&mut self, it: &Expr, mut found: impl FnMut(&mut Self, Name, Span)) {
        let elements = match it {
            Expr::List(it) => it.elts.as_slice(),
            Expr::Tuple(it) => it.elts.as_slice(),
            Expr::Set(it) => it.elts.as_slice(),
            other => std::slice::from_ref(other),
        };
        for element in elements {
            if let Expr::StringLiteral(text) = element
                && let Some(place) = self.letters(text)
            {
                found(self, Name::new(text.value.to_str()), place);
            }
        }
    }

    /// A string that is an attribute's name on an object.
    fn attribute_text(&mut self, of: Id<Expression>, it: Option<&Expr>) {
        let Some(Expr::StringLiteral(text)) = it else { return };
        let name = Name::new(text.value.to_str());
        if let Some(place) = self.letters(text).filter(|_| is_identifier(&name)) {
            self.token(place, name.clone(), Role::Text, What::Attribute { of, name });
        }
    }

    /// A string that a function is known to read as a dotted path.
    fn certain_path(&mut self, it: &Expr) {
        let Expr::StringLiteral(text) = it else { return };
        if let Some(place) = self.letters(text) {
            self.forget_among(&place);
            self.path(text, true);
        }
    }

    /// The strings that the best known functions take for names.
    pub(super) fn strings_of_call(&mut self, of: Id<Expression>, first_value: Option<Id<Expression>>, it: &ExprCall) {
        let Some(function) = self.facts.last_name(of).cloned() else { return };
        let [first, rest @ ..] = &*it.arguments.args else { return };
        let is_method = matches!(it.func.as_ref(), Expr::Attribute(_));
        match (function.as_str(), is_method) {
            ("getattr" | "setattr" | "hasattr" | "delattr", false) | ("object" | "setattr" | "delattr", true) => {
                if let Some(object) = first_value {
                    self.attribute_text(object, rest.first());
                }
                self.certain_path(first);
            }
            ("import_module" | "__import__" | "import_string" | "patch" | "reload", _) => self.certain_path(first),
            ("attrgetter" | "methodcaller", _) => {
                it.arguments.args.iter().for_each(|text| self.anywhere(text));
            }
            ("get" | "pop" | "setdefault", true) => {
                if let Expr::StringLiteral(text) = first {
                    let object = self.receiver(of);
                    self.key(text, object);
                }
            }
            _ => {}
        }
    }

    /// Takes back what was made of a string's letters.
    fn forget_among(&mut self, place: &Span) {
        // A call's tokens are the last that were made, so a look at those after the string's is enough.
        let from =
            self.facts.tokens.iter().rposition(|token| token.span.start < place.start).map_or(0, |last| last + 1);
        let tail = self.facts.tokens.split_off(from);
        let outside = |token: &super::Token| token.span.start < place.start || place.end < token.span.end;
        self.facts.tokens.extend(tail.into_iter().filter(outside));
    }

    fn receiver(&self, of: Id<Expression>) -> Option<Id<Expression>> {
        let Expression::Attribute { of, .. } = self.facts.expressions.get(of) else { return None };
        Some(*of)
    }

    /// `attrgetter("a.b")`: each part is an attribute of something.
    fn anywhere(&mut self, it: &Expr) {
        let Expr::StringLiteral(text) = it else { return };
        let value = text.value.to_str();
        let Some(place) = self.letters(text) else { return };
        if !value.split('.').all(is_identifier) {
            return;
        }
        self.forget_among(&place);
        let mut at = place.start;
        for part in value.split('.') {
            let end = at + u32::try_from(part.len()).unwrap_or(0);
            self.token(at..end, Name::new(part), Role::Text, What::Anywhere);
            at = end + 1;
        }
    }

    /// A string between brackets, or before a colon in braces.
    pub(super) fn key(&mut self, it: &ExprStringLiteral, of: Option<Id<Expression>>) {
        let name = Name::new(it.value.to_str());
        let Some(place) = self.letters(it).filter(|_| is_identifier(&name)) else { return };
        if of.is_some_and(|of| self.is_call_of(of, "globals")) {
            let lookup = Lookup { name: name.clone(), scope: Facts::MODULE, at: u32::MAX, ..Lookup::default() };
            let lookup = self.facts.lookups.push(lookup);
            self.token(place, name, Role::Text, What::Lookup(lookup));
        } else {
            self.token(place, name, Role::Text, What::Key { of });
        }
    }
}

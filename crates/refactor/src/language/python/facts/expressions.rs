//! Expressions: the names in them, and where their values come from (reference, 6).

use ruff_python_ast::{
    Comprehension, Expr, ExprAttribute, ExprBinOp, ExprCall, ExprFString, ExprIf, ExprLambda, ExprTString,
    InterpolatedStringElement, Operator,
};
use ruff_text_size::Ranged;

use super::{
    Argument, Begin, Expression, Function, How, Id, ScopeKind, What,
    read::span,
    walker::{Here, Walker},
};
use crate::language::Role;

impl Walker<'_> {
    pub(super) fn visit_all<'e>(&mut self, all: impl IntoIterator<Item = &'e Expr>) {
        for it in all {
            self.visit(it);
        }
    }

    fn visit_each<'e>(&mut self, all: impl IntoIterator<Item = &'e Expr>) -> Vec<Id<Expression>> {
        all.into_iter().map(|it| self.visit(it)).collect()
    }

    /// Walks an expression that is read.
    pub(super) fn visit(&mut self, it: &Expr) -> Id<Expression> {
        let made = match it {
            Expr::Name(it) => Expression::Name(self.look_up(&it.id, it.range, Role::Reference)),
            Expr::Attribute(it) => self.attribute(it),
            Expr::Call(it) => return self.call(it),
            Expr::Subscript(it) => return self.subscript(it),
            Expr::Named(it) => return self.walrus(&it.target, &it.value),
            Expr::Lambda(it) => self.lambda(it),
            Expr::If(it) => self.choice(it),
            Expr::BinOp(it) => return self.operation(it),
            Expr::BoolOp(it) => return self.alternatives(it),
            Expr::Await(it) => Expression::Await(self.visit(&it.value)),
            Expr::Starred(it) => {
                self.visit(&it.value);
                Expression::Opaque
            }
            Expr::List(it) => Expression::Many("list", self.visit_each(&it.elts)),
            Expr::Set(it) => Expression::Many("set", self.visit_each(&it.elts)),
            Expr::Tuple(it) => Expression::Tuple(self.visit_each(&it.elts)),
            Expr::Dict(it) => self.dictionary(it),
            Expr::ListComp(it) => self.comprehension("list", &[&it.elt], &it.generators),
            Expr::SetComp(it) => self.comprehension("set", &[&it.elt], &it.generators),
            Expr::Generator(it) => self.comprehension("generator", &[&it.elt], &it.generators),
            Expr::DictComp(it) => {
                let key = it.key.as_deref().into_iter();
                let parts: Vec<_> = key.chain(std::iter::once(it.value.as_ref())).collect();
                self.comprehension("dict", &parts, &it.generators)
            }
            Expr::StringLiteral(it) => return self.string(it),
            Expr::FString(it) => return self.formatted(it),
            Expr::TString(it) => self.template(it),
            Expr::NumberLiteral(_) => Expression::Literal("int"),
            Expr::BooleanLiteral(_) => Expression::Literal("bool"),
            Expr::BytesLiteral(_) => Expression::Literal("bytes"),
            Expr::NoneLiteral(_) | Expr::EllipsisLiteral(_) => Expression::Nothing,
            Expr::Compare(it) => {
                self.visit(&it.left);
                self.visit_all(&it.comparators);
                Expression::Opaque
            }
            Expr::UnaryOp(it) => {
                self.visit(&it.operand);
                Expression::Opaque
            }
            Expr::Yield(it) => {
                self.visit_all(it.value.iter().map(AsRef::as_ref));
                self.generates()
            }
            Expr::YieldFrom(it) => {
                self.visit(&it.value);
                self.generates()
            }
            Expr::Slice(it) => {
                self.visit_all(it.lower.iter().chain(&it.upper).chain(&it.step).map(AsRef::as_ref));
                Expression::Opaque
            }
            Expr::IpyEscapeCommand(_) => Expression::Opaque,
        };
        self.expression(made)
    }

    fn generates(&mut self) -> Expression {
        if let Some(function) = self.here.function {
            self.facts.functions.get_mut(function).is_generator = true;
        }
        Expression::Opaque
    }

    fn attribute(&mut self, it: &ExprAttribute) -> Expression {
        let of = self.visit(&it.value);
        let name = self.mangled(&it.attr.id);
        let what = What::Attribute { of, name: name.clone() };
        self.token(span(it.attr.range), it.attr.id.clone(), Role::Member, what);
        Expression::Attribute { of, name }
    }

    fn call(&mut self, it: &ExprCall) -> Id<Expression> {
        let of = self.visit(&it.func);
        let here = Here { is_annotation: false, ..self.here };
        let arguments = self.at(here, |walker| walker.arguments(of, it));
        let first = arguments.first().map(|argument| argument.value);
        let scope = self.here.scope;
        let call = self.expression(Expression::Call { of, arguments, scope });
        for keyword in &it.arguments.keywords {
            if let Some(name) = &keyword.arg {
                self.token(span(name.range), name.id.clone(), Role::Keyword, What::Keyword { call });
            }
        }
        self.strings_of_call(of, first, it);
        self.makes_up_names(it);
        call
    }

    fn arguments(&mut self, of: Id<Expression>, it: &ExprCall) -> Vec<Argument> {
        // `cast("T", x)`
        let casts = self.facts.last_name(of).is_some_and(|last| last == "cast");
        let mut arguments = Vec::new();
        for (index, argument) in it.arguments.args.iter().enumerate() {
            let spread = matches!(argument, Expr::Starred(_));
            let value = if casts && index == 0 { self.annotation(argument) } else { self.visit(argument) };
            arguments.push(Argument { name: None, spread, value });
        }
        for keyword in &it.arguments.keywords {
            let name = keyword.arg.as_ref().map(|name| name.id.clone());
            let is_bound = name.as_ref().is_some_and(|name| name == "bound");
            let value = if is_bound { self.annotation(&keyword.value) } else { self.visit(&keyword.value) };
            arguments.push(Argument { spread: name.is_none(), name, value });
        }
        arguments
    }

    /// `eval`, `exec`, `locals()` and the like reach names that nobody sees.
    fn makes_up_names(&mut self, it: &ExprCall) {
        let Expr::Name(name) = it.func.as_ref() else { return };
        let has_none = it.arguments.args.is_empty();
        let does = match name.id.as_str() {
            "eval" | "exec" | "locals" | "globals" => true,
            "vars" | "dir" => has_none,
            _ => false,
        };
        if does {
            self.facts.made_up.push((self.here.scope, name.range.start().to_u32()));
        }
    }

    fn walrus(&mut self, target: &Expr, value: &Expr) -> Id<Expression> {
        let value = self.visit(value);
        let here = Here { scope: self.scope_of_walrus(), ..self.here };
        self.at(here, |walker| walker.target(target, How::Value(value)));
        value
    }

    fn lambda(&mut self, it: &ExprLambda) -> Expression {
        let function = self.facts.functions.push(Function::default());
        let scope = if let Some(parameters) = &it.parameters {
            self.parameters(function, parameters)
        } else {
            let scope = self.enter(ScopeKind::Function(function));
            self.facts.functions.get_mut(function).scope = scope;
            scope
        };
        let here = Here { scope, function: Some(function), is_annotation: false, ..self.here };
        let result = self.at(here, |walker| walker.visit(&it.body));
        self.facts.functions.get_mut(function).results.push(result);
        Expression::Lambda(function)
    }

    fn choice(&mut self, it: &ExprIf) -> Expression {
        self.visit(&it.test);
        let known = self.assume_over(&it.test, span(it.body.range()));
        let body = self.visit(&it.body);
        self.conditions.truncate(known);
        Expression::Either(vec![body, self.visit(&it.orelse)])
    }

    fn operation(&mut self, it: &ExprBinOp) -> Id<Expression> {
        let left = self.visit(&it.left);
        let right = self.visit(&it.right);
        if it.op == Operator::BitOr {
            return self.expression(Expression::Union(left, right));
        }
        if !matches!(it.op, Operator::Mod | Operator::Add) {
            return self.expression(Expression::Opaque);
        }
        let is_text = |walker: &Self, id| {
            matches!(walker.facts.expressions.get(id), Expression::Text | Expression::Literal("str"))
        };
        let made = if is_text(self, left) { Expression::Literal("str") } else { Expression::Opaque };
        let begin = match it.left.as_ref() {
            Expr::StringLiteral(text) if it.op == Operator::Add => Begin::With(text.value.to_str().to_owned()),
            _ => Begin::As(left),
        };
        let made = self.expression(made);
        self.facts.begins.insert(made, begin);
        made
    }

    /// `a and b`, `a or b`: one of them. What `a` has made sure of holds in `b`.
    fn alternatives(&mut self, it: &ruff_python_ast::ExprBoolOp) -> Id<Expression> {
        let known = self.conditions.len();
        let mut values = Vec::new();
        for value in &it.values {
            values.push(self.visit(value));
            if it.op.is_and() {
                self.assume_over(value, span(it.range));
            }
        }
        self.conditions.truncate(known);
        self.expression(Expression::Either(values))
    }

    fn dictionary(&mut self, it: &ruff_python_ast::ExprDict) -> Expression {
        let mut values = Vec::new();
        for item in &it.items {
            if let Some(key) = &item.key {
                self.visit(key);
                if let Expr::StringLiteral(key) = key {
                    self.key(key, None);
                }
            }
            let value = self.visit(&item.value);
            if item.key.is_some() {
                values.push(value);
            } else {
                values.push(self.expression(Expression::Opaque));
            }
        }
        Expression::Values(values)
    }

    /// The first iterable is evaluated outside, all else in a scope of its own.
    fn comprehension(&mut self, kind: &'static str, parts: &[&Expr], generators: &[Comprehension]) -> Expression {
        let Some((first, rest)) = generators.split_first() else { return Expression::Opaque };
        let iter = self.visit(&first.iter);
        let here = Here { scope: self.enter(ScopeKind::Comprehension), ..self.here };
        self.at(here, |walker| {
            let known = walker.conditions.len();
            walker.generator(first, iter);
            for next in rest {
                let iter = walker.visit(&next.iter);
                walker.generator(next, iter);
            }
            let made = walker.visit_each(parts.iter().copied());
            walker.conditions.truncate(known);
            match (kind, made.last()) {
                ("dict", Some(value)) => Expression::Values(vec![*value]),
                _ => Expression::Many(kind, made),
            }
        })
    }

    fn generator(&mut self, it: &Comprehension, iter: Id<Expression>) {
        self.target(&it.target, if it.is_async { How::Unknown } else { How::Each(iter) });
        for test in &it.ifs {
            self.visit(test);
            self.assume_over(test, 0..u32::MAX);
        }
    }

    fn formatted(&mut self, it: &ExprFString) -> Id<Expression> {
        let mut begin = None;
        for element in it.value.elements() {
            let value = self.interpolated(element);
            begin.get_or_insert_with(|| match (element, value) {
                (InterpolatedStringElement::Literal(text), _) => Begin::With(text.value.to_string()),
                (_, Some(value)) => Begin::As(value),
                (_, None) => Begin::With(String::new()),
            });
        }
        let made = self.expression(Expression::Literal("str"));
        // What stands beside an f-string may be a plain string, and first.
        let begin = begin.filter(|_| !it.value.is_implicit_concatenated());
        self.facts.begins.insert(made, begin.unwrap_or_else(|| Begin::With(String::new())));
        made
    }

    fn template(&mut self, it: &ExprTString) -> Expression {
        for element in it.value.elements() {
            self.interpolated(element);
        }
        Expression::Opaque
    }

    /// The value that is put into a text.
    fn interpolated(&mut self, element: &InterpolatedStringElement) -> Option<Id<Expression>> {
        let InterpolatedStringElement::Interpolation(it) = element else { return None };
        let here = Here { is_annotation: false, ..self.here };
        self.at(here, |walker| {
            let value = walker.visit(&it.expression);
            if it.debug_text.is_some() {
                walker.facts.self_documenting.push(span(it.expression.range()));
            }
            for inner in it.format_spec.iter().flat_map(|spec| spec.elements.iter()) {
                walker.interpolated(inner);
            }
            Some(value)
        })
    }
}

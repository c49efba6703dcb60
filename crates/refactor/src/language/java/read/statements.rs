//! Statements, with the variables that they declare and where those are seen.

use tree_sitter::Node;

use super::{
    super::facts::{Context, LocalId, Meaning, Origin, Span, Typed, Value},
    Reader, all_of, children, flow, is_comment, span,
};
use crate::language::Role;

/// What a statement means for those that follow it.
#[derive(Default)]
pub(super) struct Flow {
    /// Whether they are never come to.
    pub(super) ends: bool,
    /// The variables of patterns that they see.
    pub(super) after: Vec<LocalId>,
}

impl Flow {
    fn ending() -> Self {
        Self { ends: true, after: Vec::new() }
    }
}

impl<'p> Reader<'p> {
    pub(super) fn statement(&mut self, node: Node<'p>) -> Flow {
        match node.kind() {
            "block" | "constructor_body" => return self.block(node),
            "expression_statement" | "assert_statement" | "explicit_constructor_invocation" => self.rest(node),
            "local_variable_declaration" => self.local_variables(node),
            "labeled_statement" => return self.labeled(node),
            "if_statement" => return self.conditional(node),
            "while_statement" | "do_statement" => return self.repeated(node),
            "for_statement" => return self.counted(node),
            "enhanced_for_statement" => self.each(node),
            "break_statement" | "continue_statement" => return self.jump(node),
            "return_statement" => return self.returns(node),
            "yield_statement" | "throw_statement" => {
                self.rest(node);
                return Flow::ending();
            }
            "synchronized_statement" => return self.synchronized(node),
            "try_statement" | "try_with_resources_statement" => return self.attempt(node),
            "switch_expression" => {
                self.expression(node, Context::Unknown);
                return Flow { ends: flow::switch_ends(node), after: Vec::new() };
            }
            _ if self.declaration(node) => {}
            _ => self.rest(node),
        }
        Flow::default()
    }

    /// Whatever else there is: expressions, statements, declarations, and what was not understood.
    pub(super) fn rest(&mut self, node: Node<'p>) {
        for (_, child) in children(node) {
            self.any(child);
        }
    }

    /// A node of which nothing is known.
    pub(super) fn any(&mut self, node: Node<'p>) {
        let kind = node.kind();
        if kind.ends_with("_statement") || kind.ends_with("_declaration") || kind == "block" {
            self.statement(node);
        } else if !is_comment(node) {
            self.expression(node, Context::Unknown);
        }
    }

    pub(super) fn block(&mut self, node: Node<'p>) -> Flow {
        let children = children(node).into_iter().map(|(_, child)| child).collect();
        self.sequence(children, span(node).end)
    }

    /// Statements one after the other, in a block that ends at a byte.
    pub(super) fn sequence(&mut self, nodes: Vec<Node<'p>>, end: u32) -> Flow {
        let around = std::mem::replace(&mut self.end, end);
        let mut ends = false;
        for node in nodes.into_iter().filter(|node| !is_comment(*node)) {
            let flow = self.statement(node);
            self.show(&flow.after, span(node).end..end);
            ends = flow.ends;
        }
        self.end = around;
        Flow { ends, after: Vec::new() }
    }

    fn local_variables(&mut self, node: Node<'p>) {
        self.modifiers(node);
        let typed = node.child_by_field_name("type").map(|it| self.typed_or_var(it));
        for declarator in all_of(node, "declarator") {
            let Some(name) = declarator.child_by_field_name("name") else { continue };
            let seen = span(name).start..self.end;
            let typed = typed.flatten().map(|it| self.array(it, declarator.child_by_field_name("dimensions")));
            let id = self.local(name, typed.map_or(Origin::Unknown, Origin::Typed), vec![seen], false);
            let context = typed.map_or(Context::Unknown, Context::Typed);
            if let Some(value) = declarator.child_by_field_name("value") {
                let value = self.expression(value, context).value;
                if let (None, Some(local)) = (typed, self.facts.locals.get_mut(id.0 as usize)) {
                    local.origin = Origin::Value(value);
                }
            }
        }
    }

    fn labeled(&mut self, node: Node<'p>) -> Flow {
        let mut flow = Flow::default();
        for (_, child) in children(node) {
            if child.kind() == "identifier" {
                let name = self.part(child);
                self.token(&name, Role::Definition, Meaning::Label(name.start));
                self.label.push(name);
            } else if !is_comment(child) {
                flow = self.statement(child);
            }
        }
        self.label.pop();
        Flow { ends: flow.ends && !flow::breaks(node, true), after: flow.after }
    }

    fn jump(&mut self, node: Node<'p>) -> Flow {
        for (_, child) in children(node).into_iter().filter(|(_, child)| child.kind() == "identifier") {
            let name = self.part(child);
            let label = self.label.iter().rev().find(|label| label.name == name.name).map(|label| label.start);
            let meaning = label.map_or(Meaning::Fixed("a label that is not there"), Meaning::Label);
            self.token(&name, Role::Reference, meaning);
        }
        Flow::ending()
    }

    fn returns(&mut self, node: Node<'p>) -> Flow {
        let context = self.result;
        for (_, child) in children(node).into_iter().filter(|(_, child)| !is_comment(*child)) {
            let value = self.expression(child, context).value;
            if let Some(returned) = &mut self.returned {
                returned.push(value);
            }
        }
        Flow::ending()
    }

    fn conditional(&mut self, node: Node<'p>) -> Flow {
        let Some(condition) = node.child_by_field_name("condition") else { return Flow::default() };
        let read = self.expression(condition, Context::Unknown);
        let mut part = |field: &str, seen: &[LocalId]| {
            let branch = node.child_by_field_name(field)?;
            self.show(seen, span(branch));
            Some(self.alone(branch).ends)
        };
        let then = part("consequence", &read.yes).unwrap_or_default();
        let other = part("alternative", &read.no);
        let mut after = Vec::new();
        if then {
            after.extend(&read.no);
        }
        if other == Some(true) {
            after.extend(&read.yes);
        }
        Flow { ends: then && other == Some(true), after }
    }

    /// A statement that is a block of its own.
    pub(super) fn alone(&mut self, node: Node<'p>) -> Flow {
        self.sequence(vec![node], span(node).end)
    }

    fn repeated(&mut self, node: Node<'p>) -> Flow {
        let is_first = node.kind() == "while_statement";
        let (condition, body) = (node.child_by_field_name("condition"), node.child_by_field_name("body"));
        if let (false, Some(body)) = (is_first, body) {
            self.alone(body);
        }
        let read = condition.map(|condition| self.expression(condition, Context::Unknown));
        if let (true, Some(body)) = (is_first, body) {
            if let Some(read) = &read {
                self.show(&read.yes, span(body));
            }
            self.alone(body);
        }
        let is_left = flow::breaks(node, false);
        let forever = condition.is_some_and(|it| self.letters(it).trim_matches(['(', ')', ' ']) == "true");
        let after = read.filter(|_| !is_left).map(|read| read.no).unwrap_or_default();
        Flow { ends: forever && !is_left, after }
    }

    fn counted(&mut self, node: Node<'p>) -> Flow {
        let around = std::mem::replace(&mut self.end, span(node).end);
        let mut read = None;
        let condition = node.child_by_field_name("condition");
        for (field, child) in children(node) {
            match field {
                Some("condition") => read = Some(self.expression(child, Context::Unknown)),
                Some("body") => {
                    self.show_in(read.as_ref().map(|read| read.yes.as_slice()), span(child));
                    self.alone(child);
                }
                Some("update") => {
                    self.show_in(read.as_ref().map(|read| read.yes.as_slice()), span(child));
                    self.any(child);
                }
                _ => self.any(child),
            }
        }
        self.end = around;
        let is_left = flow::breaks(node, false);
        let forever = condition.is_none_or(|it| self.letters(it) == "true");
        let after = read.filter(|_| !is_left).map(|read| read.no).unwrap_or_default();
        Flow { ends: forever && !is_left, after }
    }

    fn show_in(&mut self, locals: Option<&[LocalId]>, range: Span) {
        self.show(locals.unwrap_or_default(), range);
    }

    fn each(&mut self, node: Node<'p>) {
        self.modifiers(node);
        let typed = node.child_by_field_name("type").and_then(|it| self.typed_or_var(it));
        let typed = typed.map(|it| self.array(it, node.child_by_field_name("dimensions")));
        let Some(value) = node.child_by_field_name("value") else { return self.rest(node) };
        let value = self.expression(value, Context::Unknown).value;
        let body = node.child_by_field_name("body");
        if let Some(name) = node.child_by_field_name("name") {
            let seen = body.map(span).into_iter().collect();
            self.local(name, typed.map_or(Origin::Element(value), Origin::Typed), seen, false);
        }
        if let Some(body) = body {
            self.alone(body);
        }
    }

    fn synchronized(&mut self, node: Node<'p>) -> Flow {
        let mut flow = Flow::default();
        for (field, child) in children(node) {
            if field == Some("body") {
                flow = self.block(child);
            } else {
                self.any(child);
            }
        }
        flow
    }

    fn attempt(&mut self, node: Node<'p>) -> Flow {
        let body = node.child_by_field_name("body");
        if let (Some(resources), Some(body)) = (node.child_by_field_name("resources"), body) {
            let around = std::mem::replace(&mut self.end, span(body).end);
            for (_, resource) in children(resources) {
                self.resource(resource);
            }
            self.end = around;
        }
        let mut ends = body.is_some_and(|body| self.block(body).ends);
        for (_, child) in children(node) {
            match child.kind() {
                "catch_clause" => ends &= self.catch(child).ends,
                "finally_clause" => {
                    for (_, block) in children(child).into_iter().filter(|(_, it)| !is_comment(*it)) {
                        ends |= self.statement(block).ends;
                    }
                }
                _ => {}
            }
        }
        Flow { ends, after: Vec::new() }
    }

    fn resource(&mut self, node: Node<'p>) {
        let (name, value) = (node.child_by_field_name("name"), node.child_by_field_name("value"));
        let Some(name) = name else { return self.rest(node) };
        self.modifiers(node);
        let typed = node.child_by_field_name("type").and_then(|it| self.typed_or_var(it));
        let value = value.map(|value| self.expression(value, typed.map_or(Context::Unknown, Context::Typed)).value);
        let inferred = value.map_or(Origin::Unknown, Origin::Value);
        let seen = span(name).start..self.end;
        self.local(name, typed.map_or(inferred, Origin::Typed), vec![seen], false);
    }

    fn catch(&mut self, node: Node<'p>) -> Flow {
        let mut flow = Flow::default();
        for (field, child) in children(node) {
            if child.kind() == "catch_formal_parameter" {
                self.modifiers(child);
                let list = children(child).into_iter().find(|(_, it)| it.kind() == "catch_type");
                let caught = list.map(|(_, list)| self.arguments_of_type(list)).unwrap_or_default();
                let typed = match caught.as_slice() {
                    [one] => *one,
                    _ => self.written(Typed::Several(caught)),
                };
                if let Some(name) = child.child_by_field_name("name") {
                    self.local(name, Origin::Typed(typed), vec![span(node)], true);
                }
            } else if field == Some("body") {
                flow = self.block(child);
            }
        }
        flow
    }

    /// `switch`: what it chooses by, then its rules or groups.
    pub(super) fn switch(&mut self, node: Node<'p>, context: Context) -> Vec<super::ValueId> {
        let condition = node.child_by_field_name("condition");
        let subject = condition.map(|it| self.expression(it, Context::Unknown).value);
        let subject = subject.unwrap_or_else(|| self.value(Value::Unknown));
        let around = self.subject.replace(subject);
        let mut results = Vec::new();
        if let Some(body) = node.child_by_field_name("body") {
            let end = span(body).end;
            let mut loose = Vec::new();
            for (_, child) in children(body) {
                match child.kind() {
                    "switch_rule" => results.extend(self.rule(child, context)),
                    "switch_block_statement_group" => loose.push(child),
                    _ if is_comment(child) => {}
                    _ => self.any(child),
                }
            }
            self.groups(&loose, end);
        }
        self.subject = around;
        results
    }

    /// The old form: all groups are one block, but each has its own patterns.
    fn groups(&mut self, groups: &[Node<'p>], end: u32) {
        for group in groups {
            let mut statements = Vec::new();
            for (_, child) in children(*group) {
                if child.kind() == "switch_label" {
                    let seen = self.case(child);
                    self.show(&seen, span(*group));
                } else {
                    statements.push(child);
                }
            }
            self.sequence(statements, end);
        }
    }

    /// `case … -> …`, with its value if it is an expression.
    fn rule(&mut self, node: Node<'p>, context: Context) -> Option<super::ValueId> {
        let mut value = None;
        for (_, child) in children(node) {
            match child.kind() {
                "switch_label" => {
                    let seen = self.case(child);
                    self.show(&seen, span(node));
                }
                "expression_statement" => {
                    for (_, it) in children(child).into_iter().filter(|(_, it)| !is_comment(*it)) {
                        value = Some(self.expression(it, context).value);
                    }
                }
                _ if is_comment(child) => {}
                _ => {
                    self.alone(child);
                    value = value.or_else(|| (child.kind() == "block").then(|| self.value(Value::Unknown)));
                }
            }
        }
        value
    }
}

//! From a tree to the facts of a file, in one walk: declarations in [`classes`], statements with what patterns declare in
//! [`statements`] and [`flow`], expressions in [`expressions`], written types and names in [`types`].

mod calls;
mod classes;
mod expressions;
mod flow;
mod members;
mod modifiers;
mod statements;
mod types;

use std::{cell::OnceCell, ops::Range};

use tree_sitter::Node;

use super::{
    super::trees::{self, Grammar, Parsed, all_of, children},
    facts::{
        Class, ClassId, Context, Facts, Local, LocalId, Meaning, Origin, Part, Span, Token, TypeId, Typed, Value,
        ValueId, Variable, VariableId,
    },
};
use crate::{
    language::{Role, Unparsed},
    limits::Budget,
};

thread_local! {
    static GRAMMAR: OnceCell<Grammar> = const { OnceCell::new() };
}

/// The facts of a file.
pub(super) fn facts(_path: &str, text: &str, budget: &Budget<'_>) -> Result<Facts, Unparsed> {
    GRAMMAR.with(|grammar| trees::read(grammar.get_or_init(grammar_of_java), text, budget, read))
}

fn grammar_of_java() -> Grammar {
    Grammar::new(
        tree_sitter_java::LANGUAGE,
        &["identifier", "type_identifier", "underscore_pattern"],
        &["line_comment", "block_comment"],
        &["string_literal", "character_literal"],
    )
}

fn read(parsed: Parsed<'_>) -> Facts {
    let error = parsed.flaws.into_iter().next().map(|flaw| (flaw.range.start, flaw.message));
    let mut reader = Reader {
        text: parsed.text,
        facts: Facts { lexemes: parsed.lexemes, error, ..Facts::default() },
        class: None,
        is_body: false,
        end: span(parsed.root).end,
        result: Context::Unknown,
        returned: None,
        label: Vec::new(),
        subject: None,
    };
    reader.top(parsed.root);
    reader.facts
}

/// A walk over a file.
struct Reader<'p> {
    text: &'p str,
    facts: Facts,
    /// The class it is in.
    class: Option<ClassId>,
    /// Whether it is right in that class, and not in a method of it.
    is_body: bool,
    /// Where the block ends that it is in.
    end: u32,
    /// What `return` hands its value to.
    result: Context,
    /// What the lambda returns that it is in.
    returned: Option<Vec<ValueId>>,
    /// The labels around it.
    label: Vec<Part>,
    /// What the `switch` chooses by that it is in.
    subject: Option<ValueId>,
}

/// An expression that was read: its value, and the variables of patterns that are there where it is true, and where it is
/// false.
struct Read {
    value: ValueId,
    yes: Vec<LocalId>,
    no: Vec<LocalId>,
}

impl<'p> Reader<'p> {
    fn top(&mut self, root: Node<'p>) {
        for (_, node) in children(root) {
            match node.kind() {
                "package_declaration" => self.package(node),
                "import_declaration" => self.import(node),
                "module_declaration" => self.module(node),
                _ => {
                    self.statement(node);
                }
            }
        }
    }

    fn letters(&self, node: Node<'p>) -> &'p str {
        trees::letters(self.text, node)
    }

    /// A node's name as it is written.
    fn part(&self, node: Node<'p>) -> Part {
        Part { name: self.letters(node).into(), start: span(node).start }
    }

    fn token(&mut self, part: &Part, role: Role, meaning: Meaning) {
        if !part.name.is_empty() {
            let token = Token { start: part.start, role, meaning };
            self.facts.tokens.entry(part.name.clone()).or_default().push(token);
        }
    }

    fn value(&mut self, value: Value) -> ValueId {
        self.facts.values.push(value);
        ValueId(last(self.facts.values.len()))
    }

    /// Makes up for a value that others had to know the number of before it was read.
    fn fill(&mut self, id: ValueId, value: Value) {
        if let Some(place) = self.facts.values.get_mut(id.0 as usize) {
            *place = value;
        }
    }

    fn written(&mut self, typed: Typed) -> TypeId {
        self.facts.typed.push(typed);
        TypeId(last(self.facts.typed.len()))
    }

    /// Declares a variable.
    fn local(&mut self, node: Node<'p>, origin: Origin, seen: Vec<Span>, is_parameter: bool) -> LocalId {
        let name = self.part(node);
        let id = LocalId(last(self.facts.locals.len() + 1));
        self.token(&name, Role::Definition, Meaning::Local(id));
        self.facts.locals.push(Local { name, origin, seen, is_parameter });
        id
    }

    /// Lets variables be seen in one range more.
    fn show(&mut self, locals: &[LocalId], range: Span) {
        for id in locals {
            if let Some(local) = self.facts.locals.get_mut(id.0 as usize) {
                local.seen.push(range.clone());
            }
        }
    }

    fn variable(&mut self, name: Part, seen: Span) -> VariableId {
        let id = VariableId(last(self.facts.variables.len() + 1));
        self.token(&name, Role::Definition, Meaning::Variable(id));
        self.facts.variables.push(Variable { name, seen, bounds: Vec::new() });
        id
    }

    fn class_mut(&mut self, id: ClassId) -> Option<&mut Class> {
        self.facts.classes.get_mut(id.0 as usize)
    }
}

impl Read {
    fn plain(value: ValueId) -> Self {
        Self { value, yes: Vec::new(), no: Vec::new() }
    }
}

/// The number of the last of so many.
fn last(count: usize) -> u32 {
    u32::try_from(count.saturating_sub(1)).unwrap_or(u32::MAX)
}

/// A node's bytes.
fn span(node: Node<'_>) -> Span {
    let Range { start, end } = node.byte_range();
    u32::try_from(start).unwrap_or(u32::MAX)..u32::try_from(end).unwrap_or(u32::MAX)
}

/// Whether a node is a comment.
fn is_comment(node: Node<'_>) -> bool {
    matches!(node.kind(), "line_comment" | "block_comment")
}

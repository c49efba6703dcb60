//! One pass over a tree: where its names, comments and strings are, where it is broken, and whether it is too deep.

use std::ops::Range;

use tree_sitter::{Language, Node, Tree};

/// A range as it is kept: no file is larger than what 32 bits count.
type Span = Range<u32>;

/// Flaws of one file that are told; more say nothing more.
const MOST_FLAWS: usize = 1_000;

/// What stands at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::language) enum Lexeme {
    /// A name, or part of one; this is the whole.
    Name(Range<usize>),
    /// A comment.
    Comment(Range<usize>),
    /// A string or another literal of letters.
    String(Range<usize>),
    /// A keyword, a number, a sign, or what no parser understood.
    Other,
}

/// Where a text breaks its grammar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::language) struct Flaw {
    /// What was not understood; empty where something is missing.
    pub(in crate::language) range: Range<usize>,
    /// What is wrong, in a few words.
    pub(in crate::language) message: String,
}

/// The names, comments and strings of a file, each kind sorted and without overlap.
#[derive(Debug, Default)]
pub(in crate::language) struct Lexemes {
    names: Vec<Span>,
    comments: Vec<Span>,
    strings: Vec<Span>,
}

impl Lexemes {
    /// What the letters of a range are part of.
    pub(in crate::language) fn at(&self, range: &Range<usize>) -> Lexeme {
        let name = covering(&self.names, range).map(Lexeme::Name);
        let comment = || covering(&self.comments, range).map(Lexeme::Comment);
        let string = || covering(&self.strings, range).map(Lexeme::String);
        name.or_else(comment).or_else(string).unwrap_or(Lexeme::Other)
    }

    /// The name that a cursor is in, or right behind.
    pub(in crate::language) fn name_at(&self, at: usize) -> Option<Range<usize>> {
        let before = self.names.partition_point(|span| span.start as usize <= at);
        let last = before.checked_sub(1).and_then(|index| self.names.get(index))?;
        (last.end as usize >= at).then(|| wide(last))
    }

    /// Every string, in order.
    pub(in crate::language) fn strings(&self) -> impl Iterator<Item = Range<usize>> {
        self.strings.iter().map(wide)
    }

    /// Every comment, in order.
    pub(in crate::language) fn comments(&self) -> impl Iterator<Item = Range<usize>> {
        self.comments.iter().map(wide)
    }
}

/// The one of sorted spans that holds a range.
fn covering(spans: &[Span], range: &Range<usize>) -> Option<Range<usize>> {
    let before = spans.partition_point(|span| span.start as usize <= range.start);
    let last = before.checked_sub(1).and_then(|index| spans.get(index))?;
    (last.end as usize >= range.end).then(|| wide(last))
}

fn wide(span: &Span) -> Range<usize> {
    span.start as usize..span.end as usize
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Name,
    Comment,
    String,
}

/// Which kinds of nodes are lexemes, by the grammar's number of the kind.
pub(super) struct Kinds(Vec<Option<Kind>>);

impl Kinds {
    pub(super) fn new(language: &Language, names: &[&str], comments: &[&str], strings: &[&str]) -> Self {
        let kind = |name: &str| {
            let lists = [(names, Kind::Name), (comments, Kind::Comment), (strings, Kind::String)];
            lists.into_iter().find(|(list, _)| list.contains(&name)).map(|(_, kind)| kind)
        };
        let count = u16::try_from(language.node_kind_count()).unwrap_or(u16::MAX);
        Self((0..count).map(|id| language.node_kind_for_id(id).and_then(kind)).collect())
    }

    pub(super) fn is_name(&self, node: Node<'_>) -> bool {
        self.of(node) == Some(Kind::Name)
    }

    fn of(&self, node: Node<'_>) -> Option<Kind> {
        self.0.get(usize::from(node.kind_id())).copied().flatten()
    }
}

/// What one pass over a tree finds.
#[derive(Default)]
pub(super) struct Survey {
    pub(super) lexemes: Lexemes,
    pub(super) flaws: Vec<Flaw>,
}

impl Survey {
    /// Nothing if the tree has more levels than it may.
    pub(super) fn of(tree: &Tree, kinds: &Kinds, most_levels: u32) -> Option<Self> {
        let mut survey = Self::default();
        let mut cursor = tree.walk();
        loop {
            survey.visit(cursor.node(), kinds);
            if cursor.goto_first_child() {
                if cursor.depth() > most_levels {
                    return None;
                }
                continue;
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    return Some(survey);
                }
            }
        }
    }

    fn visit(&mut self, node: Node<'_>, kinds: &Kinds) {
        let range = node.byte_range();
        if node.is_missing() {
            self.flaw(range, format!("`{}` is missing", node.kind()));
        } else if node.is_error() {
            self.flaw(range, "this is not understood".to_owned());
        } else if let (Ok(start), Ok(end), false) =
            (u32::try_from(range.start), u32::try_from(range.end), range.is_empty())
        {
            match kinds.of(node) {
                Some(Kind::Name) => self.lexemes.names.push(start..end),
                Some(Kind::Comment) => self.lexemes.comments.push(start..end),
                Some(Kind::String) => self.lexemes.strings.push(start..end),
                None => {}
            }
        }
    }

    fn flaw(&mut self, range: Range<usize>, message: String) {
        if self.flaws.len() < MOST_FLAWS {
            self.flaws.push(Flaw { range, message });
        }
    }
}

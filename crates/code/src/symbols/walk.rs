//! The walk over a tree: an explicit cursor, never recursion, so that depth costs memory of the parser's only.

use tree_sitter::{Node, Tree, TreeCursor};

use super::{
    doc::{DocStyle, of_comment},
    grammar::Grammar,
    model::{Import, SymbolKind},
};

/// Named scopes inside one another that are followed; deeper declarations are not listed. It bounds how often
/// a byte is hashed, and the length of a descriptor.
const DEEPEST: usize = 32;

/// Names longer than this many bytes are no names that anybody wrote.
const LONGEST_NAME: usize = 256;

/// What the walk does after a node.
pub(super) enum Step<'t> {
    /// Nothing inside is of interest.
    Skip,
    /// Goes on with the children, at the same level of names.
    Into,
    /// Goes on with the children of this node's `body`, under one more name; the name may be dotted.
    Scope(String, Node<'t>),
}

/// A symbol before its place and hash are worked out.
pub(super) struct Found {
    pub(super) descriptor: String,
    pub(super) name: String,
    pub(super) kind: SymbolKind,
    pub(super) bytes: (usize, usize),
    pub(super) doc: Option<String>,
}

/// What a walk gathers.
pub(super) struct Walk<'s> {
    pub(super) content: &'s [u8],
    pub(super) found: Vec<Found>,
    pub(super) imports: Vec<Import>,
    /// The declaration whose parts come next began with `const`.
    pub(super) is_const: bool,
    limit: usize,
    docs: DocStyle,
    /// The names of the scopes that the cursor is in, the kinds of their nodes, the depths at which they end.
    scopes: Vec<(String, &'static str, usize)>,
    /// How deep the cursor is; the cursor itself would count anew at each question.
    depth: usize,
    /// The run of comments just passed: its bytes and the row of its last line.
    comment: Option<(usize, usize, usize)>,
}

/// Walks the tree by the grammar's rules.
pub(super) fn walk<'s>(tree: &Tree, content: &'s [u8], grammar: Grammar, limit: u32) -> Walk<'s> {
    let mut walk = Walk {
        content,
        found: Vec::new(),
        imports: Vec::new(),
        is_const: false,
        limit: limit as usize,
        docs: grammar.docs(),
        scopes: Vec::new(),
        depth: 0,
        comment: None,
    };
    let mut cursor = tree.walk();
    let mut inside = walk.descend(&mut cursor);
    while inside && !walk.is_full() {
        let node = cursor.node();
        if !node.is_named() || walk.is_comment(node) {
            inside = walk.advance(&mut cursor);
            continue;
        }
        inside = match grammar.visit(&mut walk, node) {
            Step::Into => walk.descend(&mut cursor) || walk.advance(&mut cursor),
            Step::Scope(name, body) => walk.enter(&mut cursor, name, body),
            Step::Skip => {
                walk.comment = None;
                walk.advance(&mut cursor)
            }
        };
    }
    walk
}

impl<'s> Walk<'s> {
    /// The bytes of a node.
    pub(super) fn bytes(&self, node: Node<'_>) -> &'s [u8] {
        self.content.get(node.byte_range()).unwrap_or_default()
    }

    /// The text of a node, or nothing where it is not UTF-8 or longer than a name is.
    pub(super) fn text(&self, node: Node<'_>) -> Option<&'s str> {
        let bytes = self.bytes(node);
        if bytes.len() > LONGEST_NAME {
            return None;
        }
        std::str::from_utf8(bytes).ok().filter(|text| !text.is_empty())
    }

    /// The text of a node's field.
    pub(super) fn field(&self, node: Node<'_>, field: &str) -> Option<&'s str> {
        self.text(node.child_by_field_name(field)?)
    }

    /// Whether the cursor is at the level of the file.
    pub(super) fn at_top(&self) -> bool {
        self.scopes.is_empty()
    }

    /// The kind of the node whose scope the cursor is in; empty at the level of the file. A node's own way to
    /// its parent goes through all its siblings.
    pub(super) fn around(&self) -> &'static str {
        self.scopes.last().map_or("", |(_, kind, _)| kind)
    }

    /// Lists a declaration by its field `name`; what it is called, if it has a name.
    pub(super) fn declare(&mut self, node: Node<'_>, kind: SymbolKind) -> Option<&'s str> {
        let name = self.field(node, "name")?;
        self.symbol(node, name, kind);
        Some(name)
    }

    /// Lists a declaration and goes on inside its field `body`.
    pub(super) fn scope<'t>(&mut self, node: Node<'t>, kind: SymbolKind) -> Step<'t> {
        let name = self.declare(node, kind);
        match (name, node.child_by_field_name("body")) {
            (Some(name), Some(body)) => Step::Scope(name.to_owned(), body),
            _ => Step::Skip,
        }
    }

    /// Lists a declaration under a name, which may be dotted where it names its scope itself.
    pub(super) fn symbol(&mut self, node: Node<'_>, name: &str, kind: SymbolKind) {
        self.symbol_with(node, name, kind, None);
    }

    /// Lists a declaration that brings its own documentation; else the comments before it are taken.
    pub(super) fn symbol_with(&mut self, node: Node<'_>, name: &str, kind: SymbolKind, doc: Option<String>) {
        if self.is_full() {
            return;
        }
        let mut descriptor = String::new();
        for (scope, ..) in &self.scopes {
            descriptor.push_str(scope);
            descriptor.push('.');
        }
        descriptor.push_str(name);
        let name = name.rsplit('.').next().unwrap_or(name).to_owned();
        let doc = doc.or_else(|| self.doc_before(node));
        self.found.push(Found { descriptor, name, kind, bytes: (node.start_byte(), node.end_byte()), doc });
    }

    /// Lists an import; quotes and angle brackets round the module are taken off.
    pub(super) fn import(&mut self, node: Node<'_>, module: &str, names: Vec<String>) {
        let module = module.trim_matches(['"', '\'', '`', '<', '>']);
        if module.is_empty() || self.imports.len() >= self.limit {
            return;
        }
        let line = u32::try_from(node.start_position().row).unwrap_or(u32::MAX).saturating_add(1);
        self.imports.push(Import { line, module: module.to_owned(), names });
    }

    fn is_full(&self) -> bool {
        self.found.len() >= self.limit
    }

    /// Remembers comments, and joins those that follow one another without an empty line.
    fn is_comment(&mut self, node: Node<'_>) -> bool {
        let (start, end) = (node.start_byte(), node.end_byte());
        match node.kind() {
            "comment" | "line_comment" | "block_comment" => {
                if self.docs.takes(self.bytes(node)) {
                    let row = last_row(node);
                    let joined = self.comment.filter(|(.., last)| *last + 1 >= node.start_position().row);
                    self.comment = Some((joined.map_or(start, |(from, ..)| from), end, row));
                }
                true
            }
            // Attributes and decorators may stand between a comment and what it is about.
            "attribute_item" | "decorator" => {
                if let Some((.., last)) = &mut self.comment
                    && *last + 1 >= node.start_position().row
                {
                    *last = last_row(node);
                }
                true
            }
            _ => false,
        }
    }

    fn doc_before(&self, node: Node<'_>) -> Option<String> {
        let (start, end, last) = self.comment?;
        if last + 1 < node.start_position().row || end > node.start_byte() {
            return None;
        }
        of_comment(self.content.get(start..end)?)
    }

    /// Into the children of a scope's body, if it is not too deep.
    fn enter<'t>(&mut self, cursor: &mut TreeCursor<'t>, name: String, body: Node<'t>) -> bool {
        self.comment = None;
        let kind = cursor.node().kind();
        if self.scopes.len() < DEEPEST && self.descend_to(cursor, body) {
            // The scope ends when the cursor comes back up to its body.
            let opened = self.depth;
            if self.descend(cursor) {
                self.scopes.push((name, kind, opened));
                return true;
            }
        }
        self.advance(cursor)
    }

    fn descend(&mut self, cursor: &mut TreeCursor<'_>) -> bool {
        let moved = cursor.goto_first_child();
        self.depth += usize::from(moved);
        moved
    }

    /// To the next sibling, or that of the nearest ancestor that has one. False at the end of the file.
    fn advance(&mut self, cursor: &mut TreeCursor<'_>) -> bool {
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return false;
            }
            self.depth = self.depth.saturating_sub(1);
            self.comment = None;
            while self.scopes.last().is_some_and(|(.., opened)| *opened >= self.depth) {
                self.scopes.pop();
            }
        }
        true
    }

    /// Moves the cursor from an ancestor to a node inside it.
    fn descend_to(&mut self, cursor: &mut TreeCursor<'_>, target: Node<'_>) -> bool {
        loop {
            let node = cursor.node();
            if node.id() == target.id() {
                return true;
            }
            let around = node.start_byte() <= target.start_byte() && node.end_byte() >= target.end_byte();
            let moved = around && self.descend(cursor);
            if !moved && !cursor.goto_next_sibling() {
                return false;
            }
        }
    }
}

/// The last row with something of the node on it: some comments include the line's end.
fn last_row(node: Node<'_>) -> usize {
    let (start, end) = (node.start_position(), node.end_position());
    if end.column == 0 && end.row > start.row { end.row - 1 } else { end.row }
}

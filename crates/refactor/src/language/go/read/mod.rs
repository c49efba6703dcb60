//! From a tree to facts: one walk that declares, keeps shapes, and says of each name what has to be asked.

mod declarations;
mod expressions;
mod functions;
mod statements;
mod types;

use std::{collections::HashMap, ops::Range, sync::LazyLock};

use tree_sitter::Node;

use super::facts::{Facts, Kind, Local, Source, Token, Top, TypeExpr, Use, What};
use crate::{
    language::{
        Role, Unparsed,
        arena::Arena,
        trees::{Declaration, DeclarationId, Grammar, Parsed, ScopeId, Scopes, children, letters, read},
    },
    limits::Budget,
};

static GRAMMAR: LazyLock<Grammar> = LazyLock::new(|| {
    let names = ["identifier", "type_identifier", "field_identifier", "package_identifier", "label_name"];
    let strings = ["raw_string_literal", "interpreted_string_literal", "rune_literal"];
    Grammar::new(tree_sitter_go::LANGUAGE, &names, &["comment"], &strings)
});

/// Reads a file's facts.
pub(super) fn facts(_path: &str, text: &str, budget: &Budget<'_>) -> Result<Facts, Unparsed> {
    read(&GRAMMAR, text, budget, |parsed| Reader::new(parsed.text).read(parsed))
}

/// The walk.
struct Reader<'p> {
    text: &'p str,
    facts: Facts,
    /// The function that is walked.
    home: Option<Range<u32>>,
    /// Where its labels are declared.
    labels: ScopeId,
}

impl<'p> Reader<'p> {
    fn new(text: &'p str) -> Self {
        let (scopes, outermost) = Scopes::new(None);
        // The first type is none: whatever is left out means that one.
        let mut types = Arena::default();
        types.push(TypeExpr::Unknown);
        let facts = Facts {
            package: Box::default(),
            imports: Vec::new(),
            scopes,
            outermost,
            tops: Vec::new(),
            functions: Arena::default(),
            specs: Arena::default(),
            structs: Arena::default(),
            interfaces: Arena::default(),
            literals: Arena::default(),
            types,
            exprs: Arena::default(),
            tokens: Vec::new(),
            names: HashMap::new(),
            lexemes: crate::language::trees::Lexemes::default(),
            documents: Vec::new(),
            directives: Vec::new(),
            flaw: None,
        };
        Self { text, facts, home: None, labels: outermost }
    }

    fn read(mut self, parsed: Parsed<'p>) -> Facts {
        self.file(parsed.root);
        let is_directive = |comment: &Range<usize>| {
            let text = self.text.get(comment.clone()).unwrap_or_default();
            ["//go:linkname ", "//export ", "//go:generate "].iter().any(|start| text.starts_with(start))
        };
        self.facts.directives = parsed.lexemes.comments().filter(is_directive).collect();
        self.facts.flaw = parsed.flaws.into_iter().next().map(|flaw| (flaw.range.start, flaw.message));
        self.facts.lexemes = parsed.lexemes;
        self.facts
    }

    fn letters(&self, node: Node<'_>) -> &'p str {
        letters(self.text, node)
    }

    /// Keeps a name of the text. `_` is none, and neither is one that only the parser misses.
    fn token(&mut self, node: Node<'_>, role: Role, what: What) {
        let name = self.letters(node);
        if name.is_empty() || name == "_" {
            return;
        }
        let index = u32::try_from(self.facts.tokens.len()).unwrap_or(u32::MAX);
        self.facts.tokens.push(Token { at: node.start_byte(), role, what });
        self.facts.names.entry(name.into()).or_default().push(index);
    }

    fn used(&mut self, node: Node<'_>, role: Role, scope: ScopeId) -> Use {
        self.token(node, role, What::Use(scope));
        self.lookup(node, scope)
    }

    fn lookup(&self, node: Node<'_>, scope: ScopeId) -> Use {
        Use { name: self.letters(node).into(), at: node.start_byte(), scope }
    }

    fn enter(&mut self, scope: ScopeId) -> ScopeId {
        self.facts.scopes.enter(scope, self.home.clone())
    }

    /// Declares a name: of the package, if that is where it stands.
    fn declare(&mut self, node: Node<'_>, scope: ScopeId, from: usize, kind: Kind, source: Source) {
        let name = self.letters(node);
        if name.is_empty() || name == "_" {
            return;
        }
        if scope == self.facts.outermost {
            self.token(node, Role::Definition, What::Top);
            self.facts.tops.push(Top { name: name.into(), at: node.start_byte(), kind, source });
        } else {
            let id = self.local(node, scope, from, kind, source);
            self.token(node, Role::Definition, What::Local(id));
        }
    }

    /// Declares a name in a scope, without a token for it.
    fn local(&mut self, node: Node<'_>, scope: ScopeId, from: usize, kind: Kind, source: Source) -> DeclarationId {
        let declaration = Declaration { scope, at: node.start_byte(), from, data: Local { kind, source } };
        self.facts.scopes.declare(self.letters(node), declaration)
    }

    /// Every name below a node whose text is broken.
    fn unclear(&mut self, node: Node<'p>, scope: ScopeId) {
        if node.named_child_count() == 0 {
            if GRAMMAR.is_name(node) {
                self.token(node, Role::Reference, What::Unclear(scope));
            }
            return;
        }
        for (_, child) in children(node) {
            self.unclear(child, scope);
        }
    }
}

/// Whether a node has a word or sign of the grammar right below it.
fn has_sign(node: Node<'_>, sign: &str) -> bool {
    let mut cursor = node.walk();
    node.children(&mut cursor).any(|child| child.kind() == sign)
}

//! Makes a file's facts of its text: the preprocessor's part first, then one walk down the tree.

mod declare;
mod names;
mod records;
mod shape;
mod statements;
mod values;

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use tree_sitter::Node;

use super::{
    directives::{self, Directives},
    facts::{CallId, Facts, Name, RecordId, ScopeKind, ValueId, What, Word},
    lex::{Kind, Span, Token, lex},
    mask::mask,
};
use crate::{
    language::{
        Prose, Role, Unparsed,
        trees::{self, Grammar, ScopeId, Scopes, children},
    },
    limits::{Budget, MOST_FILE_BYTES},
};

static C: LazyLock<Grammar> = LazyLock::new(|| Grammar::new(tree_sitter_c::LANGUAGE, &[], &[], &[]));
static CPP: LazyLock<Grammar> = LazyLock::new(|| Grammar::new(tree_sitter_cpp::LANGUAGE, &[], &[], &[]));

/// What a file says.
pub(super) fn facts(path: &str, text: &str, budget: &Budget<'_>) -> Result<Facts, Unparsed> {
    if text.len() > MOST_FILE_BYTES {
        return Err(Unparsed::TooComplex);
    }
    let tokens = lex(text);
    let mut directives = directives::read(text, &tokens);
    let is_cpp = is_cpp(path, text, &tokens, &directives);
    let masked = mask(text, &tokens, &mut directives, is_cpp);
    let grammar: &Grammar = if is_cpp { &CPP } else { &C };
    trees::read(grammar, &masked.text, budget, |parsed| {
        let mut reader = Reader::new(parsed.text, is_cpp);
        let here = reader.start();
        reader.walk_all(parsed.root, here);
        reader.add_words(text, masked.words);
        reader.add_words(text, std::mem::take(&mut directives.words));
        reader.finish(text, &tokens, directives)
    })
}

/// Whether a text is C++: by its path, or, of a header, by what no C has.
fn is_cpp(path: &str, text: &str, tokens: &[Token], directives: &Directives) -> bool {
    match path.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "c" => return false,
        "h" | "inl" => {}
        _ => return true,
    }
    let code = tokens.iter().zip(&directives.fates).zip(&directives.for_cpp);
    let code = code.filter(|((_, fate), for_cpp)| **fate == directives::Fate::Kept && !**for_cpp);
    let code: Vec<&Token> = code.map(|((token, _), _)| token).collect();
    code.windows(3).any(|window| {
        let [one, two, three] = window else { return false };
        let is_next = |token: &Token, signs: &[u8]| matches!(token.kind, Kind::Sign(sign) if signs.contains(&sign));
        match (one.kind, one.span.of(text)) {
            (Kind::Word, "namespace" | "using") => matches!(two.kind, Kind::Word | Kind::Sign(b'{')),
            (Kind::Word, "class") => two.kind == Kind::Word && is_next(three, b"{;:"),
            (Kind::Word, "template") => is_next(two, b"<"),
            (Kind::Word, "public" | "private" | "protected") => is_next(two, b":"),
            (Kind::Sign(b':'), _) => is_next(two, b":") && one.span.end == two.span.start,
            _ => false,
        }
    })
}

/// Where the walk is.
#[derive(Clone, Copy)]
struct Here {
    /// The innermost scope.
    scope: ScopeId,
    /// The scope that declarations go to.
    home: ScopeId,
    /// The function, for labels.
    function: Option<ScopeId>,
    /// The call whose arguments these are.
    call: Option<CallId>,
    /// Whether what is declared depends on a template's arguments.
    is_template: bool,
}

impl Here {
    /// The same in a scope within.
    fn inside(self, scope: ScopeId) -> Self {
        Self { scope, home: scope, ..self }
    }
}

struct Reader<'p> {
    text: &'p str,
    facts: Facts,
    /// Values by the node they were made of.
    known: HashMap<usize, ValueId>,
    /// Where the names that were read begin.
    read: HashSet<u32>,
    /// The records by the node they were made of.
    records: HashMap<usize, RecordId>,
    root: ScopeId,
}

impl<'p> Reader<'p> {
    fn new(text: &'p str, is_cpp: bool) -> Self {
        let (scopes, root) = Scopes::new(ScopeKind::Namespace("".into()));
        let facts = Facts {
            is_cpp,
            scopes,
            names: HashMap::new(),
            shared: HashMap::new(),
            refs: Vec::new(),
            values: Vec::new(),
            records: Vec::new(),
            calls: Vec::new(),
            macros: Vec::new(),
            used: Vec::new(),
            bodies: Vec::new(),
            prose: Vec::new(),
            flaws: Vec::new(),
        };
        let (known, read, records) = Default::default();
        Self { text, facts, known, read, records, root }
    }

    fn start(&self) -> Here {
        Here { scope: self.root, home: self.root, function: None, call: None, is_template: false }
    }

    /// The letters of a node.
    fn letters(&self, node: Node<'_>) -> &'p str {
        trees::letters(self.text, node)
    }

    /// Notes what a name is. The first that says so is right: what is more particular is read first.
    fn note(&mut self, node: Node<'_>, what: What, role: Role, call: Option<CallId>) {
        let span = span(node);
        if span.start < span.end && self.read.insert(span.start) {
            let name = self.letters(node);
            self.facts.names.entry(name.into()).or_default().push(Name {
                span,
                what,
                role,
                call,
                is_called: false,
                has_arguments: false,
            });
        }
    }

    fn add_words(&mut self, text: &str, words: Vec<(Span, Word)>) {
        for (span, word) in words {
            if self.read.insert(span.start) {
                let role = if matches!(word, Word::Defined(_)) { Role::Definition } else { Role::Reference };
                let name =
                    Name { span, what: What::Word(word), role, call: None, is_called: false, has_arguments: false };
                self.facts.names.entry(span.of(text).into()).or_default().push(name);
            }
        }
    }

    fn finish(mut self, text: &str, tokens: &[Token], directives: Directives) -> Facts {
        let called: HashMap<u32, bool> = tokens
            .windows(3)
            .filter_map(|window| match window {
                [name, Token { kind: Kind::Sign(b'('), .. }, next] if name.kind == Kind::Word => {
                    Some((name.span.start, next.kind != Kind::Sign(b')')))
                }
                _ => None,
            })
            .collect();
        let prose = |token: &Token| match token.kind {
            Kind::Comment => Some((token.span, comment(token.span.of(text)))),
            Kind::String => Some((token.span, Prose::String)),
            _ => None,
        };
        self.facts.prose = tokens.iter().filter_map(prose).collect();
        self.facts.macros = directives.macros;
        for names in self.facts.names.values_mut() {
            names.sort_by_key(|name| name.span.start);
            for name in names {
                let called = called.get(&name.span.start);
                (name.is_called, name.has_arguments) = (called.is_some(), called == Some(&true));
            }
        }
        self.facts.bodies.sort_unstable();
        self.facts
    }

    fn walk_all(&mut self, node: Node<'p>, here: Here) {
        let is_outer = matches!(node.kind(), "translation_unit" | "declaration_list" | "field_declaration_list");
        for (_, child) in children(node) {
            if is_outer && child.has_error() {
                self.note_flaw(child);
            }
            self.walk(child, here);
        }
    }

    /// Notes the innermost declaration or function that is not understood. A statement without its `;`, as behind a macro
    /// that makes a loop, is understood well enough.
    fn note_flaw(&mut self, item: Node<'_>) {
        if matches!(
            item.kind(),
            "namespace_definition" | "linkage_specification" | "class_specifier" | "struct_specifier"
        ) {
            return;
        }
        if let Some(flaw) = first_flaw(self.text, item) {
            self.facts.flaws.push((span(item), flaw));
        }
    }
}

/// The bytes of a node.
fn span(node: Node<'_>) -> Span {
    Span::new(node.start_byte(), node.end_byte())
}

/// A comment for those who use what follows it, or for those who read the code.
fn comment(text: &str) -> Prose {
    let marks = ["/**", "/*!", "///", "//!"];
    if marks.iter().any(|mark| text.starts_with(mark)) { Prose::Documentation } else { Prose::Comment }
}

/// Whether a list of arguments keeps to itself what is not understood of it: a type or an operator that is given to a macro.
fn is_contained(text: &str, node: Node<'_>) -> bool {
    node.kind() == "argument_list" && !trees::letters(text, node).contains([';', '{', '}'])
}

/// The first part of a tree that the grammar does not cover.
fn first_flaw(text: &str, node: Node<'_>) -> Option<Span> {
    let mut cursor = node.walk();
    loop {
        let node = cursor.node();
        if node.is_error() || node.is_missing() && node.kind() != ";" {
            return Some(span(node));
        }
        if node.has_error() && !is_contained(text, node) && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return None;
            }
        }
    }
}

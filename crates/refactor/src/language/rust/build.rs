//! Reads every token of a name in one build of a program.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
};

use ra_ap_hir::{Semantics, attach_db};
use ra_ap_syntax::{AstNode, AstToken, SourceFile, SyntaxKind, SyntaxNode, TextRange, TextSize, ast};

use super::{
    aliases,
    cargo::TargetKind,
    cfg::{self, Switch},
    entities::Entities,
    imports::Imports,
    meaning::{Cause, Reading, Sense, Shape},
    plan::Plan,
    reader::{Reader, prose},
    settle::Build,
    world::{World, examples_of, own, vfs},
};
use crate::{
    language::{Prose, Role},
    limits::{Budget, Stopped},
    request::Hierarchy,
    sources::FileId,
};

/// The words to be read, by file, with the text that the parser is given.
pub(super) struct Words<'t> {
    /// Each file that holds the name.
    pub(super) files: BTreeMap<FileId, (std::borrow::Cow<'t, str>, Vec<Range<usize>>)>,
}

/// What is read, and how.
pub(super) struct Question<'q> {
    /// The name, without a sigil.
    pub(super) name: &'q str,
    /// Where it is written.
    pub(super) words: &'q Words<'q>,
    /// The crates.
    pub(super) plan: &'q Plan,
    /// Which methods move together.
    pub(super) hierarchy: Hierarchy,
    /// How long it may take.
    pub(super) budget: &'q Budget<'q>,
}

impl Question<'_> {
    /// Reads the words in a build. Those of files that it does not reach are said to be apart.
    pub(super) fn ask(&self, world: &World) -> Result<Build, Stopped> {
        attach_db(&world.db, || self.ask_attached(world))
    }

    fn ask_attached(&self, world: &World) -> Result<Build, Stopped> {
        let sema = Semantics::new(&world.db);
        let programs: BTreeSet<FileId> = self
            .plan
            .units
            .iter()
            .filter(|unit| matches!(unit.kind, TargetKind::Program | TargetKind::Other | TargetKind::Build))
            .map(|unit| unit.root)
            .collect();
        let is_program = |file: FileId| programs.contains(&file);
        let reader = Reader {
            sema: &sema,
            entities: Entities { sema: &sema, hierarchy: self.hierarchy, is_program: &is_program },
            imports: Imports { sema: &sema, plan: self.plan, seen: RefCell::default() },
            name: self.name,
            known: RefCell::default(),
            aliases: RefCell::default(),
        };
        let mut build = Build::default();
        for (file, (text, words)) in &self.words.files {
            self.budget.check()?;
            let Some(edition) = sema.attach_first_edition_opt(vfs(*file)) else {
                let root = SourceFile::parse(text, ra_ap_syntax::Edition::CURRENT).tree();
                for word in words {
                    keep(&mut build, *file, word, apart(root.syntax(), range(word)));
                }
                continue;
            };
            if sema.file_to_module_defs(vfs(*file)).nth(1).is_some() {
                build.shared.insert(*file);
            }
            let root = sema.parse(edition);
            let krate = sema.first_crate(vfs(*file)).and_then(|krate| own(krate.root_file(&world.db)));
            let switches = krate.and_then(|root| world.switches.get(&root));
            for word in words {
                let place = range(word);
                let off = is_off(root.syntax(), place, switches);
                let readings = if off {
                    switched_off(root.syntax(), place)
                } else {
                    let readings = read(&reader, *file, root.syntax(), place);
                    if is_example(&readings) && world.with_examples.contains(file) {
                        example(&reader, *file, place).unwrap_or(readings)
                    } else {
                        readings
                    }
                };
                keep(&mut build, *file, word, readings);
            }
        }
        build.known = reader.known.into_inner();
        aliases::resolve(&mut build, &reader.aliases.into_inner());
        Ok(build)
    }
}

/// What a word means; one on which rust-analyzer gives up may be anything.
fn read(reader: &Reader<'_, '_>, file: FileId, root: &SyntaxNode, word: TextRange) -> Vec<Reading> {
    let attempt = catch_unwind(AssertUnwindSafe(|| reader.read(file, root, word)));
    attempt.unwrap_or_else(|_| lexical(root, word, Cause::Failed))
}

fn is_example(readings: &[Reading]) -> bool {
    readings.iter().any(|reading| matches!(reading.sense, Sense::Unknown(_, Cause::Example)))
}

/// What a word in an example means in the crate that the examples of its file are; nothing if it is not in there.
fn example(reader: &Reader<'_, '_>, file: FileId, word: TextRange) -> Option<Vec<Reading>> {
    let file = examples_of(file);
    let root = reader.sema.parse(reader.sema.attach_first_edition_opt(vfs(file))?);
    let mut readings = read(reader, file, root.syntax(), word);
    for reading in &mut readings {
        match &mut reading.sense {
            Sense::Unknown(_, cause) if *cause != Cause::Outside => *cause = Cause::Example,
            Sense::Prose(prose) => *prose = Prose::Documentation,
            _ => {}
        }
    }
    (!readings.is_empty()).then_some(readings)
}

fn keep(build: &mut Build, file: FileId, word: &Range<usize>, readings: Vec<Reading>) {
    if !readings.is_empty() {
        build.tokens.insert((file, word.start), readings);
    }
}

fn range(word: &Range<usize>) -> TextRange {
    let at = |at: usize| TextSize::from(u32::try_from(at).unwrap_or(u32::MAX));
    TextRange::new(at(word.start), at(word.end))
}

/// A word in a file of no crate.
fn apart(root: &SyntaxNode, word: TextRange) -> Vec<Reading> {
    lexical(root, word, Cause::Apart)
}

/// A word in code that is switched off.
fn switched_off(root: &SyntaxNode, word: TextRange) -> Vec<Reading> {
    lexical(root, word, Cause::Off)
}

/// What can be said of a word without knowing what anything means.
fn lexical(root: &SyntaxNode, word: TextRange, cause: Cause) -> Vec<Reading> {
    let Some(token) = root.token_at_offset(word.start()).find(|token| token.text_range().contains_range(word)) else {
        return Vec::new();
    };
    match token.kind() {
        SyntaxKind::COMMENT => {
            let is_documentation = ast::Comment::cast(token).is_some_and(|comment| comment.is_doc());
            prose(word, if is_documentation { Prose::Documentation } else { Prose::Comment })
        }
        SyntaxKind::STRING => {
            let start = usize::from(word.start() - token.text_range().start());
            let is_argument = token.text().get(..start).is_some_and(|before| before.ends_with('{'));
            let shape = if cause == Cause::Apart { Shape::Any } else { Shape::Whatever };
            let unknown = Reading::new(word, Role::Text, Sense::Unknown(shape, cause));
            if is_argument { vec![unknown] } else { prose(word, Prose::String) }
        }
        SyntaxKind::BYTE_STRING | SyntaxKind::C_STRING => prose(word, Prose::String),
        SyntaxKind::IDENT | SyntaxKind::LIFETIME_IDENT => {
            let shape = if cause == Cause::Apart { Shape::Any } else { Shape::Whatever };
            vec![Reading::new(token.text_range(), Role::Reference, Sense::Unknown(shape, cause))]
        }
        kind if kind.is_any_identifier() => {
            vec![Reading::new(token.text_range(), Role::Reference, Sense::Foreign("a keyword"))]
        }
        _ => Vec::new(),
    }
}

/// Whether an attribute around a word, or before what it is in, switches it off.
fn is_off(root: &SyntaxNode, word: TextRange, switches: Option<&BTreeSet<Switch>>) -> bool {
    let Some(switches) = switches else { return false };
    let Some(token) = root.token_at_offset(word.start()).right_biased() else { return false };
    let attributes = token.parent_ancestors().flat_map(|node| node.children()).filter_map(ast::Attr::cast);
    attributes.filter(|attribute| !attribute.syntax().text_range().contains_range(word)).any(|attribute| {
        let text = attribute.syntax().text().to_string();
        let text = text.trim_start_matches(|it: char| "#![".contains(it) || it.is_whitespace());
        let condition = text.strip_prefix("cfg").map(str::trim_start).and_then(|text| text.strip_prefix('('));
        condition.and_then(cfg::predicate).is_some_and(|it| !it.holds(&|switch| switches.contains(switch)))
    })
}

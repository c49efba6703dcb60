//! What is looked for, made ready: a text by its bytes, an expression within bounds of size and time.

use std::ops::Range;

use memchr::memmem::Finder;
use regex::bytes::{Regex, RegexBuilder};
use regex_automata::{
    Input,
    meta::{self, BuildError, Cache},
};
use regex_syntax::{
    ParserBuilder,
    hir::{Class, ClassBytes, ClassBytesRange, ClassUnicode, ClassUnicodeRange, Hir, HirKind, Look},
};

use super::search::{Pattern, Query, SearchError};

/// The most memory that an expression may be compiled to, in bytes.
const PATTERN_LIMIT: usize = 1 << 20;

/// How deep the parts of an expression may lie inside one another.
const NESTING_LIMIT: u32 = 100;

/// Between two looks at the clock an expression is held against so many bytes and the rest of a line. The slowest
/// engine takes well below a second for them, whatever the expression.
const WINDOW: usize = 32 << 10;

/// What no match of an expression takes in: the end of a line, and what stands between two files of a snapshot.
const BOUNDS: [u8; 2] = [b'\0', b'\n'];

/// A pattern that can be looked for.
pub(super) enum Matcher {
    Exact(Box<Finder<'static>>),
    Folded(Regex),
    Expression {
        regex: meta::Regex,
        /// It asks where a text begins or ends: only one file at a time can tell.
        is_anchored: bool,
    },
}

/// What one thread writes down while it searches.
pub(super) struct Scratch(Option<Cache>);

impl Matcher {
    pub(super) fn new(query: &Query<'_>) -> Result<Self, SearchError> {
        match query.pattern {
            Pattern::Text(text) | Pattern::Regex(text) if text.is_empty() => Err(SearchError::Text),
            Pattern::Text(text) if text.contains('\0') => Err(SearchError::Text),
            Pattern::Text(text) if query.case_sensitive => Ok(Self::Exact(Box::new(Finder::new(text).into_owned()))),
            Pattern::Text(text) => {
                let source = regex::escape(text);
                let built = RegexBuilder::new(&source).case_insensitive(true).size_limit(PATTERN_LIMIT).build();
                built.ok().map(Self::Folded).ok_or_else(too_large)
            }
            Pattern::Regex(source) => expression(source, query.case_sensitive),
        }
    }

    pub(super) fn scratch(&self) -> Scratch {
        Scratch(match self {
            Self::Exact(_) | Self::Folded(_) => None,
            Self::Expression { regex, .. } => Some(regex.create_cache()),
        })
    }

    /// Whether several files, with a NUL between each two, may be searched as if they were one.
    pub(super) fn reads_over_files(&self) -> bool {
        !matches!(self, Self::Expression { is_anchored: true, .. })
    }

    /// The first find at or after `from`; none also when `is_late` says so.
    pub(super) fn find(
        &self,
        text: &[u8],
        from: usize,
        scratch: &mut Scratch,
        is_late: &dyn Fn() -> bool,
    ) -> Option<Range<usize>> {
        match self {
            Self::Exact(finder) => {
                let at = from + finder.find(text.get(from..)?)?;
                Some(at..at + finder.needle().len())
            }
            Self::Folded(regex) => regex.find_at(text, from).map(|found| found.range()),
            Self::Expression { regex, .. } => {
                let cache = scratch.0.get_or_insert_with(|| regex.create_cache());
                let mut at = from;
                while at < text.len() && !is_late() {
                    let end = window(text, at);
                    if let Some(found) = regex.search_with(cache, &Input::new(text).range(at..end)) {
                        return Some(found.range());
                    }
                    at = end;
                }
                None
            }
        }
    }
}

/// Where a window that begins at `at` ends: behind the end of a line, which no match reaches over.
fn window(text: &[u8], at: usize) -> usize {
    let least = at.saturating_add(WINDOW).min(text.len());
    let rest = text.get(least..).unwrap_or_default();
    memchr::memchr(b'\n', rest).map_or(text.len(), |end| least + end + 1)
}

fn expression(source: &str, case_sensitive: bool) -> Result<Matcher, SearchError> {
    let mut parser = ParserBuilder::new();
    // As for the texts themselves, bytes that are not UTF-8 are allowed.
    parser.utf8(false).multi_line(true).case_insensitive(!case_sensitive).nest_limit(NESTING_LIMIT);
    let parsed = parser.build().parse(source).map_err(|error| SearchError::Regex(problem(&error)))?;
    let hir = within_lines(parsed)?;
    let looks = hir.properties().look_set();
    let is_anchored = [Look::Start, Look::End, Look::StartLF, Look::EndLF, Look::StartCRLF, Look::EndCRLF];
    let is_anchored = is_anchored.into_iter().any(|look| looks.contains(look));
    let config = meta::Config::new().utf8_empty(false).nfa_size_limit(Some(PATTERN_LIMIT));
    let built = meta::Builder::new().configure(config).build_from_hir(&hir);
    built.map(|regex| Matcher::Expression { regex, is_anchored }).map_err(|error| unbuilt(&error))
}

/// The last line of what the parser says; those before it draw the expression, which the asker knows.
fn problem(error: &regex_syntax::Error) -> String {
    let text = error.to_string();
    let last = text.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
    format!("is wrong: {}", last.trim_start_matches("error: "))
}

fn unbuilt(error: &BuildError) -> SearchError {
    if error.size_limit().is_some() { too_large() } else { SearchError::Regex(format!("is wrong: {error}")) }
}

fn too_large() -> SearchError {
    SearchError::Regex("is too large; repeat less, or name fewer characters".to_owned())
}

/// The same expression without the means to match a bound: classes lose it, and a bound that is asked for by itself
/// is refused. The parser has seen to it that this goes no deeper than [`NESTING_LIMIT`].
fn within_lines(hir: Hir) -> Result<Hir, SearchError> {
    let all = |parts: Vec<Hir>| parts.into_iter().map(within_lines).collect::<Result<Vec<_>, _>>();
    Ok(match hir.into_kind() {
        HirKind::Empty => Hir::empty(),
        HirKind::Look(look) => Hir::look(look),
        HirKind::Literal(literal) if literal.0.iter().any(|byte| BOUNDS.contains(byte)) => {
            return Err(SearchError::Regex(
                "asks for the end of a line, or a nul; a match lies within one line".into(),
            ));
        }
        HirKind::Literal(literal) => Hir::literal(literal.0),
        HirKind::Class(Class::Unicode(mut class)) => {
            class.difference(&ClassUnicode::new(BOUNDS.map(|at| ClassUnicodeRange::new(at.into(), at.into()))));
            Hir::class(Class::Unicode(class))
        }
        HirKind::Class(Class::Bytes(mut class)) => {
            class.difference(&ClassBytes::new(BOUNDS.map(|at| ClassBytesRange::new(at, at))));
            Hir::class(Class::Bytes(class))
        }
        HirKind::Repetition(mut repeated) => {
            repeated.sub = Box::new(within_lines(*repeated.sub)?);
            Hir::repetition(repeated)
        }
        HirKind::Capture(mut group) => {
            group.sub = Box::new(within_lines(*group.sub)?);
            Hir::capture(group)
        }
        HirKind::Concat(parts) => Hir::concat(all(parts)?),
        HirKind::Alternation(parts) => Hir::alternation(all(parts)?),
    })
}

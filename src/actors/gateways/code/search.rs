//! Search in the files of the head: by text, by expression, by the names of symbols.

use std::{
    io::ErrorKind,
    num::NonZeroUsize,
    path::PathBuf,
    time::{Duration, Instant},
};

use actix::Message;
use code::{
    index::{Index, IndexError, NameQuery, Named},
    snapshot::{Match, Pattern, Query, SearchError, Snapshot, SnapshotError},
};

use super::Code;
use crate::{
    domain::{
        caller::Caller,
        failure::{Conflict, Failure},
    },
    ids::ProjectId,
};

const MOST_MATCHES: usize = 1_000;
/// Bytes of what is looked for.
const LONGEST: usize = 1_000;
/// After this time the answer is what was found until then.
const SEARCH_LIMIT: Duration = Duration::from_secs(5);

/// How what is looked for is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchKind {
    /// To the letter.
    Text,
    /// A regular expression.
    Expression,
    /// The name of a symbol, or a part of one, in any case.
    Symbol,
}

/// Looks for something in the files of the head.
#[derive(Message)]
#[rtype(result = "Result<Found, Failure>")]
pub struct Search {
    /// Who reads.
    pub by: Caller,
    /// Where.
    pub project: ProjectId,
    /// What.
    pub text: String,
    /// How it is meant.
    pub kind: SearchKind,
    /// Only in paths that begin so.
    pub path: Vec<u8>,
    /// At most so many matches.
    pub limit: Option<usize>,
}

/// What was found.
#[derive(Default)]
pub struct Found {
    /// Texts in the order of paths and places, symbols best first.
    pub matches: Vec<(Match, Option<Named>)>,
    /// There are, or may be, more.
    pub truncated: bool,
    /// Files that were looked at.
    pub files_searched: u64,
}

/// A question that makes sense, to a head that is there.
struct Sought {
    text: String,
    path: Vec<u8>,
    limit: usize,
    deadline: Instant,
    snapshot: PathBuf,
    symbols: PathBuf,
}

impl Code {
    pub(super) async fn search(&self, search: Search) -> Result<Found, Failure> {
        let project = self.synced(&search.by, search.project).await?;
        let limit = search.limit.unwrap_or(MOST_MATCHES);
        if !(1..=MOST_MATCHES).contains(&limit) {
            return Err(Failure::invalid("limit", format!("must be 1 to {MOST_MATCHES}")));
        }
        if search.text.is_empty() || search.text.contains('\0') || search.text.len() > LONGEST {
            return Err(Failure::invalid("q", format!("must have 1 to {LONGEST} bytes, and no NUL among them")));
        }
        // An empty repository has no head, and nothing in it to be found.
        let Some(head) = project.head_commit else { return Ok(Found::default()) };
        let Search { text, path, kind, .. } = search;
        let (snapshot, symbols) = (self.world.snapshot(project.id, &head), self.world.symbols(project.id, &head));
        self.in_turn(move || {
            // The time that it waited for its turn is not its own.
            let deadline = Instant::now() + SEARCH_LIMIT;
            let sought = Sought { text, path, limit, deadline, snapshot, symbols };
            match kind {
                SearchKind::Text => sought.among_texts(Pattern::Text(&sought.text)),
                SearchKind::Expression => sought.among_texts(Pattern::Regex(&sought.text)),
                SearchKind::Symbol => sought.among_symbols(),
            }
        })
        .await
    }
}

impl Sought {
    fn among_texts(&self, pattern: Pattern<'_>) -> Result<Found, Failure> {
        let query = Query {
            pattern,
            case_sensitive: true,
            path_prefix: &self.path,
            limit: self.limit,
            deadline: Some(self.deadline),
            threads: NonZeroUsize::MIN,
        };
        let snapshot = Snapshot::open(&self.snapshot).map_err(of_snapshot)?;
        let found = snapshot.search(&query).map_err(|error| match error {
            SearchError::Text | SearchError::Regex(_) => Failure::invalid("q", error.to_string()),
            SearchError::Snapshot(error) => of_snapshot(error),
        })?;
        let matches = found.matches.into_iter().map(|found| (found, None)).collect();
        Ok(Found { matches, truncated: found.truncated, files_searched: found.files_searched })
    }

    fn among_symbols(&self) -> Result<Found, Failure> {
        let query =
            NameQuery { name: &self.text, path_prefix: &self.path, limit: self.limit, deadline: Some(self.deadline) };
        let index = Index::open(&self.symbols).map_err(of_index)?;
        let found = index.search(&query).map_err(of_index)?;
        let snapshot = Snapshot::open(&self.snapshot).map_err(of_snapshot)?;
        let mut places: Vec<usize> = (0..found.symbols.len()).collect();
        // Each file is read once if its places come one after another.
        places.sort_by_key(|at| found.symbols.get(*at).map(|symbol| (&symbol.path, symbol.line)));
        let (mut lines, mut snippets) = (snapshot.lines(), vec![String::new(); found.symbols.len()]);
        for at in places {
            if let (Some(symbol), Some(snippet)) = (found.symbols.get(at), snippets.get_mut(at)) {
                *snippet = lines.read(&symbol.path, symbol.line).map_err(of_snapshot)?;
            }
        }
        let with_line = |(symbol, snippet): (Named, String)| {
            let place = Match { path: symbol.path.clone(), line: symbol.line, column: symbol.column, snippet };
            (place, Some(symbol))
        };
        let matches = found.symbols.into_iter().zip(snippets).map(with_line).collect();
        Ok(Found { matches, truncated: found.truncated, files_searched: index.files() })
    }
}

/// One that is not there was dropped with the mirror's cache; the next synchronisation writes it again.
fn of_snapshot(error: SnapshotError) -> Failure {
    match error {
        SnapshotError::Io(_, source) if source.kind() == ErrorKind::NotFound => {
            Failure::Conflict(Conflict::RepoNotSynced)
        }
        SnapshotError::Io(..) | SnapshotError::Damaged(_) | SnapshotError::Blob(_) | SnapshotError::Cancelled => {
            Failure::internal(error)
        }
    }
}

fn of_index(error: IndexError) -> Failure {
    match error {
        IndexError::Io(_, source) if source.kind() == ErrorKind::NotFound => Failure::Conflict(Conflict::RepoNotSynced),
        IndexError::Io(..) | IndexError::Damaged(_) | IndexError::Record(_) => Failure::internal(error),
    }
}

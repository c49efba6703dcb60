//! Computes a rename, or says which symbol stands somewhere: the files of a commit to the refactor engine, its answer
//! to the parent.

use std::{collections::BTreeMap, fs, io, sync::atomic::AtomicBool, time::Duration};

use code::{
    blob::Entry,
    hash::Digest,
    snapshot::{Snapshot, SnapshotError},
};
use refactor::{Budget, Proposal, Remembered, RenameError, Sources, Stopped, Unresolved};
use serde::Serialize;

use super::{
    Code, Lack, Line, LookRequest, ManifestName, Proposed, RenameRequest, Request,
    child::{Desk, answer, progress},
    manifest::{SNAPSHOT, snapshot},
    sources::Files,
    tree::{self, Fault, MirrorBlobs, entries},
};

/// No proposal is larger, in bytes of JSON.
const MOST_BYTES: usize = 64 << 20;

/// A proposal as it is kept.
#[derive(Serialize)]
struct Kept<'p> {
    base_commit: String,
    manifest: &'p ManifestName,
    #[serde(flatten)]
    proposal: &'p Proposal,
    /// Of the files that only reviews are in: what their edits were made for.
    review_blobs: BTreeMap<&'p str, &'p str>,
}

/// What is asked of the files of a commit.
pub(super) enum Question {
    /// What a rename would change.
    Rename(RenameRequest),
    /// Which symbol stands somewhere.
    Look(LookRequest),
}

impl Question {
    fn code(&self) -> &Code {
        match self {
            Self::Rename(request) => &request.code,
            Self::Look(request) => &request.code,
        }
    }

    fn answer(&self, files: &dyn Sources) -> Result<Line, Fault> {
        match self {
            Self::Rename(request) => propose(request, files),
            Self::Look(request) => look(request, files),
        }
    }
}

/// Answers a question, and all that follow it about the same files; gives back the first request that is not.
pub(super) fn attend(first: Question, desk: &Desk) -> io::Result<Option<Request>> {
    let code = first.code().clone();
    let is_same = |other: &Code| (&other.mirror, other.commit) == (&code.mirror, code.commit);
    let attended = with_files(&code, |files| {
        let files = Remembered::new(files, &desk.known);
        let mut question = first;
        loop {
            answer(question.answer(&files))?;
            question = match desk.next()? {
                Some(Request::Rename(request)) if is_same(&request.code) => Question::Rename(request),
                Some(Request::Look(request)) if is_same(&request.code) => Question::Look(request),
                other => return Ok(other),
            };
            fail::fail_point!("engine-child");
        }
    });
    attended.unwrap_or_else(|fault| {
        answer(Err(fault))?;
        desk.next()
    })
}

/// Computes a rename, and leaves proposal and patch in `request.out`.
fn propose(request: &RenameRequest, files: &dyn Sources) -> Result<Line, Fault> {
    let total = files.files().len() as u64;
    progress(0, total);
    let cancelled = AtomicBool::new(false);
    let budget = Budget::new(Duration::from_millis(request.code.time_ms), &cancelled);
    let line = match refactor::rename(files, &request.asked.wanted(), &budget) {
        Ok(proposal) => keep(request, files, &proposal)?,
        Err(error) => Line::Unanswered { lack: lack_of_rename(&error), message: error.to_string() },
    };
    progress(total, total);
    Ok(line)
}

/// Says which symbol stands somewhere.
fn look(request: &LookRequest, files: &dyn Sources) -> Result<Line, Fault> {
    let cancelled = AtomicBool::new(false);
    let budget = Budget::new(Duration::from_millis(request.code.time_ms), &cancelled);
    match refactor::look(files, &request.symbol.wanted(), &budget) {
        Ok(symbol) => {
            let symbol = serde_json::to_value(symbol).map_err(|error| Fault::other(&error))?;
            Ok(Line::Seen { symbol })
        }
        Err(error) => Ok(Line::Unanswered { lack: lack(&error), message: error.to_string() }),
    }
}

fn with_files<T>(code: &Code, ask: impl FnOnce(&Files<'_>) -> T) -> Result<T, Fault> {
    let reader = tree::open(&code.mirror, &code.git)?;
    let entries = entries(&reader, code.commit)?;
    let mirror = MirrorBlobs(reader);
    let snapshot = at_hand(code, &entries, &mirror)?;
    let files = Files::load(&snapshot, &entries, &mirror)?;
    Ok(ask(&files))
}

/// The commit's snapshot; one that was dropped, or is damaged, is made again.
fn at_hand(code: &Code, entries: &[Entry], mirror: &MirrorBlobs) -> Result<Snapshot, Fault> {
    let path = code.cache.join(format!("{}.{SNAPSHOT}", code.commit));
    if let Ok(snapshot) = Snapshot::open(&path) {
        return Ok(snapshot);
    }
    fs::create_dir_all(&code.cache).map_err(|error| Fault::other(&error))?;
    snapshot(&path, entries, mirror, None)
        .map_err(|error| Fault { corrupt: matches!(error, SnapshotError::Blob(_)), ..Fault::other(&error) })
}

fn keep(request: &RenameRequest, files: &dyn Sources, proposal: &Proposal) -> Result<Line, Fault> {
    let changed = |path: &str| proposal.files.iter().any(|file| file.path == path);
    let reviewed = proposal.needs_review.iter().map(|review| review.location.path.as_str());
    let blob = |path| Some((path, files.file(files.find(path)?)?.blob_id.as_str()));
    let review_blobs = reviewed.filter(|path| !changed(path)).filter_map(blob).collect();
    let base_commit = request.code.commit.to_string();
    let kept = Kept { base_commit, manifest: &request.manifest, proposal, review_blobs };
    let json = serde_json::to_vec(&kept).map_err(|error| Fault::other(&error))?;
    if json.len() > MOST_BYTES {
        let message = format!("the proposal has more than {} MiB: narrow the scope", MOST_BYTES >> 20);
        return Ok(Line::Unanswered { lack: Lack::TooLarge, message });
    }
    let write = |bytes: &[u8]| {
        let name = Digest::of(bytes).to_string();
        fs::write(request.out.join(&name), bytes).map(|()| name).map_err(|error| Fault::other(&error))
    };
    let text = |value: serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let json_of = |error: serde_json::Error| Fault::other(&error);
    Ok(Line::Proposed(Proposed {
        verdict: text(serde_json::to_value(proposal.verdict).map_err(json_of)?),
        symbol: proposal.symbol.name.clone(),
        counts: serde_json::to_value(proposal.counts).map_err(json_of)?,
        proposal: write(&json)?,
        patch: write(proposal.patch.as_bytes())?,
    }))
}

fn lack_of_rename(error: &RenameError) -> Lack {
    match error {
        RenameError::Unresolved(unresolved) => lack(unresolved),
        RenameError::NameInvalid { .. } => Lack::InvalidName,
        RenameError::TooMany { .. } => Lack::TooLarge,
        RenameError::Stopped(stopped) => lack_of_time(*stopped),
    }
}

fn lack(error: &Unresolved) -> Lack {
    match error {
        Unresolved::NoFile(_) => Lack::NoFile,
        Unresolved::NotCode { .. } | Unresolved::NotAName { .. } | Unresolved::Unknown(_) => Lack::NoSymbol,
        Unresolved::Undecided { .. } | Unresolved::Ambiguous { .. } => Lack::Ambiguous,
        Unresolved::Stopped(stopped) => lack_of_time(*stopped),
    }
}

fn lack_of_time(stopped: Stopped) -> Lack {
    match stopped {
        // Nobody cancels in here: the child is killed.
        Stopped::TimedOut | Stopped::Cancelled => Lack::TimedOut,
    }
}

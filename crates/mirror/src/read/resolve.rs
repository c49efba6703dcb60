//! Names that people type for commits, and what each of them may mean.

use std::collections::HashSet;

use gix::{ObjectId as RawId, objs::Kind as ObjectKind};

use super::{ReadError, Reader};
use crate::id::CommitId;

/// Longest name accepted, in bytes; Git's files allow no longer ones.
const MAX_NAME: usize = 250;

/// Shortest abbreviation of a commit id, in digits.
const MIN_DIGITS: usize = 4;

impl Reader {
    /// The commit that a user's text names. In this order: `HEAD`; a full commit id; a branch; a tag; an abbreviated
    /// commit id of four digits and more. `refs/heads/x` and `refs/tags/x` say which of two is meant.
    ///
    /// Only upstream's branches and tags are looked at, so none of the mirror's own refs can be named. By its id, any
    /// commit that the mirror holds is found, also one that no branch leads to any more. Expressions (`main~1`,
    /// `@{u}`, `a..b`, `HEAD:file`) are refused, not evaluated.
    pub fn resolve(&self, text: &str) -> Result<CommitId, ReadError> {
        check(text)?;
        if text == "HEAD" {
            return self.head()?.ok_or(ReadError::NotFound);
        }
        let repo = self.local();
        if let Ok(id) = RawId::from_hex(text.as_bytes()) {
            return commit_at(&repo, id);
        }
        for name in meanings(text) {
            if let Some(reference) = repo.try_find_reference(&name).map_err(ReadError::damaged)? {
                let Some(id) = reference.target().try_id().map(ToOwned::to_owned) else { continue };
                return commit_at(&repo, id);
            }
        }
        abbreviated(&repo, text)
    }
}

fn check(text: &str) -> Result<(), ReadError> {
    if text.is_empty() || text.len() > MAX_NAME {
        return Err(ReadError::InvalidRef("it is empty or too long"));
    }
    if text.starts_with('-') {
        return Err(ReadError::InvalidRef("it begins with a dash"));
    }
    // The rules of git-check-ref-format(1), which also rule out every operator of gitrevisions(7).
    if gix::validate::reference::name_partial(text.into()).is_err() || text == "@" {
        return Err(ReadError::InvalidRef("it holds what no name may hold"));
    }
    Ok(())
}

fn meanings(text: &str) -> Vec<String> {
    match text.strip_prefix("refs/") {
        Some(rest) if rest.starts_with("heads/") || rest.starts_with("tags/") => {
            vec![format!("refs/hivesync/upstream/{rest}")]
        }
        _ => vec![format!("refs/hivesync/upstream/heads/{text}"), format!("refs/hivesync/upstream/tags/{text}")],
    }
}

fn abbreviated(repo: &gix::Repository, text: &str) -> Result<CommitId, ReadError> {
    let is_hex = text.len() >= MIN_DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let Ok(prefix) = gix::hash::Prefix::from_hex(text) else { return Err(ReadError::NotFound) };
    if !is_hex {
        return Err(ReadError::NotFound);
    }
    let mut candidates = HashSet::default();
    repo.objects.lookup_prefix(prefix, Some(&mut candidates)).map_err(ReadError::damaged)?;
    let is_commit = |id: &RawId| repo.find_header(*id).is_ok_and(|it| it.kind() == ObjectKind::Commit);
    let mut commits = candidates.into_iter().filter(is_commit);
    match (commits.next(), commits.next()) {
        (Some(id), None) => Ok(id.into()),
        (None, _) => Err(ReadError::NotFound),
        (Some(_), Some(_)) => Err(ReadError::Ambiguous),
    }
}

/// The commit that an object is or, as an annotated tag, leads to.
fn commit_at(repo: &gix::Repository, id: RawId) -> Result<CommitId, ReadError> {
    let Some(object) = repo.try_find_object(id).map_err(ReadError::damaged)? else {
        return Err(ReadError::NotFound);
    };
    match object.peel_to_commit() {
        Ok(commit) => Ok(commit.id.into()),
        // A tag of a tree or a blob.
        Err(_) => Err(ReadError::NotFound),
    }
}

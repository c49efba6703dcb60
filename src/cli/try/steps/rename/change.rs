//! What a proposal makes of files, worked out beside the service, and what differs between two manifests.

use std::collections::{BTreeMap, BTreeSet};

use code::hash::Digest;

use super::super::{
    super::{
        api::Api,
        record::Problem,
        survey::{Listed, Survey},
        wire::{ChangedFile, Edit, Proposal},
    },
    content,
};

/// Files whose bytes are worked out; of the others only that they differ is looked at.
const MOST_READ: usize = 100;

/// What must have become of a file.
pub(super) struct Change {
    /// Where it was.
    path: String,
    /// Where it is.
    pub(super) place: String,
    /// Of its bytes.
    pub(super) digest: Option<Digest>,
}

impl Change {
    /// Whether a manifest has it so.
    pub(super) fn is_in(&self, survey: &Survey) -> bool {
        let file = listed(survey, &self.place);
        file.is_some_and(|file| self.digest.is_none_or(|digest| file.sha256 == Some(digest)))
    }
}

/// What a proposal's edits make of the files that a manifest lists.
pub(super) async fn expected(
    api: &Api,
    project: &str,
    survey: &Survey,
    proposal: &Proposal,
) -> Result<Vec<Change>, Problem> {
    let mut changes = Vec::with_capacity(proposal.files.len());
    for (at, file) in proposal.files.iter().enumerate() {
        let digest = if at < MOST_READ { Some(made(api, project, survey, file).await?) } else { None };
        let place = file.new_path.clone().unwrap_or_else(|| file.path.clone());
        changes.push(Change { path: file.path.clone(), place, digest });
    }
    Ok(changes)
}

async fn made(api: &Api, project: &str, survey: &Survey, file: &ChangedFile) -> Result<Digest, Problem> {
    let (bytes, id) = content(api, project, file.path.as_bytes()).await?;
    let is_listed = listed(survey, &file.path).is_some_and(|listed| listed.id.to_string() == id);
    let edited = Some(bytes).filter(|_| is_listed).and_then(|bytes| edited(&bytes, &file.edits));
    let Some(edited) = edited else {
        let claim = format!("the edits fit {}", file.path);
        return Err(Problem::Untrue { claim, found: "the file is another one".into() });
    };
    Ok(Digest::of(&edited))
}

/// Bytes with the edits made; nothing if they are not those the edits were made for.
fn edited(bytes: &[u8], edits: &[Edit]) -> Option<Vec<u8>> {
    let (mut out, mut done) = (Vec::with_capacity(bytes.len()), 0);
    for edit in edits {
        out.extend_from_slice(bytes.get(done..edit.start)?);
        if bytes.get(edit.start..edit.end)? != edit.before.as_bytes() {
            return None;
        }
        out.extend_from_slice(edit.after.as_bytes());
        done = edit.end;
    }
    out.extend_from_slice(bytes.get(done..)?);
    Some(out)
}

fn listed<'s>(survey: &'s Survey, path: &str) -> Option<&'s Listed> {
    let at = survey.files.binary_search_by(|file| file.path.as_slice().cmp(path.as_bytes())).ok()?;
    survey.files.get(at)
}

/// The paths that changes concern: where files were, and where they are.
pub(super) fn paths(changes: &[Change]) -> BTreeSet<&[u8]> {
    changes.iter().flat_map(|change| [change.path.as_bytes(), change.place.as_bytes()]).collect()
}

/// The paths at which two manifests do not list the same.
pub(super) fn differing<'s>(before: &'s Survey, after: &'s Survey) -> BTreeSet<&'s [u8]> {
    let mut seen: BTreeMap<&[u8], _> = BTreeMap::new();
    for file in &before.files {
        seen.insert(&file.path, (file.mode, file.id));
    }
    let mut differing = BTreeSet::new();
    for file in &after.files {
        if seen.remove(file.path.as_slice()) != Some((file.mode, file.id)) {
            differing.insert(file.path.as_slice());
        }
    }
    differing.extend(seen.into_keys());
    differing
}

#[cfg(test)]
mod tests {
    use code::{blob::BlobId, kind::Kind};

    use super::*;

    fn survey(files: &[(&str, u8)]) -> Survey {
        let listed = |(path, id): &(&str, u8)| Listed {
            path: path.as_bytes().to_vec(),
            mode: 0o100_644,
            id: BlobId([*id; 20]),
            size: 3,
            sha256: None,
            kind: Kind::Text,
        };
        Survey { files: files.iter().map(listed).collect(), ..Survey::default() }
    }

    #[test]
    fn what_was_changed_added_or_removed_differs() {
        let (before, after) = (survey(&[("a", 1), ("b", 2), ("c", 3)]), survey(&[("a", 1), ("c", 4), ("d", 2)]));
        let paths: Vec<_> = differing(&before, &after).into_iter().collect();
        assert_eq!(paths, [b"b", b"c", b"d"]);
    }

    #[test]
    fn edits_that_do_not_fit_make_nothing() {
        let edit = |start, before: &str| Edit { start, end: start + 3, before: before.into(), after: "other".into() };
        assert_eq!(edited(b"a old c", &[edit(2, "old")]), Some(b"a other c".to_vec()));
        assert_eq!(edited(b"a new c", &[edit(2, "old")]), None);
        assert_eq!(edited(b"a", &[edit(2, "old")]), None);
        assert_eq!(edited(b"old old", &[edit(4, "old"), edit(0, "old")]), None);
    }
}

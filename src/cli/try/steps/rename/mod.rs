//! A rename: the best-known symbol of which all is certain gets another name, and its old one back.

mod change;
mod choose;

use std::path::Path;

use serde_json::json;

use self::{
    change::{Change, differing},
    choose::Safe,
};
use super::{
    super::{
        api::Api,
        record::{Problem, Step},
        show,
        survey::{self, Manifest},
        wire::{Asked, Commit, Project, Refactor},
    },
    manifest::{self, Read},
    short,
};
use crate::{
    cli::progress::{Progress, Reading},
    domain::refactor::RefactorStatus,
};

/// Lines of the patch that are shown.
const SHOWN: usize = 6;

/// Proposes, applies and takes back; after each the manifest must be what the edits say.
pub(crate) async fn there_and_back(
    api: &Api,
    project: &str,
    read: &Read,
    folder: &Path,
    step: &mut Step,
    progress: &Progress,
) -> Result<(), Problem> {
    let before = &read.manifest;
    progress.show(&Reading { stage: "looking for a symbol", ..Reading::default() });
    let Some(safe) = choose::safe(api, project, &before.body.files, step).await? else {
        return nothing(api, project, before, step).await;
    };
    tell(&safe, step);
    let changes = change::expected(api, project, &before.body.files, &safe.proposal).await?;
    progress.show(&Reading { stage: "applying", ..Reading::default() });
    let commit = apply(api, &safe).await?;
    let after = again(api, project, folder).await?;
    check_applied(before, &after, &commit, &changes, step)?;
    progress.show(&Reading { stage: "reverting", ..Reading::default() });
    let reverted = revert(api, &safe).await?;
    let back = again(api, project, folder).await?;
    check_reverted(before, &back, &reverted, step)?;
    step.say(format!(
        "applied as commit {}, version {}; taken back as commit {}, version {}",
        short(&commit.commit),
        after.version,
        short(&reverted.commit),
        back.version
    ));
    step.saw("commit", commit.commit);
    step.saw("reverted_commit", reverted.commit);
    Ok(())
}

/// There need not be such a symbol; that nothing was changed over it can be seen all the same.
async fn nothing(api: &Api, project: &str, before: &Manifest, step: &mut Step) -> Result<(), Problem> {
    step.say("no symbol of this repository can be renamed for certain: there is nothing to apply");
    step.saw("symbol", json!(null));
    let seen: Project = api.get(&format!("/api/v1/projects/{project}"), &[]).await?;
    let untouched = seen.manifest_version == Some(before.version);
    step.verify(untouched, "proposals alone change nothing", || format!("version {:?} came", seen.manifest_version))
}

fn tell(safe: &Safe, step: &mut Step) {
    let files = &safe.proposal.files;
    let edits = files.iter().map(|file| file.edits.len() as u64).sum();
    let path = show::cut_path(safe.path.as_bytes(), 44);
    let (old, new) = (show::cut(&safe.symbol.name, 40), show::cut(&safe.new_name, 40));
    step.say(format!("{path}:{}  {} {old} → {new}", safe.line, safe.symbol.kind));
    step.say(format!(
        "{}: {} in {}",
        safe.proposal.verdict,
        show::counted(edits, "edit", "edits"),
        show::counted(files.len() as u64, "file", "files")
    ));
    let lines: Vec<_> = safe.proposal.patch.lines().filter(|line| is_telling(line)).collect();
    lines.iter().take(SHOWN).for_each(|line| step.say(format!("  {}", show::cut(line, 88))));
    let more = lines.len().saturating_sub(SHOWN) as u64;
    if more > 0 {
        step.say(format!("  … and {} of the patch", show::counted(more, "more line", "more lines")));
    }
    step.saw("symbol", safe.symbol.name.as_str());
    step.saw("new_name", safe.new_name.as_str());
    step.saw("path", safe.path.as_str());
    step.saw("verdict", safe.proposal.verdict.as_str());
    step.saw("edits", edits);
    step.saw("files", files.iter().map(|file| file.path.as_str()).collect::<Vec<_>>());
}

/// What changes, and in which file; not what Git alone wants to know, nor what stays.
fn is_telling(line: &str) -> bool {
    line.starts_with("+++ ")
        || line.starts_with("rename ")
        || (line.starts_with(['+', '-']) && !line.starts_with("---"))
}

async fn apply(api: &Api, safe: &Safe) -> Result<Commit, Problem> {
    let address = format!("/api/v1/refactor/jobs/{}/apply", safe.id);
    let asked: Asked = api.post(&address, &json!({ "edits": "all" })).await?;
    let done = choose::follow(api, &asked.job_id, RefactorStatus::Applied, None).await?;
    done.and_then(|done| done.applied_changes).ok_or_else(|| silent("applied"))
}

async fn revert(api: &Api, safe: &Safe) -> Result<Commit, Problem> {
    let asked: Asked = api.post(&format!("/api/v1/refactor/jobs/{}/revert", safe.id), &json!({})).await?;
    let done: Option<Refactor> = choose::follow(api, &asked.job_id, RefactorStatus::Reverted, None).await?;
    done.and_then(|done| done.reverted_changes).ok_or_else(|| silent("reverted"))
}

fn silent(what: &str) -> Problem {
    let claim = format!("what was {what} says which commit it is");
    Problem::Untrue { claim, found: "it does not".into() }
}

/// The manifest as it is now, gone through like the first one.
async fn again(api: &Api, project: &str, folder: &Path) -> Result<Manifest, Problem> {
    let kept = folder.join("renamed.json");
    manifest::download(api, project, &kept).await?;
    Ok(survey::read(&kept)?)
}

fn check_applied(
    before: &Manifest,
    after: &Manifest,
    commit: &Commit,
    changes: &[Change],
    step: &mut Step,
) -> Result<(), Problem> {
    let (grown, found) = (before.version + 1, format!("version {} of {} is", after.version, after.commit));
    let same = after.version == grown && commit.manifest_version == grown && after.commit == commit.commit;
    step.verify(same, format!("applied: manifest {grown} describes the new commit"), || found)?;
    let (seen, wanted) = (differing(&before.body.files, &after.body.files), change::paths(changes));
    let claim = format!("{} changed, no other", show::counted(seen.len() as u64, "path", "paths"));
    step.verify(seen == wanted, claim, || format!("{} do, where {} should", seen.len(), wanted.len()))?;
    let wrong = changes.iter().find(|change| !change.is_in(&after.body.files));
    let checked = changes.iter().filter(|change| change.digest.is_some()).count() as u64;
    let claim = format!("SHA-256 of {} worked out from the edits: same", show::counted(checked, "file", "files"));
    step.verify(wrong.is_none(), claim, || format!("not that of {}", wrong.map_or("", |change| &change.place)))?;
    check_digest(after)
}

fn check_reverted(before: &Manifest, back: &Manifest, commit: &Commit, step: &mut Step) -> Result<(), Problem> {
    let grown = before.version + 2;
    let same = back.version == grown && back.commit == commit.commit;
    let found = format!("version {} of {} is", back.version, back.commit);
    step.verify(same, format!("reverted: manifest {grown} describes its commit"), || found)?;
    let claim = format!("all bytes of {} are back", show::counted(back.counts.files, "file", "files"));
    let same = back.content_digest == before.content_digest;
    step.verify(same, claim, || format!("the content digest is {}", back.content_digest))?;
    check_digest(back)
}

/// What a manifest says of its content follows from its files.
fn check_digest(manifest: &Manifest) -> Result<(), Problem> {
    let made = manifest.body.files.content_digest;
    if made == Some(manifest.content_digest) {
        return Ok(());
    }
    let claim = format!("the content digest of version {} follows from its files", manifest.version);
    Err(Problem::Untrue { claim, found: format!("made again it is {made:?}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_patch_only_names_and_changed_lines_are_shown() {
        let patch =
            "diff --git a/m.py b/m.py\nindex 1..2 100644\n--- a/m.py\n+++ b/m.py\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n";
        let shown: Vec<_> = patch.lines().filter(|line| is_telling(line)).collect();
        assert_eq!(shown, ["+++ b/m.py", "-b", "+c"]);
    }
}

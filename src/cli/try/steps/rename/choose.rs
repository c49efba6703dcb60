//! Which symbol is renamed: the best known of which the service says that the rename is safe.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use code::symbols::Symbol as Declared;
use serde_json::json;
use tokio::time::sleep;

use super::super::{
    super::{
        api::{Api, ApiError},
        record::{Problem, Step},
        show,
        survey::{Picked, Survey},
        wire::{Asked, Proposal, Refactor, Symbol},
    },
    content,
};
use crate::domain::refactor::RefactorStatus;

/// Symbols that are asked about, and proposals that are computed.
const MOST_LOOKS: usize = 10;
const MOST_PROPOSALS: usize = 4;
/// No new symbol is tried later, and a proposal that takes longer is given up.
const PATIENCE: Duration = Duration::from_mins(1);
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// The second try is a few seconds after the first; nobody wants to watch for the third.
const ATTEMPTS: u32 = 2;

/// How a proposal may end without anything being wrong with the service.
const UNANSWERED: [&str; 5] = ["SYMBOL_NOT_FOUND", "SYMBOL_AMBIGUOUS", "NAME_INVALID", "INVALID_INPUT", "TIMEOUT"];

/// A rename that can be applied without a look.
pub(super) struct Safe {
    /// Of the refactor.
    pub(super) id: String,
    pub(super) path: String,
    pub(super) line: u32,
    pub(super) symbol: Symbol,
    pub(super) new_name: String,
    pub(super) proposal: Proposal,
}

/// The first proposal that is safe, if one of the first few is; what the others were is said.
pub(super) async fn safe(api: &Api, project: &str, survey: &Survey, step: &mut Step) -> Result<Option<Safe>, Problem> {
    let until = Instant::now() + PATIENCE;
    let (mut foreign, mut looks, mut proposals) = (HashSet::new(), 0, 0);
    for picked in &survey.symbols {
        if looks == MOST_LOOKS || proposals == MOST_PROPOSALS || Instant::now() >= until {
            break;
        }
        let extension = picked.path.rsplit_once('.').map(|(_, extension)| extension);
        if foreign.contains(&extension) {
            continue;
        }
        looks += 1;
        let Some((line, column)) = place(api, project, picked).await? else { continue };
        let Some(symbol) = look(api, project, picked, line, column).await? else {
            // A declaration that nobody knows is in a language that nobody knows.
            foreign.insert(extension);
            continue;
        };
        if !(symbol.can_rename && symbol.public && symbol.name == picked.symbol.name) {
            continue;
        }
        proposals += 1;
        let asked = (picked.path.as_str(), line, column);
        if let Some(safe) = propose(api, project, asked, symbol, until, step).await? {
            return Ok(Some(safe));
        }
    }
    Ok(None)
}

/// Where the name of a declaration is written: line and column, from 1, in code points.
async fn place(api: &Api, project: &str, picked: &Picked) -> Result<Option<(u32, u32)>, Problem> {
    let (bytes, _) = content(api, project, picked.path.as_bytes()).await?;
    Ok(str::from_utf8(&bytes).ok().and_then(|text| name_in(text, &picked.symbol)))
}

fn name_in(text: &str, declared: &Declared) -> Option<(u32, u32)> {
    let (range, name) = (&declared.range, declared.name.as_str());
    let lines = (1..=range.end_line).zip(text.split('\n')).skip_while(|(line, _)| *line < range.start_line);
    lines.into_iter().find_map(|(line, content)| {
        let from = if line == range.start_line { range.start_column.saturating_sub(1) } else { 0 };
        let before: String = content.chars().take(usize::try_from(from).ok()?).collect();
        let at = before.len() + word(content.get(before.len()..)?, name)?;
        let column = content.get(..at)?.chars().count() + 1;
        Some((line, u32::try_from(column).ok()?))
    })
}

/// The first place where a name stands as a word of its own, in bytes.
fn word(text: &str, name: &str) -> Option<usize> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    text.match_indices(name).map(|(at, _)| at).find(|at| {
        let (before, after) = (text.get(..*at).unwrap_or_default(), text.get(at + name.len()..).unwrap_or_default());
        !before.ends_with(is_part) && !after.starts_with(is_part)
    })
}

async fn look(api: &Api, project: &str, picked: &Picked, line: u32, column: u32) -> Result<Option<Symbol>, Problem> {
    let (line, column) = (line.to_string(), column.to_string());
    let query = [("path", picked.path.as_str()), ("line", &line), ("column", &column)];
    match api.get(&format!("/api/v1/projects/{project}/symbols/at"), &query).await {
        Ok(symbol) => Ok(Some(symbol)),
        Err(error) if error.is("SYMBOL_NOT_FOUND") || error.is("TIMEOUT") => Ok(None),
        Err(error) => Err(error.into()),
    }
}

async fn propose(
    api: &Api,
    project: &str,
    (path, line, column): (&str, u32, u32),
    symbol: Symbol,
    until: Instant,
    step: &mut Step,
) -> Result<Option<Safe>, Problem> {
    let new_name = another(&symbol.name);
    let place = json!({ "path": path, "line": line, "column": column });
    let wish = json!({ "project_id": project, "symbol": place, "new_name": new_name });
    let asked: Asked = api.post("/api/v1/refactor/jobs", &wish).await?;
    let name = show::cut(&symbol.name, 40);
    let mut tell = |why: &str| step.say(format!("{name}: {why}"));
    let done = match follow(api, &asked.job_id, RefactorStatus::Success, Some(until)).await {
        Err(Problem::Rename { code, message }) if UNANSWERED.contains(&code.as_str()) => {
            tell(&show::cut(&message, 80));
            return Ok(None);
        }
        done => done?,
    };
    let Some(Refactor { id, proposal: Some(proposal), .. }) = done else {
        tell("given up, since it takes too long");
        return Ok(None);
    };
    if proposal.verdict == "SAFE" && !proposal.files.is_empty() {
        return Ok(Some(Safe { id, path: path.to_owned(), line, symbol, new_name, proposal }));
    }
    let doubts = proposal.needs_review.len() + proposal.conflicts.len() + proposal.unparsed.len();
    tell(&format!("{}, {} to look at", proposal.verdict, show::counted(doubts as u64, "place", "places")));
    Ok(None)
}

/// A name that nothing is likely to have, written as its language's people write names.
fn another(name: &str) -> String {
    let suffix = if name.contains(char::is_uppercase) && !name.contains('_') { "Renamed" } else { "_renamed" };
    format!("{name}{suffix}")
}

/// Watches a refactor until it has this status; nothing if it is ended because that took too long.
pub(super) async fn follow(
    api: &Api,
    id: &str,
    wanted: RefactorStatus,
    until: Option<Instant>,
) -> Result<Option<Refactor>, Problem> {
    loop {
        let seen: Refactor = api.get(&format!("/api/v1/refactor/jobs/{id}"), &[]).await?;
        if seen.status == wanted {
            return Ok(Some(seen));
        }
        let given_up = seen.attempts >= ATTEMPTS && seen.next_attempt_at.is_some();
        if !seen.status.is_at_work() || given_up {
            return Err(failure(seen));
        }
        if until.is_some_and(|until| Instant::now() >= until) {
            return end(api, id).await.map(|()| None);
        }
        sleep(LOOK_EVERY).await;
    }
}

/// Ends its work; that it has ended by itself meanwhile is as good.
async fn end(api: &Api, id: &str) -> Result<(), Problem> {
    let ended: Result<Refactor, ApiError> = api.post(&format!("/api/v1/refactor/jobs/{id}/cancel"), &json!({})).await;
    match ended {
        Err(error) if !error.is("JOB_ALREADY_COMPLETED") => Err(error.into()),
        Ok(_) | Err(_) => Ok(()),
    }
}

fn failure(seen: Refactor) -> Problem {
    let status = seen.status.to_string();
    match seen.error {
        Some(error) => Problem::Rename { code: error.code, message: error.message },
        None => Problem::Rename { code: status, message: "no reason is given".into() },
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use super::*;

    fn declared(name: &str, from: (u32, u32), to: (u32, u32)) -> Declared {
        let (start_line, start_column) = from;
        let (end_line, end_column) = to;
        let range = json!({
            "start_line": start_line, "start_column": start_column, "end_line": end_line, "end_column": end_column,
        });
        let symbol = json!({
            "body_sha256": "0".repeat(64), "descriptor": name, "kind": "function", "name": name, "range": range,
        });
        serde_json::from_value(symbol).unwrap()
    }

    #[test]
    fn a_name_is_found_where_its_declaration_writes_it() {
        let text = "load()\n@wrap(loader, 'é')\ndef load(path):\n    pass\n";
        assert_eq!(name_in(text, &declared("load", (2, 1), (4, 9))), Some((3, 5)));
        assert_eq!(name_in("é = 1; def load(): 0", &declared("load", (1, 8), (1, 21))), Some((1, 12)));
        assert_eq!(name_in(text, &declared("absent", (2, 1), (4, 9))), None);
    }

    #[test]
    fn a_new_name_is_written_like_the_old_one() {
        assert_eq!(
            ["load", "Hive", "loadAll", "MOST_BEES"].map(another),
            ["load_renamed", "HiveRenamed", "loadAllRenamed", "MOST_BEES_renamed"]
        );
    }
}

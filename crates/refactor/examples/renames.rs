//! Renames what a list says, in the files of a folder, and prints what came of each as a line of JSON: for the scripts that
//! try renames on real packages.
//!
//! `renames FOLDER [--back] [--again] EXTENSION… < LIST`, where a line of the list is `PATH:LINE:COLUMN NEW_NAME`, or a
//! qualified name in the place of the place. With `--back`, what is safe is also made in memory and renamed back: `back` says
//! whether that gave the same bytes. Each rename is computed with nothing known; with `--again` also once more when all have
//! been, which is timed as `again`. Changes nothing.

#![allow(clippy::print_stdout, reason = "printing is what it is for")]

use std::{
    error::Error,
    fs,
    io::BufRead,
    path::{Path, PathBuf},
    time::Instant,
};

use refactor::{
    Budget, Edit, Known, Memory, Nature, Options, Proposal, Remembered, Rename, Scope, Sources, Target, Verdict,
};
use serde_json::{Value, json};

/// Folders that hold no sources.
const SKIPPED: [&str; 4] = [".git", "target", "node_modules", "__pycache__"];

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("the first argument is a folder")?);
    let (options, extensions): (Vec<String>, Vec<String>) = arguments.partition(|argument| argument.starts_with("--"));
    let [is_back, is_again] = ["--back", "--again"].map(|option| options.iter().any(|given| given == option));
    let mut files = Vec::new();
    collect(&folder, &folder, &extensions, &mut files)?;
    let sources = named(files);
    let lines: Vec<String> = std::io::stdin().lock().lines().collect::<Result<_, _>>()?;
    let list: Vec<(&str, &str)> = lines.iter().filter_map(|line| line.split_once(' ')).collect();
    let known = Known::new();
    let remembered = Remembered::new(&sources, &known);
    if is_again {
        for (place, new_name) in &list {
            let _what_is_known_by_then_counts = timed(&remembered, place, new_name);
        }
    }
    for (place, new_name) in list {
        let (proposal, seconds) = timed(&sources, place, new_name);
        let back = proposal.as_ref().ok().filter(|_| is_back).and_then(|proposal| back(&sources, proposal));
        let answer = told(proposal);
        let again = is_again.then(|| timed(&remembered, place, new_name));
        let (again, differs) = again.map(|(again, seconds)| (seconds, told(again) != answer)).unzip();
        println!(
            "{}",
            json!({
                "place": place, "new_name": new_name, "seconds": seconds, "again": again, "differs": differs,
                "answer": answer, "back": back,
            })
        );
    }
    Ok(())
}

/// Files whose blobs are named by their paths: nothing of them changes here.
fn named(files: Vec<(String, Vec<u8>)>) -> Memory {
    let paths: Vec<String> = files.iter().map(|(path, _)| path.clone()).collect();
    let mut sources = Memory::new(files);
    for path in &paths {
        sources.describe(path, Nature::Own, path);
    }
    sources
}

/// The proposal, and the seconds that it took.
fn timed(sources: &dyn Sources, place: &str, new_name: &str) -> (Result<Proposal, Box<dyn Error>>, f64) {
    let began = Instant::now();
    let proposal = propose(sources, place, new_name);
    (proposal, began.elapsed().as_secs_f64())
}

fn told(proposal: Result<Proposal, Box<dyn Error>>) -> Value {
    let told = proposal.and_then(|proposal| Ok(serde_json::to_value(&proposal)?));
    told.unwrap_or_else(|error| json!({ "error": error.to_string() }))
}

fn propose(sources: &dyn Sources, place: &str, new_name: &str) -> Result<Proposal, Box<dyn Error>> {
    let target = if place.contains(':') { position(place)? } else { Target::Qualified(place.to_owned()) };
    rename(sources, target, new_name)
}

fn position(place: &str) -> Result<Target, Box<dyn Error>> {
    let mut parts = place.rsplitn(3, ':');
    let (column, line, path) = (parts.next(), parts.next(), parts.next());
    Ok(Target::Position {
        path: path.ok_or("a place is PATH:LINE:COLUMN")?.to_owned(),
        line: line.unwrap_or_default().parse()?,
        column: column.unwrap_or_default().parse()?,
    })
}

fn rename(sources: &dyn Sources, target: Target, new_name: &str) -> Result<Proposal, Box<dyn Error>> {
    let wanted = Rename { target, new_name: new_name.to_owned(), scope: Scope::Project, options: Options::default() };
    Ok(refactor::rename(sources, &wanted, &Budget::unlimited())?)
}

/// Makes a safe proposal and renames back: what came of that, or nothing where the way back is another by design, because
/// an edit wrote more than the name.
fn back(sources: &Memory, proposal: &Proposal) -> Option<Value> {
    let edits = || proposal.files.iter().flat_map(|file| &file.edits);
    let is_plain = edits().all(|edit| edit.after == proposal.new_name && edit.before == proposal.symbol.name);
    if proposal.verdict != Verdict::Safe || !is_plain {
        return None;
    }
    let told = || -> Result<Value, Box<dyn Error>> {
        let after = made(sources, proposal)?;
        let target = new_place(&after, proposal)?;
        let back = rename(&after, target, &proposal.symbol.name)?;
        let again = made(&after, &back)?;
        let is_same = again.files() == sources.files() && again.ids().all(|id| again.bytes(id) == sources.bytes(id));
        Ok(json!({ "same": is_same, "verdict": back.verdict }))
    };
    Some(told().unwrap_or_else(|error| json!({ "same": false, "verdict": error.to_string() })))
}

/// The files with a proposal's edits and moves made.
fn made(sources: &Memory, proposal: &Proposal) -> Result<Memory, Box<dyn Error>> {
    let mut files = Vec::new();
    for (id, file) in sources.ids().zip(sources.files()) {
        match proposal.files.iter().find(|change| change.path == file.path) {
            Some(change) => {
                let text = change.apply(&sources.text(id)?).ok_or("an edit of another text")?;
                files.push((change.new_path.clone().unwrap_or_else(|| file.path.clone()), text.into_bytes()));
            }
            None => files.push((file.path.clone(), sources.bytes(id)?.into_owned())),
        }
    }
    Ok(named(files))
}

/// Where the new name stands that took the place of the symbol's definition, or else of its first edit.
fn new_place(after: &Memory, proposal: &Proposal) -> Result<Target, Box<dyn Error>> {
    let definition = proposal.symbol.definitions.first();
    let is_definition = |path: &str, edit: &Edit| {
        definition.is_some_and(|it| it.path == path && it.line == edit.line && it.column == edit.column)
    };
    let (file, edit) = proposal
        .files
        .iter()
        .flat_map(|file| file.edits.iter().map(move |edit| (file, edit)))
        .max_by_key(|(file, edit)| is_definition(&file.path, edit))
        .ok_or("no edit to go back from")?;
    let path = file.new_path.clone().unwrap_or_else(|| file.path.clone());
    let text = after.text(after.find(&path).ok_or("a file that is gone")?)?.into_owned();
    let earlier = file.edits.iter().take_while(|it| it.start < edit.start);
    let (longer, shorter) =
        earlier.fold((0, 0), |(longer, shorter), it| (longer + it.after.len(), shorter + it.before.len()));
    let before = text.get(..edit.start + longer - shorter).ok_or("an edit beyond the end")?;
    let last = before.rsplit('\n').next().unwrap_or_default();
    let column = u32::try_from(last.chars().count() + 1)?;
    Ok(Target::Position { path, line: edit.line, column })
}

/// Files with one of the extensions, and manifests.
fn collect(
    root: &Path,
    folder: &Path,
    extensions: &[String],
    files: &mut Vec<(String, Vec<u8>)>,
) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (path, kind) = (entry.path(), entry.file_type()?);
        let name = entry.file_name().to_string_lossy().into_owned();
        if kind.is_dir() {
            if !SKIPPED.contains(&name.as_str()) {
                collect(root, &path, extensions, files)?;
            }
        } else if kind.is_file()
            && (name == "Cargo.toml" || extensions.iter().any(|it| name.ends_with(&format!(".{it}"))))
        {
            let relative = path.strip_prefix(root)?.to_string_lossy().into_owned();
            files.push((relative, fs::read(&path)?));
        }
    }
    Ok(())
}

//! Reads a rename as JSON from standard input and prints the proposal as JSON. For scripts that try many.
//!
//! `{"files": {path: text} | "folder": path, "path", "offset" | "qualified", "new_name", "options": {…}}`; `offset` counts
//! code points from 0. Answers `{"proposal": …}` or `{"error": …}`, with the time that it took in milliseconds.

#![allow(clippy::print_stdout, reason = "printing is what it is for")]

use std::{
    collections::BTreeMap,
    error::Error,
    fs, io,
    path::{Path, PathBuf},
    time::Instant,
};

use refactor::{Budget, Known, Memory, Nature, Options, Remembered, Rename, Scope, Target};
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    #[serde(default)]
    files: BTreeMap<String, String>,
    folder: Option<PathBuf>,
    path: Option<String>,
    offset: Option<usize>,
    qualified: Option<String>,
    new_name: String,
    #[serde(default)]
    options: Options,
    /// How often it is computed before, with what is known by then; the last time is told.
    #[serde(default)]
    again: u32,
}

fn main() -> Result<(), Box<dyn Error>> {
    let request: Request = serde_json::from_reader(io::stdin().lock())?;
    let files = match &request.folder {
        Some(folder) => read(folder)?,
        None => request.files.iter().map(|(path, text)| (path.clone(), text.clone().into_bytes())).collect(),
    };
    let paths: Vec<String> = files.iter().map(|(path, _)| path.clone()).collect();
    let mut sources = Memory::new(files);
    // Nothing of them changes here, so their paths name their contents.
    for path in &paths {
        sources.describe(path, Nature::Own, path);
    }
    let target = target(&request, &sources)?;
    let wanted = Rename { target, new_name: request.new_name, scope: Scope::Project, options: request.options };
    let known = Known::new();
    let remembered = Remembered::new(&sources, &known);
    for _ in 0..request.again {
        let _proposal = refactor::rename(&remembered, &wanted, &Budget::unlimited());
    }
    let start = Instant::now();
    let answer = refactor::rename(&remembered, &wanted, &Budget::unlimited());
    let milliseconds = start.elapsed().as_millis();
    let answer = match answer {
        Ok(proposal) => json!({ "proposal": proposal, "milliseconds": milliseconds }),
        Err(error) => json!({ "error": error.to_string(), "milliseconds": milliseconds }),
    };
    println!("{answer}");
    Ok(())
}

fn target(request: &Request, sources: &Memory) -> Result<Target, Box<dyn Error>> {
    use refactor::Sources as _;
    if let Some(name) = &request.qualified {
        return Ok(Target::Qualified(name.clone()));
    }
    let path = request.path.clone().ok_or("no path")?;
    let file = sources.find(&path).ok_or("no such file")?;
    let text = sources.text(file)?;
    let before: String = text.chars().take(request.offset.ok_or("no offset")?).collect();
    let line = u32::try_from(before.matches('\n').count() + 1)?;
    let last = before.rsplit('\n').next().unwrap_or_default();
    Ok(Target::Position { path, line, column: u32::try_from(last.chars().count() + 1)? })
}

/// All regular files below a folder, with their paths from it.
fn read(folder: &Path) -> io::Result<Vec<(String, Vec<u8>)>> {
    let (mut files, mut folders) = (Vec::new(), vec![folder.to_path_buf()]);
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else if entry.file_type()?.is_file() {
                let path = entry.path();
                let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().into_owned();
                files.push((name, fs::read(&path)?));
            }
        }
    }
    Ok(files)
}

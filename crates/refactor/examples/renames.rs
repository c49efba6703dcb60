//! Renames what a list says, in the files of a folder, and prints what came of each as a line of JSON: for the scripts that
//! try renames on real packages.
//!
//! `renames FOLDER [--again] EXTENSION… < LIST`, where a line of the list is `PATH:LINE:COLUMN NEW_NAME`. Changes nothing. Each
//! rename is computed with nothing known; with `--again` also once more when all have been, which is timed as `again`.

#![allow(clippy::print_stdout, reason = "printing is what it is for")]

use std::{
    error::Error,
    fs,
    io::BufRead,
    path::{Path, PathBuf},
    time::Instant,
};

use refactor::{Budget, Known, Memory, Nature, Options, Remembered, Rename, Scope, Sources, Target};

/// Folders that hold no sources.
const SKIPPED: [&str; 4] = [".git", "target", "node_modules", "__pycache__"];

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("the first argument is a folder")?);
    let (options, extensions): (Vec<String>, Vec<String>) = arguments.partition(|argument| argument.starts_with("--"));
    let is_again = options.iter().any(|option| option == "--again");
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
        let (answer, seconds) = timed(&sources, place, new_name);
        let again = is_again.then(|| timed(&remembered, place, new_name));
        let (again, differs) = again.map(|(again, seconds)| (seconds, again != answer)).unzip();
        let told = serde_json::json!({
            "place": place, "new_name": new_name, "seconds": seconds, "again": again, "differs": differs, "answer": answer,
        });
        println!("{told}");
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

/// The answer, and the seconds that it took.
fn timed(sources: &dyn Sources, place: &str, new_name: &str) -> (serde_json::Value, f64) {
    let began = Instant::now();
    let answer =
        answer(sources, place, new_name).unwrap_or_else(|error| serde_json::json!({ "error": error.to_string() }));
    (answer, began.elapsed().as_secs_f64())
}

fn answer(sources: &dyn Sources, place: &str, new_name: &str) -> Result<serde_json::Value, Box<dyn Error>> {
    let mut parts = place.rsplitn(3, ':');
    let (column, line, path) = (parts.next(), parts.next(), parts.next());
    let target = Target::Position {
        path: path.ok_or("a place is PATH:LINE:COLUMN")?.to_owned(),
        line: line.unwrap_or_default().parse()?,
        column: column.unwrap_or_default().parse()?,
    };
    let wanted = Rename { target, new_name: new_name.to_owned(), scope: Scope::Project, options: Options::default() };
    let proposal = refactor::rename(sources, &wanted, &Budget::unlimited())?;
    Ok(serde_json::to_value(&proposal)?)
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

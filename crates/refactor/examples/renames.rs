//! Renames what a list says, in the files of a folder, and prints what came of each as a line of JSON: for the scripts that
//! try renames on real packages.
//!
//! `renames FOLDER EXTENSION… < LIST`, where a line of the list is `PATH:LINE:COLUMN NEW_NAME`. Changes nothing.

#![allow(clippy::print_stdout, reason = "printing is what it is for")]

use std::{
    error::Error,
    fs,
    io::BufRead,
    path::{Path, PathBuf},
    time::Instant,
};

use refactor::{Budget, Memory, Options, Rename, Scope, Target};

/// Folders that hold no sources.
const SKIPPED: [&str; 4] = [".git", "target", "node_modules", "__pycache__"];

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("the first argument is a folder")?);
    let extensions: Vec<String> = arguments.collect();
    let mut files = Vec::new();
    collect(&folder, &folder, &extensions, &mut files)?;
    let sources = Memory::new(files);
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let Some((place, new_name)) = line.split_once(' ') else { continue };
        let began = Instant::now();
        let answer =
            answer(&sources, place, new_name).unwrap_or_else(|error| serde_json::json!({ "error": error.to_string() }));
        let took = began.elapsed().as_secs_f64();
        println!("{}", serde_json::json!({ "place": place, "new_name": new_name, "seconds": took, "answer": answer }));
    }
    Ok(())
}

fn answer(sources: &Memory, place: &str, new_name: &str) -> Result<serde_json::Value, Box<dyn Error>> {
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

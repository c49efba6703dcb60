//! The files that move with a module: its own, and all that lie in the folder of its name.

use super::cargo::{join, parent};
use crate::{
    language::{Clash, Entity, FileMove, Place, Symbol},
    sources::{FileId, Sources},
    words::Words,
};

/// What moves when a module whose file is found by its name gets another.
pub(super) fn of(sources: &dyn Sources, symbol: &Symbol, new_name: &str) -> Vec<FileMove> {
    let Entity::File(file) = symbol.entity else { return Vec::new() };
    let Some(path) = sources.file(file).map(|file| file.path.as_str()) else { return Vec::new() };
    let name = &symbol.name;
    let own = path.rsplit('/').next().unwrap_or(path);
    let (folder, to) = if own == "mod.rs" && parent(path).rsplit('/').next() == Some(name) {
        (parent(path).to_owned(), join(parent(parent(path)), new_name))
    } else if own.strip_suffix(".rs") == Some(name) {
        (join(parent(path), name), join(parent(path), new_name))
    } else {
        return Vec::new();
    };
    let below = format!("{folder}/");
    let inside = sources.ids().filter_map(|other| {
        let rest = sources.file(other)?.path.strip_prefix(&below)?;
        Some(FileMove { file: other, to: format!("{to}/{rest}") })
    });
    let alone = (own != "mod.rs").then(|| FileMove { file, to: format!("{to}.rs") });
    alone.into_iter().chain(inside).collect()
}

/// The texts in which a path leads through a module's file or folder, such as `include_str!("part/a.txt")`: they would lead
/// nowhere after a move.
pub(super) fn named_in_paths(sources: &dyn Sources, files: impl Iterator<Item = FileId>, name: &str) -> Vec<Clash> {
    let words = Words::new(name);
    let mut clashes = Vec::new();
    for file in files.filter(|file| sources.bytes(*file).is_ok_and(|bytes| words.touches(&bytes))) {
        let Ok(text) = sources.text(file) else { continue };
        for range in words.of(&text) {
            let before = text.get(..range.start).unwrap_or_default();
            let after = text.get(range.end..).unwrap_or_default();
            let line = before.rsplit('\n').next().unwrap_or_default();
            let is_path = before.ends_with(['"', '/']) && (after.starts_with('/') || after.starts_with(".rs\""));
            if is_path && (line.contains("include") || line.contains("path")) {
                let message = "this path leads through what moves".to_owned();
                clashes.push(Clash { code: "path_in_text", message, place: Some(Place { file, range }) });
            }
        }
    }
    clashes
}

//! A manifest as a client reads it: one file after another from disk, all sums made again, and the symbols picked
//! that are worth looking at.

use std::{
    cmp::Reverse,
    collections::HashMap,
    fmt,
    fs::File,
    io::{self, BufReader},
    path::Path,
};

use code::{
    blob::BlobId,
    hash::Digest,
    kind::Kind,
    manifest::{ContentDigest, Counts, FileRecord, LanguageCount},
    symbols::{Symbol, SymbolKind},
};
use serde::{
    Deserialize, Deserializer,
    de::{SeqAccess, Visitor},
};

use super::wire::Envelope;

/// Of one file at most so many symbols are considered.
const CANDIDATES_A_FILE: usize = 8;
/// Symbols that are kept of all of them, and of those in one language: a rename needs one that this build knows.
const MOST_KEPT: usize = 200;
const KEPT_OF_A_LANGUAGE: usize = 50;

/// A whole manifest, gone through.
pub(super) type Manifest = Envelope<Body>;

#[derive(Deserialize)]
pub(super) struct Body {
    pub(super) commit: String,
    pub(super) files: Survey,
}

/// What the files of a manifest come to.
#[derive(Default)]
pub(super) struct Survey {
    /// In the manifest's order.
    pub(super) files: Vec<Listed>,
    /// Each path comes after the one before, by its bytes.
    pub(super) sorted: bool,
    /// Summed up again.
    pub(super) counts: Counts,
    /// Made again by its definition.
    pub(super) content_digest: Option<Digest>,
    /// Worth looking at, the best known first.
    pub(super) symbols: Vec<Picked>,
}

/// What is kept of each file.
pub(super) struct Listed {
    pub(super) path: Vec<u8>,
    pub(super) mode: u32,
    pub(super) id: BlobId,
    pub(super) size: u64,
    pub(super) sha256: Option<Digest>,
    pub(super) kind: Kind,
}

/// A symbol with the file that it is in.
pub(super) struct Picked {
    pub(super) path: String,
    pub(super) symbol: Symbol,
}

/// Reads the answer of `/manifest` that was kept in a file.
pub(super) fn read(path: &Path) -> io::Result<Manifest> {
    Ok(serde_json::from_reader(BufReader::with_capacity(1 << 20, File::open(path)?))?)
}

impl<'de> Deserialize<'de> for Survey {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_seq(Files)
    }
}

struct Files;

impl<'de> Visitor<'de> for Files {
    type Value = Survey;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the files of a manifest")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut files: A) -> Result<Survey, A::Error> {
        let mut reading = Reading::default();
        while let Some(file) = files.next_element()? {
            reading.add(file);
        }
        Ok(reading.finish())
    }
}

/// A survey in the making.
#[derive(Default)]
struct Reading {
    survey: Survey,
    disorder: bool,
    content: ContentDigest,
    candidates: Vec<Picked>,
    /// How often a name is brought in somewhere else.
    imported: HashMap<String, u32>,
}

impl Reading {
    fn add(&mut self, file: FileRecord) {
        self.disorder |= self.survey.files.last().is_some_and(|last| last.path >= file.path);
        self.content.add(file.mode, &file.blob_id, file.sha256.as_ref(), file.size, &file.path);
        self.count(&file);
        for name in file.imports.iter().flat_map(|import| &import.names) {
            match self.imported.get_mut(name) {
                Some(times) => *times += 1,
                None => drop(self.imported.insert(name.clone(), 1)),
            }
        }
        self.consider(&file);
        let FileRecord { path, mode, blob_id: id, size, sha256, kind, .. } = file;
        self.survey.files.push(Listed { path, mode, id, size, sha256, kind });
    }

    fn count(&mut self, file: &FileRecord) {
        let counts = &mut self.survey.counts;
        counts.files += 1;
        counts.bytes += file.size;
        counts.symbols += file.symbols.len() as u64;
        *counts.kinds.entry(file.kind).or_default() += 1;
        if let Some(language) = &file.language {
            let LanguageCount { bytes, files, lines } = counts.languages.entry(language.clone()).or_default();
            *bytes += file.size;
            *files += 1;
            *lines += file.lines.unwrap_or(0);
        }
    }

    fn consider(&mut self, file: &FileRecord) {
        let Ok(path) = str::from_utf8(&file.path) else { return };
        if file.syntax_errors {
            return;
        }
        let telling = file.symbols.iter().filter(|symbol| is_telling(symbol)).take(CANDIDATES_A_FILE);
        let own = !(file.generated || file.vendored || file.documentation || is_test(path));
        // Somebody else's code will do where there is no other.
        if own || self.candidates.is_empty() {
            self.candidates.extend(telling.map(|symbol| Picked { path: path.to_owned(), symbol: symbol.clone() }));
        }
    }

    fn finish(mut self) -> Survey {
        let mut symbols = std::mem::take(&mut self.candidates);
        let mut declared = HashMap::<String, u32>::new();
        for picked in &symbols {
            *declared.entry(picked.symbol.name.clone()).or_default() += 1;
        }
        let worth = |picked: &Picked| {
            let symbol = &picked.symbol;
            let times = self.imported.get(&symbol.name).copied().unwrap_or(0);
            // A name that stands for one thing only says more than `Error`.
            let only = declared.get(&symbol.name) == Some(&1);
            (times > 0 && only, times, !is_test(&picked.path), symbol.doc.is_some(), is_type(symbol.kind))
        };
        // Of equals the first: the choice is as stable as the manifest.
        symbols.sort_by_key(|picked| Reverse(worth(picked)));
        let mut kept = HashMap::<String, usize>::new();
        symbols.retain(|picked| {
            let extension = picked.path.rsplit_once('.').map_or("", |(_, extension)| extension);
            let count = kept.entry(extension.to_owned()).or_default();
            *count += 1;
            *count <= KEPT_OF_A_LANGUAGE
        });
        symbols.truncate(MOST_KEPT);
        Survey { sorted: !self.disorder, content_digest: Some(self.content.finish()), symbols, ..self.survey }
    }
}

/// A name that a person would look for: at the level of its file, and long enough not to be everywhere.
fn is_telling(symbol: &Symbol) -> bool {
    let declared = is_type(symbol.kind) || symbol.kind == SymbolKind::Function;
    declared && symbol.descriptor == symbol.name && (4..=40).contains(&symbol.name.len()) && symbol.name != "main"
}

fn is_type(kind: SymbolKind) -> bool {
    matches!(
        kind,
        SymbolKind::Class | SymbolKind::Struct | SymbolKind::Enum | SymbolKind::Trait | SymbolKind::Interface
    )
}

fn is_test(path: &str) -> bool {
    path.split(['/', '_', '.', '-']).any(|part| matches!(part, "test" | "tests" | "bench" | "benches" | "examples"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use serde_json::json;

    use super::*;

    fn symbol(name: &str) -> serde_json::Value {
        let range = json!({ "start_line": 1, "start_column": 1, "end_line": 1, "end_column": 9 });
        json!({ "body_sha256": "0".repeat(64), "descriptor": name, "kind": "struct", "name": name, "range": range })
    }

    fn file(path: &str, symbols: &[&str], imports: &[&str]) -> serde_json::Value {
        json!({
            "blob_id": "1".repeat(40), "documentation": false, "generated": false, "kind": "text", "language": "Rust",
            "imports": [{ "line": 1, "module": "m", "names": imports }], "lines": 2, "mode": "100644", "path": path,
            "sha256": "2".repeat(64), "size": 10, "symbols": symbols.iter().map(|name| symbol(name)).collect::<Vec<_>>(),
            "vendored": false,
        })
    }

    fn survey(files: &[serde_json::Value]) -> Survey {
        serde_json::from_value(json!(files)).unwrap()
    }

    #[test]
    fn the_symbol_picked_first_is_the_one_that_most_files_bring_in_among_those_declared_once() {
        let found = survey(&[
            file("a.rs", &["Seldom", "Error"], &["Often", "Error"]),
            file("b.rs", &["Often", "Never", "Error"], &["Error", "Error"]),
            file("tests/c.rs", &["Fixture"], &["Often", "Seldom", "Elsewhere"]),
        ]);
        let picked = found.symbols.first().unwrap();
        assert_eq!((picked.path.as_str(), picked.symbol.name.as_str()), ("b.rs", "Often"));
    }

    #[test]
    fn sums_are_made_from_the_files() {
        let found = survey(&[file("a.rs", &["Alpha"], &[]), file("b.rs", &[], &[])]);
        assert_eq!((found.counts.files, found.counts.bytes, found.counts.symbols), (2, 20, 1));
        assert_eq!(found.counts.languages.get("Rust").unwrap().lines, 4);
        assert!(found.sorted && found.content_digest.is_some());
    }

    #[test]
    fn disorder_and_doubles_are_seen() {
        assert!(!survey(&[file("b", &[], &[]), file("a", &[], &[])]).sorted);
        assert!(!survey(&[file("a", &[], &[]), file("a", &[], &[])]).sorted);
        assert!(survey(&[]).sorted && survey(&[]).symbols.is_empty());
    }
}

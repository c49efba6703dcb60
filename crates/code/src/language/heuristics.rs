//! What decides between languages that share an extension: patterns that the content has or lacks.

use std::sync::{Arc, OnceLock};

use regex::bytes::{Regex, RegexBuilder};
use serde::Deserialize;

/// The rules for some extensions; the first that holds decides.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Heuristic {
    pub(super) extensions: Vec<String>,
    pub(super) rules: Vec<Rule>,
}

/// Languages, and what must hold for them. No condition always holds.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Rule {
    pub(super) languages: Vec<String>,
    when: Vec<Condition>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Condition {
    /// At least one pattern is found.
    Any(Patterns),
    /// No pattern is found.
    None(Patterns),
}

/// Alternatives, compiled when they are first needed: most programs never see a `.bas` file.
#[derive(Debug, Clone, Deserialize)]
#[serde(from = "Vec<String>")]
struct Patterns {
    sources: Vec<String>,
    compiled: Arc<OnceLock<Option<Regex>>>,
}

impl From<Vec<String>> for Patterns {
    fn from(sources: Vec<String>) -> Self {
        Self { sources, compiled: Arc::default() }
    }
}

impl Patterns {
    fn is_match(&self, content: &[u8]) -> bool {
        let compiled = self.compiled.get_or_init(|| alternatives(&self.sources));
        compiled.as_ref().is_some_and(|pattern| pattern.is_match(content))
    }
}

impl Rule {
    pub(super) fn holds(&self, content: &[u8]) -> bool {
        self.when.iter().all(|condition| match condition {
            Condition::Any(patterns) => patterns.is_match(content),
            Condition::None(patterns) => !patterns.is_match(content),
        })
    }

    /// Every list of patterns in the rule, for the test that all of them compile.
    #[cfg(test)]
    pub(super) fn sources(&self) -> impl Iterator<Item = &[String]> {
        self.when.iter().map(|condition| match condition {
            Condition::Any(patterns) | Condition::None(patterns) => patterns.sources.as_slice(),
        })
    }
}

/// One expression out of alternatives, lines as in Ruby: `^` and `$` hold at every line. None when there is
/// nothing to find or an alternative is no expression; a test sees to it that all of the data are.
pub(super) fn alternatives(sources: &[String]) -> Option<Regex> {
    if sources.is_empty() {
        return None;
    }
    let joined = sources.iter().map(|source| format!("(?:{source})")).collect::<Vec<_>>().join("|");
    RegexBuilder::new(&joined).unicode(false).multi_line(true).size_limit(32 << 20).build().ok()
}

#[cfg(test)]
mod tests {
    use super::{super::table::table, alternatives};

    #[test]
    fn every_pattern_of_the_data_compiles() {
        let table = table();
        assert!(table.languages.len() > 600, "{}", table.languages.len());
        assert!(table.heuristics.len() > 100, "{}", table.heuristics.len());
        let rules = table.heuristics.values().flat_map(|heuristic| heuristic.rules.iter());
        let lists = rules.flat_map(super::Rule::sources);
        let paths = [&table.vendored, &table.documentation, &table.generated];
        for source in lists.chain(paths.into_iter().map(Vec::as_slice)).flatten() {
            assert!(alternatives(std::slice::from_ref(source)).is_some(), "{source}");
        }
    }
}

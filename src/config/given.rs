//! What the environment gives: the variables that are settings, with the text read that a `…_FILE` names.

use std::{collections::HashMap, ffi::OsString, fs};

use config::Environment;

use super::table::{self, Setting};

pub(super) const PREFIX: &str = "HIVESYNC_";
const FILE: &str = "_FILE";

/// A setting that a variable gives.
pub(super) struct Given {
    pub(super) setting: &'static Setting,
    pub(super) variable: String,
    pub(super) text: String,
    /// Whether the variable names a file that holds the text.
    pub(super) in_file: bool,
}

/// Sorts out what is ours among `variables`, and says what is wrong with their names.
pub(super) fn read(variables: impl IntoIterator<Item = (String, String)>) -> (Vec<Given>, Vec<String>) {
    let (mut given, mut faults) = (Vec::new(), Vec::new());
    for (variable, value) in variables {
        match one(variable, value) {
            Ok(one) => given.extend(one),
            Err(fault) => faults.push(fault),
        }
    }
    given.sort_by(|a, b| a.variable.cmp(&b.variable));
    faults.sort();
    for (at, one) in given.iter().enumerate() {
        let doubled = given.iter().take(at).find(|other| other.setting == one.setting);
        faults.extend(doubled.map(|other| format!("{} and {} give the same; keep one", other.variable, one.variable)));
    }
    (given, faults)
}

/// `HIVESYNC_FOO` without a section is somebody else's (orchestrators inject such names) and is passed over.
fn one(variable: String, value: String) -> Result<Option<Given>, String> {
    let Some(name) = variable.strip_prefix(PREFIX) else { return Ok(None) };
    if let Some(setting) = table::find(name) {
        return Ok(Some(Given { setting, variable, text: value, in_file: false }));
    }
    if !name.contains("__") {
        return Ok(None);
    }
    let Some(setting) = name.strip_suffix(FILE).and_then(table::find) else { return Err(unknown(&variable)) };
    match fs::read_to_string(&value) {
        Ok(text) => Ok(Some(Given { setting, variable, text: text.trim_end().to_owned(), in_file: true })),
        Err(error) => Err(format!("{variable} names {value}, which cannot be read: {error}")),
    }
}

fn unknown(variable: &str) -> String {
    let known: Vec<_> = table::settings().iter().map(Setting::variable).collect();
    let likeness = |known: &&String| strsim::normalized_damerau_levenshtein(variable, known);
    let nearest = known.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    let nearest = nearest.map_or("", |nearest| nearest.as_str());
    format!("there is no setting {variable}; did you mean {nearest}?")
}

/// The same, as the configuration's reader wants it.
pub(super) fn source<'a>(given: impl IntoIterator<Item = &'a Given>) -> Environment {
    let variables: HashMap<_, _> = given.into_iter().map(|one| (one.setting.variable(), one.text.clone())).collect();
    let environment = Environment::with_prefix("HIVESYNC").prefix_separator("_").separator("__").list_separator(",");
    let lists = table::settings().iter().filter(|setting| setting.is_list());
    let environment = lists.fold(environment, |environment, list| environment.with_list_parse_key(&list.path()));
    environment.try_parsing(true).source(Some(variables))
}

/// This process's variables, those aside that are no text.
pub(super) fn environment() -> impl Iterator<Item = (String, String)> {
    let text = |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
    std::env::vars_os().filter_map(text)
}

//! What holds after all: each setting's value with where it comes from, for people who ask why.

use super::{
    Overrides,
    given::{self, Given},
    table::{Setting, settings},
};

/// What is shown of a secret that is set.
const MASK: &str = "***";

/// Where a setting's value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// `config/default.toml`.
    Default,
    /// This variable of the environment.
    Variable(String),
    /// The file that this variable names.
    File(String),
    /// This argument.
    CommandLine(&'static str),
}

/// A setting as it holds.
pub struct Effective {
    /// Which.
    pub setting: &'static Setting,
    /// What gave it its value.
    pub origin: Origin,
    text: String,
}

impl Effective {
    /// The value as the environment would give it; of a secret only whether it is set.
    pub fn shown(&self) -> &str {
        if self.setting.is_secret() && !self.text.is_empty() { MASK } else { &self.text }
    }
}

/// Every setting of this process, in the order of the table, right or wrong.
pub fn effective(overrides: &Overrides) -> Vec<Effective> {
    let (given, _) = given::read(given::environment());
    settings().iter().map(|setting| of(setting, &given, overrides)).collect()
}

fn of(setting: &'static Setting, given: &[Given], overrides: &Overrides) -> Effective {
    if let Some((argument, text)) = overridden(&setting.path(), overrides) {
        return Effective { setting, origin: Origin::CommandLine(argument), text };
    }
    match given.iter().find(|given| given.setting == setting) {
        Some(Given { variable, text, in_file, .. }) => {
            let origin = if *in_file { Origin::File } else { Origin::Variable };
            Effective { setting, origin: origin(variable.clone()), text: text.clone() }
        }
        None => Effective { setting, origin: Origin::Default, text: setting.plain_default() },
    }
}

fn overridden(path: &str, overrides: &Overrides) -> Option<(&'static str, String)> {
    match path {
        "http.listen" => Some(("--listen", overrides.listen?.to_string())),
        "data_dir" => Some(("--data-dir", overrides.data_dir.as_ref()?.display().to_string())),
        _ => None,
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Variable(name) => f.write_str(name),
            Self::File(name) => write!(f, "file of {name}"),
            Self::CommandLine(argument) => f.write_str(argument),
        }
    }
}

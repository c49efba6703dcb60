//! The table of settings: `config/default.toml` gives each its name, its default and its explanation, once.

use std::sync::LazyLock;

/// As it is written; `rustfmt` and people keep it to one line a setting, with its explanation above.
pub(super) const DEFAULTS: &str = include_str!("../../config/default.toml");

/// Explanations of what is never shown begin with this word.
const SECRET: &str = "Secret: ";

static TABLE: LazyLock<Vec<Setting>> = LazyLock::new(|| read(DEFAULTS));

/// A setting, as the table has it.
#[derive(Debug, PartialEq, Eq)]
pub struct Setting {
    /// Empty for the few that stand in none.
    pub section: &'static str,
    /// Its name in the section.
    pub key: &'static str,
    /// In TOML.
    pub default: &'static str,
    /// What it does, and in which unit.
    pub explanation: String,
}

/// Every setting, in the order of the table.
pub fn settings() -> &'static [Setting] {
    &TABLE
}

/// The setting whose variable has this name, in any case, behind the prefix `HIVESYNC_`.
pub(super) fn find(name: &str) -> Option<&'static Setting> {
    settings().iter().find(|setting| setting.name().eq_ignore_ascii_case(name))
}

impl Setting {
    /// As in `http.listen`.
    pub fn path(&self) -> String {
        if self.section.is_empty() { self.key.to_owned() } else { format!("{}.{}", self.section, self.key) }
    }

    /// As in `HIVESYNC_HTTP__LISTEN`.
    pub fn variable(&self) -> String {
        format!("{}{}", super::given::PREFIX, self.name())
    }

    fn name(&self) -> String {
        if self.section.is_empty() {
            self.key.to_uppercase()
        } else {
            format!("{}__{}", self.section, self.key).to_uppercase()
        }
    }

    /// Whether its value is never shown.
    pub fn is_secret(&self) -> bool {
        self.explanation.starts_with(SECRET)
    }

    pub(super) fn is_list(&self) -> bool {
        self.default.starts_with('[')
    }

    /// What a value is, for people: by the default's form, and by the unit that the name ends in.
    pub fn kind(&self) -> &'static str {
        let is_number = self.default.bytes().all(|byte| byte.is_ascii_digit());
        match self.key.rsplit_once('_').map(|(_, unit)| unit) {
            _ if self.is_list() => "list",
            _ if self.is_secret() => "secret",
            _ if matches!(self.default, "true" | "false") => "true or false",
            _ if !is_number => "text",
            Some("s") => "seconds",
            Some("h") => "hours",
            Some("days") => "days",
            Some("mb") => "MiB",
            Some("kib") => "KiB",
            _ => "number",
        }
    }

    /// The default as the environment would give it: without quotes and brackets.
    pub fn plain_default(&self) -> String {
        self.default.chars().filter(|letter| !matches!(letter, '"' | '[' | ']')).collect::<String>().replace(", ", ",")
    }
}

fn read(table: &'static str) -> Vec<Setting> {
    let (mut section, mut explanation, mut found) = ("", Vec::new(), Vec::new());
    for line in table.lines() {
        if let Some(words) = line.strip_prefix('#') {
            explanation.push(words.trim());
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            section = name;
        } else if let Some((key, default)) = line.split_once(" = ") {
            found.push(Setting { section, key, default, explanation: explanation.join(" ") });
        }
        explanation.clear();
    }
    found
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use config::{File, FileFormat, Source};

    use super::*;

    #[test]
    fn the_table_holds_exactly_what_a_parser_of_toml_finds() {
        let mut parsed = Vec::new();
        for (name, value) in File::from_str(DEFAULTS, FileFormat::Toml).collect().unwrap() {
            match value.into_table() {
                Ok(section) => parsed.extend(section.keys().map(|key| format!("{name}.{key}"))),
                Err(_) => parsed.push(name),
            }
        }
        let mut read: Vec<_> = settings().iter().map(Setting::path).collect();
        parsed.sort();
        read.sort();
        assert_eq!(read, parsed);
    }

    #[test]
    fn every_setting_is_explained() {
        for setting in settings() {
            assert!(setting.explanation.len() > 10, "{} lacks words above it", setting.path());
        }
    }

    #[test]
    fn a_setting_is_found_by_its_variable_and_told_by_its_kind() {
        let listen = find("HTTP__LISTEN").unwrap();
        assert_eq!((listen.path(), listen.variable()), ("http.listen".into(), "HIVESYNC_HTTP__LISTEN".into()));
        assert_eq!((listen.kind(), listen.plain_default()), ("text", "127.0.0.1:8080".into()));
        let protocols = find("git__protocols").unwrap();
        assert_eq!((protocols.kind(), protocols.plain_default()), ("list", "https,ssh".into()));
        assert_eq!(find("HTTP__REQUEST_TIMEOUT_S").unwrap().kind(), "seconds");
        assert_eq!(find("DATA_DIR").unwrap().path(), "data_dir");
        assert!(find("SECRETS__KEYS").unwrap().is_secret() && find("DATABASE__URL").unwrap().is_secret());
    }
}

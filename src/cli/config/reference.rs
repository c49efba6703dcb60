//! `hivesync config reference`: every setting, from the one table, for people and as an example of an environment.

use std::fmt::Write as _;

use clap::{Args, ValueEnum};

use super::Failed;
use crate::config::{Setting, settings};

const HEAD: &str = "\
# Configuration

Every setting, made by `hivesync config reference` from `config/default.toml`. The environment stands above the default,
the command line (`--listen`, `--data-dir`) above the environment. Lists are comma-separated. Any variable with a section
may end in `_FILE` instead and name a file that holds the value, as is best for secrets. A name with a section that is
not in this table is refused, with the nearest one that is.

`hivesync config check` names all that is wrong with the settings; `hivesync config print` shows what holds, and why.
";

const EXAMPLE_HEAD: &str = "\
# Every setting with its default, made by `hivesync config reference --form environment`. Take the `#` away from what you
# change; docs/CONFIGURATION.md has the same as a table.
";

/// Print every setting with its default and what it does.
#[derive(Debug, Args)]
pub(super) struct Reference {
    /// What it is for: to be read, or to be filled in.
    #[arg(long, value_enum, default_value_t = Form::Markdown)]
    form: Form,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Form {
    /// docs/CONFIGURATION.md
    Markdown,
    /// .env.example
    Environment,
}

impl Reference {
    #[expect(clippy::unnecessary_wraps, reason = "every command is run in the same way")]
    pub(super) fn run(self) -> Result<(), Failed> {
        print!("{}", self.form.write(settings()));
        Ok(())
    }
}

impl Form {
    fn write(self, settings: &[Setting]) -> String {
        let mut text = match self {
            Self::Markdown => HEAD.to_owned(),
            Self::Environment => EXAMPLE_HEAD.to_owned(),
        };
        for section in settings.chunk_by(|a, b| a.section == b.section) {
            // Writing into a string does not fail.
            let _written = match self {
                Self::Markdown => table(&mut text, section),
                Self::Environment => variables(&mut text, section),
            };
        }
        text
    }
}

fn title(section: &[Setting]) -> &'static str {
    section.first().map(|setting| setting.section).filter(|name| !name.is_empty()).unwrap_or("general")
}

fn table(text: &mut String, section: &[Setting]) -> std::fmt::Result {
    writeln!(text, "\n## {}\n\n| variable | is | default | what it does |\n| --- | --- | --- | --- |", title(section))?;
    for setting in section {
        let default = setting.plain_default();
        let default = if default.is_empty() { "(empty)".to_owned() } else { format!("`{default}`") };
        let explanation = setting.explanation.replace('|', "\\|");
        writeln!(text, "| `{}` | {} | {default} | {explanation} |", setting.variable(), setting.kind())?;
    }
    Ok(())
}

fn variables(text: &mut String, section: &[Setting]) -> std::fmt::Result {
    writeln!(text, "\n# --- {}", title(section))?;
    for setting in section {
        writeln!(text, "\n# {}\n#{}={}", setting.explanation, setting.variable(), setting.plain_default())?;
    }
    Ok(())
}

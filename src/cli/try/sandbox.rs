//! The place of one trial: a temporary folder with the server's data and its log, and the settings it is served by.

use std::{
    env,
    fs::{self, File},
    io,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use super::source::PROTOCOLS;
use crate::config::{Config, ConfigError, Overrides};

/// What of a person's own settings holds here too. The rest, above all the database, belongs to another service.
const INHERITED: [&str; 4] = ["HIVESYNC_LOG", "HIVESYNC_GIT__", "HIVESYNC_SYNC__", "HIVESYNC_ENGINE__"];

/// What stands in no other service's settings: one trusted person, one repository, one hour.
const OWN: [(&str, &str); 5] = [
    ("HIVESYNC_GIT__ALLOW_PRIVATE_HOSTS", "true"),
    ("HIVESYNC_LIMITS__SYNC_INTERVAL_S", "0"),
    // The trial signs in once, however long the first synchronisation takes.
    ("HIVESYNC_AUTH__ACCESS_TOKEN_S", "86400"),
    ("HIVESYNC_HTTP__DRAIN_DELAY_S", "0"),
    // After Ctrl-C nobody waits for what is under way.
    ("HIVESYNC_HTTP__SHUTDOWN_GRACE_S", "1"),
];

/// A temporary folder; removed when dropped.
pub(super) struct Sandbox(TempDir);

impl Sandbox {
    pub(super) fn new() -> io::Result<Self> {
        let folder = Self(tempfile::Builder::new().prefix("hivesync-try-").tempdir()?);
        fs::create_dir(folder.data())?;
        Ok(folder)
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    /// What `serve --data-dir` is given.
    pub(super) fn data(&self) -> PathBuf {
        self.path().join("data")
    }

    /// Where the server's log goes.
    pub(super) fn log_path(&self) -> PathBuf {
        self.path().join("server.log")
    }

    pub(super) fn log(&self) -> io::Result<File> {
        File::create(self.log_path())
    }

    /// The settings of the server that is tried.
    pub(super) fn config(&self) -> Result<Config, ConfigError> {
        let overrides =
            Overrides { listen: Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))), data_dir: Some(self.data()) };
        Config::from_variables(variables(), overrides)
    }

    /// The command that serves a kept folder.
    pub(super) fn serve_command(&self) -> String {
        let program = env::args_os().next().unwrap_or_else(|| "hivesync".into());
        let (program, data) = (quoted(&program.to_string_lossy()), quoted(&self.data().to_string_lossy()));
        format!(
            "HIVESYNC_GIT__PROTOCOLS={} HIVESYNC_GIT__ALLOW_PRIVATE_HOSTS=true {program} serve --data-dir {data}",
            protocols()
        )
    }

    /// Removes the folder, and says what could not be removed.
    pub(super) fn remove(self) -> io::Result<()> {
        self.0.close()
    }

    /// Leaves all of it.
    pub(super) fn keep(self) -> PathBuf {
        self.0.keep()
    }

    /// Leaves the log alone; answers where it is.
    pub(super) fn keep_log(self) -> io::Result<PathBuf> {
        let log = self.log_path();
        fs::remove_dir_all(self.data())?;
        self.keep();
        Ok(log)
    }
}

fn protocols() -> String {
    PROTOCOLS.map(mirror::Protocol::name).join(",")
}

fn variables() -> impl Iterator<Item = (String, String)> {
    let inherited =
        env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let inherited = inherited.filter(|(name, _)| INHERITED.iter().any(|ours| name.starts_with(ours)));
    let own = OWN.map(|(name, value)| (name.to_owned(), value.to_owned()));
    // Later ones win.
    inherited.chain(own).chain([("HIVESYNC_GIT__PROTOCOLS".to_owned(), protocols())])
}

/// A word for a POSIX shell.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:=,@".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use super::*;

    #[test]
    fn the_settings_are_accepted_and_use_a_database_of_their_own() {
        let sandbox = Sandbox::new().unwrap();
        let config = sandbox.config().unwrap();
        assert!(config.embedded() && config.git.allow_private_hosts);
        assert_eq!(config.git.protocols.len(), PROTOCOLS.len());
        assert!(config.limits.sync_interval().is_zero());
    }

    #[test]
    fn a_shell_reads_a_quoted_word_as_it_was() {
        assert_eq!(quoted("/tmp/a-b_1.c"), "/tmp/a-b_1.c");
        assert_eq!(quoted("it's here"), r"'it'\''s here'");
    }
}

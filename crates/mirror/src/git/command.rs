//! The one builder of `git` processes: an environment made from nothing, configuration that files cannot change.

use std::{
    borrow::Cow,
    ffi::{OsStr, OsString},
    net::IpAddr,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use secrecy::ExposeSecret;

use super::ssh;
use crate::remote::{Login, Pass, Pinned, Protocol, RemoteUrl, Route};

/// Where one mirror lives and where its processes may leave temporary files.
#[derive(Debug, Clone)]
pub(crate) struct Area {
    /// The bare repository that the process works on.
    pub(crate) git_dir: PathBuf,
    /// Swept by whoever holds the mirror's lock. Holds `home` and `tmp`, which a reading process does not need.
    pub(crate) scratch: PathBuf,
}

/// A process being described. Nothing of this process's environment gets into it. It has no `Debug`, which would show a
/// token in its environment.
pub(crate) struct GitCommand {
    command: Command,
    config: Vec<(Cow<'static, str>, OsString)>,
}

/// Configuration of every process. It comes by environment, which stands above the repository's own file.
const CONFIG: &[(&str, &str)] = &[
    // Nothing the mirror's folder holds is run.
    ("core.hooksPath", "/dev/null"),
    ("core.fsmonitor", "false"),
    ("core.alternateRefsCommand", "true"),
    ("init.templateDir", ""),
    ("credential.helper", ""),
    ("protocol.allow", "never"),
    // A redirect leads to a host that was not checked, and so does a proxy.
    ("http.followRedirects", "false"),
    ("http.proxy", ""),
    ("http.sslVerify", "true"),
    // No credential of the machine's own, as Kerberos keeps them.
    ("http.emptyAuth", "false"),
    ("http.lowSpeedLimit", "1000"),
    ("transfer.fsckObjects", "true"),
    // Harmless faults of old and famous histories.
    ("fetch.fsck.badTimezone", "ignore"),
    ("fetch.fsck.missingSpaceBeforeDate", "ignore"),
    ("fetch.fsck.zeroPaddedFilemode", "ignore"),
    ("transfer.bundleURI", "false"),
    ("transfer.credentialsInUrl", "die"),
    // Always a pack, never thousands of loose files.
    ("fetch.unpackLimit", "1"),
    ("fetch.recurseSubmodules", "false"),
    ("fetch.writeCommitGraph", "false"),
    ("gc.auto", "0"),
    ("maintenance.auto", "0"),
    // Larger blobs are streamed, not held in memory.
    ("core.bigFileThreshold", "32m"),
    // Each thread holds a cache and two objects: more of them would not fit into what a process may have.
    ("pack.threads", "2"),
];

/// Git's question is answered, its news of success and failure are not heard. `printf` is the shell's own, so nothing of
/// it is ever an argument of a process (gitcredentials(7)).
const HELPER: &str =
    r#"!f() { test "$1" = get && printf 'username=%s\npassword=%s\n' "$MIRROR_USERNAME" "$MIRROR_TOKEN"; }; f"#;

/// A process of `program` with an environment that holds nothing but a path to find its own helpers.
pub(super) fn bare(program: &Path) -> Command {
    #[expect(clippy::disallowed_methods, reason = "the one place that starts git")]
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", search_path(program))
        .env("LC_ALL", "C")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .stdin(Stdio::null())
        .process_group(0);
    command
}

/// The folder of `git` and those of the system, where `ssh` is; not the path of whoever started the service.
fn search_path(program: &Path) -> OsString {
    let mut path = OsString::new();
    if let Some(folder) = program.parent() {
        path.push(folder);
        path.push(":");
    }
    path.push("/usr/local/bin:/usr/bin:/bin");
    path
}

impl GitCommand {
    pub(super) fn new(program: &Path, area: &Area) -> Self {
        let mut command = bare(program);
        command
            .env("HOME", area.scratch.join("home"))
            .env("TMPDIR", area.scratch.join("tmp"))
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_ASKPASS", "false")
            .env("SSH_ASKPASS", "false")
            .env("GIT_NO_LAZY_FETCH", "1")
            .env("GIT_NO_REPLACE_OBJECTS", "1")
            .env("GIT_PROTOCOL_FROM_USER", "0")
            .env("GIT_ALLOW_PROTOCOL", "none")
            .env("GIT_CEILING_DIRECTORIES", area.git_dir.parent().unwrap_or(Path::new("/")))
            .arg("--git-dir")
            .arg(&area.git_dir);
        let mut config: Vec<_> = CONFIG.iter().map(|(key, value)| (Cow::from(*key), OsString::from(value))).collect();
        config.push(("safe.directory".into(), area.git_dir.clone().into_os_string()));
        Self { command, config }
    }

    /// Arguments that are written in this crate. What comes from outside goes after [`Self::operands`].
    pub(crate) fn args<'a>(mut self, args: impl IntoIterator<Item = &'a str>) -> Self {
        self.command.args(args);
        self
    }

    /// Operands, after the mark that ends the options, so that none is taken for one.
    pub(crate) fn operands<S: AsRef<OsStr>>(mut self, operands: impl IntoIterator<Item = S>) -> Self {
        self.command.arg("--").args(operands);
        self
    }

    pub(crate) fn config(mut self, key: impl Into<Cow<'static, str>>, value: impl Into<OsString>) -> Self {
        self.config.push((key.into(), value.into()));
        self
    }

    /// Lets the process speak this remote's protocol, and no other, with the addresses that were checked, and no
    /// others, and open it. Gives the process and the address to hand to Git as the last operands' first.
    pub(crate) fn reaching(mut self, route: &Route, patience: Duration) -> (Self, String) {
        let protocol = route.url.protocol();
        self.command.env("GIT_ALLOW_PROTOCOL", protocol.name());
        let allow = format!("protocol.{}.allow", protocol.name());
        let this = self.config(allow, "always").config("http.lowSpeedTime", patience.as_secs().max(1).to_string());
        let this = this.opening(route);
        match &route.pinned {
            None => (this, route.url.to_string()),
            Some(pinned) => this.pinned_to(protocol, pinned, &route.url),
        }
    }

    fn opening(mut self, route: &Route) -> Self {
        match (&route.pass, &route.pinned) {
            (Pass::Login(login), _) => self.logging_in(&route.url, login),
            (Pass::Keys(folder, trust), Some(pinned)) => {
                let command = ssh::command(pinned, folder.has_key(), *trust);
                self.command.env(ssh::FOLDER, folder.path());
                self.command.env("GIT_SSH_COMMAND", command).env("GIT_SSH_VARIANT", "ssh");
                self
            }
            (Pass::Keys(..) | Pass::None, _) => self,
        }
    }

    /// Answers for this origin and no other, from the environment: a program's arguments and files are read by others.
    fn logging_in(mut self, url: &RemoteUrl, login: &Login) -> Self {
        let Some(origin) = url.origin() else { return self };
        self.command.env("MIRROR_USERNAME", login.username()).env("MIRROR_TOKEN", login.token().expose_secret());
        self.config(format!("credential.{origin}.helper"), HELPER)
    }

    fn pinned_to(mut self, protocol: Protocol, pinned: &Pinned, remote: &RemoteUrl) -> (Self, String) {
        let at = &pinned.at;
        match protocol {
            // A literal address resolves to itself, and curl takes no rule for one.
            Protocol::Https | Protocol::Http if at.host.parse::<IpAddr>().is_ok() => (self, remote.to_string()),
            Protocol::Https | Protocol::Http => {
                let addresses: Vec<String> = pinned.addresses.iter().map(bracketed).collect();
                let rule = format!("{}:{}:{}", at.host, at.port, addresses.join(","));
                (self.config("http.curloptResolve", rule), remote.to_string())
            }
            // The daemon's protocol has no name resolution of its own to steer: the address goes into the URL, and
            // the name to where the daemon looks for it.
            Protocol::Git => {
                let name = if at.explicit { format!("{}:{}", at.host, at.port) } else { at.host.clone() };
                self.command.env("GIT_OVERRIDE_VIRTUAL_HOST", name);
                let address = pinned.addresses.first().map(bracketed).unwrap_or_default();
                (self, remote.with_host(&address))
            }
            // Of `ssh`, the command's own options hold the address.
            Protocol::Ssh | Protocol::File => (self, remote.to_string()),
        }
    }

    /// The finished description, both output pipes open.
    pub(crate) fn build(mut self) -> Command {
        self.command.env("GIT_CONFIG_COUNT", self.config.len().to_string());
        for (index, (key, value)) in self.config.into_iter().enumerate() {
            self.command
                .env(format!("GIT_CONFIG_KEY_{index}"), key.as_ref())
                .env(format!("GIT_CONFIG_VALUE_{index}"), value);
        }
        self.command.stdout(Stdio::piped()).stderr(Stdio::piped());
        self.command
    }
}

fn bracketed(address: &IpAddr) -> String {
    match address {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => format!("[{v6}]"),
    }
}

//! What a spawned process sees, shown by a program that stands in for `git` and prints it.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test that cannot go on should stop, and starts what it needs"
)]

use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use tokio_util::sync::CancellationToken;

use super::*;
use crate::remote::{Credential, Login, Policy, Protocol, Remote, RemoteUrl, Route, Trust};

const FAKE: &str = r#"#!/bin/sh
case "$1" in --version) echo "git version 2.47.3"; exit;; esac
echo "args=$*"
/usr/bin/env
/bin/cat
echo "pgrp=$(/bin/ps -o pgid= -p $$ 2>/dev/null || /usr/bin/cut -d' ' -f5 /proc/$$/stat)"
echo "pid=$$"
"#;

/// The program is written by another process: a file that this one has open for writing is open in whatever other tests start
/// meanwhile, and nobody can run it for so long (`ETXTBSY`).
async fn fake(dir: &Path, script: &str) -> Result<Git, GitUnusable> {
    let (draft, program) = (dir.join("draft"), dir.join("git"));
    fs::write(&draft, script).unwrap();
    assert!(Command::new("install").args(["-m", "755"]).args([&draft, &program]).status().unwrap().success());
    Git::at(program).await
}

fn area() -> Area {
    Area { git_dir: "/m/p".into(), scratch: "/m/p.scratch".into() }
}

/// Runs the command and reads back what the process saw.
fn seen(command: GitCommand) -> BTreeMap<String, String> {
    let output = command.build().output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().filter_map(|line| line.split_once('=')).map(|(key, value)| (key.into(), value.into())).collect()
}

/// The configuration that came by environment, and all other variables.
fn settings(seen: &BTreeMap<String, String>) -> BTreeMap<&str, &str> {
    let count: usize = seen["GIT_CONFIG_COUNT"].parse().unwrap();
    let key = |index: usize| seen[&format!("GIT_CONFIG_KEY_{index}")].as_str();
    let value = |index: usize| seen[&format!("GIT_CONFIG_VALUE_{index}")].as_str();
    (0..count).map(|index| (key(index), value(index))).collect()
}

async fn open(remote: Remote, git: &Git, scratch: &Path) -> Route {
    Route::open(remote, git.resolver(), scratch, Trust::Pinned, &CancellationToken::new()).await.unwrap()
}

#[tokio::test]
async fn a_process_sees_this_environment_and_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let git = fake(dir.path(), FAKE).await.unwrap();
    let seen = seen(git.local(&area()).args(["update-ref", "--stdin"]));

    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", dir.path().display());
    let expected = [
        ("GIT_ALLOW_PROTOCOL", "none"),
        ("GIT_ASKPASS", "false"),
        ("GIT_CEILING_DIRECTORIES", "/m"),
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_CONFIG_NOSYSTEM", "1"),
        ("GIT_NO_LAZY_FETCH", "1"),
        ("GIT_NO_REPLACE_OBJECTS", "1"),
        ("GIT_PROTOCOL_FROM_USER", "0"),
        ("GIT_TERMINAL_PROMPT", "0"),
        ("HOME", "/m/p.scratch/home"),
        ("LC_ALL", "C"),
        ("PATH", path.as_str()),
        ("SSH_ASKPASS", "false"),
        ("TMPDIR", "/m/p.scratch/tmp"),
    ];
    // `PWD`, `OLDPWD`, `SHLVL` and `_` are the shell's own.
    let shell = ["PWD", "OLDPWD", "SHLVL", "_", "args", "pgrp", "pid", "GIT_CONFIG_COUNT"];
    let others: Vec<(&str, &str)> = seen
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .filter(|(key, _)| !shell.contains(key) && !key.starts_with("GIT_CONFIG_KEY_"))
        .filter(|(key, _)| !key.starts_with("GIT_CONFIG_VALUE_"))
        .collect();
    assert_eq!(others, expected);
    assert_eq!(seen["args"], "--git-dir /m/p update-ref --stdin");
    assert_eq!(seen["pgrp"].trim(), seen["pid"], "it leads a group of its own");
}

#[tokio::test]
async fn every_process_gets_the_configuration_that_protects() {
    let dir = tempfile::tempdir().unwrap();
    let git = fake(dir.path(), FAKE).await.unwrap();
    let seen = seen(git.local(&area()));
    let settings = settings(&seen);
    for (key, value) in [
        ("core.hooksPath", "/dev/null"),
        ("core.fsmonitor", "false"),
        ("core.alternateRefsCommand", "true"),
        ("init.templateDir", ""),
        ("credential.helper", ""),
        ("protocol.allow", "never"),
        ("http.followRedirects", "false"),
        ("http.proxy", ""),
        ("http.sslVerify", "true"),
        ("transfer.fsckObjects", "true"),
        ("transfer.bundleURI", "false"),
        ("transfer.credentialsInUrl", "die"),
        ("fetch.recurseSubmodules", "false"),
        ("gc.auto", "0"),
        ("maintenance.auto", "0"),
        ("safe.directory", "/m/p"),
    ] {
        assert_eq!(settings.get(key), Some(&value), "{key}");
    }
}

#[tokio::test]
async fn a_remote_opens_its_own_protocol_and_pins_its_address() {
    let dir = tempfile::tempdir().unwrap();
    let git = fake(dir.path(), FAKE).await.unwrap();
    let policy = Policy { protocols: vec![Protocol::Https, Protocol::Ssh, Protocol::Git], allow_private_hosts: true };
    let describe = async |url: &str| {
        let remote = Remote::from(RemoteUrl::parse(url, &policy).unwrap());
        let route = open(remote, &git, dir.path()).await;
        let (command, address) = git.local(&area()).reaching(&route, Duration::from_mins(1));
        (seen(command), address)
    };

    let (https, _) = describe("https://localhost:8443/a.git").await;
    assert_eq!(https["GIT_ALLOW_PROTOCOL"], "https");
    assert_eq!(settings(&https)["protocol.https.allow"], "always");
    assert!(settings(&https)["http.curloptResolve"].starts_with("localhost:8443:"));
    assert_eq!(settings(&https)["http.lowSpeedTime"], "60");
    for literal in ["https://127.0.0.1:8443/a.git", "https://[::1]:8443/a.git"] {
        let (literal, _) = describe(literal).await;
        assert!(!settings(&literal).contains_key("http.curloptResolve"), "it resolves to itself");
    }

    let (ssh, address) = describe("git@localhost:a/b.git").await;
    assert_eq!((ssh["GIT_ALLOW_PROTOCOL"].as_str(), address.as_str()), ("ssh", "git@localhost:a/b.git"));
    assert!(ssh["GIT_SSH_COMMAND"].starts_with("ssh -F /dev/null -o BatchMode=yes -o "));
    assert!(ssh["GIT_SSH_COMMAND"].contains("-o HostName="), "{}", ssh["GIT_SSH_COMMAND"]);
    assert!(ssh["GIT_SSH_COMMAND"].contains("-o StrictHostKeyChecking=yes "));
    assert!(ssh["GIT_SSH_COMMAND"].contains("-o IdentityFile=none "));
    assert!(ssh["GIT_SSH_COMMAND"].ends_with("-o HostKeyAlias='localhost'"));
    let (ssh, _) = describe("ssh://git@localhost:2222/a/b.git").await;
    assert!(ssh["GIT_SSH_COMMAND"].ends_with("-o HostKeyAlias='[localhost]:2222'"));

    let (daemon, address) = describe("git://127.0.0.1:9999/a").await;
    assert_eq!(daemon["GIT_OVERRIDE_VIRTUAL_HOST"], "127.0.0.1:9999");
    assert_eq!(address, "git://127.0.0.1:9999/a");
}

fn private(url: &str) -> Remote {
    let url = RemoteUrl::parse(url, &Policy { allow_private_hosts: true, ..Policy::default() }).unwrap();
    let login = Login::parse("joe", "hunter2 %s\\n\"'$(id)`".into()).unwrap();
    Remote::new(url, Credential::Https(login)).unwrap()
}

#[tokio::test]
async fn a_token_is_in_one_variable_and_in_no_argument_and_no_setting() {
    let dir = tempfile::tempdir().unwrap();
    let git = fake(dir.path(), FAKE).await.unwrap();
    let route = open(private("https://127.0.0.1:8443/a.git"), &git, dir.path()).await;
    let (command, address) = git.local(&area()).reaching(&route, Duration::from_mins(1));
    let seen = seen(command.args(["fetch"]).operands([address]));
    let holders: Vec<_> = seen.iter().filter(|(_, value)| value.contains("hunter2")).map(|(key, _)| key).collect();
    assert_eq!(holders, ["MIRROR_TOKEN"]);
    assert_eq!(seen["MIRROR_USERNAME"], "joe");
    assert!(settings(&seen).contains_key("credential.https://127.0.0.1:8443.helper"));
    assert_eq!(settings(&seen)["credential.helper"], "");
}

/// What Git itself learns when it needs a credential for `asked` in a process that reaches `url`.
async fn filled(url: &str, asked: &str) -> Result<String, String> {
    let dir = tempfile::tempdir().unwrap();
    let git = Git::locate().await.unwrap();
    let area = Area { git_dir: dir.path().join("none"), scratch: dir.path().to_owned() };
    let route = open(private(url), &git, dir.path()).await;
    let (command, _) = git.local(&area).reaching(&route, Duration::from_mins(1));
    let mut child = command.args(["credential", "fill"]).build().stdin(Stdio::piped()).spawn().unwrap();
    writeln!(child.stdin.take().unwrap(), "url={asked}\n").unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

#[tokio::test]
async fn the_helper_answers_for_its_origin_and_no_other() {
    let origin = "https://127.0.0.1:8443";
    let answer = filled(&format!("{origin}/a.git"), &format!("{origin}/b")).await.unwrap();
    assert!(answer.contains("username=joe\npassword=hunter2 %s\\n\"'$(id)`\n"), "{answer}");
    for other in [
        "https://127.0.0.1/a.git",
        "https://127.0.0.1:8444/a.git",
        "http://127.0.0.1:8443/a.git",
        "https://127.0.0.1.example.com:8443/a.git",
        "https://x.127.0.0.1:8443/a.git",
        "https://localhost:8443/a.git",
        "https://joe@localhost:8443/a.git",
    ] {
        let refused = filled(&format!("{origin}/a.git"), other).await.unwrap_err();
        assert!(refused.contains("terminal prompts disabled"), "{other}: {refused}");
        assert!(!refused.contains("hunter2"));
    }
    assert!(
        filled("https://127.0.0.1/a", "https://127.0.0.1:443/b").await.is_ok(),
        "the usual port is the same origin"
    );
}

#[tokio::test]
async fn an_authority_to_trust_is_every_processs() {
    let dir = tempfile::tempdir().unwrap();
    let git = fake(dir.path(), FAKE).await.unwrap().trusting("/etc/ca.pem");
    let seen = seen(git.local(&area()));
    assert_eq!(settings(&seen)["http.sslCAInfo"], "/etc/ca.pem");
    assert_eq!(settings(&seen)["http.sslVerify"], "true");
}

#[tokio::test]
async fn an_old_git_or_another_program_is_not_used() {
    let dir = tempfile::tempdir().unwrap();
    let old = fake(dir.path(), "#!/bin/sh\necho 'git version 2.38.5'\n").await;
    assert!(matches!(old, Err(GitUnusable::TooOld(Version { major: 2, minor: 38, patch: 5 }))), "{old:?}");
    let other = fake(dir.path(), "#!/bin/sh\necho 'hello'\n").await;
    assert!(matches!(other, Err(GitUnusable::NoVersion)), "{other:?}");
    assert!(matches!(Git::at("git").await, Err(GitUnusable::NotFound)));
}

#[test]
fn versions_of_every_make_are_read() {
    for (text, version) in [
        ("git version 2.39.2\n", (2, 39, 2)),
        ("git version 2.39.2 (Apple Git-143)", (2, 39, 2)),
        ("git version 2.45.1.windows.1", (2, 45, 1)),
        ("git version 2.48.rc1", (2, 48, 0)),
    ] {
        let read: Version = text.parse().unwrap();
        assert_eq!((read.major, read.minor, read.patch), version);
    }
}

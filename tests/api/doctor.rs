//! `hivesync doctor`: beside a service that runs, and before one ever did.

use std::{fs, net::TcpListener, os::unix::fs::PermissionsExt};

use serde_json::Value;
use tempfile::TempDir;

use super::support::{KEYS, TestApp, program::Program};

fn fresh() -> (TempDir, Program) {
    let folder = TempDir::new().unwrap();
    let program = Program::at(folder.path()).with("HIVESYNC_HTTP__LISTEN", "127.0.0.1:0");
    (folder, program)
}

/// The check of this name.
#[track_caller]
fn check<'a>(document: &'a Value, name: &str) -> &'a Value {
    let found = document["checks"].as_array().unwrap().iter().find(|check| check["name"] == name);
    found.unwrap_or_else(|| panic!("no {name} in {document:#}"))
}

#[tokio::test]
async fn a_machine_that_never_served_is_found_fit_and_left_as_it_was() {
    let (_folder, program) = fresh();
    let said = program.run(&["doctor"]).await.succeeded();
    assert!(said.stdout.lines().all(|line| !line.starts_with("failed")), "{}", said.stdout);
    let document = program.run(&["doctor", "--json"]).await.succeeded().json();
    for (name, observed) in [
        ("git", "git 2."),
        ("data directory", "not there yet"),
        ("lock", "no service runs"),
        ("disk", "MiB free"),
        ("keys", "no key file yet"),
        ("database", "no embedded database yet"),
        ("open files", ""),
        ("private hosts", "refused"),
    ] {
        let check = check(&document, name);
        assert_eq!(check["status"], "ok", "{check}");
        assert!(check["observed"].as_str().unwrap().contains(observed), "{check}");
    }
    assert!(!program.data_dir().exists());
}

#[tokio::test]
async fn beside_a_running_service_everything_is_seen_and_nothing_disturbed() {
    let app = TestApp::start().await;
    let address = app.anonymous().address().replace("http://", "");
    let program = app.program().clone().with("https_proxy", "http://ada:orchid@proxy");

    let ran = program.run(&["doctor", "--json", "--listen", &address]).await.succeeded();

    let document = ran.json();
    assert_eq!(document["status"], "warning", "{document:#}");
    let observed = |name: &str| check(&document, name)["observed"].as_str().unwrap().to_owned();
    assert!(observed("lock").starts_with("a service runs"), "{document:#}");
    assert!(observed("database").ends_with("can be written"), "{document:#}");
    assert!(observed("schema").starts_with("up to date"), "{document:#}");
    assert!(observed("listener").contains(env!("CARGO_PKG_VERSION")), "{document:#}");
    assert_eq!(observed("keys"), "1 in the settings, the current one is t1");
    for (name, code) in
        [("proxies", "PROXY_IGNORED"), ("protocols", "PROTOCOLS_OPEN"), ("private hosts", "PRIVATE_HOSTS_ALLOWED")]
    {
        let check = check(&document, name);
        assert_eq!((&check["status"], &check["code"]), (&"warning".into(), &code.into()), "{check}");
        assert!(check["hint"].as_str().is_some_and(|hint| !hint.is_empty()), "{check}");
    }
    assert!(!ran.stdout.contains("orchid") && !ran.stdout.contains(&KEYS[3..20]), "{}", ran.stdout);
    app.admin().await.get("/auth/me").await.expect(200);
}

#[tokio::test]
async fn what_others_could_read_is_said() {
    let (_folder, program) = fresh();
    program.run(&["migrate"]).await.succeeded();
    program.run(&["doctor"]).await.succeeded();
    let open = |name: &str, mode| fs::set_permissions(program.data_dir().join(name), PermissionsExt::from_mode(mode));
    open(".", 0o755).unwrap();
    open("secrets.keys", 0o644).unwrap();

    let document = program.run(&["doctor", "--json"]).await.ended_with(1).json();

    assert_eq!(document["status"], "failed");
    assert_eq!(check(&document, "data directory")["code"], "DATA_DIR_OPEN");
    assert_eq!(check(&document, "keys")["code"], "KEY_FILE_OPEN");
}

#[tokio::test]
async fn each_thing_that_keeps_the_service_from_running_fails_with_its_code() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let file = tempfile::NamedTempFile::new().unwrap();
    let (_folder, program) = fresh();
    for (name, value, check_name, code) in [
        ("HIVESYNC_GIT__PROGRAM", "/nowhere/git", "git", "GIT_UNUSABLE"),
        ("HIVESYNC_HTTP__LISTEN", address.as_str(), "listener", "LISTENER_TAKEN"),
        ("HIVESYNC_HTTP__LISTEN", "192.0.2.1:8080", "listener", "LISTENER_IMPOSSIBLE"),
        ("HIVESYNC_DATA_DIR", file.path().to_str().unwrap(), "data directory", "DATA_DIR_UNUSABLE"),
        ("HIVESYNC_STORAGE__LEAST_FREE_MB", "99999999999", "disk", "DISK_LOW"),
        ("HIVESYNC_SECRETS__KEYS", "k1:0000", "keys", "KEYS_INVALID"),
        ("HIVESYNC_DATABASE__URL", "sqlite:///nowhere/hivesync.db", "database", "DATABASE_DOWN"),
        ("TMPDIR", "/nowhere", "temporary folder", "TEMPORARY_FOLDER_UNUSABLE"),
        ("HIVESYNC_AUTH__REGISTRATION", "perhaps", "configuration", "CONFIGURATION_INVALID"),
    ] {
        let ran = program.clone().with(name, value).run(&["doctor", "--json"]).await.ended_with(1);
        let document = ran.json();
        let check = check(&document, check_name);
        assert_eq!((&check["status"], &check["code"]), (&"failed".into(), &code.into()), "{name}={value}: {check}");
        assert!(check["hint"].as_str().is_some_and(|hint| !hint.is_empty()), "{check}");
    }
}

#[tokio::test]
async fn a_database_that_a_newer_version_has_changed_is_not_called_fit() {
    let app = TestApp::start().await;
    app.alter("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_later', 0)").await;
    let document = app.run(&["doctor", "--json", "--listen", "127.0.0.1:0"]).await.ended_with(1).json();
    let schema = check(&document, "schema");
    assert_eq!(schema["code"], "SCHEMA_NEWER", "{schema}");
    assert!(schema["observed"].as_str().unwrap().contains("m9999_later"), "{schema}");
}

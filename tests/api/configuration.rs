//! `hivesync config`: the reference that is committed, every fault at once, and where each value comes from.

use std::{fs, path::Path};

use serde_json::Value;
use tempfile::TempDir;

use super::support::{KEYS, program::Program};

fn fresh() -> (TempDir, Program) {
    let folder = TempDir::new().unwrap();
    let program = Program::at(folder.path());
    (folder, program)
}

fn committed(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

#[tokio::test]
async fn the_committed_reference_is_what_the_table_makes() {
    let (_folder, program) = fresh();
    let reference = program.run(&["config", "reference"]).await.succeeded().stdout;
    let example = program.run(&["config", "reference", "--form", "environment"]).await.succeeded().stdout;
    let same = reference == committed("docs/CONFIGURATION.md");
    assert!(same, "run: cargo run -- config reference > docs/CONFIGURATION.md");
    let same = example == committed(".env.example");
    assert!(same, "run: cargo run -- config reference --form environment > .env.example");
}

#[tokio::test]
async fn the_example_of_an_environment_holds_the_defaults() {
    let (_folder, mut program) = fresh();
    let example = committed(".env.example");
    let lines = example.lines().filter_map(|line| line.strip_prefix('#')?.split_once('='));
    for (name, value) in lines.filter(|(name, _)| name.starts_with("HIVESYNC_") && *name != "HIVESYNC_DATA_DIR") {
        program = program.with(name, value);
    }
    program.run(&["config", "check"]).await.succeeded();
    let printed = program.run(&["config", "print", "--json"]).await.succeeded().json();
    assert!(printed.as_array().unwrap().iter().all(|one| one["source"] != "default"), "{printed:#}");
}

#[tokio::test]
async fn settings_in_order_are_said_to_be_so() {
    let (_folder, program) = fresh();
    let checked = program.run(&["config", "check"]).await.succeeded();
    assert_eq!(checked.stdout, "the settings are in order\n");
    let checked = program.run(&["config", "check", "--json"]).await.succeeded().json();
    assert_eq!((&checked["ok"], checked["faults"].as_array().unwrap().len()), (&true.into(), 0));
    assert!(!program.data_dir().exists(), "nothing is made by looking");
}

#[tokio::test]
async fn every_fault_is_named_at_once_and_no_secret_with_it() {
    let (_folder, mut program) = fresh();
    for (name, value) in [
        ("HIVESYNC_HTTP__LISTN", "127.0.0.1:1"),
        ("HIVESYNC_HTTP__REQUEST_TIMEOUT_S", "soon"),
        ("HIVESYNC_SYNC__CONCURRENT", "0"),
        ("HIVESYNC_GIT__PROTOCOLS", "https,ext"),
        ("HIVESYNC_SECRETS__KEYS_FILE", "/nowhere/keys"),
        ("HIVESYNC_DATABASE__URL", "postgres://ada:orchid@127.0.0.1:1/hivesync"),
    ] {
        program = program.with(name, value);
    }

    let checked = program.run(&["config", "check", "--json"]).await.ended_with(1);
    let served = program.run(&["serve"]).await.ended_with(1);

    let document = checked.json();
    let faults: Vec<_> = document["faults"].as_array().unwrap().iter().map(|fault| fault.as_str().unwrap()).collect();
    for named in [
        "HIVESYNC_HTTP__LISTN; did you mean HIVESYNC_HTTP__LISTEN?",
        "http.request_timeout_s",
        "sync.concurrent",
        "git.protocols holds \"ext\"",
        "HIVESYNC_SECRETS__KEYS_FILE names /nowhere/keys",
    ] {
        assert_eq!(faults.iter().filter(|fault| fault.contains(named)).count(), 1, "{named}: {faults:#?}");
        assert!(served.stderr.contains(named), "{named}: {}", served.stderr);
    }
    assert!(!checked.stdout.contains("orchid") && !served.stderr.contains("orchid"), "{}", served.stderr);
}

#[tokio::test]
async fn each_value_is_printed_with_where_it_comes_from_and_secrets_are_masked() {
    let (folder, program) = fresh();
    let file = folder.path().join("url");
    fs::write(&file, "postgres://ada:orchid@db/hivesync\n").unwrap();
    let program = program.with("HIVESYNC_DATABASE__URL_FILE", file.to_str().unwrap());
    let program = program.with("HIVESYNC_SECRETS__KEYS", KEYS).with("HIVESYNC_GIT__PROTOCOLS", "https");

    let printed = program.run(&["config", "print", "--json", "--listen", "127.0.0.1:9"]).await.succeeded();

    let document = printed.json();
    let of = |path: &str| {
        let found = document.as_array().unwrap().iter().find(|one| one["setting"] == path);
        let found = found.unwrap_or_else(|| panic!("no {path}"));
        [&found["value"], &found["source"]].map(|text: &Value| text.as_str().unwrap().to_owned())
    };
    assert_eq!(of("http.listen"), ["127.0.0.1:9", "--listen"]);
    assert_eq!(of("http.shutdown_grace_s"), ["20", "default"]);
    assert_eq!(of("git.protocols"), ["https", "HIVESYNC_GIT__PROTOCOLS"]);
    assert_eq!(of("database.url"), ["***", "file of HIVESYNC_DATABASE__URL_FILE"]);
    assert_eq!(of("secrets.keys"), ["***", "HIVESYNC_SECRETS__KEYS"]);
    let table = program.run(&["config", "print"]).await.succeeded().stdout;
    assert_eq!(table.lines().count(), document.as_array().unwrap().len());
    for text in [&printed.stdout, &table] {
        assert!(!text.contains("orchid") && !text.contains(&KEYS[3..20]), "{text}");
    }
}

#[tokio::test]
async fn what_is_given_twice_is_refused() {
    let (folder, program) = fresh();
    let file = folder.path().join("keys");
    fs::write(&file, KEYS).unwrap();
    let program = program.with("HIVESYNC_SECRETS__KEYS", KEYS);
    let program = program.with("HIVESYNC_SECRETS__KEYS_FILE", file.to_str().unwrap());
    let refused = program.run(&["config", "check"]).await.ended_with(1);
    assert!(refused.stdout.contains("HIVESYNC_SECRETS__KEYS and HIVESYNC_SECRETS__KEYS_FILE"), "{}", refused.stdout);
}

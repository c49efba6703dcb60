//! The command line beside the service: exit codes, words, refusals.

use std::{fs, os::unix::fs::PermissionsExt};

use serde_json::json;
use tempfile::TempDir;

use super::support::{KEYS, PASSWORD, TestApp, program::Program};

const CREATE: [&str; 5] = ["admin", "create-user", "--email", "ada@example.org", "--password-stdin"];

fn fresh() -> (TempDir, Program) {
    let folder = TempDir::new().unwrap();
    let program = Program::at(folder.path());
    (folder, program)
}

#[tokio::test]
async fn an_account_is_made_before_the_service_ever_ran() {
    let (_folder, program) = fresh();
    let arguments = [&CREATE[..], &["--admin", "--name", "Ada", "--json"]].concat();
    let made = program.run_with(&arguments, &format!("{PASSWORD}\nnot read\n")).await.succeeded();
    let account = made.json();
    assert_eq!((&account["email"], &account["is_admin"]), (&json!("ada@example.org"), &json!(true)));
    assert_eq!(made.stdout.lines().count(), 1);
    program.run_with(&CREATE, PASSWORD).await.ended_with(1);
    let rights = |name: &str| fs::metadata(program.data_dir().join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(rights("secrets.keys"), 0o600);
    assert_eq!(rights("."), 0o700);
}

#[tokio::test]
async fn an_account_made_while_the_service_runs_can_sign_in_at_once() {
    let app = TestApp::start().await;
    let ran = app.run_with(&CREATE, PASSWORD).await.succeeded();
    assert!(ran.stdout.starts_with("made the account ada@example.org ("), "{}", ran.stdout);
    let ada = app.anonymous().sign_in("ada@example.org", PASSWORD).await;
    assert_eq!(ada.get("/auth/me").await.expect(200)["is_admin"], false);
    // Now that somebody has an account the setup token opens nothing.
    let account = json!({ "email": "eve@example.org", "password": PASSWORD, "setup_token": app.setup_token().await });
    app.anonymous().post("/auth/register", account).await.refused(403, "FORBIDDEN");
}

#[tokio::test]
async fn accounts_that_break_the_rules_are_refused_with_a_reason() {
    let app = TestApp::start().await;
    app.run_with(&CREATE, PASSWORD).await.succeeded();
    let taken = app.run_with(&CREATE, PASSWORD).await.ended_with(1);
    assert!(taken.stderr.contains("an account with this email exists"), "{}", taken.stderr);
    for password in ["", "short", "password1", "ada@example.org"] {
        let weak = app.run_with(&CREATE, password).await.ended_with(1);
        assert!(weak.stderr.starts_with("hivesync: the password "), "{}", weak.stderr);
        assert!(weak.stdout.is_empty());
    }
    let odd = ["admin", "create-user", "--email", "ada", "--password-stdin"];
    let odd = app.run_with(&odd, PASSWORD).await.ended_with(1);
    assert!(odd.stderr.starts_with("hivesync: the email "), "{}", odd.stderr);
    app.run(&["admin", "create-user", "--email", "bob@example.org"]).await.ended_with(2);
}

#[tokio::test]
async fn the_setup_token_of_the_command_is_the_one_that_was_printed() {
    let app = TestApp::start().await;
    let printed = app.run(&["admin", "setup-token"]).await.succeeded().stdout;
    assert_eq!(printed, format!("{}\n", app.setup_token().await));
    let (_folder, program) = fresh();
    let first = program.run(&["admin", "setup-token"]).await.succeeded().stdout;
    assert_eq!(program.run(&["admin", "setup-token"]).await.succeeded().stdout, first);
    assert_ne!(first, printed);
}

#[tokio::test]
async fn the_schema_is_brought_up_to_date_as_often_as_one_likes() {
    let (_folder, program) = fresh();
    for _ in 0..2 {
        let ran = program.run(&["migrate"]).await.succeeded();
        assert_eq!(ran.stdout, "the schema is up to date\n");
    }
    let app = TestApp::start().await;
    app.run(&["migrate"]).await.succeeded();
    app.admin().await.get("/auth/me").await.expect(200);
}

#[tokio::test]
async fn commands_at_once_on_a_fresh_directory_do_not_meet() {
    let (_folder, program) = fresh();
    let ran = futures::future::join_all((0..4).map(|_| program.run(&["migrate"]))).await;
    for ran in ran {
        ran.succeeded();
    }
}

#[tokio::test]
async fn the_health_check_says_whether_the_service_is_up() {
    let mut app = TestApp::start().await;
    let address = app.anonymous().address().replace("http://", "");
    app.run(&["healthcheck", "--listen", &address]).await.succeeded();
    app.program().clone().with("HIVESYNC_HTTP__LISTEN", &address).run(&["healthcheck"]).await.succeeded();
    app.terminate().await;
    let down = app.run(&["healthcheck", "--listen", &address]).await.ended_with(1);
    assert!(down.stderr.starts_with("hivesync: "), "{}", down.stderr);
}

#[tokio::test]
async fn settings_that_do_not_exist_or_cannot_be_are_refused_by_name() {
    let (_folder, program) = fresh();
    for (name, value, named) in [
        ("HIVESYNC_HTTP__LISTN", "127.0.0.1:1", "HIVESYNC_HTTP__LISTN; did you mean HIVESYNC_HTTP__LISTEN?"),
        ("HIVESYNC_HTPP__LISTEN", "127.0.0.1:1", "HIVESYNC_HTPP__LISTEN; did you mean HIVESYNC_HTTP__LISTEN?"),
        ("HIVESYNC_HTTP__LISTEN", "nonsense", "http.listen"),
        ("HIVESYNC_HTTP__REQUEST_TIMEOUT_S", "0", "http.request_timeout_s"),
        ("HIVESYNC_HTTP__REQUEST_TIMEOUT_S", "soon", "http.request_timeout_s"),
        ("HIVESYNC_AUTH__REGISTRATION", "perhaps", "auth.registration"),
        ("HIVESYNC_AUTH__ARGON2_MEMORY_KIB", "9216", "auth.argon2_memory_kib 9216 with auth.argon2_passes 2"),
        ("HIVESYNC_AUTH__ARGON2_MEMORY_KIB", "4294967295", "auth.argon2_memory_kib goes up to"),
        ("HIVESYNC_AUTH__ARGON2_PASSES", "1", "auth.argon2_passes 1"),
        ("HIVESYNC_AUTH__ARGON2_LANES", "0", "auth.argon2_lanes"),
        ("HIVESYNC_GIT__PROTOCOLS", "https,ext", "git.protocols"),
        ("HIVESYNC_METRICS__LISTEN", "here", "metrics.listen"),
        ("HIVESYNC_SECRETS__KEYS_FILE", "/nowhere/keys", "HIVESYNC_SECRETS__KEYS_FILE"),
        ("HIVESYNC_LOG", "info,[", "log is "),
    ] {
        let refused = program.clone().with(name, value).run(&["serve", "--listen", "127.0.0.1:0"]).await.ended_with(1);
        assert!(refused.stderr.contains(named), "{name}: {}", refused.stderr);
        assert!(refused.stdout.is_empty(), "{name}: {}", refused.stdout);
        assert_eq!(refused.stderr.lines().count(), 1, "{name}: said once: {}", refused.stderr);
    }
    // Orchestrators put such names into every environment.
    program.with("HIVESYNC_PORT", "tcp://10.0.0.1:80").run(&["migrate"]).await.succeeded();
}

#[tokio::test]
async fn keys_that_anybody_could_guess_are_refused_and_not_repeated() {
    let (_folder, program) = fresh();
    let zeros = format!("t1:{}", "0".repeat(64));
    for keys in ["t1:4be7150f0a9d3c62", "4be7150f0a9d3c62f8871e5b9c24d06a", &zeros, &format!("{KEYS},{KEYS}"), ","] {
        let refused = program.clone().with("HIVESYNC_SECRETS__KEYS", keys).run(&["migrate"]).await.ended_with(1);
        assert!(refused.stderr.contains("secrets.keys"), "{}", refused.stderr);
        assert!(!refused.stderr.contains("4be7150f"), "{}", refused.stderr);
    }
    let database = program.with("HIVESYNC_DATABASE__URL", "postgres://ada:secret@127.0.0.1:1/hivesync");
    let refused = database.run(&["migrate"]).await.ended_with(1);
    assert!(refused.stderr.contains("secrets.keys is missing"), "{}", refused.stderr);
    let refused = database.with("HIVESYNC_SECRETS__KEYS", KEYS).run(&["migrate"]).await.ended_with(1);
    assert!(!refused.stderr.contains("secret@"), "{}", refused.stderr);
}

#[tokio::test]
async fn a_second_service_on_the_same_data_directory_is_refused() {
    let app = TestApp::start().await;
    let refused = app.run(&["serve", "--listen", "127.0.0.1:0"]).await.ended_with(1);
    assert!(refused.stderr.contains("used by another `hivesync serve`"), "{}", refused.stderr);
    app.anonymous().get("/health").await.expect(200);
}

#[tokio::test]
async fn an_address_that_is_taken_is_named() {
    let app = TestApp::start().await;
    let (_folder, program) = fresh();
    let address = app.anonymous().address().replace("http://", "");
    let refused = program.run(&["serve", "--listen", &address]).await.ended_with(1);
    assert!(refused.stderr.contains(&format!("cannot listen on {address}")), "{}", refused.stderr);
}

#[tokio::test]
async fn a_data_directory_that_cannot_be_used_is_named() {
    let (folder, program) = fresh();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let program = program.with("HIVESYNC_DATA_DIR", file.to_str().unwrap());
    let refused = program.run(&["serve", "--listen", "127.0.0.1:0"]).await.ended_with(1);
    assert!(refused.stderr.contains(file.to_str().unwrap()), "{}", refused.stderr);
}

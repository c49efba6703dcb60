//! `hivesync keys`: a new master key in front, and everything that the old ones made still good.

use std::{env, fs, os::unix::fs::PermissionsExt};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::support::{TestApp, program::Program};

/// The name of the key that signed a token.
fn kid(token: &str) -> String {
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    header["kid"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_rotated_key_signs_after_a_restart_and_devices_stay_signed_in() {
    if env::var("HIVESYNC_TEST_POSTGRES").is_ok_and(|server| !server.is_empty()) {
        eprintln!("skipped: only a service with the embedded database has a key file");
        return;
    }
    let mut app = TestApp::with(&[("HIVESYNC_SECRETS__KEYS", "")]).await;
    let admin = app.admin().await;
    assert_eq!(kid(admin.access_token()), "k1");

    let rotated = app.run(&["keys", "rotate"]).await.succeeded();

    assert!(rotated.stdout.contains("k2 is the current key") && rotated.stdout.contains("restart it"));
    let file = app.program().data_dir().join("secrets.keys");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o7777, 0o600);
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.starts_with("k2:") && text.contains(",k1:"));
    assert!(text.trim_end().split([',', ':']).all(|part| !rotated.stdout.contains(part) || part.len() < 64));
    // The service that runs goes on with what it has.
    admin.get("/auth/me").await.expect(200);
    assert_eq!(kid(app.admin().await.access_token()), "k1");

    app.restart().await;

    admin.get("/auth/me").await.expect(200);
    let refresh = json!({ "refresh_token": admin.refresh_token() });
    let refreshed = app.anonymous().post("/auth/refresh", refresh).await.expect(200);
    assert_eq!(kid(refreshed["access_token"].as_str().unwrap()), "k2");
    let listed = app.run(&["keys", "list", "--json"]).await.succeeded().json();
    assert_eq!(listed, json!({ "current": "k2", "former": ["k1"] }));
}

#[tokio::test]
async fn keys_rotated_at_once_are_all_kept() {
    let folder = TempDir::new().unwrap();
    let program = Program::at(folder.path());
    program.run(&["migrate"]).await.succeeded();
    let rotated = futures::future::join_all((0..4).map(|_| program.run(&["keys", "rotate", "--json"]))).await;
    for ran in rotated {
        ran.succeeded();
    }
    let listed = program.run(&["keys", "list"]).await.succeeded().stdout;
    assert_eq!(listed, "k5  current\nk4  former\nk3  former\nk2  former\nk1  former\n");
}

#[tokio::test]
async fn keys_that_are_not_in_the_file_are_not_rotated_and_the_way_is_told() {
    let folder = TempDir::new().unwrap();
    let program = Program::at(folder.path());
    let none = program.run(&["keys", "rotate"]).await.ended_with(1);
    assert!(none.stderr.contains("the first start of the service makes one"), "{}", none.stderr);
    let app = TestApp::start().await;
    let elsewhere = app.run(&["keys", "rotate"]).await.ended_with(1);
    assert!(elsewhere.stderr.contains("openssl rand -hex 32"), "{}", elsewhere.stderr);
    assert_eq!(app.run(&["keys", "list"]).await.succeeded().stdout, "t1  current\n");
    assert!(!app.program().data_dir().join("secrets.keys").exists());
}

//! What passwords cost: bounded memory and queue, and hashes that are made anew when the cost rises.

use std::fs;

use futures::future::join_all;
use serde_json::json;

use super::support::{PASSWORD, TestApp};

const UNLIMITED: (&str, &str) = ("HIVESYNC_LIMITS__ENABLED", "false");
const MIB: u64 = 1 << 20;

/// `VmRSS` or `VmHWM` of the service, in bytes.
fn memory(app: &TestApp, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", app.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim_matches([':', ' ', '\t', 'k', 'B']).parse::<u64>().unwrap() * 1024
}

async fn hash(app: &TestApp) -> String {
    app.rows("SELECT password_hash FROM users").await[0]["password_hash"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn sixty_four_logins_at_once_stay_within_the_memory_of_two_hashes() {
    let app = TestApp::with(&[UNLIMITED]).await;
    app.admin().await;
    let before = memory(&app, "VmRSS");
    let nobody = app.anonymous();
    let login = |at: usize| {
        let email = if at.is_multiple_of(2) { "admin@example.org".to_owned() } else { format!("u{at}@example.org") };
        let body = json!({ "email": email, "password": PASSWORD });
        let nobody = nobody.clone();
        async move { nobody.post("/auth/login", body).await.status.as_u16() }
    };
    let statuses = join_all((0..64).map(login)).await;
    assert!(statuses.iter().all(|status| [200, 401, 503].contains(status)), "{statuses:?}");
    assert!(statuses.contains(&200) && statuses.contains(&401), "{statuses:?}");
    let risen = memory(&app, "VmHWM").saturating_sub(before);
    assert!(risen < (2 * 19 + 24) * MIB, "{} MiB more than before", risen / MIB);
    nobody.get("/health").await.expect(200);
}

#[tokio::test]
async fn more_than_the_queue_holds_are_told_to_come_back() {
    let app = TestApp::with(&[UNLIMITED]).await;
    app.admin().await;
    let nobody = app.anonymous();
    let body = json!({ "email": "admin@example.org", "password": "not the password" });
    let answers = join_all((0..160).map(|_| nobody.post("/auth/login", body.clone()))).await;
    let (judged, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 401);
    assert!(judged.len() >= 64, "{}", judged.len());
    for answer in refused {
        assert!(!answer.header("retry-after").is_empty());
        answer.refused(503, "OVERLOADED");
    }
}

#[tokio::test]
async fn a_hash_made_at_a_lesser_cost_is_made_anew_at_the_next_right_login() {
    let cheap = [("HIVESYNC_AUTH__ARGON2_MEMORY_KIB", "12288"), ("HIVESYNC_AUTH__ARGON2_PASSES", "3"), UNLIMITED];
    let mut app = TestApp::with(&cheap).await;
    app.admin().await;
    let cheap = hash(&app).await;
    assert!(cheap.starts_with("$argon2id$v=19$m=12288,t=3,p=1$"), "{cheap}");
    app.restart_with("HIVESYNC_AUTH__ARGON2_MEMORY_KIB", "19456").await;
    let wrong = json!({ "email": "admin@example.org", "password": "not the password" });
    app.anonymous().post("/auth/login", wrong).await.refused(401, "UNAUTHENTICATED");
    assert_eq!(hash(&app).await, cheap, "a wrong password changes nothing");
    app.anonymous().sign_in("admin@example.org", PASSWORD).await;
    let dear = hash(&app).await;
    assert!(dear.starts_with("$argon2id$v=19$m=19456,t=3,p=1$"), "{dear}");
    app.anonymous().sign_in("admin@example.org", PASSWORD).await;
    assert_eq!(hash(&app).await, dear, "once is enough");
    app.restart_with("HIVESYNC_AUTH__ARGON2_MEMORY_KIB", "12288").await;
    app.anonymous().sign_in("admin@example.org", PASSWORD).await;
    assert_eq!(hash(&app).await, dear, "a dearer one is kept");
}

//! Guessing passwords: who does it waits, and keeps nobody else out.

use std::time::Duration;

use serde_json::json;

use super::support::{Answer, Client, PASSWORD, TestApp, wait_until};

const WRONG: &str = "not the password";

async fn login(client: &Client, email: &str, password: &str) -> Answer {
    client.post("/auth/login", json!({ "email": email, "password": password })).await
}

async fn fails(client: &Client, email: &str, times: usize) {
    for _ in 0..times {
        login(client, email, WRONG).await.refused(401, "UNAUTHENTICATED");
    }
}

/// How long the client is told to wait, in seconds.
fn told_to_wait(answer: Answer) -> u64 {
    let seconds = answer.header("retry-after").parse().unwrap();
    assert!(answer.header("ratelimit-policy").starts_with("\"login\";"));
    answer.refused(429, "RATE_LIMIT_EXCEEDED");
    seconds
}

/// Tries until the answer is another than "wait".
async fn heard(client: &Client, email: &str, password: &str) -> Answer {
    wait_until("an attempt is heard", Duration::from_secs(10), async || {
        let answer = login(client, email, password).await;
        (answer.status != 429).then_some(answer)
    })
    .await
}

#[tokio::test]
async fn after_five_failures_each_one_doubles_the_wait() {
    let app = TestApp::start().await;
    let (nobody, email) = (app.anonymous(), "admin@example.org");
    app.admin().await;
    fails(&nobody, email, 5).await;
    assert_eq!(told_to_wait(login(&nobody, email, PASSWORD).await), 1, "a right one waits too");
    heard(&nobody, email, WRONG).await.refused(401, "UNAUTHENTICATED");
    assert_eq!(told_to_wait(login(&nobody, email, WRONG).await), 2);
    heard(&nobody, email, WRONG).await.refused(401, "UNAUTHENTICATED");
    let wait = told_to_wait(login(&nobody, email, WRONG).await);
    assert!((3..=4).contains(&wait), "{wait}");
    heard(&nobody, email, PASSWORD).await.expect(200);
    fails(&nobody, email, 5).await;
}

#[tokio::test]
async fn an_unknown_account_is_held_back_like_a_known_one() {
    let app = TestApp::start().await;
    app.admin().await;
    for email in ["eve@example.org", "no address"] {
        fails(&app.anonymous(), email, 5).await;
        assert_eq!(told_to_wait(login(&app.anonymous(), email, WRONG).await), 1, "{email}");
    }
    app.anonymous().sign_in("admin@example.org", PASSWORD).await;
}

#[tokio::test]
async fn strangers_keep_nobody_out_who_was_there_before() {
    let app = TestApp::start().await;
    let email = "admin@example.org";
    app.admin().await;
    for address in ["127.0.0.11", "127.0.0.12", "127.0.0.13", "127.0.0.14"] {
        let stranger = app.anonymous().from(address);
        fails(&stranger, email, 5).await;
        told_to_wait(login(&stranger, email, PASSWORD).await);
    }
    // From a known address four mistakes are still nobody's business …
    fails(&app.anonymous(), email, 4).await;
    app.anonymous().sign_in(email, PASSWORD).await;
    // … from a strange one the first is heard, and the next has to wait.
    let stranger = app.anonymous().from("127.0.0.15");
    fails(&stranger, email, 1).await;
    assert_eq!(told_to_wait(login(&stranger, email, PASSWORD).await), 1);
    app.anonymous().from("127.0.0.16").sign_in(email, PASSWORD).await;
}

#[tokio::test]
async fn an_address_that_fails_at_every_account_waits_where_it_is_a_stranger() {
    let app = TestApp::start().await;
    let guesser = app.anonymous().from("127.0.0.21");
    app.admin().await;
    let user = guesser.sign_in("admin@example.org", PASSWORD).await;
    for account in 0..10 {
        fails(&guesser, &format!("user{account}@example.org"), 5).await;
    }
    told_to_wait(login(&guesser, "somebody@example.org", WRONG).await);
    guesser.sign_in("admin@example.org", PASSWORD).await;
    user.get("/auth/me").await.expect(200);
}

#[tokio::test]
async fn a_stolen_session_does_not_help_to_guess_the_password() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let guess = json!({ "current_password": WRONG, "password": "copper-lantern-otter-4" });
    for _ in 0..3 {
        admin.patch("/auth/me", guess.clone()).await.refused(422, "INVALID_INPUT");
    }
    for _ in 0..2 {
        admin.delete_with("/auth/me", json!({ "password": WRONG })).await.refused(422, "INVALID_INPUT");
    }
    told_to_wait(admin.patch("/auth/me", guess).await);
    told_to_wait(login(&app.anonymous(), "admin@example.org", PASSWORD).await);
}

#[tokio::test]
async fn guesses_at_once_count_each() {
    let app = TestApp::start().await;
    app.admin().await;
    let nobody = app.anonymous();
    let answers = futures::future::join_all((0..20).map(|_| login(&nobody, "admin@example.org", WRONG))).await;
    let judged = answers.iter().filter(|answer| answer.status == 401).count();
    assert!((5..=6).contains(&judged), "{judged} of 20 were judged");
    assert!(answers.iter().all(|answer| [401, 429].contains(&answer.status.as_u16())));
}

#[tokio::test]
async fn nobody_waits_where_rates_are_not_limited() {
    let app = TestApp::with(&[("HIVESYNC_LIMITS__ENABLED", "false")]).await;
    app.admin().await;
    fails(&app.anonymous(), "admin@example.org", 12).await;
    app.anonymous().sign_in("admin@example.org", PASSWORD).await;
}

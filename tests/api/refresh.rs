//! Refresh tokens: they rotate, a lost answer is harmless, and a stolen one is seen.

use serde_json::{Value, json};

use super::support::{Answer, Client, TestApp};

async fn exchange(client: &Client, token: &str) -> Answer {
    client.post("/auth/refresh", json!({ "refresh_token": token })).await
}

async fn refreshed(client: &Client) -> Client {
    client.holding(exchange(client, client.refresh_token()).await.expect(200).json)
}

async fn reason(client: &Client, token: &str) -> Value {
    exchange(client, token).await.refused(401, "UNAUTHENTICATED")["reason"].clone()
}

async fn assert_dead(client: &Client) {
    assert_eq!(reason(client, client.refresh_token()).await, "revoked");
    assert_eq!(client.get("/auth/me").await.refused(401, "UNAUTHENTICATED")["reason"], "revoked");
}

#[tokio::test]
async fn each_exchange_gives_new_tokens_of_the_same_session() {
    let app = TestApp::start().await;
    let mut client = app.admin().await;
    for _ in 0..3 {
        let next = refreshed(&client).await;
        assert_ne!(next.refresh_token(), client.refresh_token());
        assert_eq!(next.tokens["user"], client.tokens["user"]);
        assert_eq!(next.tokens["expires_in"], 900);
        next.get("/auth/me").await.expect(200);
        client = next;
    }
    assert_eq!(app.rows("SELECT id FROM sessions").await.len(), 1);
}

#[tokio::test]
async fn a_lost_answer_is_given_again_as_often_as_it_is_lost() {
    let app = TestApp::start().await;
    let first = app.admin().await;
    let lost = refreshed(&first).await;
    let again = refreshed(&first).await;
    let once_more = refreshed(&first).await;
    assert_eq!(again.refresh_token(), lost.refresh_token());
    assert_eq!(once_more.refresh_token(), lost.refresh_token());
    once_more.get("/auth/me").await.expect(200);
    refreshed(&once_more).await.get("/auth/me").await.expect(200);
}

#[tokio::test]
async fn an_access_token_from_before_an_exchange_does_not_use_up_the_newer_one() {
    let app = TestApp::start().await;
    let first = app.admin().await;
    let lost = refreshed(&first).await;
    first.get("/auth/me").await.expect(200);
    assert_eq!(refreshed(&first).await.refresh_token(), lost.refresh_token());
}

#[tokio::test]
async fn a_refresh_token_that_returns_after_the_newer_one_was_exchanged_ends_the_session() {
    let app = TestApp::start().await;
    let first = app.admin().await;
    let second = refreshed(&first).await;
    let third = refreshed(&second).await;
    assert_eq!(reason(&first, first.refresh_token()).await, "revoked");
    for client in [&first, &second, &third] {
        assert_dead(client).await;
    }
    let seen = app.rows("SELECT kind FROM events WHERE kind = 'refresh_token_reused'").await;
    assert_eq!(seen.len(), 1, "the theft is recorded once");
}

#[tokio::test]
async fn a_refresh_token_that_returns_after_the_newer_access_token_was_used_ends_the_session() {
    let app = TestApp::start().await;
    let first = app.admin().await;
    let second = refreshed(&first).await;
    second.get("/auth/me").await.expect(200);
    assert_eq!(reason(&first, first.refresh_token()).await, "revoked");
    assert_dead(&second).await;
    app.admin().await.get("/auth/me").await.expect(200);
}

#[tokio::test]
async fn garbage_is_no_refresh_token() {
    let app = TestApp::start().await;
    let client = app.admin().await;
    let token = client.refresh_token();
    let altered = format!("{}{}", &token[..token.len() - 4], "AAAA");
    for text in ["", "hsr_", "hsr_AAAA", "hsr_é", client.access_token(), &altered, &token[4..], &format!("{token}A")] {
        assert_eq!(reason(&client, text).await, "invalid", "{text}");
    }
    client.post("/auth/refresh", json!({})).await.refused(422, "MISSING_FIELD");
    refreshed(&client).await.get("/auth/me").await.expect(200);
}

#[tokio::test]
async fn exchanges_at_once_all_give_the_same_newer_token() {
    let app = TestApp::start().await;
    let client = app.admin().await;
    let exchanges = (0..6).map(|_| refreshed(&client));
    let given = futures::future::join_all(exchanges).await;
    for other in &given {
        assert_eq!(other.refresh_token(), given[0].refresh_token());
    }
    given[0].get("/auth/me").await.expect(200);
}

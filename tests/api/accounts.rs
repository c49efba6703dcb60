//! `/auth`: making accounts, signing in and out.

use serde_json::{Value, json};

use super::support::{Answer, Client, PASSWORD, TestApp};

const OPEN: (&str, &str) = ("HIVESYNC_AUTH__REGISTRATION", "open");

async fn register(client: &Client, email: &str, password: &str) -> Answer {
    client.post("/auth/register", json!({ "email": email, "password": password })).await
}

async fn login(client: &Client, email: &str, password: &str) -> Answer {
    client.post("/auth/login", json!({ "email": email, "password": password })).await
}

fn without_request_id(answer: Answer) -> Value {
    let mut error = answer.json;
    error["error"]["details"].as_object_mut().expect("details").remove("request_id");
    error
}

#[tokio::test]
async fn the_first_account_needs_the_exact_setup_token_and_is_the_administrator() {
    let app = TestApp::start().await;
    let (nobody, token) = (app.anonymous(), app.setup_token().await);
    let account = |token: &str| json!({ "email": "ada@example.org", "password": PASSWORD, "setup_token": token });
    let details = register(&nobody, "ada@example.org", PASSWORD).await.refused(422, "MISSING_FIELD");
    assert_eq!(details["fields"][0]["path"], "setup_token");
    for wrong in [String::new(), "x".repeat(token.len()), format!("{token}x"), token[1..].to_owned()] {
        nobody.post("/auth/register", account(&wrong)).await.refused(403, "FORBIDDEN");
    }
    let ada = nobody.post("/auth/register", account(&token)).await.expect(201);
    assert_eq!((&ada["email"], &ada["is_admin"]), (&json!("ada@example.org"), &json!(true)));
    let second = json!({ "email": "eve@example.org", "password": PASSWORD, "setup_token": token });
    nobody.post("/auth/register", second).await.refused(403, "FORBIDDEN");
}

#[tokio::test]
async fn of_two_who_register_first_at_once_one_becomes_the_administrator() {
    let app = TestApp::start().await;
    let (nobody, token) = (app.anonymous(), app.setup_token().await);
    let first = async |email: &str| {
        let account = json!({ "email": email, "password": PASSWORD, "setup_token": token });
        nobody.post("/auth/register", account).await.status.as_u16()
    };
    let (ada, bob) = tokio::join!(first("ada@example.org"), first("bob@example.org"));
    assert!([(201, 403), (403, 201)].contains(&(ada, bob)), "{ada}, {bob}");
}

#[tokio::test]
async fn nobody_registers_where_registration_is_closed() {
    let app = TestApp::start().await;
    app.admin().await;
    register(&app.anonymous(), "eve@example.org", PASSWORD).await.refused(403, "FORBIDDEN");
}

#[tokio::test]
async fn anybody_registers_where_registration_is_open_and_administers_nothing() {
    let app = TestApp::with(&[OPEN]).await;
    app.admin().await;
    let account = json!({ "email": " Bob@Example.ORG ", "password": PASSWORD, "display_name": " Bob " });
    let bob = app.anonymous().post("/auth/register", account).await.expect(201);
    assert_eq!(bob["email"], "bob@example.org");
    assert_eq!(bob["display_name"], "Bob");
    assert_eq!(bob["is_admin"], false);
}

#[tokio::test]
async fn bad_passwords_and_addresses_are_refused_by_name() {
    let app = TestApp::with(&[OPEN]).await;
    app.admin().await;
    let nobody = app.anonymous();
    for password in ["", "x9#kq2", "password1", "bob@example.org", "aaaaaaaaaaaa", &"x9#kQ2v!".repeat(129)] {
        let details = register(&nobody, "bob@example.org", password).await.refused(422, "INVALID_INPUT");
        assert_eq!(details["fields"][0]["path"], "password", "{password:?}");
    }
    for email in ["", "bob", "@example.org", "bob@", "b ob@example.org", "b@o@b.org", "bob@.org", "bob\n@example.org"] {
        let details = register(&nobody, email, PASSWORD).await.refused(422, "INVALID_INPUT");
        assert_eq!(details["fields"][0]["path"], "email", "{email:?}");
    }
    let long = format!("{}@example.org", "b".repeat(250));
    register(&nobody, &long, PASSWORD).await.refused(422, "INVALID_INPUT");
    let name = json!({ "email": "bob@example.org", "password": PASSWORD, "display_name": "B\u{0}b" });
    let details = nobody.post("/auth/register", name).await.refused(422, "INVALID_INPUT");
    assert_eq!(details["fields"][0]["path"], "display_name");
}

#[tokio::test]
async fn an_address_belongs_to_one_account_however_it_is_written() {
    let app = TestApp::with(&[OPEN]).await;
    app.admin().await;
    register(&app.anonymous(), "bob@example.org", PASSWORD).await.expect(201);
    for email in ["bob@example.org", "BOB@example.ORG", " bob@example.org"] {
        register(&app.anonymous(), email, PASSWORD).await.refused(409, "EMAIL_TAKEN");
    }
}

#[tokio::test]
async fn signing_in_gives_tokens_and_the_account_without_secrets() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    assert_eq!(admin.tokens["token_type"], "bearer");
    assert_eq!(admin.tokens["expires_in"], 900);
    let me = admin.get("/auth/me").await.expect(200);
    assert_eq!(me.json, admin.tokens["user"]);
    let members: Vec<_> = me.json.as_object().expect("an object").keys().collect();
    assert_eq!(members, ["created_at", "display_name", "email", "id", "is_admin"]);
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_account_are_answered_alike() {
    let app = TestApp::start().await;
    app.admin().await;
    let nobody = app.anonymous();
    let wrong = login(&nobody, "admin@example.org", "not the password").await;
    assert_eq!(wrong.clone().refused(401, "UNAUTHENTICATED")["reason"], "invalid");
    let wrong = without_request_id(wrong);
    for (email, password) in [
        ("eve@example.org", PASSWORD),
        ("eve@example.org", ""),
        ("admin@example.org", ""),
        ("not an address", PASSWORD),
        ("admin@example.org", &PASSWORD.to_uppercase()),
        ("admin@example.org", &format!("{PASSWORD}\u{0}")),
    ] {
        let answer = login(&nobody, email, password).await.expect(401);
        assert_eq!(without_request_id(answer), wrong, "{email} {password}");
    }
}

#[tokio::test]
async fn signing_out_ends_this_device_at_once_and_no_other() {
    let app = TestApp::start().await;
    let (phone, laptop) = (app.admin().await, app.admin().await);
    phone.get("/auth/me").await.expect(200);
    phone.post_nothing("/auth/logout").await.expect(204);
    assert_eq!(phone.get("/auth/me").await.refused(401, "UNAUTHENTICATED")["reason"], "revoked");
    let refresh = json!({ "refresh_token": phone.refresh_token() });
    let details = phone.post("/auth/refresh", refresh).await.refused(401, "UNAUTHENTICATED");
    assert_eq!(details["reason"], "revoked");
    laptop.get("/auth/me").await.expect(200);
}

#[tokio::test]
async fn signing_out_everywhere_ends_all_devices_of_this_person_only() {
    let app = TestApp::start().await;
    let (phone, laptop, bob) = (app.admin().await, app.admin().await, app.user("bob").await);
    laptop.get("/auth/me").await.expect(200);
    phone.post_nothing("/auth/logout?all=true").await.expect(204);
    for device in [&phone, &laptop] {
        assert_eq!(device.get("/auth/me").await.refused(401, "UNAUTHENTICATED")["reason"], "revoked");
    }
    bob.get("/auth/me").await.expect(200);
    app.admin().await.get("/auth/me").await.expect(200);
}

#[tokio::test]
async fn a_misspelt_wish_to_sign_out_is_refused_and_changes_nothing() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    admin.post_nothing("/auth/logout?al=true").await.refused(422, "INVALID_INPUT");
    admin.post_nothing("/auth/logout?all=yes").await.refused(422, "INVALID_INPUT");
    admin.get("/auth/me").await.expect(200);
}

#[tokio::test]
async fn a_request_that_crosses_the_sign_out_does_not_bring_the_session_back() {
    let app = TestApp::start().await;
    app.admin().await;
    for _ in 0..20 {
        let device = app.admin().await;
        let crossing = futures::future::join_all((0..6).map(|_| device.get("/auth/me")));
        let (_, out) = futures::join!(crossing, device.post_nothing("/auth/logout"));
        out.expect(204);
        device.get("/auth/me").await.refused(401, "UNAUTHENTICATED");
    }
}

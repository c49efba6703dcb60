//! Every error in the contract's shape, whoever noticed it.

use reqwest::{
    Method,
    header::{ACCEPT, CONTENT_TYPE},
};
use serde_json::{Value, json};

use super::support::{Answer, Client, PASSWORD, TestApp};

async fn posted(client: &Client, path: &str, body: impl Into<reqwest::Body>) -> Answer {
    let request = client.request(Method::POST, path).header(CONTENT_TYPE, "application/json");
    client.send(request.body(body)).await
}

#[tokio::test]
async fn an_unknown_address_is_not_found() {
    let app = TestApp::start().await;
    for path in ["/health/x", "/api/", "/api/v2/projects", "/projects/", "/nowhere", "/auth/me/x"] {
        app.anonymous().get(path).await.refused(404, "NOT_FOUND");
    }
    let admin = app.admin().await;
    for id in ["x", "1", "00000000", "%00", "..%2F..", "019a0000-0000-7000-8000-00000000000g"] {
        admin.get(&format!("/projects/{id}")).await.refused(404, "NOT_FOUND");
    }
}

#[tokio::test]
async fn a_known_address_tells_which_methods_it_takes() {
    let app = TestApp::start().await;
    let id = "019a0000-0000-7000-8000-000000000000";
    for (method, path, allowed) in [
        (Method::DELETE, "/health", "GET, HEAD"),
        (Method::PUT, "/projects", "GET, HEAD, POST"),
        (Method::GET, "/auth/login", "POST"),
        (Method::POST, &format!("/projects/{id}"), "GET, HEAD, PATCH, DELETE"),
        (Method::PUT, &format!("/projects/{id}/files/a/b.rs"), "GET, HEAD"),
        (Method::from_bytes(b"BREW").unwrap(), "/health", "GET, HEAD"),
    ] {
        let client = app.anonymous();
        let answer = client.send(client.request(method, path)).await;
        assert_eq!(answer.header("allow"), allowed, "{path}");
        answer.refused(405, "METHOD_NOT_ALLOWED");
    }
}

#[tokio::test]
async fn a_body_that_is_not_one_json_value_is_malformed() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let deep = format!("{{\"name\": {}", "[".repeat(200_000));
    for body in ["", " ", "{", "{\"name\":\"a\"} x", "{\"name\":\"a\",}", "{'name':'a'}", "{\"name\":\"\\x\"}", &deep] {
        let body = body.to_owned();
        let answer = posted(&admin, "/projects", body.clone()).await;
        // What follows a value of the wrong type is not read at all.
        if body == deep {
            answer.refused(422, "INVALID_INPUT");
        } else {
            answer.refused(400, "MALFORMED_REQUEST");
        }
    }
    posted(&admin, "/projects", b"{\"name\":\"\xff\"}".to_vec()).await.refused(400, "MALFORMED_REQUEST");
}

#[tokio::test]
async fn a_field_that_is_wrong_is_named() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for (body, code, path) in [
        (json!({}), "MISSING_FIELD", "name"),
        (json!({ "name": "a", "nmae": "b" }), "INVALID_INPUT", "nmae"),
        (json!({ "name": 1 }), "INVALID_INPUT", "name"),
        (json!({ "name": null }), "INVALID_INPUT", "name"),
        (json!({ "name": "a", "description": [] }), "INVALID_INPUT", "description"),
        (json!({ "name": "" }), "INVALID_INPUT", "name"),
        (json!("a"), "INVALID_INPUT", "body"),
        (json!(["a", "b"]), "INVALID_INPUT", "body"),
        (json!(null), "INVALID_INPUT", "body"),
    ] {
        let answer = admin.post("/projects", body.clone()).await;
        assert_eq!(answer.refused(422, code)["fields"][0]["path"], path, "{body}");
    }
    let twice = posted(&admin, "/projects", r#"{"name":"a","name":"b"}"#).await;
    assert_eq!(twice.refused(422, "INVALID_INPUT")["fields"][0]["path"], "name");
}

#[tokio::test]
async fn a_part_of_the_query_that_is_wrong_is_named() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let id = admin.project("p").await;
    for (address, path) in [
        ("/projects?limit=x".to_owned(), "limit"),
        ("/projects?limit=-1".to_owned(), "limit"),
        ("/projects?nothing=1".to_owned(), "nothing"),
        (format!("/projects/{id}/search?q=a&kind=foo"), "kind"),
        (format!("/projects/{id}/manifest/diff?from=x&to=1"), "from"),
    ] {
        let answer = admin.get(&address).await;
        assert_eq!(answer.refused(422, "INVALID_INPUT")["fields"][0]["path"], path, "{address}");
    }
}

#[tokio::test]
async fn who_proves_nothing_is_told_so_whatever_they_send() {
    let app = TestApp::start().await;
    let stranger = app.admin().await.with_token("eyJ0eXAiOiJKV1QifQ.e30.x");
    for body in ["{", "{}", "{\"nmae\":1}", "[]"].iter().cycle().take(20) {
        posted(&stranger, "/projects", *body).await.refused(401, "UNAUTHENTICATED");
    }
    // Signing in asks for no token, so one that is no longer valid does no harm there.
    let again = json!({ "email": "admin@example.org", "password": PASSWORD });
    stranger.post("/auth/login", again).await.expect(200);
}

#[tokio::test]
async fn a_large_body_and_another_media_type_are_refused() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let large = format!("{{\"name\":\"{}\"}}", "x".repeat(2 << 20));
    posted(&admin, "/projects", large).await.refused(413, "PAYLOAD_TOO_LARGE");
    let just_fits = format!("{{\"name\":\"a\"{}}}", " ".repeat((1 << 20) - 12));
    posted(&admin, "/projects", just_fits).await.expect(201);
    for media in ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""] {
        let request = admin.request(Method::POST, "/projects").header(CONTENT_TYPE, media).body("{\"name\":\"a\"}");
        admin.send(request).await.refused(415, "UNSUPPORTED_MEDIA_TYPE");
    }
    let request = admin.request(Method::POST, "/projects").header(CONTENT_TYPE, "Application/JSON; charset=utf-8");
    admin.send(request.body("{\"name\":\"a\"}")).await.expect(201);
}

#[tokio::test]
async fn a_page_that_cannot_be_is_refused_by_name() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for (query, path) in [("limit=0", "limit"), ("limit=101", "limit"), ("cursor=x", "cursor"), ("cursor=", "cursor")] {
        let answer = admin.get(&format!("/projects?{query}")).await;
        assert_eq!(answer.refused(422, "INVALID_INPUT")["fields"][0]["path"], path, "{query}");
    }
    for query in ["limit=-1", "limit=ten", "limit=99999999999", "limt=1", "limit=1&limit=2", "limit=%ff"] {
        admin.get(&format!("/projects?{query}")).await.refused(422, "INVALID_INPUT");
    }
}

#[tokio::test]
async fn who_accepts_problem_details_gets_them() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    let request = client.request(Method::GET, "/auth/me").header(ACCEPT, "application/problem+json, */*");
    let answer = client.send(request.header("x-request-id", "r-1")).await.expect(401);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let expected = json!({
        "type": "about:blank",
        "title": "Unauthorized",
        "status": 401,
        "detail": "send an access token: `Authorization: Bearer …`",
        "instance": "/api/v1/auth/me",
        "code": "UNAUTHENTICATED",
        "reason": "missing",
        "request_id": "r-1",
    });
    assert_eq!(answer.json, expected);
}

#[tokio::test]
async fn a_request_keeps_its_id_and_gets_one_where_it_has_none_or_an_odd_one() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    let ask = async |id: &[u8]| {
        let request = client.request(Method::GET, "/health").header("x-request-id", id);
        client.send(request).await.expect(200).header("x-request-id").to_owned()
    };
    for id in ["a", "r-1_2.3:4", &"x".repeat(128)] {
        assert_eq!(ask(id.as_bytes()).await, id);
    }
    for odd in ["", "a b", "a\tb", "é", &"x".repeat(129)] {
        let made = ask(odd.as_bytes()).await;
        assert_eq!(made.parse::<uuid::Uuid>().map(|id| id.get_version_num()), Ok(7), "{odd:?} became {made:?}");
    }
    let (first, second) = (client.get("/health").await, client.get("/health").await);
    assert_ne!(first.header("x-request-id"), second.header("x-request-id"));
}

#[tokio::test]
async fn a_requests_id_is_found_in_the_log_and_in_what_the_request_caused() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let request = admin.request(Method::POST, "/projects").header("x-request-id", "find-me-1");
    admin.send(request.json(&json!({ "name": "a" }))).await.expect(201);
    assert!(app.log().lines().any(|line| line.contains("find-me-1")));
    let events = app.rows("SELECT kind FROM events WHERE request_id = 'find-me-1'").await;
    assert_eq!(events, [json!({ "kind": "project_created" })]);
}

#[tokio::test]
async fn a_head_is_answered_like_its_get_without_the_body() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for path in ["/health", "/auth/me", "/projects", "/nowhere", "/projects?limit=0"] {
        let get = admin.get(path).await;
        let head = admin.send(admin.request(Method::HEAD, path)).await;
        assert_eq!(head.status, get.status, "{path}");
        assert!(head.body.is_empty(), "{path}");
        for name in ["content-type", "content-length", "etag", "link"] {
            assert_eq!(head.header(name), get.header(name), "{name} of {path}");
        }
    }
    let head = admin.send(admin.request(Method::HEAD, "/auth/login")).await;
    assert_eq!(head.status, 405);
}

#[tokio::test]
async fn nothing_of_the_inside_is_told() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let errors = [
        admin.get("/nowhere").await,
        admin.get("/projects?cursor=x").await,
        posted(&admin, "/projects", "{").await,
        admin.post("/projects", json!({ "name": 1 })).await,
        admin.get("/projects/019a0000-0000-7000-8000-000000000000").await,
    ];
    for error in errors {
        let text = error.text();
        for inside in ["src/", ".rs", "SELECT", "sqlx", "sea_orm", "serde", "struct ", "panicked", "hivesync::"] {
            assert!(!text.contains(inside), "{inside:?} in {text}");
        }
        assert_eq!(error.json["error"].as_object().map(serde_json::Map::len), Some(3));
    }
    assert_eq!(app.anonymous().get("/health").await.header("server"), "");
    assert_eq!(admin.get("/nowhere").await.json["error"]["details"]["fields"], Value::Null);
}

#[tokio::test]
async fn who_stalls_in_the_middle_of_a_body_is_not_waited_for() {
    let app = TestApp::with(&[("HIVESYNC_HTTP__REQUEST_TIMEOUT_S", "2")]).await;
    let head = "POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
    let request = format!("{head}Content-Type: application/json\r\nContent-Length: 30\r\n\r\n{{\"email\"");
    let (status, body) = app.anonymous().say(&request).await;
    assert_eq!(status, 408);
    let error: Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!(error["error"]["code"], "REQUEST_TIMEOUT");
}

#[tokio::test]
async fn what_is_no_http_is_refused_by_its_status_and_hurts_nobody() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    let post = "POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    for (request, status) in [
        ("nonsense\r\n\r\n".to_owned(), 400),
        ("GET /health HTTP/1.1\r\n\r\n".to_owned(), 400),
        (format!("{post}Content-Length: -1\r\n\r\n"), 400),
        (format!("{post}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"), 400),
        (format!("GET /health HTTP/1.1\r\nHost: localhost\r\n{}\r\n", "X-A: b\r\n".repeat(200)), 431),
    ] {
        assert_eq!(client.say(&request).await.0, status, "{request:?}");
    }
    client.get("/health").await.expect(200);
}

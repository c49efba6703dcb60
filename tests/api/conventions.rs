//! What holds for every answer: headers for browsers and caches, traces, coding, sizes.

use std::{io::Read, time::Duration};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::support::{Answer, Client, Repo, TestApp, wait_until};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

async fn with(client: &Client, path: &str, headers: &[(&str, &str)]) -> Answer {
    let request = headers.iter().fold(client.request(Method::GET, path), |it, (name, value)| it.header(*name, *value));
    client.send(request).await
}

#[tokio::test]
async fn every_answer_tells_browsers_to_take_no_liberties() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for path in ["/health", "/projects", "/nowhere", "/docs/", "/api/v1/openapi.json", "/projects?limit=0"] {
        let answer = admin.get(path).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
        assert_eq!(policy.contains("script-src 'self'"), path == "/docs/", "{path}");
        assert_eq!(answer.header("strict-transport-security"), "", "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), "", "{path}");
    }
    let app = TestApp::with(&[("HIVESYNC_HTTP__HSTS_S", "31536000")]).await;
    let told = app.anonymous().get("/health").await;
    assert_eq!(told.header("strict-transport-security"), "max-age=31536000");
}

#[tokio::test]
async fn what_may_hold_a_secret_is_kept_by_nobody() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let refresh = json!({ "refresh_token": admin.refresh_token() });
    for answer in [
        admin.post("/auth/refresh", refresh).await.expect(200),
        admin.get("/auth/me").await.expect(200),
        admin.post("/projects", json!({ "name": "a" })).await.expect(201),
        admin.post("/projects", json!({})).await.expect(422),
    ] {
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    // The rest belongs to whoever asked, and may change at any time.
    assert_eq!(admin.get("/projects").await.expect(200).header("cache-control"), "private, no-cache");
    assert_eq!(admin.get("/health").await.expect(200).header("cache-control"), "");
}

#[tokio::test]
async fn pages_of_the_configured_origins_may_read_answers_and_no_others() {
    let app = TestApp::with(&[("HIVESYNC_HTTP__CORS_ORIGINS", "https://app.example.org,http://localhost:3000")]).await;
    let client = app.anonymous();
    let preflight = async |origin: &str, path: &str| {
        let request = client.request(Method::OPTIONS, path).header("origin", origin);
        client.send(request.header("access-control-request-method", "PATCH")).await
    };
    for path in ["/projects", "/auth/login", "/projects/x"] {
        let granted = preflight("https://app.example.org", path).await.expect(204);
        assert_eq!(granted.header("access-control-allow-origin"), "https://app.example.org");
        assert!(granted.header("access-control-allow-headers").contains("Idempotency-Key"));
        assert!(granted.header("access-control-allow-methods").contains("PATCH"));
        assert_eq!(granted.header("access-control-allow-credentials"), "");
        assert_eq!(granted.header("vary"), "Origin");
    }
    for origin in ["https://evil.example.org", "https://app.example.org.evil.org", "null"] {
        let refused = preflight(origin, "/projects").await;
        assert_eq!(refused.header("access-control-allow-origin"), "", "{origin}");
        refused.refused(405, "METHOD_NOT_ALLOWED");
        let read = with(&client, "/health", &[("origin", origin)]).await.expect(200);
        assert_eq!((read.header("access-control-allow-origin"), read.header("vary")), ("", "Origin"));
    }
    // An error, too, can be read by the page that caused it.
    let error = with(&client, "/projects", &[("origin", "http://localhost:3000")]).await;
    assert_eq!(error.header("access-control-allow-origin"), "http://localhost:3000");
    for name in ["RateLimit", "Retry-After", "ETag", "X-Request-Id", "Location", "Link"] {
        assert!(error.header("access-control-expose-headers").contains(name), "{name}");
    }
    error.refused(401, "UNAUTHENTICATED");
    let open = TestApp::with(&[("HIVESYNC_HTTP__CORS_ORIGINS", "*")]).await;
    let read = with(&open.anonymous(), "/health", &[("origin", "https://any.example.org")]).await.expect(200);
    assert_eq!(read.header("access-control-allow-origin"), "*");
}

#[tokio::test]
async fn origins_and_proxies_that_are_none_are_refused_at_the_start() {
    let app = TestApp::start().await;
    let program = app.program().clone().with("HIVESYNC_HTTP__CORS_ORIGINS", "app.example.org");
    let program = program.with("HIVESYNC_HTTP__TRUSTED_PROXIES", "10.0.0.0/99");
    let ran = program.run(&["migrate"]).await;
    assert_ne!(ran.code, Some(0));
    assert!(ran.stderr.contains("http.cors_origins holds") && ran.stderr.contains("10.0.0.0/99"), "{}", ran.stderr);
}

#[tokio::test]
async fn a_trace_is_taken_up_and_carried_into_logs_and_jobs() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let given = format!("00-{TRACE}-00f067aa0ba902b7-01");
    let answer = with(&admin, "/projects", &[("traceparent", &given)]).await.expect(200);
    let echoed = answer.header("traceparent");
    assert!(echoed.starts_with(&format!("00-{TRACE}-")) && echoed.ends_with("-01"), "{echoed}");
    assert_ne!(echoed, given, "our span is our own");
    for malformed in ["", "nonsense", "00-0-0-00", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"] {
        let answer = with(&admin, "/projects", &[("traceparent", malformed)]).await.expect(200);
        assert_eq!(answer.header("traceparent"), "", "{malformed}");
    }

    let (id, repo) = (admin.project("p").await, Repo::of(&[("a.txt", "a\n")]));
    let link = admin.request(Method::POST, &format!("/projects/{id}/link-repo")).header("traceparent", &given);
    let linked = admin.send(link.json(&json!({ "repo_url": repo.url() }))).await.expect(202);
    let own = linked.header("traceparent").to_owned();
    admin.sync_until(&id, linked["sync_id"].as_str().unwrap(), &["SUCCESS"]).await;
    assert_eq!(app.rows("SELECT trace FROM jobs").await, [json!({ "trace": own })]);
    let of_job = |line: &str| {
        let entry: Value = serde_json::from_str(line).unwrap_or_default();
        let spans = entry["spans"].as_array().cloned().unwrap_or_default();
        spans.iter().any(|span| span["name"] == "job" && span["trace_id"] == TRACE)
    };
    wait_until("the job logs its trace", Duration::from_secs(5), async || app.log().lines().any(of_job).then_some(()))
        .await;
    assert!(app.log().lines().any(|line| line.contains("\"request\"") && line.contains(TRACE)));
}

#[tokio::test]
async fn problem_details_go_to_those_who_prefer_them() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    for (accept, media) in [
        ("application/problem+json", "application/problem+json"),
        ("application/json, application/problem+json", "application/problem+json"),
        ("application/json, application/problem+json;q=0.5", "application/json"),
        ("application/problem+json;q=0, */*", "application/json"),
        ("text/html", "application/json"),
    ] {
        let answer = with(&client, "/nowhere", &[("accept", accept)]).await.expect(404);
        assert_eq!(answer.header("content-type"), media, "{accept}");
    }
}

#[tokio::test]
async fn large_answers_without_secrets_are_compressed_for_those_who_can_read_that() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (id, repo) = (admin.project("p").await, Repo::empty());
    for number in 0..100 {
        repo.write(format!("folder/file-{number}.rs"), format!("fn f{number}() {{}}\n"));
    }
    repo.commit("many");
    admin.synced(&id, &repo).await;
    let path = format!("/projects/{id}/manifest");
    let plain = admin.get(&path).await.expect(200);
    assert_eq!((plain.header("content-encoding"), plain.header("vary")), ("", "Accept-Encoding"));
    let gzip = with(&admin, &path, &[("accept-encoding", "gzip")]).await.expect(200);
    assert_eq!((gzip.header("content-encoding"), gzip.header("vary")), ("gzip", "Accept-Encoding"));
    assert!(gzip.body.len() * 4 < plain.body.len(), "{} of {}", gzip.body.len(), plain.body.len());
    // The tag says that the content is the same, not that the bytes are; with it 304 is the answer all the same.
    assert_eq!(gzip.header("etag"), format!("W/{}", plain.header("etag")));
    let known = [("accept-encoding", "gzip"), ("if-none-match", gzip.header("etag"))];
    with(&admin, &path, &known).await.expect(304);

    let zstd = with(&admin, &path, &[("accept-encoding", "br;q=0.5, zstd")]).await.expect(200);
    assert_eq!(zstd.header("content-encoding"), "zstd");
    let mut unpacked = Vec::new();
    zstd::Decoder::new(zstd.body.as_slice()).unwrap().read_to_end(&mut unpacked).unwrap();
    assert_eq!(unpacked, plain.body);
    for (accept, coding) in [("br, gzip", "br"), ("identity", ""), ("gzip;q=0", ""), ("*;q=0", ""), ("snappy", "")] {
        let answer = with(&admin, &path, &[("accept-encoding", accept)]).await.expect(200);
        assert_eq!(answer.header("content-encoding"), coding, "{accept}");
    }
    for small in ["/health", &format!("/projects/{id}"), "/auth/me"] {
        assert_eq!(with(&admin, small, &[("accept-encoding", "gzip")]).await.header("content-encoding"), "", "{small}");
    }
    let description = "secret ".repeat(500);
    let change = admin.request(Method::PATCH, &format!("/projects/{id}")).header("accept-encoding", "gzip");
    let changed = admin.send(change.json(&json!({ "description": description }))).await.expect(200);
    assert_eq!(changed.header("content-encoding"), "");
    let guard = with(&admin, &format!("/projects/{id}"), &[("accept-encoding", "gzip")]).await;
    assert_eq!((guard.header("content-encoding"), guard.header("etag")), ("", changed.header("etag")));
}

#[tokio::test]
async fn addresses_and_headers_that_are_too_long_are_refused() {
    let settings = [("HIVESYNC_HTTP__MOST_URI_BYTES", "200"), ("HIVESYNC_HTTP__MOST_HEADER_BYTES", "1000")];
    let app = TestApp::with(&settings).await;
    let client = app.anonymous();
    client.get(&format!("/projects?q={}", "x".repeat(200))).await.refused(414, "URI_TOO_LONG");
    let long = "x".repeat(1_000);
    with(&client, "/health", &[("x-long", &long)]).await.refused(431, "HEADERS_TOO_LARGE");
    with(&client, "/health", &[("x-long", &long[..500])]).await.expect(200);
}

#[tokio::test]
async fn who_drips_a_body_is_not_waited_for_longer_than_who_stalls() {
    let app = TestApp::with(&[("HIVESYNC_HTTP__REQUEST_TIMEOUT_S", "2")]).await;
    let head = "POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
    let head = format!("{head}Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n");
    let (status, body) = app.anonymous().drip(&head, Duration::from_millis(200)).await;
    assert_eq!(StatusCode::from_u16(status).unwrap(), StatusCode::REQUEST_TIMEOUT);
    let error: Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!(error["error"]["code"], "REQUEST_TIMEOUT");
}

//! Bad input to every operation of the description: never a fault of ours, always a described status, always the
//! contract's shape.

use std::fs;

use reqwest::{
    Method,
    header::{ACCEPT, CONTENT_TYPE},
};
use serde_json::{Value, json};

use super::support::{Answer, Client, Repo, TestApp};

const ID: &str = "019a0000-0000-7000-8000-000000000000";
const JSON: &str = "application/json";

/// An operation with what it says of itself.
struct Operation {
    method: Method,
    path: String,
    description: Value,
}

fn operations() -> Vec<Operation> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
    let description: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let paths = description["paths"].as_object().unwrap().clone();
    let of_path = |(path, item): (String, Value)| {
        let operations = item.as_object().unwrap().clone().into_iter();
        operations
            .map(move |(method, description)| Operation {
                method: Method::from_bytes(method.to_uppercase().as_bytes()).unwrap(),
                path: path.clone(),
                description,
            })
            .collect::<Vec<_>>()
    };
    // What ends the session of the one who asks comes last.
    let mut operations: Vec<_> = paths.into_iter().flat_map(of_path).collect();
    operations.sort_by_key(|operation| (operation.path.contains("logout"), operation.method == Method::DELETE));
    operations
}

impl Operation {
    /// The address with `id` for every id, and some value for every query that is required.
    fn address(&self, id: &str) -> String {
        let mut path = self.path.trim_start_matches("/api/v1").to_owned();
        while let Some((before, rest)) = path.split_once('{') {
            let (_, after) = rest.split_once('}').expect("a closed brace");
            path = format!("{before}{id}{after}");
        }
        let required: Vec<_> = self
            .parameters()
            .filter(|it| it["in"] == "query" && it["required"] == true)
            .map(|it| format!("{}=1", it["name"].as_str().unwrap()))
            .collect();
        if required.is_empty() { path } else { format!("{path}?{}", required.join("&")) }
    }

    fn parameters(&self) -> impl Iterator<Item = &Value> {
        self.description["parameters"].as_array().into_iter().flatten()
    }

    fn takes_a_body(&self) -> bool {
        self.description["requestBody"].is_object()
    }

    fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// The administrator; on a device of its own where the operation may sign it out.
    async fn device(&self, app: &TestApp, admin: &Client) -> Client {
        if self.path.contains("logout") { app.admin().await } else { admin.clone() }
    }

    /// Judges an answer to `what`.
    #[track_caller]
    fn judge(&self, what: &str, answer: &Answer) {
        let status = answer.status.as_u16();
        let place = format!("{}: {what}: {status} {}", self.name(), answer.text());
        assert!(status < 500, "{place}");
        assert!(self.description["responses"][status.to_string()].is_object(), "not described: {place}");
        if status >= 400 {
            let error = &answer.json["error"];
            assert!(error["code"].is_string() && error["message"].is_string(), "{place}");
            assert_eq!(error["details"]["request_id"], answer.header("x-request-id"), "{place}");
        }
    }
}

/// Bodies that no operation can like, with their media types.
fn bodies() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    vec![
        ("an empty body", JSON, Vec::new()),
        ("malformed JSON", JSON, b"{\"name\": ".to_vec()),
        ("no UTF-8", JSON, b"{\"name\": \"\xff\xfe\"}".to_vec()),
        ("a NUL", JSON, b"{\"name\": \"a\\u0000b\", \"email\": \"\\u0000\", \"repo_url\": \"\\u0000\"}".to_vec()),
        ("an unknown field", JSON, b"{\"no_such_field\": 1}".to_vec()),
        ("a field of a wrong name and type", JSON, b"{\"__proto__\": {}, \"constructor\": []}".to_vec()),
        ("an array", JSON, b"[1, 2, 3]".to_vec()),
        ("a number", JSON, b"1e999".to_vec()),
        ("a string", JSON, b"\"text\"".to_vec()),
        ("deep arrays", JSON, "[".repeat(10_000).into_bytes()),
        ("deep objects", JSON, "{\"a\":".repeat(10_000).into_bytes()),
        (
            "deep below a field",
            JSON,
            format!("{{\"name\":{}1{}}}", "[".repeat(10_000), "]".repeat(10_000)).into_bytes(),
        ),
        ("10 MB", JSON, format!("{{\"name\": \"{}\"}}", "x".repeat(10 << 20)).into_bytes()),
        ("another media type", "text/xml", b"<name/>".to_vec()),
        ("a form", "application/x-www-form-urlencoded", b"name=a".to_vec()),
        ("a broken media type", ";;;", b"{}".to_vec()),
    ]
}

#[tokio::test]
async fn no_body_breaks_an_operation() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for operation in operations() {
        for (what, media, body) in bodies() {
            let device = operation.device(&app, &admin).await;
            let address = operation.address(ID);
            let request = device.request(operation.method.clone(), &address).header(CONTENT_TYPE, media);
            operation.judge(what, &device.send(request.body(body)).await);
        }
    }
    admin.get("/health").await.expect(200);
}

#[tokio::test]
async fn each_field_of_each_body_is_checked_for_its_type() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let wrong = [json!(null), json!(true), json!(-1), json!(1.5), json!("\u{0}"), json!([]), json!({}), json!([[{}]])];
    for operation in operations().iter().filter(|operation| operation.takes_a_body()) {
        for name in ["name", "email", "password", "repo_url", "branch", "force", "refresh_token", "description"] {
            for value in &wrong {
                let device = operation.device(&app, &admin).await;
                let request = device.request(operation.method.clone(), &operation.address(ID));
                let answer = device.send(request.json(&json!({ name: value }))).await;
                operation.judge(&format!("{name}: {value}"), &answer);
            }
        }
    }
}

#[tokio::test]
async fn no_id_and_no_query_breaks_an_operation() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let long = "9".repeat(5_000);
    let ids = [
        "0",
        "-1",
        "x",
        "%00",
        "%2e%2e",
        "..%2f..%2fetc%2fpasswd",
        "%ff%fe",
        "'%20OR%201=1--",
        "%7Bid%7D",
        "%F0%9F%90%9D",
        "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
        long.as_str(),
    ];
    let queries = [
        "limit=-1",
        "limit=1e9",
        "limit=",
        "cursor=%00",
        "cursor=AAAA",
        "no_such=1",
        "&&&&",
        "=",
        "a[]=1",
        "%ff=%fe",
        "limit=1&limit=2",
        "path=%00",
        "ref=-x",
        "ref=--upload-pack%3dx",
        "lines=9-1",
        "version=-1",
        "fields=x",
        "q=%00",
        "q=",
        "kind=x",
        "unread=maybe",
        "project_id=x",
        "all=maybe",
        "recursive=2",
    ];
    for operation in operations() {
        let asking = async |address: String| {
            let device = operation.device(&app, &admin).await;
            let request = device.request(operation.method.clone(), &address);
            let request = if operation.takes_a_body() { request.json(&json!({})) } else { request };
            device.send(request.header(ACCEPT, "*/*")).await
        };
        for id in ids {
            operation.judge(id, &asking(operation.address(id)).await);
        }
        let address = operation.address(ID);
        let joint = if address.contains('?') { '&' } else { '?' };
        for query in queries {
            operation.judge(query, &asking(format!("{address}{joint}{query}")).await);
        }
    }
}

#[tokio::test]
async fn no_path_ref_or_query_breaks_what_reads_a_mirror() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (id, repo) = (admin.project("p").await, Repo::of(&[("a.txt", "a\n"), ("b/c.rs", "fn c() {}\n")]));
    admin.synced(&id, &repo).await;
    let odd = [
        "..",
        "%2e%2e%2f%2e%2e",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "%00",
        "a.txt%00",
        "-x",
        "--output=x",
        ".git/config",
        "b//c.rs",
        "b/./c.rs",
        "%ff",
        "refs/hivesync",
        "HEAD@{0}",
        "HEAD~1",
        ":/a",
        "a..b",
        "%0a",
        "99999999999999999999",
    ];
    for operation in operations().iter().filter(|it| it.method == Method::GET && it.path.contains("/projects/{id}/")) {
        for value in odd {
            let mut addresses =
                vec![operation.address(&id).replace(&format!("{id}/files/{id}"), &format!("{id}/files/{value}"))];
            let names: Vec<_> = operation.parameters().filter(|it| it["in"] == "query").collect();
            let base = operation.address(&id);
            let joint = if base.contains('?') { '&' } else { '?' };
            addresses.extend(names.iter().map(|it| format!("{base}{joint}{}={value}", it["name"].as_str().unwrap())));
            for address in addresses {
                operation.judge(&address, &admin.get(&address).await);
            }
        }
    }
    unharmed(&admin, &id).await;
}

async fn unharmed(admin: &Client, id: &str) {
    let file = admin.get(&format!("/projects/{id}/files/a.txt")).await.expect(200);
    assert_eq!(file["content"], "a\n");
}

//! Somebody who talks to the service over HTTP.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use reqwest::{Body, Method, RequestBuilder};
use serde_json::{Value, json};

use super::Answer;

/// Where the service listens; it changes when the service is started again.
pub(crate) type Address = Arc<Mutex<String>>;

/// What clients sent and were sent that no log may hold.
pub(crate) type Secrets = Arc<Mutex<BTreeSet<String>>>;

/// Members of JSON documents that are secrets, by parts of their names …
const SECRET_NAMES: [&str; 5] = ["password", "secret", "token", "email", "private_key"];
/// … and are long enough not to stand anywhere by chance.
const LEAST_SECRET: usize = 10;

/// A device. It follows the service to its new address after a restart.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    address: Address,
    secrets: Secrets,
    access_token: Option<String>,
    /// What the sign-in answered; `null` for those who did not sign in.
    pub(crate) tokens: Value,
}

impl Client {
    /// Somebody unknown.
    pub(crate) fn new(address: Address, secrets: Secrets) -> Self {
        let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_mins(1));
        let http = http.build().expect("a client");
        Self { http, address, secrets, access_token: None, tokens: Value::Null }
    }

    /// The same somebody at another address of this machine, as in `127.0.0.7`.
    pub(crate) fn from(&self, address: &str) -> Self {
        let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_mins(1));
        let http = http.local_address(Some(address.parse().expect("an address")));
        Self { http: http.build().expect("a client"), ..self.clone() }
    }

    /// The same device with another access token.
    pub(crate) fn with_token(&self, token: &str) -> Self {
        Self { access_token: Some(token.to_owned()), ..self.clone() }
    }

    /// The same device, signed in.
    pub(crate) async fn sign_in(&self, email: &str, password: &str) -> Self {
        let credentials = json!({ "email": email, "password": password });
        let answer = self.post("/auth/login", credentials).await.expect(200);
        self.holding(answer.json)
    }

    /// The same device with the tokens of a sign-in or refresh.
    pub(crate) fn holding(&self, tokens: Value) -> Self {
        let access_token = tokens["access_token"].as_str().map(str::to_owned);
        Self { access_token, tokens, ..self.clone() }
    }

    pub(crate) fn access_token(&self) -> &str {
        self.access_token.as_deref().expect("somebody who signed in")
    }

    /// Who signed in.
    pub(crate) fn user_id(&self) -> &str {
        self.tokens["user"]["id"].as_str().expect("somebody who signed in")
    }

    pub(crate) fn refresh_token(&self) -> &str {
        self.tokens["refresh_token"].as_str().expect("somebody who signed in")
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::POST, path).json(&body)).await
    }

    /// A POST without a body.
    pub(crate) async fn post_nothing(&self, path: &str) -> Answer {
        self.send(self.request(Method::POST, path)).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::PUT, path).json(&body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::PATCH, path).json(&body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path)).await
    }

    /// A DELETE that has to prove something.
    pub(crate) async fn delete_with(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::DELETE, path).json(&body)).await
    }

    /// A request to be added to, then sent by [`Self::send`]. Paths are those below `/api/v1`, but for `/health…`,
    /// `/docs…` and `/api/…`, which are taken as they are.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let whole = ["/health", "/docs", "/api/"].iter().any(|root| path.starts_with(root));
        let base = if whole { "" } else { "/api/v1" };
        let request = self.http.request(method, format!("{}{base}{path}", self.address()));
        match &self.access_token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Sends a request and reads its whole answer.
    pub(crate) async fn send(&self, request: RequestBuilder) -> Answer {
        let (_, request) = request.build_split();
        let request = request.expect("a well-formed request");
        let what = format!("{} {}", request.method(), request.url().path());
        let sent = request.body().and_then(Body::as_bytes).and_then(|body| serde_json::from_slice(body).ok());
        self.remember(&sent.unwrap_or_default());
        let answer = Answer::of(what, self.http.execute(request).await).await;
        self.remember(&answer.json);
        answer
    }

    /// Keeps the secrets of a JSON document in mind.
    fn remember(&self, document: &Value) {
        match document {
            Value::Object(members) => {
                for (name, value) in members {
                    match value.as_str().filter(|text| text.len() >= LEAST_SECRET) {
                        Some(text) if is_secret(name) => {
                            self.secrets.lock().expect("nobody panicked over it").insert(text.to_owned());
                        }
                        _ => self.remember(value),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.remember(item)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    /// `http://host:port`
    pub(crate) fn address(&self) -> String {
        self.address.lock().expect("nobody panicked over it").clone()
    }
}

/// Whether a member of this name is told in confidence; what only names a secret, as `token_id`, is not.
fn is_secret(name: &str) -> bool {
    SECRET_NAMES.iter().any(|secret| name.contains(secret)) && !name.ends_with("_id")
}

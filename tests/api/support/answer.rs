//! What the service answered, and what is expected of it.

use std::ops::Index;

use reqwest::{Response, StatusCode, header::HeaderMap};
use serde_json::Value;

/// An answer with its whole body.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// The request, for messages.
    what: String,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// The body, if it is JSON; else `null`.
    pub(crate) json: Value,
}

impl Answer {
    pub(crate) async fn of(what: String, response: reqwest::Result<Response>) -> Self {
        let response = response.unwrap_or_else(|error| panic!("{what}: no answer: {error:?}"));
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.bytes().await.unwrap_or_else(|error| panic!("{what}: the answer broke off: {error:?}"));
        let json = serde_json::from_slice(&body).unwrap_or_default();
        Self { what, status, headers, body: body.to_vec(), json }
    }

    /// Itself, if it has this status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        let Self { what, status: answered, .. } = &self;
        assert_eq!(answered.as_u16(), status, "{what}\n{answered}\n{}", self.text());
        self
    }

    /// The error's details, if it is an error of this status and code in the shape of the contract.
    #[track_caller]
    pub(crate) fn refused(self, status: u16, code: &str) -> Value {
        let answer = self.expect(status);
        let (what, text) = (&answer.what, answer.text());
        let error = &answer.json["error"];
        assert_eq!(error["code"], code, "{what}\n{text}");
        assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()), "{what}\n{text}");
        assert_eq!(error["details"]["request_id"], answer.header("x-request-id"), "{what}\n{text}");
        assert_eq!(answer.header("content-type"), "application/json", "{what}");
        assert_eq!(answer.json.as_object().map(serde_json::Map::len), Some(1), "{what}\n{text}");
        error["details"].clone()
    }

    /// A header's value; empty without it.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("a header of text"))
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// A member of the JSON body.
impl Index<&str> for Answer {
    type Output = Value;

    #[track_caller]
    fn index(&self, name: &str) -> &Value {
        self.json.get(name).unwrap_or_else(|| panic!("{}: no {name:?} in {}", self.what, self.text()))
    }
}

//! A client of the service as anybody could write it: JSON over HTTP, with the contract's errors.

use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, header};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// No answer of the service takes longer to begin, or to go on.
const SILENCE: Duration = Duration::from_mins(1);
/// What a path keeps: unreserved characters, and the slash between folders.
const PATH: AsciiSet = NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum ApiError {
    /// The service said no.
    #[error("{method} {path} was answered with {status} {code}: {message}")]
    Refused {
        /// Of the question.
        method: Method,
        /// Of the question.
        path: String,
        /// Of the answer.
        status: StatusCode,
        /// One of the contract's.
        code: String,
        /// For people.
        message: String,
    },
    /// No whole answer came.
    #[error("the server does not answer")]
    Transport(#[from] reqwest::Error),
    /// An answer of another form than the contract says.
    #[error("{method} {path} was answered with something unexpected")]
    Form {
        /// Of the question.
        method: Method,
        /// Of the question.
        path: String,
        /// What was wrong.
        source: serde_json::Error,
    },
}

#[derive(Deserialize)]
struct Envelope {
    error: Refusal,
}

#[derive(Deserialize)]
struct Refusal {
    code: String,
    message: String,
}

/// A connection to the service, and who speaks there.
pub(super) struct Api {
    client: Client,
    base: String,
    token: Option<String>,
}

impl Api {
    pub(super) fn new(base: String) -> Result<Self, ApiError> {
        let client = Client::builder().no_proxy().connect_timeout(SILENCE).read_timeout(SILENCE).build()?;
        Ok(Self { client, base, token: None })
    }

    pub(super) fn sign_in(&mut self, token: String) {
        self.token = Some(token);
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str, query: &[(&str, &str)]) -> Result<T, ApiError> {
        parsed(Method::GET, path, self.ask(Method::GET, path, |request| request.query(query)).await?).await
    }

    pub(super) async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, ApiError> {
        parsed(Method::POST, path, self.ask(Method::POST, path, |request| request.json(body)).await?).await
    }

    /// The answer itself, for those who read it bit by bit.
    pub(super) async fn fetch(&self, path: &str, known: Option<&str>) -> Result<Response, ApiError> {
        let with = |request: RequestBuilder| match known {
            Some(tag) => request.header(header::IF_NONE_MATCH, tag),
            None => request,
        };
        self.ask(Method::GET, path, with).await
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        with: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Result<Response, ApiError> {
        let request = with(self.client.request(method.clone(), format!("{}{path}", self.base)));
        let request = match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        let response = request.send().await?;
        let status = response.status();
        if status.is_success() || status == StatusCode::NOT_MODIFIED {
            return Ok(response);
        }
        let Envelope { error: Refusal { code, message } } = parsed(method.clone(), path, response).await?;
        Err(ApiError::Refused { method, path: path.to_owned(), status, code, message })
    }
}

impl ApiError {
    /// Whether the service refused with this code.
    pub(super) fn is(&self, wanted: &str) -> bool {
        matches!(self, Self::Refused { code, .. } if code == wanted)
    }
}

/// A path of a repository as a part of an address.
pub(super) fn encoded(path: &[u8]) -> String {
    percent_encode(path, &PATH).to_string()
}

async fn parsed<T: DeserializeOwned>(method: Method, path: &str, response: Response) -> Result<T, ApiError> {
    let bytes = response.bytes().await?;
    serde_json::from_slice(&bytes).map_err(|source| ApiError::Form { method, path: path.to_owned(), source })
}

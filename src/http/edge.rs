//! The edge: what every request meets before and after its handler. Each gets an id and a span, no panic and no
//! time-out goes unanswered, and every error leaves in the contract's shape.

use std::{panic::AssertUnwindSafe, time::Duration};

use actix_web::{
    Error, HttpMessage, HttpResponse, HttpResponseBuilder, ResponseError,
    body::{BoxBody, EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    error::InternalError,
    http::{
        ConnectionType, Method, StatusCode,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
    middleware::Next,
    web::Data,
};
use futures::FutureExt;
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};
use tracing::Instrument;
use uuid::Uuid;

use super::{State, error::ApiError};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const PROBLEM: &str = "application/problem+json";

/// How long a handler may take to begin its answer.
#[derive(Debug, Clone, Copy)]
pub struct AnswerLimit(pub Duration);

impl AnswerLimit {
    /// The one that the server was given; without one it is 30 seconds.
    pub fn of(given: Option<&Data<Self>>) -> Duration {
        given.map_or(Duration::from_secs(30), |limit| limit.0)
    }
}

/// The id of a request: the client's, or one made here.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

impl RequestId {
    fn of(headers: &HeaderMap) -> Self {
        let given = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok());
        let plain = |text: &&str| (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        Self(given.filter(plain).map_or_else(|| Uuid::now_v7().to_string(), str::to_owned))
    }
}

/// Wraps the whole of the service.
pub async fn edge(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody, BoxBody>>, Error> {
    let started = Instant::now();
    let wish = Wish::of(&request);
    let limit = AnswerLimit::of(request.app_data());
    request.extensions_mut().insert(wish.id.clone());
    let span =
        tracing::info_span!("request", request_id = %wish.id.0, method = %request.method(), path = request.path());
    if request.method() == Method::HEAD {
        // A HEAD is answered like its GET; the server leaves the body out.
        request.head_mut().method = Method::GET;
    }
    let handling = async {
        fail::fail_point!("handler");
        next.call(request).await
    };
    let handled = AssertUnwindSafe(timeout(limit, handling)).catch_unwind().instrument(span.clone()).await;
    let _in_span = span.entered();
    let outcome = match handled {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(_)) => Err(ApiError::of_status(StatusCode::GATEWAY_TIMEOUT).into()),
        // The panic itself was logged by the hook.
        Err(_) => Err(ApiError::of_status(StatusCode::INTERNAL_SERVER_ERROR).into()),
    };
    let outcome = match outcome {
        Ok(response) => Ok(wish.dress(response)),
        // Without a response there is no request either; the server renders the error itself.
        Err(error) => Err(finished(wish.render(&api_error(&error.error_response())))),
    };
    let status = outcome.as_ref().map_or_else(|error| error.as_response_error().status_code(), ServiceResponse::status);
    let route = outcome.as_ref().ok().and_then(|response| response.request().match_pattern());
    let seconds = started.elapsed().as_secs_f64();
    let labels = [("route", route.unwrap_or_default()), ("status", status.as_str().to_owned())];
    metrics::histogram!("hivesync_http_answer_seconds", &labels).record(seconds);
    tracing::info!(status = status.as_u16(), milliseconds = seconds * 1e3, "answered");
    outcome
}

/// An error that is answered with exactly this.
fn finished(response: HttpResponse<BoxBody>) -> Error {
    InternalError::from_response("answered with an error", response).into()
}

/// What of the request its answer depends on.
struct Wish {
    id: RequestId,
    problem: bool,
    instance: String,
    /// The service is about to stop: whoever asks again should find another one.
    last: bool,
}

impl Wish {
    fn of(request: &ServiceRequest) -> Self {
        let accept = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
        Self {
            id: RequestId::of(request.headers()),
            problem: accept.is_some_and(|accept| accept.contains(PROBLEM)),
            instance: request.path().to_owned(),
            last: request.app_data::<State>().is_some_and(|state| state.readiness.is_draining()),
        }
    }

    fn dress<B: MessageBody>(&self, response: ServiceResponse<B>) -> ServiceResponse<EitherBody<B, BoxBody>> {
        let is_error = response.status().is_client_error() || response.status().is_server_error();
        let mut response = if is_error {
            let error = api_error(response.response());
            let (request, before) = response.into_parts();
            let mut rendered = self.render(&error);
            keep(before.headers(), rendered.headers_mut());
            ServiceResponse::new(request, rendered).map_into_right_body()
        } else {
            response.map_into_left_body()
        };
        self.sign(response.headers_mut());
        if self.last {
            response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
        }
        response
    }

    fn sign(&self, headers: &mut HeaderMap) {
        if let Ok(id) = HeaderValue::from_str(&self.id.0) {
            headers.insert(REQUEST_ID, id);
        }
    }

    fn render(&self, error: &ApiError) -> HttpResponse<BoxBody> {
        let mut details = error.details.clone();
        details.insert("request_id".into(), json!(self.id.0));
        let (kind, body) = if self.problem {
            (PROBLEM, problem(error, details, &self.instance))
        } else {
            let body = json!({ "error": { "code": error.code, "message": error.message, "details": details } });
            ("application/json", body)
        };
        let mut response = HttpResponseBuilder::new(error.status).content_type(kind).body(body.to_string());
        keep(error.error_response().headers(), response.headers_mut());
        self.sign(response.headers_mut());
        response
    }
}

/// RFC 9457; the members of the contract's own form are kept as extensions.
fn problem(error: &ApiError, mut details: serde_json::Map<String, Value>, instance: &str) -> Value {
    details.extend([
        ("type".to_owned(), json!("about:blank")),
        ("title".to_owned(), json!(error.status.canonical_reason())),
        ("status".to_owned(), json!(error.status.as_u16())),
        ("detail".to_owned(), json!(error.message)),
        ("instance".to_owned(), json!(instance)),
        ("code".to_owned(), json!(error.code)),
    ]);
    Value::Object(details)
}

/// The error behind a response: ours, or what the framework's bare status means.
fn api_error<B>(response: &HttpResponse<B>) -> ApiError {
    let ours = response.extensions().get::<ApiError>().cloned();
    ours.unwrap_or_else(|| ApiError::of_status(response.status()))
}

/// Takes over what an error's first form says beside its body.
fn keep(from: &HeaderMap, to: &mut HeaderMap) {
    for (name, value) in from {
        if name != header::CONTENT_TYPE && name != header::CONTENT_LENGTH && !to.contains_key(name) {
            to.insert(name.clone(), value.clone());
        }
    }
}

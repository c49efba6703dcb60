//! How an answer leaves: its errors in the form that the client wants, its headers complete.

use actix_web::{
    HttpMessage, HttpResponse, HttpResponseBuilder, ResponseError,
    body::{BoxBody, EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        ConnectionType,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
    web::Data,
};
use serde_json::{Value, json};

use super::{
    State,
    accept::{self, PROBLEM},
    cors::Grant,
    edge::{REQUEST_ID, RequestId},
    error::ApiError,
    protection::Kind,
    terms::Terms,
};
use crate::{domain::trace::Trace, storage::limits::Budget};

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// What of a request its answer depends on.
pub struct Wish {
    /// The request's id.
    pub id: RequestId,
    /// Our step in the trace that the request belongs to.
    pub trace: Option<Trace>,
    /// What the page that asked is granted.
    pub grant: Grant,
    kind: Kind,
    problem: bool,
    instance: String,
    hsts: Option<HeaderValue>,
    /// The service is about to stop: whoever asks again should find another one.
    last: bool,
}

impl Wish {
    /// Read off a request before it is handled.
    pub fn of(request: &ServiceRequest) -> Self {
        let headers = request.headers();
        let terms = request.app_data::<Data<Terms>>();
        let trace = headers.get(TRACEPARENT).and_then(|value| value.to_str().ok()).and_then(Trace::parse);
        Self {
            id: RequestId::of(headers),
            trace: trace.map(|trace| trace.child(rand::random())),
            grant: terms.map_or(Grant::Silent, |terms| terms.cors.grant(headers)),
            kind: Kind::of(request.method(), request.match_info().as_str()),
            problem: accept::wants_problem(headers),
            instance: request.path().to_owned(),
            hsts: terms.and_then(|terms| terms.hsts.clone()),
            last: request.app_data::<State>().is_some_and(|state| state.readiness.is_draining()),
        }
    }

    /// The answer as it leaves.
    pub fn dress<B: MessageBody>(&self, response: ServiceResponse<EitherBody<B>>) -> ServiceResponse<EitherBody<B>> {
        let is_error = response.status().is_client_error() || response.status().is_server_error();
        let mut response = if is_error {
            let error = api_error(response.response());
            let (request, before) = response.into_parts();
            let mut rendered = self.render(&error);
            keep(before.headers(), rendered.headers_mut());
            ServiceResponse::new(request, rendered).map_into_right_body()
        } else {
            response
        };
        let budget = response.request().extensions().get::<Budget>().copied();
        if let Some(budget) = budget {
            show(budget, response.headers_mut());
        }
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
        if let Some(trace) = self.trace.and_then(|trace| HeaderValue::try_from(trace.to_string()).ok()) {
            headers.insert(TRACEPARENT, trace);
        }
        self.grant.sign(headers);
        self.kind.sign(headers, self.hsts.as_ref());
    }

    /// An error, whole: for those that leave no response to dress.
    pub fn render(&self, error: &ApiError) -> HttpResponse<BoxBody> {
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
pub fn api_error<B>(response: &HttpResponse<B>) -> ApiError {
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

/// Says what is left of the budget that the request used; an answer that refuses says it already.
fn show(budget: Budget, headers: &mut HeaderMap) {
    let texts = (HeaderValue::try_from(budget.policy.to_string()), HeaderValue::try_from(budget.to_string()));
    if let (Ok(policy), Ok(budget), false) = (texts.0, texts.1, headers.contains_key(RATE_LIMIT)) {
        headers.insert(RATE_LIMIT_POLICY, policy);
        headers.insert(RATE_LIMIT, budget);
    }
}

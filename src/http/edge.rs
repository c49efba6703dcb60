//! The edge: what every request meets before and after its handler. Each gets an id, a span and an address, no panic
//! and no time-out goes unanswered, and every answer leaves as the contract says.

use std::{panic::AssertUnwindSafe, time::Duration};

use actix_web::{
    Error, HttpMessage, ResponseError,
    body::{EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    error::InternalError,
    http::{
        Method, StatusCode,
        header::{HeaderMap, HeaderName},
    },
    middleware::Next,
    web::Data,
};
use futures::FutureExt;
use tokio::time::{Instant, timeout};
use tracing::{Instrument, Span, field::Empty};
use uuid::Uuid;

use super::{
    answer::{Wish, api_error},
    error::ApiError,
    masking::masked,
    rates,
    terms::Terms,
};

/// The header that carries a request's id.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

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
    /// As the headers say, if they do so in 1 to 128 visible ASCII characters.
    pub fn of(headers: &HeaderMap) -> Self {
        let given = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok());
        let plain = |text: &&str| (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        Self(given.filter(plain).map_or_else(|| Uuid::now_v7().to_string(), str::to_owned))
    }
}

/// Wraps the whole of the service.
pub async fn edge(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody>>, Error> {
    let started = Instant::now();
    let wish = Wish::of(&request);
    let limit = AnswerLimit::of(request.app_data());
    let _under_way = request.app_data::<Data<Terms>>().map(|terms| terms.enter());
    let span = span(&wish, &request);
    request.extensions_mut().insert(wish.id.clone());
    if let Some(trace) = wish.trace {
        request.extensions_mut().insert(trace);
    }
    if request.method() == Method::HEAD {
        // A HEAD is answered like its GET; the server leaves the body out.
        request.head_mut().method = Method::GET;
    }
    let handling = AssertUnwindSafe(timeout(limit, handle(&wish, request, next))).catch_unwind();
    let handled = handling.instrument(span.clone()).await;
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
        Err(error) => {
            let rendered = wish.render(&api_error(&error.error_response()));
            Err(InternalError::from_response("answered with an error", rendered).into())
        }
    };
    account(&outcome, started);
    outcome
}

async fn handle<B: MessageBody + 'static>(
    wish: &Wish,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    fail::fail_point!("handler");
    if let Err(refusal) = admit(&request) {
        return Ok(request.into_response(refusal.error_response()).map_into_right_body());
    }
    if let Some(answer) = wish.grant.preflight(&request) {
        return Ok(request.into_response(answer).map_into_right_body());
    }
    Ok(next.call(request).await?.map_into_left_body())
}

/// Finds out who asks, and refuses what is too long or comes too often.
fn admit(request: &ServiceRequest) -> Result<(), ApiError> {
    let Some(terms) = request.app_data::<Data<Terms>>() else { return Ok(()) };
    let client = terms.proxies.client(request.peer_addr(), request.headers());
    request.extensions_mut().insert(client);
    terms.admit(request)?;
    rates::charge_stranger(request, client)
}

fn span(wish: &Wish, request: &ServiceRequest) -> Span {
    let span = tracing::info_span!(
        "request", request_id = %wish.id.0, method = %request.method(),
        path = %masked(request.path(), request.match_info().as_str()), trace_id = Empty,
    );
    if let Some(trace) = wish.trace {
        span.record("trace_id", trace.id());
    }
    span
}

/// Counts the answer and logs it.
fn account<B>(outcome: &Result<ServiceResponse<B>, Error>, started: Instant) {
    let status = outcome.as_ref().map_or_else(|error| error.as_response_error().status_code(), ServiceResponse::status);
    let route = outcome.as_ref().ok().and_then(|response| response.request().match_pattern());
    let seconds = started.elapsed().as_secs_f64();
    let labels = [("route", route.unwrap_or_default()), ("status", status.as_str().to_owned())];
    metrics::histogram!("hivesync_http_answer_seconds", &labels).record(seconds);
    tracing::info!(status = status.as_u16(), milliseconds = seconds * 1e3, "answered");
}

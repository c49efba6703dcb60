//! `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): a POST that carries one is done once, and answered
//! alike each time it comes. Who asks for no token has no name to remember the key under, so there it is not read.

use actix_web::{
    Error, HttpMessage, HttpResponse, HttpResponseBuilder, ResponseError,
    body::{BodySize, BoxBody, EitherBody, MessageBody, to_bytes},
    dev::{Payload, ServiceRequest, ServiceResponse},
    http::{
        Method, StatusCode,
        header::{HeaderName, HeaderValue},
    },
    middleware::Next,
    web::Bytes,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    State,
    answer::api_error,
    body::{patience, read},
    description,
    error::ApiError,
    rates,
};
use crate::{
    actors::gateways::idempotency::{Claim, Claimed, Hold, Keep, Release},
    domain::{
        caller::Caller,
        failure::{Conflict, Failure},
        idempotency::{IdempotencyKey, Scope},
    },
};

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// A larger answer is not kept. None of those that are made here is.
const MOST_BYTES: u64 = 256 << 10;
const RUNNING: &str = "a request with this Idempotency-Key is still being worked on; send it again in a moment";

type Answer<B> = ServiceResponse<EitherBody<B>>;

/// Wraps what may come twice.
pub async fn idempotency(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<Answer<impl MessageBody>, Error> {
    let claimed = match claim(&mut request).await {
        Ok(None) => return Ok(next.call(request).await?.map_into_left_body()),
        Ok(Some(claimed)) => claimed,
        Err(refusal) => return Ok(answered(request, refusal.error_response())),
    };
    match claimed {
        Claimed::Work(hold) => work(request, next, hold).await,
        Claimed::Replay(answer) => Ok(answered(request, Kept::read(&answer)?.replay())),
        Claimed::Running(left) => {
            let running = ApiError::from(Failure::Conflict(Conflict::Other(RUNNING))).retry(left);
            Ok(answered(request, running.error_response()))
        }
        Claimed::Mismatch => {
            let problem = "was used for another request; take a new one for each request";
            let mismatch = ApiError::from(Failure::invalid("Idempotency-Key", problem));
            Ok(answered(request, mismatch.error_response()))
        }
    }
}

fn answered<B>(request: ServiceRequest, response: HttpResponse<BoxBody>) -> Answer<B> {
    request.into_response(response).map_into_right_body()
}

/// Claims the key that the request carries, with its body read; `None` where there is none to be heeded.
async fn claim(request: &mut ServiceRequest) -> Result<Option<Claimed>, ApiError> {
    if request.method() != Method::POST || !request.headers().contains_key(KEY) || !rates::is_to_be_proved(request) {
        return Ok(None);
    }
    let pattern = request.resource_map().match_pattern(request.match_info().as_str());
    let Some(route) = pattern.filter(|pattern| description::takes_post(pattern)) else { return Ok(None) };
    // What is no JSON is an upload, which is streamed and has means of its own.
    if !["", "application/json"].contains(&request.content_type()) {
        return Ok(None);
    }
    let key = key(request)?;
    let caller = request.extract::<Caller>().await?;
    let state = request.app_data::<State>().cloned().ok_or(Failure::Busy)?;
    let body = read(request.take_payload(), patience(request.request())).await?;
    request.set_payload(Payload::from(body.clone()));
    let claim = Claim {
        key,
        scope: Scope { user: caller.user, token: caller.proof.token(), route: format!("POST {route}") },
        address: request.uri().path_and_query().map(ToString::to_string).unwrap_or_default(),
        body,
    };
    Ok(Some(state.gateways.idempotency.ask(claim).await?))
}

fn key(request: &ServiceRequest) -> Result<IdempotencyKey, ApiError> {
    let mut given = request.headers().get_all(KEY);
    let text = given.next().and_then(|value| value.to_str().ok()).filter(|_| given.next().is_none());
    Ok(IdempotencyKey::parse(text.unwrap_or_default())?)
}

/// Does the request, then keeps its answer. Whoever dies in between leaves the key locked until its time is over.
async fn work<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
    hold: Hold,
) -> Result<Answer<B>, Error> {
    let state = request.app_data::<State>().cloned().ok_or_else(|| ApiError::from(Failure::Busy))?;
    let response = next.call(request).await;
    fail::fail_point!("answer:unkept");
    let response = match response {
        Ok(response) if is_final(response.status()) && is_small(response.response().body().size()) => response,
        other => {
            log_failure(state.gateways.idempotency.ask(Release(hold)).await);
            return Ok(other?.map_into_left_body());
        }
    };
    let (request, response) = response.into_parts();
    let (response, body) = response.into_parts();
    let body = to_bytes(body).await.map_err(|error| ApiError::from(Failure::internal(error.into().to_string())))?;
    let kept = Kept::of(&response, &body).and_then(|kept| serde_json::to_vec(&kept).ok());
    log_failure(match kept {
        Some(answer) => state.gateways.idempotency.ask(Keep { hold, answer }).await,
        None => state.gateways.idempotency.ask(Release(hold)).await,
    });
    let response = response.set_body(BoxBody::new(body));
    Ok(ServiceResponse::new(request, response).map_into_right_body())
}

/// What went wrong here, or came too early, may go well the next time.
fn is_final(status: StatusCode) -> bool {
    !status.is_server_error() && status != StatusCode::TOO_MANY_REQUESTS
}

fn is_small(size: BodySize) -> bool {
    match size {
        BodySize::None => true,
        BodySize::Sized(bytes) => bytes <= MOST_BYTES,
        BodySize::Stream => false,
    }
}

/// The deed is done and its answer is right, whether it is remembered or not.
fn log_failure(outcome: Result<(), Failure>) {
    if let Err(error) = outcome {
        tracing::warn!(%error, "the answer to a request with an idempotency key was not kept");
    }
}

/// An answer as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
    /// What the edge renders instead of the body.
    error: Option<KeptError>,
}

#[derive(Serialize, Deserialize)]
struct KeptError {
    code: String,
    message: String,
    details: Map<String, Value>,
}

impl Kept {
    /// `None` for what is no text.
    fn of<B>(response: &HttpResponse<B>, body: &Bytes) -> Option<Self> {
        let text = |(name, value): (&HeaderName, &HeaderValue)| {
            Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
        };
        let is_error = response.status().is_client_error();
        let error = is_error.then(|| api_error(response));
        Some(Self {
            status: response.status().as_u16(),
            headers: response.headers().iter().map(text).collect::<Option<_>>()?,
            body: String::from_utf8(body.to_vec()).ok()?,
            error: error.map(|ApiError { code, message, details, .. }| KeptError {
                code: code.into_owned(),
                message,
                details,
            }),
        })
    }

    fn read(answer: &[u8]) -> Result<Self, ApiError> {
        Ok(serde_json::from_slice(answer).map_err(Failure::internal)?)
    }

    fn replay(self) -> HttpResponse {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK);
        let mut response = HttpResponseBuilder::new(status);
        for (name, value) in self.headers {
            response.append_header((name, value));
        }
        response.insert_header((REPLAYED, "true"));
        let mut response = response.body(self.body);
        if let Some(KeptError { code, message, details }) = self.error {
            let error = ApiError { details, ..ApiError::new(status, code, message) };
            response.extensions_mut().insert(error);
        }
        response
    }
}

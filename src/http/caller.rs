//! Who sent a request: handlers that take a `Caller` are for those who proved it.
//!
//! It is found out before anything else of the request is read, so that strangers are refused whatever they send.

use std::future::{Ready, ready};

use actix_web::{
    Error, FromRequest, HttpMessage, HttpRequest,
    body::MessageBody,
    dev::{Payload, ServiceRequest, ServiceResponse},
    http::{
        Method,
        header::{self, HeaderMap},
    },
    middleware::Next,
};
use secrecy::SecretString;

use super::{State, client::ClientAddress, edge::RequestId, error::ApiError, rates};
use crate::{
    actors::gateways::identity::Authenticate,
    domain::{
        caller::{Caller, InPerson},
        device::UserAgent,
        failure::{Failure, TokenFault},
        scope::Scope,
    },
    entities::sessions::Device,
};

/// What came of asking who sends a request.
#[derive(Clone)]
struct Known(Result<Caller, ApiError>);

/// Wraps the routes: who brings a token is looked up once, and handlers judge what is found.
pub async fn identify(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if rates::is_to_be_proved(&request) {
        let known = Known(prove(request.request()).await);
        request.extensions_mut().insert(known);
    }
    next.call(request).await
}

/// Whom the request's token belongs to; their budget is used, or, where it belongs to nobody, the address's.
async fn prove(request: &HttpRequest) -> Result<Caller, ApiError> {
    let state = request.app_data::<State>().ok_or(Failure::Busy)?;
    let found = authenticate(request, state).await;
    rates::charge(request, state, found.as_ref())?;
    Ok(Caller { trace: request.extensions().get().copied(), ..found? })
}

async fn authenticate(request: &HttpRequest, state: &State) -> Result<Caller, Failure> {
    let token = bearer(request.headers()).ok_or(Failure::Unauthenticated(TokenFault::Missing))?;
    state.gateways.identity.ask(Authenticate { token, request_id: request_id(request) }).await
}

/// Somebody who proved who they are, by something that lets them do what the request's method stands for.
impl FromRequest for Caller {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(caller(request))
    }
}

/// The same, signed in on a device: personal tokens are refused.
impl FromRequest for InPerson {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(caller(request).and_then(|caller| Ok(caller.in_person().ok_or(Failure::NotInPerson)?)))
    }
}

/// A caller who administers the service; others are refused.
pub struct Administrator(pub Caller);

impl FromRequest for Administrator {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let admitted = |caller: Caller| if caller.is_admin { Ok(Self(caller)) } else { Err(Failure::Forbidden.into()) };
        ready(caller(request).and_then(admitted))
    }
}

fn caller(request: &HttpRequest) -> Result<Caller, ApiError> {
    let known = request.extensions().get::<Known>().cloned();
    let Some(Known(known)) = known else { return Err(stranger(request)) };
    let (caller, scope) = (known?, needed(request.method()));
    if caller.proof.allows(scope) { Ok(caller) } else { Err(Failure::OutOfScope(scope).into()) }
}

/// Why somebody who brings no token is refused. To be told so uses their address's budget.
fn stranger(request: &HttpRequest) -> ApiError {
    let missing = Failure::Unauthenticated(TokenFault::Missing);
    let state = request.app_data::<State>();
    let charged = state.map_or(Ok(()), |state| rates::charge(request, state, Err(&missing)));
    charged.err().unwrap_or(missing).into()
}

/// What a token must be allowed to do for a request of this method.
fn needed(method: &Method) -> Scope {
    if method.is_safe() { Scope::Read } else { Scope::Write }
}

impl FromRequest for Device {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let agent = request.headers().get(header::USER_AGENT);
        let agent = agent.and_then(|value| UserAgent::shortened(value.as_bytes()));
        let address = ClientAddress::from_request(request, payload).into_inner();
        ready(address.map(|ClientAddress(address)| Self { address, agent }))
    }
}

impl FromRequest for RequestId {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(request_id(request))))
    }
}

fn request_id(request: &HttpRequest) -> String {
    request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default()
}

fn bearer(headers: &HeaderMap) -> Option<SecretString> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().into())
}

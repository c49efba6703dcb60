//! Who sent a request: handlers that take a `Caller` are for those who proved it.

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, http::header};
use futures::future::LocalBoxFuture;
use secrecy::SecretString;

use super::{State, edge::RequestId, error::ApiError};
use crate::{
    actors::gateways::accounts::Authenticate,
    domain::{
        caller::Caller,
        failure::{Failure, TokenFault},
    },
};

impl FromRequest for Caller {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let token = bearer(request);
        let request_id = request_id(request);
        let state = request.app_data::<State>().cloned();
        Box::pin(async move {
            let token = token.ok_or(Failure::Unauthenticated(TokenFault::Missing))?;
            let state = state.ok_or(Failure::Busy)?;
            Ok(state.gateways.accounts.ask(Authenticate { token, request_id }).await?)
        })
    }
}

/// A caller who administers the service; others are refused.
pub struct Administrator(pub Caller);

impl FromRequest for Administrator {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let caller = Caller::from_request(request, payload);
        Box::pin(async move {
            let caller = caller.await?;
            if caller.is_admin { Ok(Self(caller)) } else { Err(Failure::Forbidden.into()) }
        })
    }
}

impl FromRequest for RequestId {
    type Error = ApiError;
    type Future = std::future::Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(Ok(Self(request_id(request))))
    }
}

fn request_id(request: &HttpRequest) -> String {
    request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default()
}

fn bearer(request: &HttpRequest) -> Option<SecretString> {
    let value = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().into())
}

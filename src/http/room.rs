//! Read-only while the disk is nearly full: what would write more is refused, and everything can still be read.

use actix_web::{Error, body::MessageBody, dev::ServiceRequest, dev::ServiceResponse, http::Method, middleware::Next};

use super::{State, error::ApiError};
use crate::domain::failure::Failure;

/// To sign in is to begin to read, and writes no more than a row.
const SIGNING_IN: &str = "/api/v1/auth/";

/// Wraps the routes. Deleting goes on too: it is what makes room.
pub async fn guard(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let writes = [Method::POST, Method::PUT, Method::PATCH].contains(request.method());
    let is_short = || request.app_data::<State>().is_some_and(|state| state.room.is_short());
    if writes && !request.path().starts_with(SIGNING_IN) && is_short() {
        return Err(ApiError::from(Failure::StorageFull).into());
    }
    next.call(request).await
}

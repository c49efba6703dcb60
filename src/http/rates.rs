//! Whose budget a request uses: an address's before anybody proved who they are, a person's afterwards.

use actix_web::{
    HttpMessage, HttpRequest,
    dev::ServiceRequest,
    http::{Method, header},
};

use super::{State, client::ClientAddress, error::ApiError};
use crate::{
    domain::{caller::Caller, failure::Failure},
    storage::limits::{Class, Key},
};

/// Where somebody without a token asks for one.
const SIGNING_IN: [&str; 3] = ["/api/v1/auth/login", "/api/v1/auth/register", "/api/v1/auth/refresh"];

/// Below these somebody with a token may be asked for it.
const PROVED: [&str; 2] = ["/api/v1/", "/health/"];

/// Uses the budget of an address where no token is asked for.
pub fn charge_stranger(request: &ServiceRequest, client: ClientAddress) -> Result<(), ApiError> {
    let signs_in = request.method() == Method::POST && SIGNING_IN.contains(&request.match_info().as_str());
    let Some(state) = request.app_data::<State>().filter(|_| signs_in) else { return Ok(()) };
    if let Some(budget) = state.limits.take(Class::Auth, Key::address(client.0))? {
        request.extensions_mut().insert(budget);
    }
    Ok(())
}

/// Uses the budget of whoever a token belongs to; of the address where it belongs to nobody.
pub fn charge(request: &HttpRequest, state: &State, caller: Result<&Caller, &Failure>) -> Result<(), Failure> {
    let class = if request.method() == Method::GET { Class::Read } else { Class::Write };
    let address = request.extensions().get::<ClientAddress>().copied();
    let key = match caller {
        Ok(caller) => Key::User(caller.user),
        Err(_) => address.map_or_else(Key::unknown, |client| Key::address(client.0)),
    };
    if let Some(budget) = state.limits.take(class, key)? {
        request.extensions_mut().insert(budget);
    }
    Ok(())
}

/// Whether a request brings a token, right or wrong, to where one may be asked for.
pub fn is_to_be_proved(request: &ServiceRequest) -> bool {
    let path = request.match_info().as_str();
    let brings = request.headers().contains_key(header::AUTHORIZATION);
    brings && PROVED.iter().any(|place| path.starts_with(place)) && !SIGNING_IN.contains(&path)
}

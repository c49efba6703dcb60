//! Input, parsed at the door: JSON bodies, queries and paths, each fault named as the contract says.

use std::{ops::Deref, time::Duration};

use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    dev::Payload,
    http::StatusCode,
    web::{Bytes, BytesMut},
};
use futures::{StreamExt, future::LocalBoxFuture};
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use tokio::time::{Instant, timeout_at};

use super::{edge::AnswerLimit, error::ApiError};
use crate::domain::failure::{Failure, FieldFault};

const MOST_BYTES: usize = 1 << 20;

/// A JSON body of at most 1 MiB. Unknown and missing fields, and wrong types, are refused by name.
#[derive(Debug)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Body<T> {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let is_json = request.content_type().eq_ignore_ascii_case("application/json");
        let (payload, patience) = (payload.take(), patience(request));
        Box::pin(async move {
            if !is_json {
                return Err(ApiError::of_status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
            }
            parse(&read(payload, patience).await?).map(Self)
        })
    }
}

/// A [`Body`] that may be left out, or be `null`.
#[derive(Debug)]
pub struct OptionalBody<T>(pub T);

impl<T: DeserializeOwned + Default + 'static> FromRequest for OptionalBody<T> {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let is_json = request.content_type().eq_ignore_ascii_case("application/json");
        let (payload, patience) = (payload.take(), patience(request));
        Box::pin(async move {
            let bytes = read(payload, patience).await?;
            match (bytes.is_empty(), is_json) {
                (true, _) => Ok(Self(T::default())),
                (false, true) => Ok(Self(parse::<Option<T>>(&bytes)?.unwrap_or_default())),
                (false, false) => Err(ApiError::of_status(StatusCode::UNSUPPORTED_MEDIA_TYPE)),
            }
        })
    }
}

/// A body of at most 1 MiB as it was sent, whatever it is.
#[derive(Debug)]
pub struct RawBody(pub Bytes);

impl FromRequest for RawBody {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (payload, patience) = (payload.take(), patience(request));
        Box::pin(async move { read(payload, patience).await.map(Self) })
    }
}

/// Half of the time that an answer may take is left for those who send.
pub(super) fn patience(request: &HttpRequest) -> Duration {
    AnswerLimit::of(request.app_data()) / 2
}

/// Reads all of it; a sender who has not sent it within `patience`, by stalling or by dripping, is not waited for.
pub(super) async fn read(mut payload: Payload, patience: Duration) -> Result<Bytes, ApiError> {
    let mut bytes = BytesMut::new();
    let deadline = Instant::now() + patience;
    loop {
        let next = timeout_at(deadline, payload.next()).await;
        let next = next.or(Err(ApiError::of_status(StatusCode::REQUEST_TIMEOUT)))?;
        let Some(chunk) = next else { return Ok(bytes.freeze()) };
        let chunk = chunk.map_err(|error| malformed(&format!("the body broke off: {error}")))?;
        if bytes.len() + chunk.len() > MOST_BYTES {
            return Err(ApiError::of_status(StatusCode::PAYLOAD_TOO_LARGE));
        }
        bytes.extend_from_slice(&chunk);
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    // serde would take an array for an object's members in their order.
    if bytes.trim_ascii_start().starts_with(b"[") {
        return Err(Failure::invalid("body", "must be a JSON object").into());
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let parsed = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        match error.inner().classify() {
            Category::Data => field_fault(&path, &error.inner().to_string()),
            Category::Io | Category::Syntax | Category::Eof => {
                malformed(&format!("the body is not valid JSON: {}", error.inner()))
            }
        }
    })?;
    json.end().map_err(|error| malformed(&format!("the body is not one JSON value: {error}")))?;
    Ok(parsed)
}

fn malformed(message: &str) -> ApiError {
    ApiError::new(StatusCode::BAD_REQUEST, "MALFORMED_REQUEST", message)
}

/// serde tells what is wrong in words only; the first of them and the name in backquotes are stable.
fn field_fault(path: &str, message: &str) -> ApiError {
    let place = message.split(" at line ").next().unwrap_or(message);
    let name = place.split('`').nth(1).unwrap_or_default();
    let missing = place.starts_with("missing field");
    let is_named = missing || place.starts_with("unknown field") || place.starts_with("duplicate field");
    let path = match (path, is_named) {
        (".", true) => name.to_owned(),
        (".", false) => "body".to_owned(),
        // For an unknown field the path ends in its name already.
        (path, true) if !path.ends_with(name) => format!("{path}.{name}"),
        (path, _) => path.to_owned(),
    };
    let problem = match place {
        _ if missing => "is required",
        // The standard library's words for a number that is none.
        "invalid digit found in string" | "cannot parse integer from empty string" => {
            "must be a whole number from 0 on"
        }
        "number too large to fit in target type" => "is too large a number",
        other => other,
    };
    let problem = problem.to_owned();
    Failure::Invalid(vec![FieldFault { path, problem, missing }]).into()
}

/// The query of an address.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Query<T> {
    type Error = ApiError;
    type Future = std::future::Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let pairs = form_urlencoded::parse(request.query_string().as_bytes());
        let parsed = serde_path_to_error::deserialize(serde_urlencoded::Deserializer::new(pairs));
        std::future::ready(
            parsed.map(Self).map_err(|error| field_fault(&error.path().to_string(), &error.inner().to_string())),
        )
    }
}

/// The parts of a path. What is no id names nothing: 404.
#[derive(Debug)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Path<T> {
    type Error = ApiError;
    type Future = std::future::Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let parsed = actix_web::web::Path::<T>::from_request(request, payload).into_inner();
        let path = parsed.ok().map(|path| Self(path.into_inner()));
        std::future::ready(path.ok_or_else(|| ApiError::of_status(StatusCode::NOT_FOUND)))
    }
}

impl<T> Deref for Body<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

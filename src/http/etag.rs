//! Strong entity tags (RFC 9110, section 8.8.3) and the answer to those who have the newest already.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, HttpResponse, HttpResponseBuilder, dev::Payload, http::header};
use code::hash::Hasher;
use serde::Serialize;
use utoipa::{
    IntoParams,
    openapi::{
        path::{Parameter, ParameterBuilder, ParameterIn},
        schema::{ObjectBuilder, Type},
    },
};

use super::{compress::AsIs, error::ApiError};
use crate::domain::{
    failure::Failure,
    version::{Expected, Version},
};

/// A strong tag from a text without quotes.
pub fn strong(text: &str) -> String {
    format!("\"{text}\"")
}

/// A strong tag of all that an answer depends on: other parts, another tag.
pub fn of(parts: &[&str]) -> String {
    let mut hasher = Hasher::default();
    for part in parts {
        // With its length, so that no two lists of parts are the same bytes.
        hasher.update(&(part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    strong(&hasher.finish().to_string())
}

/// Whether `If-None-Match` names the tag, so that 304 is the answer.
pub fn is_known(request: &HttpRequest, tag: &str) -> bool {
    let given = request.headers().get_all(header::IF_NONE_MATCH).filter_map(|value| value.to_str().ok());
    // The comparison is the weak one, as the RFC wants it for this header.
    given.flat_map(|value| value.split(',')).map(str::trim).any(|one| one == "*" || one.trim_start_matches("W/") == tag)
}

/// Answers with a thing that its reader may want to change: its version is its tag.
pub fn versioned(mut response: HttpResponseBuilder, version: &Version, view: impl Serialize) -> HttpResponse {
    response.insert_header((header::ETAG, strong(version.as_str())));
    let mut response = response.json(view);
    response.extensions_mut().insert(AsIs);
    response
}

/// Answers that the version is the one that the client has.
pub fn unchanged(version: &Version) -> HttpResponse {
    HttpResponse::NotModified().insert_header((header::ETAG, strong(version.as_str()))).finish()
}

/// What a client expects to change, by its `If-Match`, which may be left out.
#[derive(Debug)]
pub struct IfMatch(pub Option<Expected>);

impl IntoParams for IfMatch {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let text = ObjectBuilder::new().schema_type(Type::String).build();
        let header = ParameterBuilder::new().name("If-Match").parameter_in(ParameterIn::Header).schema(Some(text));
        let description = "Tags of the versions that may be changed, or `*`. Another one is answered with 412.";
        vec![header.description(Some(description)).build()]
    }
}

impl FromRequest for IfMatch {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let given: Result<Vec<_>, _> =
            request.headers().get_all(header::IF_MATCH).map(|value| value.to_str()).collect();
        let unreadable = || Failure::invalid("If-Match", "must be ASCII text");
        let expected = given.or(Err(unreadable())).and_then(|given| match given.as_slice() {
            [] => Ok(None),
            given => Expected::parse(&given.join(",")).map(Some),
        });
        ready(expected.map(Self).map_err(ApiError::from))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_tag_is_known_alone_in_a_list_weakly_and_by_star() {
        let tag = strong("abc");
        for given in ["\"abc\"", "\"x\", \"abc\"", "W/\"abc\"", "*"] {
            let request = TestRequest::default().insert_header((header::IF_NONE_MATCH, given)).to_http_request();
            assert!(is_known(&request, &tag), "{given}");
        }
        let request = TestRequest::default().insert_header((header::IF_NONE_MATCH, "\"abcd\"")).to_http_request();
        assert!(!is_known(&request, &tag));
    }

    #[test]
    fn every_part_and_its_place_count() {
        let tags = [of(&["a", "b"]), of(&["ab"]), of(&["b", "a"]), of(&["a", "b", ""]), of(&[])];
        for (at, tag) in tags.iter().enumerate() {
            assert_eq!(tags.iter().position(|other| other == tag), Some(at));
        }
        assert_eq!(of(&["a", "b"]), of(&["a", "b"]));
    }
}

//! A file's bytes as they are: whole or a range of them (RFC 9110, section 14), and never run by a browser.

use std::ops::Range;

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder, ResponseError,
    body::SizedStream,
    http::{
        StatusCode,
        header::{self, HeaderName, HeaderValue},
    },
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

use super::{State, compress::AsIs, error::ApiError, etag};
use crate::actors::gateways::code::{FoundFile, OpenBytes};

/// The media type that asks for bytes.
const BYTES: &str = "application/octet-stream";
/// What stands for itself in an extended value (RFC 8187), of what a file may be called.
const NAME: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_');

/// What of a file is answered.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    Whole,
    Bytes(Range<u64>),
    /// None of it: the range lies behind its end.
    Nothing,
}

/// Whether the client wants bytes, and not JSON.
pub fn is_wanted(request: &HttpRequest) -> bool {
    let accept = request.headers().get_all(header::ACCEPT).filter_map(|value| value.to_str().ok());
    let types = accept.flat_map(|value| value.split(',')).filter_map(|one| one.split(';').next()).map(str::trim);
    let (mut bytes, mut json) = (false, false);
    for one in types {
        bytes |= one.eq_ignore_ascii_case(BYTES);
        json |= one.eq_ignore_ascii_case("application/json");
    }
    bytes && !json
}

/// The answer for a file that the caller may read.
pub async fn answer(state: &State, request: &HttpRequest, file: FoundFile) -> Result<HttpResponse, ApiError> {
    let (size, tag) = (file.stat().size, etag::of(&["raw", &file.stat().id.to_string()]));
    if etag::is_known(request, &tag) {
        return Ok(dressed(StatusCode::NOT_MODIFIED, &tag, &file).finish());
    }
    let (mut response, range) = match wanted(request, &tag, size) {
        Part::Whole => (dressed(StatusCode::OK, &tag, &file), 0..size),
        Part::Bytes(range) => {
            let mut response = dressed(StatusCode::PARTIAL_CONTENT, &tag, &file);
            let last = range.end.saturating_sub(1);
            response.insert_header((header::CONTENT_RANGE, format!("bytes {}-{last}/{size}", range.start)));
            (response, range)
        }
        Part::Nothing => return Ok(unsatisfiable(size)),
    };
    let length = range.end - range.start;
    let bytes = state.gateways.code.ask(OpenBytes { file, range }).await?;
    Ok(response.body(SizedStream::new(length, bytes)))
}

fn dressed(status: StatusCode, tag: &str, file: &FoundFile) -> HttpResponseBuilder {
    let name = file.stat().path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    let name = String::from_utf8_lossy(name);
    let disposition = format!(
        "attachment; filename=\"{}\"; filename*=UTF-8''{}",
        plain(&name),
        percent_encode(name.as_bytes(), NAME)
    );
    let mut response = HttpResponseBuilder::new(status);
    response
        .content_type(BYTES)
        .insert_header((header::ETAG, tag))
        .insert_header((header::CACHE_CONTROL, "private, no-cache"))
        .insert_header((header::VARY, "Accept"))
        .insert_header((header::ACCEPT_RANGES, "bytes"))
        .insert_header((header::CONTENT_DISPOSITION, disposition))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((HeaderName::from_static("content-security-policy"), "sandbox; default-src 'none'"));
    // A range counts the bytes of the file, which nothing between here and the client may pack.
    response.extensions_mut().insert(AsIs);
    response
}

/// The name for a client that knows only ASCII (RFC 6266, appendix D).
fn plain(name: &str) -> String {
    let stands = |letter: char| letter.is_ascii_alphanumeric() || "-._ ".contains(letter);
    name.chars().map(|letter| if stands(letter) { letter } else { '_' }).collect()
}

fn unsatisfiable(size: u64) -> HttpResponse {
    let message = format!("the range begins behind the end of the file, which has {size} bytes");
    let error = ApiError::new(StatusCode::RANGE_NOT_SATISFIABLE, "RANGE_NOT_SATISFIABLE", message);
    let mut response = error.error_response();
    if let Ok(size) = HeaderValue::from_str(&format!("bytes */{size}")) {
        response.headers_mut().insert(header::CONTENT_RANGE, size);
    }
    response
}

/// What the request's `Range` asks for; all of it where `If-Range` names another state of the file.
fn wanted(request: &HttpRequest, tag: &str, size: u64) -> Part {
    let text = |name| request.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    match (text(header::RANGE), text(header::IF_RANGE)) {
        (Some(range), None) => part(range, size),
        // Compared strongly: a weak tag is never the same, and dates are not given out.
        (Some(range), Some(state)) if state == tag => part(range, size),
        _ => Part::Whole,
    }
}

/// Reads one range of bytes. What is no such range, or several, is passed over, as the RFC allows.
fn part(range: &str, size: u64) -> Part {
    let Some((unit, set)) = range.split_once('=') else { return Part::Whole };
    let Some((first, last)) = set.trim().split_once('-').filter(|_| unit.trim().eq_ignore_ascii_case("bytes")) else {
        return Part::Whole;
    };
    let within = |start: u64, end: u64| if start < end { Part::Bytes(start..end) } else { Part::Nothing };
    match (place(first), place(last)) {
        (Some(first), Some(last)) if first <= last => within(first, last.saturating_add(1).min(size)),
        (Some(first), None) if last.is_empty() => within(first, size),
        (None, Some(length)) if first.is_empty() => within(size.saturating_sub(length), size),
        _ => Part::Whole,
    }
}

/// A number of any length; one too large to be counted is as good as the largest.
fn place(digits: &str) -> Option<u64> {
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_range_is_read_and_what_is_none_is_passed_over() {
        for (range, wanted) in [
            ("bytes=0-0", Part::Bytes(0..1)),
            ("bytes=2-4", Part::Bytes(2..5)),
            ("BYTES= 2-4 ", Part::Bytes(2..5)),
            ("bytes=2-400", Part::Bytes(2..10)),
            ("bytes=9-", Part::Bytes(9..10)),
            ("bytes=-3", Part::Bytes(7..10)),
            ("bytes=-300", Part::Bytes(0..10)),
            ("bytes=0-99999999999999999999999", Part::Bytes(0..10)),
            ("bytes=10-", Part::Nothing),
            ("bytes=10-11", Part::Nothing),
            ("bytes=-0", Part::Nothing),
            ("bytes=99999999999999999999999-", Part::Nothing),
            ("bytes=4-2", Part::Whole),
            ("bytes=-", Part::Whole),
            ("bytes=", Part::Whole),
            ("bytes", Part::Whole),
            ("lines=1-2", Part::Whole),
            ("bytes=0-1,3-4", Part::Whole),
            ("bytes=a-b", Part::Whole),
            ("bytes=+1-2", Part::Whole),
            ("bytes=1--2", Part::Whole),
        ] {
            assert_eq!(part(range, 10), wanted, "{range}");
        }
        assert_eq!((part("bytes=0-", 0), part("bytes=-1", 0)), (Part::Nothing, Part::Nothing));
    }

    #[test]
    fn bytes_are_wanted_by_who_asks_for_them_and_not_for_json() {
        for (accept, wanted) in [
            ("application/octet-stream", true),
            ("text/plain, Application/Octet-Stream;q=0.9", true),
            ("application/octet-stream, application/problem+json", true),
            ("application/json, application/octet-stream", false),
            ("*/*", false),
            ("", false),
        ] {
            let request = TestRequest::default().insert_header((header::ACCEPT, accept)).to_http_request();
            assert_eq!(is_wanted(&request), wanted, "{accept}");
        }
    }

    proptest! {
        #[test]
        fn a_range_lies_within_the_file(range in "(bytes=)?[0-9]{0,22}-?[0-9]{0,22}", size in 0_u64..20) {
            if let Part::Bytes(part) = part(&range, size) {
                prop_assert!(part.start < part.end && part.end <= size);
            }
        }
    }
}

//! Strong entity tags (RFC 9110, section 8.8.3) and the answer to those who have the newest already.

use actix_web::{HttpRequest, http::header};

/// A strong tag from a text without quotes.
pub fn strong(text: &str) -> String {
    format!("\"{text}\"")
}

/// Whether `If-None-Match` names the tag, so that 304 is the answer.
pub fn is_known(request: &HttpRequest, tag: &str) -> bool {
    let given = request.headers().get_all(header::IF_NONE_MATCH).filter_map(|value| value.to_str().ok());
    // The comparison is the weak one, as the RFC wants it for this header.
    given.flat_map(|value| value.split(',')).map(str::trim).any(|one| one == "*" || one.trim_start_matches("W/") == tag)
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
}

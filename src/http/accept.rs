//! Which form of an error a client wants, by its `Accept` header (RFC 9110, section 12.5.1).

use actix_web::http::header::{self, HeaderMap};

/// RFC 9457.
pub const PROBLEM: &str = "application/problem+json";
const JSON: &str = "application/json";

/// Whether problem details are asked for by name, and not less than plain JSON. Who takes anything gets plain JSON.
pub fn wants_problem(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT).filter_map(|value| value.to_str().ok());
    let ranges: Vec<Range> = values.flat_map(|value| value.split(',')).filter_map(Range::parse).collect();
    let quality = |name: &str| ranges.iter().filter(|range| range.names(name)).map(|range| range.quality).max();
    let json = [JSON, "application/*", "*/*"].into_iter().find_map(quality).unwrap_or(0);
    quality(PROBLEM).is_some_and(|problem| problem > 0 && problem >= json)
}

/// One media range with its weight in thousandths.
struct Range<'a> {
    name: &'a str,
    quality: u16,
}

impl<'a> Range<'a> {
    /// `None` where the weight is none: such a range says nothing.
    fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let name = parts.next()?;
        let weight = parts.filter_map(|part| part.split_once('=')).find(|(name, _)| name.eq_ignore_ascii_case("q"));
        let quality = weight.map_or(Some(1_000), |(_, weight)| thousandths(weight))?;
        Some(Self { name, quality })
    }

    fn names(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

/// A weight: 0 to 1 with at most three digits behind the point.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    if part.len() > 3 || !part.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part: u16 = format!("{part:0<3}").parse().ok()?;
    match (whole, part) {
        ("0", part) => Some(part),
        ("1", 0) => Some(1_000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn wants(accept: &str) -> bool {
        let mut headers = HeaderMap::new();
        for value in accept.split('|').filter_map(|value| HeaderValue::from_str(value).ok()) {
            headers.append(header::ACCEPT, value);
        }
        wants_problem(&headers)
    }

    #[test]
    fn problem_details_are_for_those_who_name_them_and_prefer_nothing_else() {
        for accept in [
            "application/problem+json",
            "Application/Problem+JSON; charset=utf-8",
            "application/json, application/problem+json",
            "application/problem+json, */*",
            "text/html|application/problem+json;q=0.5",
            "application/json;q=0.4, application/problem+json;q=0.5",
            "*/*;q=0.1, application/*;q=0.2, application/problem+json;q=0.2",
        ] {
            assert!(wants(accept), "{accept}");
        }
        for accept in [
            "",
            "*/*",
            "application/*",
            "application/json",
            "application/problem+json;q=0",
            "application/problem+json;q=0.0",
            "application/json, application/problem+json;q=0.999",
            "application/problem+json;q=0.5, */*",
            "application/problem+json;q=2",
            "application/problem+jsonx",
            "text/plain;x=\"application/problem+json\"",
        ] {
            assert!(!wants(accept), "{accept}");
        }
    }

    proptest! {
        #[test]
        fn any_header_is_answered(accept in "[ -~]{0,80}") {
            wants(&accept);
        }
    }
}

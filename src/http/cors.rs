//! Which pages a browser lets read answers (Fetch, section 3.2): those of the configured origins. No cookies are used,
//! so no credentials are ever allowed; a page sends its token itself.

use actix_web::{
    HttpResponse,
    dev::ServiceRequest,
    http::{
        Method,
        header::{self, HeaderMap, HeaderValue},
    },
};

const METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE";
const MAY_BE_SENT: &str = "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, If-Range, \
    Last-Event-ID, Range, Traceparent, Tracestate, X-Request-Id";
const MAY_BE_READ: &str = "Accept-Ranges, Allow, Content-Range, ETag, Idempotency-Replayed, Link, Location, RateLimit, \
    RateLimit-Policy, Retry-After, Traceparent, X-Poll-Interval, X-Request-Id";
/// Two hours: browsers keep a permission no longer.
const MAX_AGE: &str = "7200";

/// The origins whose pages may read answers.
#[derive(Debug, Clone, Default)]
pub struct Cors {
    origins: Vec<HeaderValue>,
}

/// What an answer says to the page that asked.
#[derive(Debug, Clone)]
pub enum Grant {
    /// Nothing: no origins are configured.
    Silent,
    /// It may not read the answer, though others might.
    Refused,
    /// It may, being one of the configured ones.
    Origin(HeaderValue),
    /// Every page may.
    Everybody,
}

impl Cors {
    /// Allows these origins, as browsers write them; `*` stands for all.
    pub fn new(origins: Vec<String>) -> Self {
        Self { origins: origins.into_iter().filter_map(|origin| HeaderValue::try_from(origin).ok()).collect() }
    }

    /// What the page that sent the request is granted.
    pub fn grant(&self, headers: &HeaderMap) -> Grant {
        if self.origins.is_empty() {
            Grant::Silent
        } else if self.origins.iter().any(|origin| origin == "*") {
            Grant::Everybody
        } else {
            let origin = headers.get(header::ORIGIN).filter(|origin| self.origins.contains(origin));
            origin.map_or(Grant::Refused, |origin| Grant::Origin(origin.clone()))
        }
    }
}

impl Grant {
    /// The answer to a browser that asks before it sends a page's request; `None` for every other request.
    pub fn preflight(&self, request: &ServiceRequest) -> Option<HttpResponse> {
        let asks = request.method() == Method::OPTIONS
            && request.headers().contains_key(header::ORIGIN)
            && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        let granted = matches!(self, Self::Origin(_) | Self::Everybody);
        (asks && granted).then(|| {
            HttpResponse::NoContent()
                .insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, METHODS))
                .insert_header((header::ACCESS_CONTROL_ALLOW_HEADERS, MAY_BE_SENT))
                .insert_header((header::ACCESS_CONTROL_MAX_AGE, MAX_AGE))
                .finish()
        })
    }

    /// Says it in an answer's headers.
    pub fn sign(&self, headers: &mut HeaderMap) {
        let origin = match self {
            Self::Silent => return,
            Self::Refused => return depend_on_origin(headers),
            Self::Origin(origin) => {
                depend_on_origin(headers);
                origin.clone()
            }
            Self::Everybody => HeaderValue::from_static("*"),
        };
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(MAY_BE_READ));
    }
}

/// An answer may be signed on more than one way out.
fn depend_on_origin(headers: &mut HeaderMap) {
    let origin = HeaderValue::from_static("Origin");
    if !headers.get_all(header::VARY).any(|name| *name == origin) {
        headers.append(header::VARY, origin);
    }
}

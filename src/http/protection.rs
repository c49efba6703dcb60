//! What browsers and caches are told of every answer, so that none is sniffed, framed, referred to or kept by mistake.

use actix_web::http::{
    Method,
    header::{self, HeaderMap, HeaderName, HeaderValue},
};

/// No document of ours loads anything, or stands in anybody's frame.
const NOTHING: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// The page at `/docs` loads its own scripts and styles, has pictures in its styles, and asks this service.
const DOCS: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What of a request decides how its answer is to be treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    docs: bool,
    api: bool,
    secret: bool,
}

impl Kind {
    /// Of a request by its method and its decoded path.
    pub fn of(method: &Method, path: &str) -> Self {
        let reads = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
        // A secret is shown once, to whoever made it, and what belongs to an account is nobody else's.
        let secret = !reads || path.starts_with("/api/v1/auth/");
        Self { docs: path.starts_with("/docs"), api: path.starts_with("/api/"), secret }
    }

    /// Whether the answer may hold a token or another secret. It is kept by no cache, and not compressed: a stranger
    /// who can put text into it, and sees its length, could guess the secret letter by letter (BREACH).
    pub fn may_hold_a_secret(self) -> bool {
        self.secret
    }

    /// Says it all in the answer's headers, unless its handler said otherwise.
    pub fn sign(self, headers: &mut HeaderMap, hsts: Option<&HeaderValue>) {
        let mut say = |name: HeaderName, value: HeaderValue| {
            if !headers.contains_key(&name) {
                headers.insert(name, value);
            }
        };
        let policy = if self.docs { DOCS } else { NOTHING };
        say(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
        say(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        say(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
        say(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        if self.secret {
            say(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        } else if self.api {
            // It belongs to the one who asked, and may be another the next time.
            say(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
        }
        if let Some(hsts) = hsts {
            say(header::STRICT_TRANSPORT_SECURITY, hsts.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_to_changes_and_about_accounts_may_hold_secrets() {
        assert!(Kind::of(&Method::POST, "/api/v1/projects").may_hold_a_secret());
        assert!(Kind::of(&Method::GET, "/api/v1/auth/me/export").may_hold_a_secret());
        assert!(!Kind::of(&Method::GET, "/api/v1/projects").may_hold_a_secret());
    }
}

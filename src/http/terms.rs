//! What the edge goes by: sizes it takes, whom it believes, what it tells browsers. Read from the configuration once.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use actix_web::{
    dev::ServiceRequest,
    http::{StatusCode, header::HeaderValue},
};

use super::{client::Proxies, cors::Cors, error::ApiError};
use crate::config::Http;

/// What a field takes beside its name and its value: a colon, a space, an end of line.
const FIELD_OVERHEAD: usize = 4;
/// So many requests under way double the interval of those who poll …
const BUSY: usize = 32;
/// … up to so many times it.
const MOST_PATIENCE: u32 = 8;

/// What the edge goes by; clones share the count of requests under way.
#[derive(Debug, Clone)]
pub struct Terms {
    /// Whose word counts about the client's address.
    pub proxies: Proxies,
    /// Which pages may read answers.
    pub cors: Cors,
    /// What browsers are told of TLS, if anything.
    pub hsts: Option<HeaderValue>,
    most_uri_bytes: usize,
    most_header_bytes: usize,
    poll_interval: Duration,
    under_way: Arc<AtomicUsize>,
}

/// A request under way; dropped, it is over.
pub struct UnderWay(Arc<AtomicUsize>);

impl Terms {
    /// As configured.
    pub fn new(http: &Http) -> Self {
        let hsts = format!("max-age={}", http.hsts().as_secs());
        Self {
            proxies: Proxies::new(http),
            cors: Cors::new(http.cors_origins()),
            hsts: HeaderValue::try_from(hsts).ok().filter(|_| !http.hsts().is_zero()),
            most_uri_bytes: http.most_uri_bytes.get(),
            most_header_bytes: http.most_header_bytes.get(),
            poll_interval: http.poll_interval(),
            under_way: Arc::default(),
        }
    }

    /// Refuses addresses and headers that are too long.
    pub fn admit(&self, request: &ServiceRequest) -> Result<(), ApiError> {
        let uri = request.uri().path_and_query().map_or(0, |uri| uri.as_str().len());
        let fields = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + FIELD_OVERHEAD);
        if uri > self.most_uri_bytes {
            Err(ApiError::of_status(StatusCode::URI_TOO_LONG))
        } else if fields.sum::<usize>() > self.most_header_bytes {
            Err(ApiError::of_status(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE))
        } else {
            Ok(())
        }
    }

    /// Counts a request.
    pub fn enter(&self) -> UnderWay {
        self.under_way.fetch_add(1, Ordering::Relaxed);
        UnderWay(Arc::clone(&self.under_way))
    }

    /// How long those who poll should wait now; the more requests are under way, the longer.
    pub fn poll_interval(&self) -> Duration {
        let load = self.under_way.load(Ordering::Relaxed) / BUSY;
        self.poll_interval * u32::try_from(load + 1).unwrap_or(MOST_PATIENCE).min(MOST_PATIENCE)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

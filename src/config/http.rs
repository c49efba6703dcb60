//! Section `http` of the configuration: the listener, what it takes, and whom it believes.

use std::{
    net::{IpAddr, SocketAddr},
    num::{NonZeroU32, NonZeroUsize},
    time::Duration,
};

use ipnet::IpNet;
use serde::Deserialize;

use super::sections::seconds;

/// Section `http`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    /// Port 0 takes a free one.
    pub listen: SocketAddr,
    /// Seconds until an answer must have begun.
    request_timeout_s: NonZeroU32,
    drain_delay_s: u32,
    shutdown_grace_s: u32,
    headers_timeout_s: NonZeroU32,
    keep_alive_s: NonZeroU32,
    /// Bytes of path and query.
    pub most_uri_bytes: NonZeroUsize,
    /// Bytes of all header fields together.
    pub most_header_bytes: NonZeroUsize,
    pub(super) trusted_proxies: Vec<String>,
    /// Where trusted proxies say whom they speak for.
    pub forwarded_header: ForwardedHeader,
    pub(super) cors_origins: Vec<String>,
    hsts_s: u32,
    poll_interval_s: NonZeroU32,
}

/// The header in which proxies name the client; any other one is the client's own word.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ForwardedHeader {
    /// `X-Forwarded-For`.
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

impl Http {
    /// An answer must have begun after this time.
    pub fn request_timeout(&self) -> Duration {
        seconds(self.request_timeout_s.get())
    }

    /// From "not ready" until connections are refused.
    pub fn drain_delay(&self) -> Duration {
        seconds(self.drain_delay_s)
    }

    /// What is under way may take this long once the service stops.
    pub fn shutdown_grace(&self) -> Duration {
        seconds(self.shutdown_grace_s)
    }

    /// The first request of a connection must have its headers in this time.
    pub fn headers_timeout(&self) -> Duration {
        seconds(self.headers_timeout_s.get())
    }

    /// A connection without a request is closed after this time.
    pub fn keep_alive(&self) -> Duration {
        seconds(self.keep_alive_s.get())
    }

    /// Networks whose machines are believed when they say whom they speak for.
    pub fn trusted_proxies(&self) -> Vec<IpNet> {
        named(&self.trusted_proxies).filter_map(network).collect()
    }

    /// Where pages may come from that a browser lets read answers.
    pub fn cors_origins(&self) -> Vec<String> {
        named(&self.cors_origins).map(str::to_owned).collect()
    }

    /// How long browsers are to insist on TLS; zero: nothing is said.
    pub fn hsts(&self) -> Duration {
        seconds(self.hsts_s)
    }

    /// How often those who poll are asked to do so at most.
    pub fn poll_interval(&self) -> Duration {
        seconds(self.poll_interval_s.get())
    }

    /// What is wrong with the lists.
    pub(super) fn faults(&self) -> impl Iterator<Item = String> + '_ {
        let proxies = named(&self.trusted_proxies)
            .filter(|text| network(text).is_none())
            .map(|text| format!("http.trusted_proxies holds {text:?}; write addresses or networks such as 10.0.0.0/8"));
        let origins = named(&self.cors_origins).filter(|text| !is_origin(text)).map(|text| {
            format!("http.cors_origins holds {text:?}; write origins such as https://app.example.org, or *")
        });
        proxies.chain(origins)
    }
}

/// An empty variable is a list of nothing.
fn named(list: &[String]) -> impl Iterator<Item = &str> {
    list.iter().map(|text| text.trim()).filter(|text| !text.is_empty())
}

fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

/// A scheme, a host and perhaps a port, as browsers send them (RFC 6454, section 6.2).
fn is_origin(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let plain = |host: &str| host.bytes().all(|byte| byte.is_ascii_graphic() && !b"/?#@\\".contains(&byte));
    text == "*" || host.is_some_and(|host| !host.is_empty() && plain(host) && host == host.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_an_address_or_a_network() {
        assert_eq!(network("10.0.0.7"), "10.0.0.7/32".parse().ok());
        assert_eq!(network("2001:db8::/32"), "2001:db8::/32".parse().ok());
        for text in ["10.0.0.0/33", "proxy.example.org", "10.0.0", "*"] {
            assert_eq!(network(text), None, "{text}");
        }
    }

    #[test]
    fn an_origin_has_a_scheme_and_a_host_and_no_more() {
        for text in ["*", "https://app.example.org", "http://localhost:3000", "http://[::1]:3000"] {
            assert!(is_origin(text), "{text}");
        }
        for text in ["app.example.org", "https://", "https://a.org/", "https://A.org", "https://u@a.org", "null"] {
            assert!(!is_origin(text), "{text}");
        }
    }
}

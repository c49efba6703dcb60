//! Who asks, as an address: the peer's, or the one that proxies of ours name, read from the right.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    dev::Payload,
    http::header::{self, HeaderMap, HeaderName},
};
use ipnet::IpNet;

use super::error::ApiError;
use crate::config::{ForwardedHeader, Http};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The address of whoever sent the request, as far as it can be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl FromRequest for ClientAddress {
    type Error = ApiError;
    type Future = std::future::Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        // Worked out at the edge.
        let known = request.extensions().get::<Self>().copied();
        let address = known.unwrap_or_else(|| Self(peer(request.peer_addr())));
        std::future::ready(Ok(address))
    }
}

/// Whose word counts when they say whom they speak for.
#[derive(Debug, Clone, Default)]
pub struct Proxies {
    trusted: Vec<IpNet>,
    header: ForwardedHeader,
}

impl Proxies {
    /// As configured.
    pub fn new(http: &Http) -> Self {
        Self { trusted: http.trusted_proxies(), header: http.forwarded_header }
    }

    /// Whose request it is that came from `peer`.
    ///
    /// Each proxy adds, on the right, the address that it was asked from. So from the right every address was written
    /// by somebody of ours, until the first one that is not ours: that is the client. What stands left of it is the
    /// client's own word, and is not read.
    pub fn client(&self, peer: Option<SocketAddr>, headers: &HeaderMap) -> ClientAddress {
        let mut client = self::peer(peer);
        if !self.trusts(client) {
            return ClientAddress(client);
        }
        let name = match self.header {
            ForwardedHeader::XForwardedFor => X_FORWARDED_FOR,
            ForwardedHeader::Forwarded => header::FORWARDED,
        };
        let values: Vec<_> = headers.get_all(name).filter_map(|value| value.to_str().ok()).collect();
        for element in values.iter().rev().flat_map(|value| value.rsplit(',')) {
            let node = match self.header {
                ForwardedHeader::XForwardedFor => Some(element),
                ForwardedHeader::Forwarded => forwarded_for(element),
            };
            // A name that is no address hides whoever is behind it: the one who says so is the last that is known.
            let Some(address) = node.and_then(parse) else { break };
            client = address;
            if !self.trusts(client) {
                break;
            }
        }
        ClientAddress(client)
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|network| network.contains(&address))
    }
}

fn peer(address: Option<SocketAddr>) -> IpAddr {
    address.map_or(Ipv4Addr::UNSPECIFIED.into(), |address| address.ip().to_canonical())
}

/// The parameter `for` of one element of `Forwarded` (RFC 7239, section 4).
fn forwarded_for(element: &str) -> Option<&str> {
    let mut pairs = element.split(';').filter_map(|pair| pair.trim().split_once('='));
    let (_, node) = pairs.find(|(name, _)| name.eq_ignore_ascii_case("for"))?;
    Some(node.strip_prefix('"').and_then(|node| node.strip_suffix('"')).unwrap_or(node))
}

/// An address, with or without a port, of IPv6 with or without brackets.
fn parse(node: &str) -> Option<IpAddr> {
    let node = node.trim();
    let bare = node.strip_prefix('[').and_then(|node| node.strip_suffix(']')).unwrap_or(node);
    let address = bare.parse().ok().or_else(|| node.parse::<SocketAddr>().ok().map(|address| address.ip()));
    address.map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use actix_web::http::header::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn proxies(header: ForwardedHeader) -> Proxies {
        let trusted = ["10.0.0.0/8", "2001:db8::/32"].map(|network| network.parse().unwrap()).to_vec();
        Proxies { trusted, header }
    }

    fn client(header: ForwardedHeader, peer: &str, name: &'static str, values: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
        let peer = Some(SocketAddr::new(peer.parse().unwrap(), 4711));
        proxies(header).client(peer, &headers).0.to_string()
    }

    fn by_x(peer: &str, values: &[&str]) -> String {
        client(ForwardedHeader::XForwardedFor, peer, "x-forwarded-for", values)
    }

    fn by_forwarded(values: &[&str]) -> String {
        client(ForwardedHeader::Forwarded, "10.0.0.1", "forwarded", values)
    }

    #[test]
    fn a_stranger_s_word_is_not_believed() {
        assert_eq!(by_x("192.0.2.9", &["203.0.113.7"]), "192.0.2.9");
        let nobody = Proxies::default().client(Some("10.0.0.1:1".parse().unwrap()), &HeaderMap::new());
        assert_eq!(nobody.0.to_string(), "10.0.0.1");
    }

    #[test]
    fn the_first_from_the_right_that_is_no_proxy_of_ours_is_the_client() {
        assert_eq!(by_x("10.0.0.1", &["203.0.113.7"]), "203.0.113.7");
        assert_eq!(by_x("10.0.0.1", &["1.2.3.4, 203.0.113.7, 10.9.9.9"]), "203.0.113.7");
        assert_eq!(by_x("10.0.0.1", &["1.2.3.4", "203.0.113.7", "10.9.9.9"]), "203.0.113.7");
        assert_eq!(by_x("::ffff:10.0.0.1", &["203.0.113.7:5000"]), "203.0.113.7");
        assert_eq!(by_x("2001:db8::1", &["[2a00::7]:443"]), "2a00::7");
        assert_eq!(by_x("10.0.0.1", &["10.1.1.1, 10.2.2.2"]), "10.1.1.1");
        assert_eq!(by_x("10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn what_is_no_address_ends_the_search() {
        assert_eq!(by_x("10.0.0.1", &["203.0.113.7, unknown, 10.9.9.9"]), "10.9.9.9");
        assert_eq!(by_x("10.0.0.1", &[""]), "10.0.0.1");
        assert_eq!(by_forwarded(&["for=203.0.113.7, for=_hidden, for=10.9.9.9"]), "10.9.9.9");
        assert_eq!(by_forwarded(&["for=203.0.113.7, proto=https"]), "10.0.0.1");
    }

    #[test]
    fn forwarded_is_read_in_all_its_forms() {
        assert_eq!(by_forwarded(&["for=203.0.113.7;proto=https;by=10.0.0.1"]), "203.0.113.7");
        assert_eq!(by_forwarded(&["For=\"[2a00::7]:4711\""]), "2a00::7");
        assert_eq!(by_forwarded(&["for=1.2.3.4", "proto=http; FOR=203.0.113.7 , for=\"10.9.9.9:80\""]), "203.0.113.7");
        // A quote that a client leaves open does not swallow what a proxy wrote behind it.
        assert_eq!(by_forwarded(&["for=\"1.2.3.4, for=203.0.113.7"]), "203.0.113.7");
    }

    #[test]
    fn the_header_that_proxies_do_not_write_is_not_read() {
        assert_eq!(client(ForwardedHeader::XForwardedFor, "10.0.0.1", "forwarded", &["for=1.2.3.4"]), "10.0.0.1");
        assert_eq!(client(ForwardedHeader::Forwarded, "10.0.0.1", "x-forwarded-for", &["1.2.3.4"]), "10.0.0.1");
    }

    proptest! {
        #[test]
        fn whatever_a_client_writes_on_the_left_changes_nothing(lie in "[ -+\\--~]{0,60}(,[ -+\\--~]{0,30}){0,3}") {
            prop_assert_eq!(by_x("10.0.0.1", &[&format!("{lie}, 203.0.113.7, 10.9.9.9")]), "203.0.113.7");
            prop_assert_eq!(by_forwarded(&[&format!("{lie}, for=203.0.113.7")]), "203.0.113.7");
        }
    }
}

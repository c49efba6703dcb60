//! The addresses behind a host's name: looked up, checked, and pinned, so that what was checked is what is connected to.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    time::Duration,
};

use super::{
    Resolve,
    url::{HostPort, RemoteUrl, UrlRefused},
};
use crate::sync::SyncError;

/// How long a name may take to resolve.
const LOOKUP_LIMIT: Duration = Duration::from_secs(10);

/// Most addresses that are pinned: enough for any real host, and it bounds the command's environment.
const MAX_ADDRESSES: usize = 8;

/// A host and the addresses it had when they were checked. Never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pinned {
    pub(crate) at: HostPort,
    pub(crate) addresses: Vec<IpAddr>,
}

/// Looks up the remote's host and refuses it if **any** of its addresses is not public (unless the policy allows
/// that): a name that resolves to one public and one private address is an attack, not a mistake. Fails closed:
/// no address, no connection. A path on this machine has no host and gives none.
pub(crate) async fn pin(remote: &RemoteUrl, resolver: &dyn Resolve) -> Result<Option<Pinned>, SyncError> {
    let Some(at) = remote.host.clone() else { return Ok(None) };
    let mut addresses = match at.host.parse() {
        Ok(literal) => vec![literal],
        Err(_) => look_up(&at.host, resolver).await?,
    };
    if !remote.allow_private_hosts && !addresses.iter().all(|it| is_public(*it)) {
        return Err(UrlRefused::PrivateAddress.into());
    }
    addresses.dedup();
    addresses.truncate(MAX_ADDRESSES);
    if addresses.is_empty() {
        return Err(SyncError::Unreachable("the host's name has no address".into()));
    }
    Ok(Some(Pinned { at, addresses }))
}

async fn look_up(name: &str, resolver: &dyn Resolve) -> Result<Vec<IpAddr>, SyncError> {
    match tokio::time::timeout(LOOKUP_LIMIT, resolver.resolve(name)).await {
        Ok(Ok(found)) => Ok(found),
        Ok(Err(_)) => Err(SyncError::Unreachable("the host's name does not resolve".into())),
        Err(_) => Err(SyncError::Unreachable("the host's name takes too long to resolve".into())),
    }
}

/// Whether an address is reachable from anywhere, by IANA's registries of special-purpose addresses
/// (RFC 6890 and its successors) and of multicast.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let special = match address.octets() {
        // This host, private, loopback, link-local.
        [0 | 10 | 127, ..] | [169, 254, ..] | [192, 168, ..]
        // Protocol assignments, documentation, 6to4 relays, benchmarks.
        | [192, 0, 0 | 2, _] | [192, 88, 99, _] | [198, 18 | 19, ..] | [198, 51, 100, _] | [203, 0, 113, _] => true,
        // Shared by carriers (RFC 6598), private.
        [100, second, ..] => (64..128).contains(&second),
        [172, second, ..] => (16..32).contains(&second),
        // Multicast, reserved, broadcast.
        [first, ..] => first >= 224,
    };
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(v4) = embedded_v4(address) {
        return is_public_v4(v4);
    }
    match address.segments() {
        // Protocol assignments with Teredo and ORCHID, documentation, 6to4.
        [0x2001, b, ..] if b < 0x200 || b == 0xdb8 => false,
        [0x2002, ..] => false,
        [0x3fff, b, ..] if b < 0x1000 => false,
        // Global unicast; all the rest (loopback, link-local, unique local, multicast …) is not.
        [a, ..] => (0x2000..0x4000).contains(&a),
    }
}

/// The IPv4 address that is really meant: IPv4-mapped (RFC 4291) or behind a NAT64 (RFC 6052).
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    const MAPPED: [u16; 6] = [0, 0, 0, 0, 0, 0xffff];
    const TRANSLATED: [u16; 6] = [0x64, 0xff9b, 0, 0, 0, 0];
    let [prefix @ .., high, low] = address.segments();
    let embedded = prefix == MAPPED || prefix == TRANSLATED;
    embedded.then(|| Ipv4Addr::from(u32::from(high) << 16 | u32::from(low)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use super::*;
    use crate::remote::{Policy, Protocol, Resolving, SystemResolver};

    /// Answers every question with these addresses.
    #[derive(Debug)]
    struct Always(Vec<IpAddr>);

    impl Resolve for Always {
        fn resolve<'a>(&'a self, _: &'a str) -> Resolving<'a> {
            Box::pin(async { Ok(self.0.clone()) })
        }
    }

    #[test]
    fn addresses_that_are_not_reachable_from_everywhere_are_not_public() {
        for text in [
            "127.0.0.1",
            "127.8.9.1",
            "0.0.0.0",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "100.127.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "198.18.0.1",
            "198.19.1.1",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "239.1.1.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fe80::1",
            "fc00::1",
            "fd12:3456::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "64:ff9b:1::1",
            "2001:db8::1",
            "2001::1",
            "2002:7f00:1::",
            "3fff::1",
            "::127.0.0.1",
            "fec0::1",
            "100::1",
        ] {
            assert!(!is_public(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn addresses_of_the_internet_are_public() {
        for text in [
            "1.1.1.1",
            "8.8.8.8",
            "100.63.255.255",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "198.17.0.1",
            "223.255.255.255",
            "2606:4700::1111",
            "2a00:1450::1",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
            "2001:4860::8888",
        ] {
            assert!(is_public(text.parse().unwrap()), "{text}");
        }
    }

    #[tokio::test]
    async fn a_private_host_is_refused_unless_allowed_and_pinned_if_allowed() {
        let mut policy = Policy { protocols: vec![Protocol::Git, Protocol::Http], allow_private_hosts: false };
        for url in ["git://localhost/a", "git://127.1/a", "http://2130706433/a", "http://[::ffff:7f00:1]/a"] {
            let refused = pin(&RemoteUrl::parse(url, &policy).unwrap(), &SystemResolver).await;
            assert!(matches!(refused, Err(SyncError::UrlRefused(UrlRefused::PrivateAddress))), "{url}: {refused:?}");
        }
        policy.allow_private_hosts = true;
        let remote = RemoteUrl::parse("git://127.0.0.1:99/a", &policy).unwrap();
        let pinned = pin(&remote, &SystemResolver).await.unwrap().unwrap();
        assert_eq!((pinned.at.port, pinned.addresses), (99, vec!["127.0.0.1".parse().unwrap()]));
    }

    #[tokio::test]
    async fn a_name_without_an_address_is_not_reached() {
        let remote = RemoteUrl::parse("https://nothing.invalid/a", &Policy::default()).unwrap();
        assert!(matches!(pin(&remote, &SystemResolver).await, Err(SyncError::Unreachable(_))));
        assert!(matches!(pin(&remote, &Always(Vec::new())).await, Err(SyncError::Unreachable(_))));
    }

    #[tokio::test]
    async fn one_private_address_among_public_ones_is_enough_to_refuse() {
        let remote = RemoteUrl::parse("https://git.example.com/a", &Policy::default()).unwrap();
        let addresses = |texts: &[&str]| Always(texts.iter().map(|it| it.parse().unwrap()).collect());
        let refused = pin(&remote, &addresses(&["8.8.8.8", "2606:4700::1111", "10.0.0.1"])).await;
        assert!(matches!(refused, Err(SyncError::UrlRefused(UrlRefused::PrivateAddress))), "{refused:?}");
        let public = addresses(&["8.8.8.8", "2606:4700::1111"]);
        assert_eq!(pin(&remote, &public).await.unwrap().unwrap().addresses.len(), 2);
        let literal = RemoteUrl::parse("https://127.0.0.1/a", &Policy::default()).unwrap();
        assert!(pin(&literal, &public).await.is_err(), "nobody is asked what a literal address stands for");
    }
}

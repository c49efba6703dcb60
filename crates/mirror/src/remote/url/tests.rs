//! Addresses that people type, and those that attackers do.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use proptest::prelude::*;

use super::*;

fn everything() -> Policy {
    use Protocol::{File, Git, Http, Https, Ssh};
    Policy { protocols: vec![Https, Ssh, Git, Http, File], allow_private_hosts: true }
}

fn parsed(text: &str) -> Result<String, UrlRefused> {
    RemoteUrl::parse(text, &everything()).map(|url| url.to_string())
}

#[test]
fn the_usual_forms_are_normalised() {
    for (text, normal) in [
        ("https://GitHub.com/a/b.git", "https://github.com/a/b.git"),
        ("https://h:443/a", "https://h/a"),
        ("HTTPS://h/a%20b", "https://h/a%20b"),
        ("ssh://git@h:2222/a/b", "ssh://git@h:2222/a/b"),
        ("git@GitHub.com:a/b.git", "git@github.com:a/b.git"),
        ("h:a/b", "h:a/b"),
        ("git://h/a", "git://h/a"),
        ("/srv/a b".replace(' ', "_").as_str(), "file:///srv/a_b"),
        ("file:///srv/a", "file:///srv/a"),
        ("https://[2001:db8::1]/a", "https://[2001:db8::1]/a"),
        ("http://0x7f.1/a", "http://127.0.0.1/a"),
    ] {
        assert_eq!(parsed(text).as_deref(), Ok(normal), "{text}");
    }
}

#[test]
fn what_is_not_a_plain_address_is_refused() {
    for text in [
        "",
        "-",
        "--upload-pack=touch /tmp/x",
        "--upload-pack=x",
        "ext::sh -c id",
        "ext::sh",
        "ext::https://h/a",
        "fd::7/x",
        "h::a",
        "main",
        "./a",
        "../a",
        "ftp://h/a",
        "https://",
        "https:///a",
        "https://h",
        "https://h/",
        "https://h/a?x=1",
        "https://h/a#x",
        "https://h/a\nb",
        "https://h/a\0b",
        "https://h/a b",
        " https://h/a",
        "https://h/a%0ab",
        "https://h/a%00",
        "https://h/a%",
        "https://h\\@x/a",
        "ssh://-oProxyCommand=x/a",
        "ssh://h:0/a",
        "ssh://-x@h/a",
        "-oProxyCommand=x:a",
        "git@-h:a",
        "-u@h:a",
        "git@h:-a",
        "git@h:",
        "ssh://h%2dx/a",
        "/srv/../etc",
        "file:///srv/../etc",
        "file://host/srv",
        "https://h\u{2028}/a",
    ] {
        assert!(parsed(text).is_err(), "{text:?} became {:?}", parsed(text));
    }
    assert_eq!(parsed(&format!("https://h/{}", "a".repeat(3_000))), Err(UrlRefused::Malformed("it is too long")));
}

#[test]
fn credentials_are_refused_and_never_repeated() {
    for text in ["https://joe:secret@h/a", "https://secret@h/a", "ssh://git:secret@h/a", "git://secret@h/a"] {
        let refused = parsed(text);
        assert_eq!(refused, Err(UrlRefused::Credentials), "{text}");
    }
}

#[test]
fn only_allowed_protocols_are_parsed() {
    let policy = Policy::default();
    for text in ["git://h/a", "http://h/a", "file:///a", "/a"] {
        assert_eq!(RemoteUrl::parse(text, &policy), Err(UrlRefused::Protocol), "{text}");
    }
    assert!(RemoteUrl::parse("https://h/a", &policy).is_ok());
    assert!(RemoteUrl::parse("git@h:a", &policy).is_ok());
}

#[test]
fn a_pinned_address_takes_the_place_of_the_name() {
    let url = RemoteUrl::parse("git://name:99/a/b", &everything()).map(|it| it.with_host("[::1]"));
    assert_eq!(url.as_deref(), Ok("git://[::1]:99/a/b"));
}

#[test]
fn an_origin_is_scheme_host_and_port() {
    for (text, origin) in [
        ("https://GitHub.com/a/b", Some("https://github.com")),
        ("https://h:443/a", Some("https://h")),
        ("https://h:8443/a", Some("https://h:8443")),
        ("https://[2001:db8::1]:8443/a", Some("https://[2001:db8::1]:8443")),
        ("/srv/a", None),
        ("git@h:a", Some("ssh://h")),
        ("ssh://joe@h:22/a", Some("ssh://h")),
        ("ssh://joe@h:2222/a", Some("ssh://h:2222")),
    ] {
        let url = RemoteUrl::parse(text, &everything()).unwrap();
        assert_eq!(url.origin().as_deref(), origin, "{text}");
    }
}

#[test]
fn only_an_address_over_http_without_the_suffix_takes_it() {
    for (text, suffixed) in [
        ("https://h/a/b", Some("https://h/a/b.git")),
        ("https://h/a/b/", Some("https://h/a/b.git")),
        ("http://h:81/a", Some("http://h:81/a.git")),
        ("https://h/a.git", None),
        ("https://h/a.git/", None),
        ("ssh://h/a", None),
        ("/srv/a", None),
    ] {
        let url = RemoteUrl::parse(text, &everything()).unwrap().with_git_suffix();
        assert_eq!(url.as_ref().map(RemoteUrl::as_str), suffixed, "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn what_is_accepted_stays_itself_and_cannot_be_an_option(text in "(https://|ssh://|git@|ext::|-)?[ -~]{0,24}") {
        if let Ok(url) = RemoteUrl::parse(&text, &everything()) {
            prop_assert!(!url.as_str().starts_with('-'));
            prop_assert!(!url.as_str().contains("::") || url.as_str().contains('['), "{}", url);
            let again = RemoteUrl::parse(url.as_str(), &everything());
            prop_assert_eq!(again.as_ref().map(RemoteUrl::as_str), Ok(url.as_str()));
        }
    }
}

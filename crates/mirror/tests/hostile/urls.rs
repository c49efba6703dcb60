//! Addresses that would make Git run, read or reach something else.

use std::fs;

use mirror::{Policy, Protocol, RemoteUrl, SyncError, SyncOptions, UrlRefused};
use tokio_util::sync::CancellationToken;

use super::support::{World, policy};

#[test]
fn addresses_that_run_programs_read_files_or_hide_what_they_are_are_refused_without_being_repeated() {
    let strict = Policy { protocols: vec![Protocol::Https, Protocol::Ssh], allow_private_hosts: false };
    for text in [
        "ext::sh -c 'touch ran'",
        "ext::touch%20ran",
        "fd::0",
        "file:///etc",
        "FILE:///etc",
        "/etc",
        "./etc",
        "~/etc",
        "--upload-pack=touch ran",
        "-u",
        "https://h/--upload-pack=x\n",
        "https://joe:hunter2@h/a",
        "https://hunter2@h/a",
        "ssh://git:hunter2@h/a",
        "https://h/a\nb",
        "https://h/a\r",
        "https://h/a\0b",
        "https://h/a%0a",
        "https://h/%00",
        "ssh://-oProxyCommand=touch/a",
        "-oProxyCommand=touch:a",
        "git@-oProxyCommand=touch:a",
        "ssh://git@h/a?hunter2",
        "http://h/a",
        "git://h/a",
        "persistent-https://h/a",
    ] {
        let refused = RemoteUrl::parse(text, &strict).unwrap_err();
        assert!(!refused.to_string().contains("hunter2"), "{text}: {refused}");
    }
}

#[tokio::test]
async fn every_way_to_write_this_machine_is_this_machine() {
    let world = World::empty().await;
    let careful = Policy { allow_private_hosts: false, ..policy() };
    for host in [
        "127.0.0.1",
        "localhost",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "0",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "169.254.169.254",
        "10.0.0.1",
        "[fd00::1]",
        "[fe80::1]",
    ] {
        for scheme in ["https", "http", "git", "ssh"] {
            let text = format!("{scheme}://{host}:1/a.git");
            let refused = match RemoteUrl::parse(&text, &careful) {
                Ok(remote) => {
                    let options = SyncOptions::default();
                    world.mirror.sync(&remote, options, |_| {}, CancellationToken::new()).await.unwrap_err()
                }
                Err(refused) => refused.into(),
            };
            assert!(matches!(refused, SyncError::UrlRefused(_)), "{text}: {refused:?}");
        }
    }
    assert!(!world.mirror.is_present());
}

#[tokio::test]
async fn what_looks_like_an_option_in_a_path_is_a_path() {
    let world = World::new().await;
    let ran = world.dir.path().join("ran");
    let odd = world.dir.path().join(format!("--upload-pack=touch {}", ran.display()).replace([' ', '/'], "_"));
    fs::rename(world.upstream(), &odd).unwrap();
    let remote = RemoteUrl::parse(odd.to_str().unwrap(), &policy()).unwrap();
    let synced = world.mirror.sync(&remote, SyncOptions::default(), |_| {}, CancellationToken::new()).await.unwrap();
    assert!(synced.head.is_some() && !ran.exists());
    assert!(matches!(RemoteUrl::parse("/srv/../etc", &policy()), Err(UrlRefused::Malformed(_))));
}

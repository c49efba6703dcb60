//! Pushing to real servers that let us write: a new branch is made, once, and no other ever moves.

use mirror::{Credential, DeployKey, KnownHosts, Login, Push, PushError, Pushed, Remote, RemoteUrl, Stage};
use tokio_util::sync::CancellationToken;

use super::{
    asked::{branch, changed, make, new, push_to, rewrite},
    https::HttpsRemote,
    sshd::Sshd,
    support::{Reports, World, policy},
};

const TOKEN: &str = "ghp_0123456789-secret";

pub(super) fn with_token(server: &HttpsRemote, token: &str) -> Remote {
    let url = RemoteUrl::parse(&server.url("upstream"), &policy()).unwrap();
    let login = Login::parse("x-access-token", token.into()).unwrap();
    Remote::new(url, Credential::Https(login)).unwrap()
}

/// A mirror with a change, and its upstream behind TLS for those who have the token.
pub(super) async fn behind_https() -> (World, mirror::CommitId, HttpsRemote, Remote) {
    let (world, applied) = changed().await;
    world.git(&["config", "http.receivepack", "true"]);
    let server = HttpsRemote::serving(world.dir.path());
    server.require("x-access-token", TOKEN);
    let (world, remote) = (world.trusting(server.ca_file()), with_token(&server, TOKEN));
    (world, applied.commit, server, remote)
}

/// A mirror with a change, and its upstream behind ssh for those who have the key.
pub(super) async fn behind_ssh() -> (World, mirror::CommitId, Sshd, Remote) {
    let (world, applied) = changed().await;
    let (server, key) = (Sshd::start(), DeployKey::generate("").unwrap());
    server.authorize(key.public_line());
    let url = RemoteUrl::parse(&server.url(&world.upstream()), &policy()).unwrap();
    let known_hosts = KnownHosts::parse(&server.known_host()).unwrap();
    let remote = Remote::new(url, Credential::Ssh { key, known_hosts }).unwrap();
    (world, applied.commit, server, remote)
}

/// A push is made, made again, and does not touch what is there.
async fn makes_a_branch(world: &World, commit: mirror::CommitId, remote: &Remote) {
    let others = world.git(&["for-each-ref"]);
    assert_eq!(push_to(world, remote, commit, "hivesync/rename-a").await.unwrap(), Pushed::Made);
    assert_eq!(world.tip("refs/heads/hivesync/rename-a"), commit);
    assert_eq!(push_to(world, remote, commit, "hivesync/rename-a").await.unwrap(), Pushed::Already);
    world.git(&["fsck", "--strict", &commit.to_string()]);

    // One commit further, which could be reached without force.
    let next = make(&world.mirror, new(commit, "next", vec![rewrite(world, "readme", "x")])).await.unwrap();
    for taken in ["hivesync/rename-a", "main"] {
        let refused = push_to(world, remote, next.commit, taken).await.unwrap_err();
        assert!(matches!(refused, PushError::BranchTaken) && !refused.retryable(), "{taken}: {refused:?}");
    }
    assert_eq!(world.tip("refs/heads/hivesync/rename-a"), commit);
    assert_eq!(push_to(world, remote, next.commit, "x@y").await.unwrap(), Pushed::Made);
    world.git(&["update-ref", "-d", "refs/heads/x@y"]);
    world.git(&["update-ref", "-d", "refs/heads/hivesync/rename-a"]);
    assert_eq!(world.git(&["for-each-ref"]), others, "nothing else was made or moved");
    assert_eq!(world.beside_mirror(), ["p", "p.lock"]);
}

#[tokio::test]
async fn a_commit_is_pushed_over_https_with_a_token() {
    let (world, commit, server, remote) = behind_https().await;
    makes_a_branch(&world, commit, &remote).await;
    assert!(server.requests().iter().any(|it| it.path.ends_with("/git-receive-pack")));
}

#[tokio::test]
async fn a_commit_is_pushed_over_ssh_with_a_deploy_key() {
    let (world, commit, _server, remote) = behind_ssh().await;
    makes_a_branch(&world, commit, &remote).await;
}

#[tokio::test]
async fn an_address_that_is_redirected_to_one_with_git_at_its_end_is_pushed_to() {
    let (world, commit, server, _) = behind_https().await;
    world.git(&["clone", "-q", "--bare", ".", "../kept.git"]);
    super::support::run(&world.dir.path().join("kept.git"), &["config", "http.receivepack", "true"]);
    server.redirect("/kept", server.url("kept.git"));
    let url = RemoteUrl::parse(&server.url("kept"), &policy()).unwrap();
    let login = Login::parse("x-access-token", TOKEN.into()).unwrap();
    let remote = Remote::new(url, Credential::Https(login)).unwrap();
    assert_eq!(push_to(&world, &remote, commit, "x").await.unwrap(), Pushed::Made);
}

#[tokio::test]
async fn tags_submodules_and_hooks_of_this_side_stay_out_of_it() {
    let (world, applied) = changed().await;
    world.in_mirror(&["tag", "-a", "-m", "ours", "ours", &applied.commit.to_string()]);
    for (key, value) in [("push.followTags", "true"), ("push.recurseSubmodules", "on-demand"), ("push.gpgSign", "true")]
    {
        world.in_mirror(&["config", key, value]);
    }
    let hooks = world.mirror.dir().join("hooks");
    std::fs::create_dir_all(&hooks).unwrap();
    for hook in ["pre-push", "reference-transaction"] {
        super::push_refused::write_hook(&hooks.join(hook), "touch ran; exit 1");
    }
    let reports = Reports::default();
    let push = Push::new(applied.commit, branch("x"));
    let pushed = world.mirror.push(world.remote(), push, reports.sink(), CancellationToken::new()).await.unwrap();
    assert_eq!(pushed, Pushed::Made);
    assert_eq!(world.git(&["tag"]), "");
    assert!(!world.mirror.dir().join("ran").exists());
    let seen: Vec<Stage> = reports.seen().iter().map(|it| it.stage).collect();
    assert_eq!((seen.first(), seen.last()), (Some(&Stage::Connecting), Some(&Stage::Sending)));
}

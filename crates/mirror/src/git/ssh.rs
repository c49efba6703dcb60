//! How `ssh` is run: with the files of one folder, and without the user's files, agents and questions.

use std::net::IpAddr;

use crate::remote::{Pinned, Trust};

/// The variable that names the folder with `key` and `known_hosts`. `ssh` puts its value into the options itself
/// (`ssh_config(5)`, TOKENS), so that a path of any characters passes both the shell and the options' own syntax.
pub(super) const FOLDER: &str = "MIRROR_KEYS";

const USUAL_PORT: u16 = 22;

/// What is the same for every remote. At the level of errors, a server's banner is not among what is said.
const OPTIONS: &str = "ssh -F /dev/null -o BatchMode=yes -o LogLevel=ERROR -o IdentitiesOnly=yes -o IdentityAgent=none \
    -o PreferredAuthentications=publickey -o GlobalKnownHostsFile=/dev/null \
    -o UserKnownHostsFile='${MIRROR_KEYS}/known_hosts' -o UpdateHostKeys=no -o HashKnownHosts=no -o CheckHostIP=no \
    -o VerifyHostKeyDNS=no -o ClearAllForwardings=yes -o PermitLocalCommand=no -o ProxyCommand=none -o ConnectTimeout=20";

/// The command, for Git's shell. Every value in it is a host's name or an address, which hold no quotes.
pub(super) fn command(pinned: &Pinned, has_key: bool, trust: Trust) -> String {
    let identity = if has_key { "'${MIRROR_KEYS}/key'" } else { "none" };
    let checking = match trust {
        Trust::Pinned => "yes",
        Trust::FirstUse => "accept-new",
    };
    let address = pinned.addresses.first().map(IpAddr::to_string).unwrap_or_default();
    format!(
        "{OPTIONS} -o IdentityFile={identity} -o StrictHostKeyChecking={checking} -o HostName={address} \
         -o HostKeyAlias='{}'",
        known_as(pinned)
    )
}

/// The host as `known_hosts` files name it (sshd(8)), so that lines made by other programs fit.
fn known_as(pinned: &Pinned) -> String {
    let at = &pinned.at;
    if at.port == USUAL_PORT { at.host.clone() } else { format!("[{}]:{}", at.host, at.port) }
}

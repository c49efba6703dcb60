//! What the operator allowed, where that deserves a second look, and what of the environment goes unheard.

use std::ffi::OsString;

use super::Finding;
use crate::config::Config;

const PROXIES: [&str; 4] = ["http_proxy", "https_proxy", "all_proxy", "ftp_proxy"];
/// Transports that prove neither side and hide nothing.
const OPEN: [&str; 3] = ["http", "git", "file"];

pub(super) fn proxies(environment: impl Iterator<Item = (OsString, OsString)>) -> Finding {
    let names = environment.filter(|(_, value)| !value.is_empty()).filter_map(|(name, _)| name.into_string().ok());
    let mut set: Vec<_> = names.filter(|name| PROXIES.contains(&name.to_lowercase().as_str())).collect();
    if set.is_empty() {
        return Finding::ok("proxies", "none is set");
    }
    set.sort();
    let hint = "git reaches remotes directly, since a proxy would undo the check of their addresses";
    Finding::warning("proxies", "PROXY_IGNORED", format!("{} has no effect", set.join(", ")), hint)
}

pub(super) fn protocols(config: &Config) -> Finding {
    let allowed = config.git.protocols.join(", ");
    if config.git.protocols.iter().any(|protocol| OPEN.contains(&protocol.as_str())) {
        let hint = "http and git can be read on the way; file lets users read what the service's user can read";
        return Finding::warning("protocols", "PROTOCOLS_OPEN", format!("repositories by {allowed}"), hint);
    }
    Finding::ok("protocols", format!("repositories by {allowed}"))
}

pub(super) fn private_hosts(config: &Config) -> Finding {
    if config.git.allow_private_hosts {
        let hint =
            "users can reach what only this machine should: set git.allow_private_hosts=false unless you want that";
        return Finding::warning("private hosts", "PRIVATE_HOSTS_ALLOWED", "repositories there are mirrored", hint);
    }
    Finding::ok("private hosts", "refused")
}

#[cfg(test)]
mod tests {
    use super::{super::Status, *};

    #[test]
    fn proxy_variables_are_named_and_their_values_are_not() {
        let environment = [("HTTPS_PROXY", "http://ada:secret@proxy"), ("no_proxy", "*"), ("http_proxy", "")];
        let found = proxies(environment.map(|(name, value)| (name.into(), value.into())).into_iter());
        assert_eq!((found.status, found.observed.as_str()), (Status::Warning, "HTTPS_PROXY has no effect"));
        assert_eq!(proxies(std::iter::empty()).status, Status::Ok);
    }
}

//! Addresses of remotes, parsed once: a `RemoteUrl` is proof that the policy allows it and that it holds no secret.

use std::{fmt, path::Path};

use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// Longest address accepted, in bytes. Git hosts stop well below.
const MAX_LENGTH: usize = 2_048;

/// A transport that Git itself speaks. Transports of other programs (`ext::`, `fd::`, `persistent-https`)
/// have no value here and so cannot be allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// Over TLS.
    Https,
    /// `ssh://` or `user@host:path`.
    Ssh,
    /// The unencrypted, unauthenticated Git daemon.
    Git,
    /// Without TLS.
    Http,
    /// A path on this machine.
    File,
}

/// What an operator allows remotes to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Transports that may be used.
    pub protocols: Vec<Protocol>,
    /// Whether a host may resolve to an address that is not a public one (loopback, private ranges …).
    pub allow_private_hosts: bool,
}

impl Default for Policy {
    /// `https` and `ssh`, public hosts only.
    fn default() -> Self {
        Self { protocols: vec![Protocol::Https, Protocol::Ssh], allow_private_hosts: false }
    }
}

/// Why an address is not fetched from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlRefused {
    /// It is not an address, or holds what no address needs.
    #[error("the repository url is not valid: {0}")]
    Malformed(&'static str),
    /// The operator does not allow the transport, or Git does not speak it itself.
    #[error("the repository url uses a protocol that is not allowed")]
    Protocol,
    /// A user name with a password, or either over HTTP.
    #[error("the repository url holds credentials; give them separately")]
    Credentials,
    /// The host has an address that is not public.
    #[error("the repository's host has an address that is not public")]
    PrivateAddress,
    /// The remote answered with a redirect, which is not followed: its target was never checked.
    #[error("the repository url is redirected; give the address it leads to")]
    Redirected,
}

/// An address that may be fetched from, normalised. Its text holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteUrl {
    pub(super) protocol: Protocol,
    pub(super) allow_private_hosts: bool,
    /// As given to Git and shown to people.
    pub(super) text: String,
    /// None for a path on this machine.
    pub(super) host: Option<HostPort>,
}

/// Where to connect to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HostPort {
    /// A name, or an address without brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
    /// Whether the text names the port.
    pub(crate) explicit: bool,
}

impl RemoteUrl {
    /// Parses what a user typed: `https://`, `ssh://`, `git://`, `http://`, `file://`, `user@host:path`
    /// or an absolute path. Resolves nothing: addresses are checked at each sync, when they are used.
    pub fn parse(text: &str, policy: &Policy) -> Result<Self, UrlRefused> {
        check_characters(text)?;
        let (protocol, text, host) = if text.starts_with('/') {
            from_path(text)?
        } else if text.contains("://") {
            from_url(text)?
        } else {
            from_scp(text)?
        };
        if !policy.protocols.contains(&protocol) {
            return Err(UrlRefused::Protocol);
        }
        Ok(Self { protocol, allow_private_hosts: policy.allow_private_hosts, text, host })
    }

    /// The transport it uses.
    pub fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// The address with another host in the place of its own, the port kept. Empty when the host does not fit: Git
    /// then fails, where the name would be resolved again, unchecked.
    pub(crate) fn with_host(&self, host: &str) -> String {
        let url = Url::parse(&self.text).ok();
        let url = url.and_then(|mut url| url.set_host(Some(host)).ok().map(|()| url));
        url.map(String::from).unwrap_or_default()
    }

    /// The same address with `.git` at its end, over `http` and `https`; none if it has that.
    pub(crate) fn with_git_suffix(&self) -> Option<Self> {
        let path = self.text.trim_end_matches('/');
        let over_http = matches!(self.protocol, Protocol::Https | Protocol::Http);
        (over_http && path.strip_suffix(".git").is_none()).then(|| Self { text: format!("{path}.git"), ..self.clone() })
    }

    /// Scheme, host and port, this only where it is not the usual one: what a credential is good for. None for a path on
    /// this machine.
    pub fn origin(&self) -> Option<String> {
        let at = self.host.as_ref()?;
        let host = if at.host.contains(':') { format!("[{}]", at.host) } else { at.host.clone() };
        let port = if at.port == self.protocol.default_port() { String::new() } else { format!(":{}", at.port) };
        Some(format!("{}://{host}{port}", self.protocol.name()))
    }

    /// The normalised text.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for RemoteUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Protocol {
    /// Git's name for it, in `GIT_ALLOW_PROTOCOL` and `protocol.<name>.allow`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Https => "https",
            Self::Ssh => "ssh",
            Self::Git => "git",
            Self::Http => "http",
            Self::File => "file",
        }
    }

    fn of_scheme(scheme: &str) -> Option<Self> {
        [Self::Https, Self::Ssh, Self::Git, Self::Http, Self::File].into_iter().find(|it| it.name() == scheme)
    }

    fn default_port(self) -> u16 {
        match self {
            Self::Https => 443,
            Self::Ssh => 22,
            Self::Git => 9418,
            Self::Http => 80,
            Self::File => 0,
        }
    }
}

type Parts = (Protocol, String, Option<HostPort>);

/// Before any parser sees the text: parsers drop tabs and newlines silently, and turn `\` into `/`.
fn check_characters(text: &str) -> Result<(), UrlRefused> {
    if text.is_empty() {
        return Err(UrlRefused::Malformed("it is empty"));
    }
    if text.len() > MAX_LENGTH {
        return Err(UrlRefused::Malformed("it is too long"));
    }
    if text.starts_with('-') {
        return Err(UrlRefused::Malformed("it begins with a dash"));
    }
    if text.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') {
        return Err(UrlRefused::Malformed("it holds a space, a backslash or a control character"));
    }
    Ok(())
}

fn from_path(text: &str) -> Result<Parts, UrlRefused> {
    if text.split('/').any(|part| part == "..") {
        return Err(UrlRefused::Malformed("its path leads upwards"));
    }
    check_path(text)?;
    match Url::from_file_path(Path::new(text)) {
        Ok(url) => Ok((Protocol::File, url.into(), None)),
        Err(()) => Err(UrlRefused::Malformed("its path is not absolute")),
    }
}

fn from_url(text: &str) -> Result<Parts, UrlRefused> {
    let Ok(url) = Url::parse(text) else {
        // A second colon in the scheme (`ext::https://…`) also ends here.
        return Err(UrlRefused::Malformed("it does not follow the form scheme://host/path"));
    };
    let protocol = Protocol::of_scheme(url.scheme()).ok_or(UrlRefused::Protocol)?;
    let user_allowed = protocol == Protocol::Ssh;
    if url.password().is_some() || (!url.username().is_empty() && !user_allowed) {
        return Err(UrlRefused::Credentials);
    }
    if !url.username().is_empty() && !is_word(url.username()) {
        return Err(UrlRefused::Malformed("its user name holds unusual characters"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(UrlRefused::Malformed("it has a query or a fragment"));
    }
    check_path(url.path())?;
    let host = match protocol {
        Protocol::File if url.host().is_none() => None,
        Protocol::File => return Err(UrlRefused::Malformed("a file url names no host")),
        Protocol::Https | Protocol::Ssh | Protocol::Git | Protocol::Http => Some(host_of(&url, protocol)?),
    };
    if protocol == Protocol::File && text.split('/').any(|part| part == "..") {
        return Err(UrlRefused::Malformed("its path leads upwards"));
    }
    Ok((protocol, url.into(), host))
}

/// `[user@]host:path`, as ssh has it. The path is kept as it is: it is relative to the user's home.
fn from_scp(text: &str) -> Result<Parts, UrlRefused> {
    let Some((target, path)) = text.split_once(':') else {
        return Err(UrlRefused::Malformed("it names neither a scheme nor a host"));
    };
    if path.starts_with(':') {
        return Err(UrlRefused::Protocol);
    }
    let (user, host) = target.split_once('@').map_or((None, target), |(user, host)| (Some(user), host));
    if user.is_some_and(|user| user.contains(':')) || path.contains('@') && user.is_none() {
        return Err(UrlRefused::Credentials);
    }
    if user.is_some_and(|user| !is_word(user)) || !is_host_name(host) {
        return Err(UrlRefused::Malformed("its user or host holds unusual characters"));
    }
    if path.is_empty() || path.starts_with('-') {
        return Err(UrlRefused::Malformed("its path is empty or begins with a dash"));
    }
    check_path(path)?;
    let port = HostPort { host: host.to_ascii_lowercase(), port: Protocol::Ssh.default_port(), explicit: false };
    let user = user.map(|user| format!("{user}@")).unwrap_or_default();
    Ok((Protocol::Ssh, format!("{user}{}:{path}", port.host), Some(port)))
}

fn host_of(url: &Url, protocol: Protocol) -> Result<HostPort, UrlRefused> {
    let host = match url.host() {
        Some(Host::Domain(name)) if is_host_name(name) => name.to_owned(),
        Some(Host::Ipv4(address)) => address.to_string(),
        Some(Host::Ipv6(address)) => address.to_string(),
        Some(Host::Domain(_)) | None => {
            return Err(UrlRefused::Malformed("its host is missing or holds unusual characters"));
        }
    };
    if url.port() == Some(0) {
        return Err(UrlRefused::Malformed("its port is zero"));
    }
    let port = url.port().unwrap_or_else(|| protocol.default_port());
    Ok(HostPort { host, port, explicit: url.port().is_some() })
}

/// Git decodes `%XX` before it sends the path, so an encoded newline is a newline.
fn check_path(path: &str) -> Result<(), UrlRefused> {
    if path.trim_matches('/').is_empty() {
        return Err(UrlRefused::Malformed("it names no repository"));
    }
    let mut rest = path.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'%' {
            continue;
        }
        let code = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match code.map(|digits| u8::from_str_radix(digits, 16)) {
            Some(Ok(byte)) if byte >= 0x20 && byte != 0x7f => {}
            _ => return Err(UrlRefused::Malformed("its path holds an encoded control character")),
        }
    }
    Ok(())
}

fn is_host_name(text: &str) -> bool {
    is_word(text) && text.len() <= 253
}

/// Letters, digits, `.`, `-`, `_`; no dash first, which ssh would take for an option.
fn is_word(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with('-')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
}

#[cfg(test)]
mod tests;

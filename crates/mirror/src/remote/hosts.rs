//! The keys by which a host is known, as lines of a `known_hosts` file (sshd(8)).

use std::fmt;

use ssh_key::{HashAlg, known_hosts::Entry};

use super::CredentialRefused;

/// Most lines that are kept: a host has some five keys, a farm of them a few times as many.
const MAX_LINES: usize = 64;

/// Longest line, in bytes: room for an RSA key of 16,384 bits.
const MAX_LINE: usize = 8_192;

/// Keys, one of which a host must show. Empty ones accept no host.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownHosts(Vec<HostKey>);

/// One line, and what people compare it by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostKey {
    line: String,
    algorithm: String,
    fingerprint: String,
}

impl KnownHosts {
    /// Reads lines as `ssh-keyscan` prints them: `host kind key`, `[host]:port` for a port other than 22; hashed host
    /// names are understood. Empty lines and comments are dropped. Markers (`@cert-authority`, `@revoked`) are refused:
    /// they would make a line say something else than that this key is the host's.
    pub fn parse(text: &str) -> Result<Self, CredentialRefused> {
        let mut keys = Vec::new();
        for (index, line) in text.lines().map(str::trim).enumerate() {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let key = HostKey::parse(line).filter(|_| keys.len() < MAX_LINES);
            keys.push(key.ok_or(CredentialRefused::KnownHosts { line: index + 1 })?);
        }
        Ok(Self(keys))
    }

    /// The keys, in the order given.
    pub fn keys(&self) -> &[HostKey] {
        &self.0
    }

    /// Whether no host is known.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for KnownHosts {
    /// The lines, each ended: what the file holds, and what [`Self::parse`] reads back.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|key| writeln!(f, "{}", key.line))
    }
}

impl HostKey {
    fn parse(line: &str) -> Option<Self> {
        if line.len() > MAX_LINE || line.starts_with('@') || line.chars().any(|c| c.is_control() && c != '\t') {
            return None;
        }
        let entry: Entry = line.parse().ok()?;
        let key = entry.public_key();
        Some(Self {
            algorithm: key.algorithm().to_string(),
            fingerprint: key.fingerprint(HashAlg::Sha256).to_string(),
            line: line.to_owned(),
        })
    }

    /// The line: hosts, kind, key, and a comment if there was one.
    pub fn line(&self) -> &str {
        &self.line
    }

    /// The kind, by its name in SSH: `ssh-ed25519`, `ecdsa-sha2-nistp256` …
    pub fn algorithm(&self) -> &str {
        &self.algorithm
    }

    /// `SHA256:` and 43 characters of base64, as `ssh-keygen -l` prints it.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use proptest::prelude::*;

    use super::*;
    use crate::remote::DeployKey;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";

    #[test]
    fn lines_as_ssh_keyscan_prints_them_are_kept_word_for_word_with_their_fingerprints() {
        let text = format!("# github.com:22 SSH-2.0\n\ngithub.com {KEY}\n  [h.example]:2222,10.0.0.1 {KEY} note\n");
        let hosts = KnownHosts::parse(&text).unwrap();
        assert_eq!(hosts.to_string(), format!("github.com {KEY}\n[h.example]:2222,10.0.0.1 {KEY} note\n"));
        let first = hosts.keys().first().unwrap();
        assert_eq!(first.algorithm(), "ssh-ed25519");
        // As the host publishes it.
        assert_eq!(first.fingerprint(), "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU");
        assert!(KnownHosts::parse("").unwrap().is_empty());
    }

    #[test]
    fn hashed_names_and_other_kinds_of_key_are_understood() {
        let line = format!("|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg= {KEY}");
        assert_eq!(KnownHosts::parse(&line).unwrap().to_string(), format!("{line}\n"));
        let ecdsa = "h ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBEmKSENjQEezOmxkZMy7opKgwFB9nkt5YRrYMjNuG5N87uRgg6CLrbo5wAdT/y6v0mKV0U2w0WZ2YB/++Tpockg=";
        let hosts = KnownHosts::parse(ecdsa).unwrap();
        assert_eq!(hosts.keys().first().unwrap().algorithm(), "ecdsa-sha2-nistp256");
    }

    #[test]
    fn what_is_not_a_hosts_key_is_refused_by_its_line() {
        let other = DeployKey::generate("x").unwrap();
        for line in [
            "h".to_owned(),
            "h ssh-ed25519".to_owned(),
            "h ssh-ed25519 AAAA".to_owned(),
            KEY.to_owned(),
            format!("@revoked h {KEY}"),
            format!("@cert-authority *.h {KEY}"),
            format!("h {KEY}\u{7}"),
            format!("{}.h {KEY}", "h".repeat(9_000)),
            other.public_line().to_owned(),
        ] {
            let refused = KnownHosts::parse(&format!("h {KEY}\n{line}"));
            assert_eq!(refused, Err(CredentialRefused::KnownHosts { line: 2 }), "{line}");
        }
        let many = format!("h {KEY}\n").repeat(65);
        assert_eq!(KnownHosts::parse(&many), Err(CredentialRefused::KnownHosts { line: 65 }));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn what_is_accepted_reads_back_as_itself(hosts in "\\PC{0,20}", comment in "\\PC{0,10}") {
            if let Ok(known) = KnownHosts::parse(&format!("{hosts} {KEY} {comment}")) {
                prop_assert_eq!(KnownHosts::parse(&known.to_string()), Ok(known));
            }
        }
    }
}

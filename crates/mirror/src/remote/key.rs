//! A deploy key: the pair by which a remote knows the service, in OpenSSH's formats.

use std::{fmt, io};

use secrecy::{ExposeSecret, SecretString};
use ssh_key::{
    HashAlg, LineEnding, PrivateKey,
    private::{Ed25519Keypair, KeypairData},
    rand_core::{OsRng, RngCore},
};
use zeroize::Zeroizing;

use super::CredentialRefused;

/// A key pair without a passphrase. Its private half is wiped from memory when dropped and never shown.
#[derive(Clone)]
pub struct DeployKey {
    private: SecretString,
    public: String,
    fingerprint: String,
}

impl DeployKey {
    /// Makes an Ed25519 pair (RFC 8032). The comment ends the public line, without its control characters.
    ///
    /// Fails only if the system gives no random bytes.
    pub fn generate(comment: &str) -> io::Result<Self> {
        let mut seed = Zeroizing::new([0; Ed25519Keypair::BYTE_SIZE / 2]);
        OsRng.try_fill_bytes(seed.as_mut())?;
        let pair = KeypairData::from(Ed25519Keypair::from_seed(&seed));
        let comment: String = comment.chars().filter(|c| !c.is_control()).collect();
        let key = PrivateKey::new(pair, comment).map_err(io::Error::other)?;
        Self::of(&key).map_err(io::Error::other)
    }

    /// Reads a private key in OpenSSH's format (`-----BEGIN OPENSSH PRIVATE KEY-----`), of any kind.
    pub fn parse(pem: &SecretString) -> Result<Self, CredentialRefused> {
        let key = PrivateKey::from_openssh(pem.expose_secret().trim()).ok().filter(|key| !key.is_encrypted());
        key.and_then(|key| Self::of(&key).ok()).ok_or(CredentialRefused::Key)
    }

    fn of(key: &PrivateKey) -> ssh_key::Result<Self> {
        Ok(Self {
            private: SecretString::from(key.to_openssh(LineEnding::LF)?.as_str()),
            public: key.public_key().to_openssh()?,
            fingerprint: key.fingerprint(HashAlg::Sha256).to_string(),
        })
    }

    /// The private half, for safe keeping: whoever has it can read what the key opens.
    pub fn private_pem(&self) -> &SecretString {
        &self.private
    }

    /// `ssh-ed25519 AAAA… comment`: what the remote's owner registers.
    pub fn public_line(&self) -> &str {
        &self.public
    }

    /// `SHA256:` and 43 characters of base64, as hosts show it.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }
}

impl fmt::Debug for DeployKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DeployKey").field(&self.fingerprint).finish()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use super::*;

    #[test]
    fn a_pair_is_new_each_time_and_reads_back_as_itself() {
        let key = DeployKey::generate("hivesync\n project 7").unwrap();
        assert!(key.public_line().starts_with("ssh-ed25519 AAAA"), "{}", key.public_line());
        assert!(key.public_line().ends_with(" hivesync project 7"));
        assert!(key.fingerprint().starts_with("SHA256:") && key.fingerprint().len() == 50);
        assert_ne!(DeployKey::generate("").unwrap().fingerprint(), key.fingerprint());

        let read = DeployKey::parse(key.private_pem()).unwrap();
        assert_eq!(read.private_pem().expose_secret(), key.private_pem().expose_secret());
        assert_eq!((read.public_line(), read.fingerprint()), (key.public_line(), key.fingerprint()));
    }

    #[test]
    fn its_private_half_is_not_shown() {
        let key = DeployKey::generate("").unwrap();
        let secret = key.private_pem().expose_secret().lines().nth(2).unwrap();
        assert!(!format!("{key:?}").contains(secret));
    }

    #[test]
    fn what_is_no_private_key_is_refused() {
        let whole = DeployKey::generate("").unwrap();
        let cut = whole.private_pem().expose_secret().split_at(100).0;
        for text in ["", "x", whole.public_line(), cut] {
            assert_eq!(DeployKey::parse(&text.into()).unwrap_err(), CredentialRefused::Key);
        }
    }
}

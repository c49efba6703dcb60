//! Argon2 (RFC 9106) in memory that goes back to the system after each hash.

use argon2::{
    Algorithm, Argon2, Block, Params, Version,
    password_hash::{
        CustomizedPasswordHasher, PasswordHasher, Result,
        phc::{Output, ParamsString, PasswordHash, Salt},
    },
};

/// An allocator keeps what is freed for the thread that freed it, so that each of a pool's threads would come to hold
/// a hash's memory for good. What is larger than this, glibc maps for the one use (its `DEFAULT_MMAP_THRESHOLD_MAX` is
/// 32 MiB). Pages that are not touched cost nothing.
const MAPPED_BYTES: usize = 33 << 20;

/// Makes and checks PHC strings; new ones are Argon2id, version 19.
pub(super) struct Argon {
    params: Params,
}

impl Argon {
    /// New hashes cost this much.
    pub(super) fn new(params: Params) -> Self {
        Self { params }
    }

    /// What new hashes cost.
    pub(super) fn params(&self) -> &Params {
        &self.params
    }
}

impl PasswordHasher<PasswordHash> for Argon {
    fn hash_password_with_salt(&self, password: &[u8], salt: &[u8]) -> Result<PasswordHash> {
        self.hash_password_customized(password, salt, None, None, self.params.clone())
    }
}

impl CustomizedPasswordHasher<PasswordHash> for Argon {
    type Params = Params;

    fn hash_password_customized(
        &self,
        password: &[u8],
        salt: &[u8],
        algorithm: Option<&str>,
        version: Option<u32>,
        params: Params,
    ) -> Result<PasswordHash> {
        let algorithm = algorithm.map_or(Ok(Algorithm::Argon2id), Algorithm::try_from)?;
        let version = version.map_or(Ok(Version::V0x13), Version::try_from)?;
        let mut memory = Vec::with_capacity(params.block_count().max(MAPPED_BYTES / Block::SIZE));
        memory.resize(params.block_count(), Block::new());
        let mut output = vec![0; params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN)];
        let argon2 = Argon2::new(algorithm, version, params.clone());
        argon2.hash_password_into_with_memory(password, salt, &mut output, &mut memory)?;
        Ok(PasswordHash {
            algorithm: algorithm.ident(),
            version: Some(version.into()),
            params: ParamsString::try_from(&params)?,
            salt: Some(Salt::new(salt)?),
            hash: Some(Output::new(&output)?),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use argon2::password_hash::PasswordVerifier;

    use super::*;

    #[test]
    fn hashes_are_those_of_the_library_itself() {
        let params = Params::new(7_168, 5, 1, None).unwrap();
        let ours = Argon::new(params.clone());
        let theirs = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let hash = ours.hash_password_with_salt(b"orchid", b"eight bytes or more").unwrap();
        assert_eq!(
            hash.to_string(),
            theirs.hash_password_with_salt(b"orchid", b"eight bytes or more").unwrap().to_string()
        );
        assert!(theirs.verify_password(b"orchid", &hash).is_ok());
        assert!(ours.verify_password(b"orchid", &hash).is_ok());
        assert!(ours.verify_password(b"orchids", &hash).is_err());
    }
}

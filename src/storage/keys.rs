//! The file that keeps the master keys of an embedded service; made at the first start, mode 0600.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
};

use secrecy::{ExposeSecret, SecretString};
use tempfile::NamedTempFile;

use crate::{
    config::Config,
    domain::keys::{KeyFault, KeyRing},
};

/// Why there is no key ring.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// What was given cannot be used.
    #[error(transparent)]
    Fault(#[from] KeyFault),
    /// The file cannot be read or made.
    #[error("the key file in the data directory cannot be used: {0}")]
    File(#[from] io::Error),
}

/// The configured ring; without one, and with the embedded database, the one kept in the data directory.
pub fn load(config: &Config) -> Result<KeyRing, KeysError> {
    if !config.secrets.keys.expose_secret().is_empty() {
        return Ok(KeyRing::parse(&config.secrets.keys)?);
    }
    let path = config.keys_file();
    let kept = match read(&path) {
        Ok(kept) => kept,
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(&path)?,
        Err(error) => return Err(error.into()),
    };
    Ok(KeyRing::parse(&kept)?)
}

/// Whole or not at all: a torn key file would lock everybody out. Of several processes that make one at once the
/// first is right, and the others take its keys.
fn make(path: &Path) -> io::Result<SecretString> {
    let [high, low]: [u128; 2] = rand::random();
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = NamedTempFile::new_in(folder)?;
    writeln!(file, "k1:{high:032x}{low:032x}")?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Err(refused) if refused.error.kind() != io::ErrorKind::AlreadyExists => return Err(refused.error),
        Ok(_) | Err(_) => File::open(folder)?.sync_all()?,
    }
    read(path)
}

fn read(path: &Path) -> io::Result<SecretString> {
    Ok(fs::read_to_string(path)?.trim_end().into())
}

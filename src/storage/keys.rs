//! The file that keeps the master keys of an embedded service; made at the first start, mode 0600.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use secrecy::{ExposeSecret, SecretString};

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
    let kept = match fs::read_to_string(&path) {
        Ok(text) => SecretString::from(text.trim_end().to_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(&path)?,
        Err(error) => return Err(error.into()),
    };
    Ok(KeyRing::parse(&kept)?)
}

/// Whole or not at all: a torn key file would lock everybody out.
fn make(path: &Path) -> io::Result<SecretString> {
    let [high, low]: [u128; 2] = rand::random();
    let text = format!("k1:{high:032x}{low:032x}");
    let temporary = path.with_extension("new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
    writeln!(file, "{text}")?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()?;
    Ok(text.into())
}

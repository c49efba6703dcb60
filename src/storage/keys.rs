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
    /// They are not in the file, so it is not for us to change them.
    #[error(
        "the keys come from the settings (secrets.keys), not from the key file; \
         put `kid:` and the output of `openssl rand -hex 32` in front of them there, with a comma, and restart"
    )]
    Elsewhere,
    /// There is no file yet.
    #[error("there is no key file in the data directory yet; the first start of the service makes one")]
    Absent,
}

/// The configured ring; without one, and with the embedded database, the one kept in the data directory.
pub fn load(config: &Config) -> Result<KeyRing, KeysError> {
    if !config.secrets.keys.expose_secret().is_empty() {
        return Ok(KeyRing::parse(&config.secrets.keys)?);
    }
    let path = config.keys_file();
    let kept = match read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(&path)?,
        kept => kept?,
    };
    Ok(KeyRing::parse(&kept)?)
}

/// The ring in the data directory, if there is one.
pub fn kept(config: &Config) -> Result<Option<KeyRing>, KeysError> {
    match read(&config.keys_file()) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        kept => Ok(Some(KeyRing::parse(&kept?)?)),
    }
}

/// Puts a new key in front of those in the file, and answers with all of them. A service that runs goes on with what
/// it read when it started.
pub fn rotate(config: &Config) -> Result<KeyRing, KeysError> {
    if !config.secrets.keys.expose_secret().is_empty() {
        return Err(KeysError::Elsewhere);
    }
    let path = config.keys_file();
    if !path.exists() {
        return Err(KeysError::Absent);
    }
    // Two at once would each keep only their own new key. The lock goes with the file's handle.
    let lock = File::create(path.with_extension("lock"))?;
    lock.lock()?;
    let before = kept(config)?.ok_or(KeysError::Absent)?;
    let text = format!("{},{}", new_entry(&before.next_kid()), read(&path)?.expose_secret());
    let ring = KeyRing::parse(&text.as_str().into())?;
    let folder = folder_of(&path);
    write(folder, &text)?.persist(&path).map_err(|refused| refused.error)?;
    File::open(folder)?.sync_all()?;
    Ok(ring)
}

/// Whole or not at all: a torn key file would lock everybody out. Of several processes that make one at once the
/// first is right, and the others take its keys.
fn make(path: &Path) -> io::Result<SecretString> {
    let folder = folder_of(path);
    match write(folder, &new_entry("k1"))?.persist_noclobber(path) {
        Err(refused) if refused.error.kind() != io::ErrorKind::AlreadyExists => return Err(refused.error),
        Ok(_) | Err(_) => File::open(folder)?.sync_all()?,
    }
    read(path)
}

fn new_entry(kid: &str) -> String {
    let [high, low]: [u128; 2] = rand::random();
    format!("{kid}:{high:032x}{low:032x}")
}

/// A file of mode 0600 that is on the disk, and has no name of its own yet.
fn write(folder: &Path, text: &str) -> io::Result<NamedTempFile> {
    let mut file = NamedTempFile::new_in(folder)?;
    writeln!(file, "{text}")?;
    file.as_file().sync_all()?;
    Ok(file)
}

fn folder_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("."))
}

fn read(path: &Path) -> io::Result<SecretString> {
    Ok(fs::read_to_string(path)?.trim_end().into())
}

//! What `ssh` reads from files, for the length of one call: a private key and the hosts' keys, in a folder that nobody
//! else may enter, in memory where there is such a file system.

use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, symlink},
    path::{Path, PathBuf},
};

use secrecy::ExposeSecret;
use ssh_key::rand_core::{OsRng, RngCore};

use super::{DeployKey, KnownHosts};

/// Files here never reach a disk, but for swapping.
const MEMORY: &str = "/dev/shm";

/// How the folders in [`MEMORY`] begin, before 32 hexadecimal digits.
const PREFIX: &str = "hivesync-keys-";

/// In the scratch folder: the keys' folder, or a link to it, written first. So whoever sweeps the one finds the other.
const PLACE: &str = "keys";

const KEY: &str = "key";
const KNOWN_HOSTS: &str = "known_hosts";

/// Most that is read back of the hosts' keys, in bytes: more than as many as are taken, of the longest.
const MAX_READ: u64 = 1 << 20;

/// The folder, removed when dropped. After a `kill -9` the next holder of the scratch folder removes it, by [`sweep`].
#[derive(Debug)]
pub(crate) struct KeyFolder {
    path: PathBuf,
    has_key: bool,
}

impl KeyFolder {
    /// Writes the files. Blocks.
    pub(super) fn create(scratch: &Path, key: Option<&DeployKey>, known_hosts: &KnownHosts) -> io::Result<Self> {
        let in_memory = in_memory(scratch).and_then(|folder| folder.filled(key, known_hosts));
        in_memory.or_else(|_| {
            // No such file system, or a full one.
            sweep(scratch);
            on_disk(scratch)?.filled(key, known_hosts)
        })
    }

    fn filled(mut self, key: Option<&DeployKey>, known_hosts: &KnownHosts) -> io::Result<Self> {
        if let Some(key) = key {
            self.write(KEY, key.private_pem().expose_secret())?;
            self.has_key = true;
        }
        self.write(KNOWN_HOSTS, &known_hosts.to_string())?;
        Ok(self)
    }

    fn write(&self, name: &str, text: &str) -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(self.path.join(name))?;
        file.write_all(text.as_bytes())
    }

    /// Where the files are.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether there is a private key, or only hosts' ones.
    pub(crate) fn has_key(&self) -> bool {
        self.has_key
    }

    /// The hosts' keys, with those that `ssh` has added. Blocks.
    pub(crate) fn known_hosts(&self) -> io::Result<String> {
        let mut text = String::new();
        fs::File::open(self.path.join(KNOWN_HOSTS))?.take(MAX_READ).read_to_string(&mut text)?;
        Ok(text)
    }
}

impl Drop for KeyFolder {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.path)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "a folder with a private key is left behind");
        }
    }
}

fn in_memory(scratch: &Path) -> io::Result<KeyFolder> {
    let mut random = [0; 16];
    OsRng.try_fill_bytes(&mut random)?;
    let path = Path::new(MEMORY).join(format!("{PREFIX}{:032x}", u128::from_le_bytes(random)));
    symlink(&path, scratch.join(PLACE))?;
    private(&path)
}

fn on_disk(scratch: &Path) -> io::Result<KeyFolder> {
    private(&scratch.join(PLACE))
}

/// A new folder: one that is there already is somebody else's.
fn private(path: &Path) -> io::Result<KeyFolder> {
    DirBuilder::new().mode(0o700).create(path)?;
    Ok(KeyFolder { path: path.to_owned(), has_key: false })
}

/// Removes the keys' folder of a dead holder of this scratch folder, and what leads there.
pub(crate) fn sweep(scratch: &Path) {
    let place = scratch.join(PLACE);
    let swept = match fs::read_link(&place) {
        Ok(target) if is_ours(&target) => remove(&target).and_then(|()| fs::remove_file(&place)),
        // A link of somebody else's making is not followed.
        Ok(_) => fs::remove_file(&place),
        Err(_) => remove(&place),
    };
    if let Err(error) = swept {
        tracing::warn!(%error, "a dead service's folder with a private key is left behind");
    }
}

fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn is_ours(path: &Path) -> bool {
    let digits = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_prefix(PREFIX));
    path.parent() == Some(Path::new(MEMORY))
        && digits.is_some_and(|it| it.len() == 32 && it.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const HOST: &str = "h ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl\n";

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn only_the_owner_may_read_the_files_which_go_with_their_folder() {
        let scratch = tempfile::tempdir().unwrap();
        let (key, hosts) = (DeployKey::generate("x").unwrap(), KnownHosts::parse(HOST).unwrap());
        for make in [in_memory, on_disk] {
            sweep(scratch.path());
            let folder = make(scratch.path()).unwrap().filled(Some(&key), &hosts).unwrap();
            let path = folder.path().to_owned();
            assert_eq!((mode(&path), mode(&path.join(KEY)), mode(&path.join(KNOWN_HOSTS))), (0o700, 0o600, 0o600));
            assert_eq!(fs::read_to_string(path.join(KEY)).unwrap(), key.private_pem().expose_secret());
            assert_eq!(folder.known_hosts().unwrap(), HOST);
            drop(folder);
            assert!(!path.exists());
        }
    }

    #[test]
    fn what_a_killed_process_left_is_found_and_removed() {
        let scratch = tempfile::tempdir().unwrap();
        for make in [in_memory, on_disk] {
            let folder = make(scratch.path()).unwrap();
            folder.write(KEY, "secret").unwrap();
            let path = folder.path().to_owned();
            std::mem::forget(folder);
            sweep(scratch.path());
            assert!(!path.exists());
            assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 0);
        }
    }

    #[test]
    fn a_link_to_anywhere_else_is_not_followed() {
        let (scratch, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        symlink(other.path(), scratch.path().join(PLACE)).unwrap();
        sweep(scratch.path());
        assert!(other.path().exists());
        assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 0);
        for path in ["/dev/shm/hivesync-keys-0", "/dev/shm/hivesync-keys-../../../../../etc/passwd-0000", "/dev/shm/x"]
        {
            assert!(!is_ours(Path::new(path)), "{path}");
        }
    }
}

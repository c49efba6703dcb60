//! The data directory: its rights, who uses it, the room on its disk, the key ring in it.

use std::{
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use secrecy::ExposeSecret;

use super::Finding;
use crate::{app, config::Config, domain::keys::KeyRing, storage::keys};

/// A mirror or a manifest takes a few dozen each.
const LEAST_INODES: u64 = 10_000;
const OTHERS: u32 = 0o077;

pub(super) fn directory(config: &Config) -> Finding {
    const NAME: &str = "data directory";
    let shown = config.data_dir.display();
    let unusable = |error: io::Error| {
        let hint = "give the service's user the right to read and write there, or set HIVESYNC_DATA_DIR";
        Finding::failed(NAME, "DATA_DIR_UNUSABLE", format!("{shown}: {error}"), hint)
    };
    let metadata = match fs::metadata(&config.data_dir) {
        Ok(metadata) if metadata.is_dir() => metadata,
        Ok(_) => return unusable(io::ErrorKind::NotADirectory.into()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Finding::ok(NAME, format!("{shown} is not there yet; the first start makes it"));
        }
        Err(error) => return unusable(error),
    };
    if let Err(error) = tempfile::tempfile_in(&config.data_dir) {
        return unusable(error);
    }
    if metadata.mode() & OTHERS != 0 {
        let seen = format!("{shown} has the mode {:04o}", metadata.mode() & 0o7777);
        return Finding::warning(NAME, "DATA_DIR_OPEN", seen, "others may look into it: chmod 700");
    }
    Finding::ok(NAME, format!("{shown} can be written, and nobody else looks into it"))
}

/// Whether a `serve` uses the directory.
pub(super) fn is_served(config: &Config) -> io::Result<bool> {
    app::is_served(&config.data_dir)
}

pub(super) fn lock(running: &io::Result<bool>) -> Finding {
    match running {
        Ok(true) => Finding::ok("lock", "a service runs on the data directory"),
        Ok(false) => Finding::ok("lock", "no service runs on the data directory"),
        Err(error) => {
            let hint = "look at the rights of serve.lock in the data directory";
            Finding::failed("lock", "LOCK_UNREADABLE", error.to_string(), hint)
        }
    }
}

pub(super) fn disk(config: &Config) -> Vec<Finding> {
    let stat = match rustix::fs::statvfs(nearest(&config.data_dir)) {
        Ok(stat) => stat,
        Err(error) => {
            let hint = "look at the disk of the data directory";
            return vec![Finding::failed("disk", "DISK_UNREADABLE", error.to_string(), hint)];
        }
    };
    let free = stat.f_bavail.saturating_mul(stat.f_frsize) >> 20;
    let least = config.storage.least_free_mb;
    let seen = format!("{free} MiB free; below {least} the service takes no writes");
    let space = if free < least {
        Finding::failed(
            "disk",
            "DISK_LOW",
            seen,
            "free space on the disk of the data directory, or give it a larger one",
        )
    } else {
        Finding::ok("disk", seen)
    };
    vec![space, inodes(stat.f_favail, stat.f_files)]
}

fn inodes(free: u64, all: u64) -> Finding {
    if all == 0 {
        Finding::ok("inodes", "the file system does not count them")
    } else if free < LEAST_INODES {
        let hint = "remove small files, or give the data directory a file system with more inodes";
        Finding::failed("inodes", "INODES_LOW", format!("{free} free"), hint)
    } else {
        Finding::ok("inodes", format!("{free} free"))
    }
}

/// The folder itself, or the one that it will be made in.
fn nearest(folder: &Path) -> PathBuf {
    let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    absolute.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new("/")).to_owned()
}

pub(super) fn keys(config: &Config) -> Finding {
    const NAME: &str = "keys";
    let hint = "docs/SECURITY.md says how a key ring is written and changed";
    let (ring, place) = if config.secrets.keys.expose_secret().is_empty() {
        match keys::kept(config) {
            Ok(Some(ring)) => (Ok(ring), "in the key file"),
            Ok(None) => return Finding::ok(NAME, "there is no key file yet; the first start makes one"),
            Err(error) => (Err(error.to_string()), "in the key file"),
        }
    } else {
        (KeyRing::parse(&config.secrets.keys).map_err(|fault| fault.to_string()), "in the settings")
    };
    let ring = match ring {
        Ok(ring) => ring,
        Err(fault) => return Finding::failed(NAME, "KEYS_INVALID", fault, hint),
    };
    let kids: Vec<_> = ring.kids().collect();
    let seen = format!("{} {place}, the current one is {}", kids.len(), kids.first().unwrap_or(&""));
    match fs::metadata(config.keys_file()).map(|metadata| metadata.mode() & 0o7777) {
        Ok(mode) if mode & OTHERS != 0 => {
            let seen = format!("{seen}; the key file has the mode {mode:04o}");
            Finding::failed(NAME, "KEY_FILE_OPEN", seen, "chmod 600, and hivesync keys rotate if others could read it")
        }
        _ => Finding::ok(NAME, seen),
    }
}

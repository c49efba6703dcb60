//! A small file system of a test's own, for what happens when a disk is full.

#![allow(clippy::disallowed_methods, reason = "file systems are mounted by the system's own command")]

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    process::Command,
};

use rustix::process::geteuid;
use tempfile::TempDir;

/// A file system in memory. Dropped, it is unmounted.
pub(crate) struct SmallDisk {
    folder: TempDir,
}

impl SmallDisk {
    /// With room for so many MiB. `None`, with the reason on standard error, where the test may not mount any.
    pub(crate) fn of(mib: u32) -> Option<Self> {
        if !geteuid().is_root() {
            eprintln!("skipped: only root may mount a file system to fill");
            return None;
        }
        let folder = TempDir::new().expect("a temporary folder");
        let size = format!("size={mib}m,mode=700");
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", &size, "hivesync-test"]).arg(folder.path()).output();
        match mounted {
            Ok(output) if output.status.success() => Some(Self { folder }),
            Ok(output) => {
                eprintln!("skipped: no file system can be mounted: {}", String::from_utf8_lossy(&output.stderr).trim());
                None
            }
            Err(error) => {
                eprintln!("skipped: no file system can be mounted: {error}");
                None
            }
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Fills it until so many MiB are free; answers with what to remove to make room again.
    pub(crate) fn fill_but(&self, mib: u64) -> PathBuf {
        let ballast = self.path().join("ballast");
        let mut file = File::create(&ballast).expect("a file on the small disk");
        let stat = rustix::fs::statvfs(self.path()).expect("the small disk's state");
        let free = stat.f_bavail * stat.f_frsize;
        let chunk = vec![1; 64 << 10];
        for _ in 0..free.saturating_sub(mib << 20) / 65_536 {
            if let Err(error) = file.write_all(&chunk) {
                assert_eq!(error.kind(), io::ErrorKind::StorageFull, "{error}");
            }
        }
        ballast
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Whoever still has a file open there keeps it for as long.
        let unmounted = Command::new("umount").arg("--lazy").arg(self.folder.path()).status();
        assert!(unmounted.is_ok_and(|status| status.success()) || std::thread::panicking(), "it is unmounted");
        fs::create_dir_all(self.folder.path()).expect("the folder below it");
    }
}

//! What the machine has to offer: the git command and its helpers, an ssh client, a temporary folder, open files.

use std::{
    env,
    path::{Path, PathBuf},
};

use mirror::Git;
use rustix::process::{Resource, getrlimit};

use super::Finding;
use crate::{app, config::Config};

/// Connections, databases, mirrors' packs and log files together.
const LEAST_OPEN_FILES: u64 = 1_024;

pub(super) async fn git(config: &Config) -> Vec<Finding> {
    let git = match app::find_git(&config.git).await {
        Ok(git) => git,
        Err(error) => {
            let hint = "install git 2.39 or newer, or set git.program to its absolute path";
            return vec![Finding::failed("git", "GIT_UNUSABLE", error.to_string(), hint)];
        }
    };
    let seen = format!("git {} at {}", git.version(), git.program().display());
    vec![Finding::ok("git", seen), https(config, &git).await]
}

/// Many systems have the helper in a package of its own, and git without it clones nothing from the web.
async fn https(config: &Config, git: &Git) -> Finding {
    let needed = config.git.protocols.iter().any(|protocol| protocol == "https" || protocol == "http");
    let there = git.helpers().await.is_ok_and(|folder| folder.join("git-remote-https").exists());
    match (needed, there) {
        (_, true) => Finding::ok("git https", "the helper for https is there"),
        (false, false) => Finding::ok("git https", "there is no helper for https, and https is not allowed"),
        (true, false) => {
            let hint = "install the part of git that speaks https (with Debian it is in the package git)";
            Finding::failed(
                "git https",
                "GIT_HTTPS_MISSING",
                "git-remote-https is not where git keeps its helpers",
                hint,
            )
        }
    }
}

pub(super) fn ssh(config: &Config) -> Finding {
    let needed = config.git.protocols.iter().any(|protocol| protocol == "ssh");
    match on_path("ssh") {
        Some(path) => Finding::ok("ssh", format!("a client at {}", path.display())),
        None if !needed => Finding::ok("ssh", "there is no client, and ssh is not allowed"),
        None => {
            let hint = "install an ssh client (openssh-client), or take ssh out of git.protocols";
            Finding::warning("ssh", "SSH_MISSING", "there is no ssh command on the path", hint)
        }
    }
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).filter(|folder| folder.is_absolute()).map(|it| it.join(program)).find(|it| it.is_file())
}

pub(super) fn temporary_folder() -> Finding {
    let folder = env::temp_dir();
    match tempfile::tempfile_in(&folder) {
        Ok(_) => Finding::ok("temporary folder", shown(&folder)),
        Err(error) => {
            let seen = format!("{}: {error}", shown(&folder));
            Finding::failed("temporary folder", "TEMPORARY_FOLDER_UNUSABLE", seen, "mend its rights, or set TMPDIR")
        }
    }
}

pub(super) fn open_files() -> Finding {
    match getrlimit(Resource::Nofile).current {
        Some(most) if most < LEAST_OPEN_FILES => Finding::warning(
            "open files",
            "OPEN_FILES_FEW",
            format!("a process may hold {most} open"),
            "raise the limit (ulimit -n, LimitNOFILE=) to 1024 or more",
        ),
        most => Finding::ok("open files", most.map_or("no limit".to_owned(), |most| format!("up to {most}"))),
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

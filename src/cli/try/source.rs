//! What a person typed, as an address that can be mirrored: a URL, or a path to a repository of this machine.

use std::{
    ffi::OsStr,
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use mirror::{Policy, Protocol, RemoteUrl, UrlRefused};
use reqwest::Url;
use rustix::process::geteuid;

/// What a person may try: everything that Git itself speaks, on any host.
pub(super) const PROTOCOLS: [Protocol; 5] =
    [Protocol::File, Protocol::Https, Protocol::Ssh, Protocol::Http, Protocol::Git];

/// Why there is nothing to try.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoSource {
    /// Neither a path that exists nor a URL.
    #[error("{0}: there is no such file or folder, and it is no URL; give a path, or a URL such as https://host/path")]
    Absent(String),
    /// A path that leads to something else.
    #[error(
        "{0} is not a Git repository, and neither is any folder above it; \
         give the path of one, or begin one with `git init`"
    )]
    NotARepository(PathBuf),
    /// A file, a socket …
    #[error("{0} is not a folder; give the folder of a repository")]
    NotAFolder(PathBuf),
    /// The path cannot be looked at.
    #[error("{path} cannot be read: {source}")]
    Unreadable {
        /// As given.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// The address is not one that the service takes.
    #[error(transparent)]
    Refused(#[from] UrlRefused),
}

/// A repository to be tried.
#[derive(Debug, Clone)]
pub(super) struct Source {
    /// What the service is asked to mirror.
    pub(super) url: String,
    /// What people call it.
    pub(super) shown: String,
    /// A name for the project.
    pub(super) name: String,
    /// It has files that may differ from what is committed.
    pub(super) work_tree: bool,
    /// It belongs to another user of this machine: Git refuses to read it.
    pub(super) foreign: bool,
}

impl Source {
    /// Finds the repository that `given` means. A path is looked up first; a folder within a repository means
    /// that repository.
    pub(super) fn find(given: &OsStr) -> Result<Self, NoSource> {
        let path = Path::new(given);
        if let Some(text) = given.to_str().filter(|text| is_url(text, path)) {
            return Self::remote(text);
        }
        let shown = || printable(path);
        let place = path.canonicalize().map_err(|source| {
            if matches!(source.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) {
                NoSource::Absent(shown())
            } else {
                NoSource::Unreadable { path: shown(), source }
            }
        })?;
        if !place.is_dir() {
            return Err(NoSource::NotAFolder(place));
        }
        let found = place.ancestors().find(|folder| is_bare(folder) || has_work_tree(folder));
        found.map_or_else(|| Err(NoSource::NotARepository(place.clone())), Self::local)
    }

    fn remote(text: &str) -> Result<Self, NoSource> {
        let policy = Policy { protocols: PROTOCOLS.to_vec(), allow_private_hosts: true };
        let url = RemoteUrl::parse(text, &policy)?.as_str().to_owned();
        let last = url.trim_end_matches('/').rsplit(['/', ':']).next().unwrap_or_default();
        Ok(Self { shown: url.clone(), name: name(last), url, work_tree: false, foreign: false })
    }

    fn local(folder: &Path) -> Result<Self, NoSource> {
        let url = Url::from_file_path(folder).map_err(|()| NoSource::NotARepository(folder.to_path_buf()))?;
        let owner = folder.metadata().ok().map(|found| found.uid());
        let foreign = owner.is_some_and(|owner| owner != geteuid().as_raw());
        let last = folder.iter().rfind(|part| *part != ".git").unwrap_or_default().to_string_lossy();
        Ok(Self {
            url: url.into(),
            shown: printable(folder),
            name: name(&last),
            work_tree: has_work_tree(folder),
            foreign,
        })
    }
}

/// `scheme://…`, or `host:path` where no such file exists: the way Git tells them apart.
fn is_url(text: &str, path: &Path) -> bool {
    let scp = text.split_once(':').is_some_and(|(host, path)| !host.contains('/') && !path.is_empty());
    text.contains("://") || scp && !path.exists()
}

/// A folder with a work tree: `.git` is a folder, or a file that leads to one (a linked work tree, a submodule).
fn has_work_tree(folder: &Path) -> bool {
    let git = folder.join(".git");
    is_bare(&git) || std::fs::read(&git).is_ok_and(|content| content.starts_with(b"gitdir: "))
}

/// By the same three signs as Git.
fn is_bare(folder: &Path) -> bool {
    folder.join("HEAD").symlink_metadata().is_ok() && folder.join("objects").is_dir() && folder.join("refs").is_dir()
}

/// A project's name is one line of at most 200 characters, and not empty.
fn name(last: &str) -> String {
    let stem = last.strip_suffix(".git").unwrap_or(last);
    let kept: String = stem.chars().filter(|c| !c.is_control()).take(200).collect();
    if kept.trim().is_empty() { "repository".to_owned() } else { kept }
}

fn printable(path: &Path) -> String {
    super::show::printable(&path.to_string_lossy())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use std::fs;

    use super::*;

    fn bare(folder: &Path) {
        fs::create_dir_all(folder.join("objects")).unwrap();
        fs::create_dir_all(folder.join("refs")).unwrap();
        fs::write(folder.join("HEAD"), "ref: refs/heads/main\n").unwrap();
    }

    #[test]
    fn a_folder_within_a_repository_means_the_repository() {
        let place = tempfile::tempdir().unwrap();
        let work = place.path().canonicalize().unwrap().join("a b");
        bare(&work.join(".git"));
        fs::create_dir(work.join("src")).unwrap();
        let source = Source::find(work.join("src").as_os_str()).unwrap();
        assert!(source.work_tree);
        assert_eq!(source.name, "a b");
        assert!(source.url.starts_with("file:///") && source.url.ends_with("/a%20b"), "{}", source.url);
    }

    #[test]
    fn a_bare_repository_has_no_work_tree() {
        let place = tempfile::tempdir().unwrap();
        bare(&place.path().join("it.git"));
        let source = Source::find(place.path().join("it.git").as_os_str()).unwrap();
        assert_eq!((source.work_tree, source.name.as_str()), (false, "it"));
    }

    #[test]
    fn urls_are_taken_in_each_of_gits_forms() {
        for (text, name) in [
            ("https://git.example.org/team/compiler.git", "compiler"),
            ("git@git.example.org:team/compiler.git", "compiler"),
            ("git.example.org:compiler", "compiler"),
        ] {
            assert_eq!(Source::find(text.as_ref()).unwrap().name, name);
        }
        let secret = Source::find("https://me:word@git.example.org/a".as_ref()).unwrap_err().to_string();
        assert!(secret.contains("credentials") && !secret.contains("word"), "{secret}");
    }

    #[test]
    fn what_is_no_repository_is_named() {
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join("file"), "").unwrap();
        let find = |name: &str| Source::find(place.path().join(name).as_os_str()).unwrap_err();
        assert!(matches!(find("gone"), NoSource::Absent(_)));
        assert!(matches!(find("file/below"), NoSource::Absent(_)));
        assert!(matches!(find("file"), NoSource::NotAFolder(_)));
        assert!(matches!(find(""), NoSource::NotARepository(_)));
    }
}

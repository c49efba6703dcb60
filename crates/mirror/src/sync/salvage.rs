//! The refs of a damaged mirror, read as files: what can be read counts, and nothing else stops it.

use std::{fs, path::Path};

use gix::{ObjectId, bstr::ByteSlice};

use super::refs::Refs;

/// Deepest folder of refs that is looked into.
const MAX_DEPTH: usize = 64;

/// What is left of a mirror's refs.
#[derive(Debug, Default)]
pub(super) struct Salvaged {
    /// By their full names.
    pub(super) refs: Refs,
    /// What HEAD names.
    pub(super) head: Option<Vec<u8>>,
}

/// Reads every ref that can be read, below `refs/hivesync/` and in `packed-refs`; a file of its own wins.
pub(super) fn salvage(git_dir: &Path) -> Salvaged {
    let head = fs::read(git_dir.join("HEAD")).ok();
    let head = head.as_ref().and_then(|it| it.strip_prefix(b"ref: ")).map(|it| it.trim_end().to_vec());
    let mut refs = packed(&fs::read(git_dir.join("packed-refs")).unwrap_or_default());
    collect(git_dir, Path::new("refs/hivesync"), 0, &mut refs);
    Salvaged { refs, head }
}

/// `<id> <name>` lines; comments, peeled tags and all else are passed over.
fn packed(text: &[u8]) -> Refs {
    let line = |line: &[u8]| {
        let (id, name) = line.split_once_str(" ")?;
        let is_ours = name.starts_with(b"refs/hivesync/") && gix::validate::reference::name(name.as_bstr()).is_ok();
        is_ours.then_some((name.into(), ObjectId::from_hex(id).ok()?))
    };
    text.lines().filter_map(line).collect()
}

fn collect(git_dir: &Path, folder: &Path, depth: usize, refs: &mut Refs) {
    for entry in fs::read_dir(git_dir.join(folder)).into_iter().flatten().flatten() {
        let path = folder.join(entry.file_name());
        let is_folder = entry.file_type().is_ok_and(|it| it.is_dir());
        if is_folder && depth < MAX_DEPTH {
            collect(git_dir, &path, depth + 1, refs);
        } else if !is_folder && let Some(id) = loose(&entry.path()) {
            refs.insert(path.into_os_string().into_encoded_bytes().into(), id);
        }
    }
}

fn loose(file: &Path) -> Option<ObjectId> {
    ObjectId::from_hex(fs::read(file).ok()?.trim_end()).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use proptest::prelude::*;

    use super::*;

    const ID: &str = "0123456789abcdef0123456789abcdef01234567";

    #[test]
    fn what_can_be_read_is_read_and_the_rest_is_passed_over() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        let packed = format!(
            "# pack-refs with: sorted\n{ID} refs/hivesync/keep/a\n^{ID}\n\u{0}garbage\n{ID} refs/heads/x\n\
             {ID} refs/hivesync/keep/b\n{ID} refs/hivesync/keep/../x\nshort refs/hivesync/keep/c\n"
        );
        write("packed-refs", &packed);
        write("HEAD", "ref: refs/hivesync/upstream/heads/main\n");
        write("refs/hivesync/upstream/heads/feat/x", &format!("{ID}\n"));
        write("refs/hivesync/upstream/heads/empty", "");
        write("refs/hivesync/upstream/heads/noise", "\u{fffd}\u{fffd}");

        let salvaged = salvage(dir.path());

        let names: Vec<String> = salvaged.refs.keys().map(ToString::to_string).collect();
        let expected = ["refs/hivesync/keep/a", "refs/hivesync/keep/b", "refs/hivesync/upstream/heads/feat/x"];
        assert_eq!(names, expected);
        assert_eq!(salvaged.head.as_deref(), Some(b"refs/hivesync/upstream/heads/main".as_slice()));
        assert!(salvage(&dir.path().join("nowhere")).refs.is_empty());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn no_bytes_make_it_fail_and_every_name_is_one(text in proptest::collection::vec(any::<u8>(), 0..200)) {
            let lines = [format!("{ID} refs/hivesync/").into_bytes(), text].concat();
            for name in packed(&lines).keys() {
                prop_assert!(gix::validate::reference::name(name.as_bstr()).is_ok());
            }
        }
    }
}

//! The tree: the top folder as a person sees it, and every entry against the manifest.

use std::collections::BTreeMap;

use indicatif::{HumanBytes, HumanCount};
use serde_json::json;

use super::super::{
    api::Api,
    record::{Problem, Step},
    show,
    survey::{Listed, Survey},
    wire::{Entry, Folder},
};

/// Entries of the top folder that are shown.
const SHOWN: usize = 4;

/// What is below one name of the top folder.
#[derive(Default, Clone, Copy)]
struct Sum {
    files: u64,
    bytes: u64,
    /// It is a folder.
    folder: bool,
}

pub(crate) async fn look(api: &Api, project: &str, survey: &Survey, step: &mut Step) -> Result<(), Problem> {
    let address = format!("/api/v1/projects/{project}/files");
    let top: Folder = api.get(&address, &[]).await?;
    let sums = sums(&survey.files);
    tell(&sums, step);
    let names = top.entries.iter().filter_map(|entry| Some((entry.path.bytes().ok()?, entry.kind == "directory")));
    let mut names: Vec<_> = names.collect();
    names.sort();
    let wanted = sums.iter().map(|(name, sum)| (name.to_vec(), sum.folder));
    step.verify(names.iter().cloned().eq(wanted), "the top folder is the manifest's", || {
        format!("it has {} entries, not {}", names.len(), sums.len())
    })?;
    let whole: Folder = api.get(&address, &[("recursive", "true")]).await?;
    let count = show::counted(survey.files.len() as u64, "file", "files");
    let claim = format!("Git's tree has the same {count}: paths, modes, sizes, object ids");
    let difference = first_difference(&whole.entries, &survey.files);
    step.verify(difference.is_none(), claim, || difference.unwrap_or_default())?;
    step.saw("commit", whole.commit);
    step.saw("entries", whole.entries.len());
    Ok(())
}

fn sums(files: &[Listed]) -> BTreeMap<&[u8], Sum> {
    let mut sums = BTreeMap::<&[u8], Sum>::new();
    for file in files {
        let mut parts = file.path.splitn(2, |byte| *byte == b'/');
        let sum = sums.entry(parts.next().unwrap_or_default()).or_default();
        sum.files += 1;
        sum.bytes += file.size;
        sum.folder = parts.next().is_some();
    }
    sums
}

/// Folders before files, the largest first.
fn tell(sums: &BTreeMap<&[u8], Sum>, step: &mut Step) {
    let mut order: Vec<_> = sums.iter().collect();
    order.sort_by_key(|(_, sum)| std::cmp::Reverse((sum.folder, sum.files, sum.bytes)));
    let rows = order.iter().take(SHOWN).map(|(name, sum)| {
        let files = if sum.folder { show::counted(sum.files, "file", "files") } else { String::new() };
        let slash = if sum.folder { "/" } else { "" };
        [format!("{}{slash}", show::cut_path(name, 40)), files, HumanBytes(sum.bytes).to_string()]
    });
    for line in show::table(&rows.collect::<Vec<_>>()) {
        step.say(line);
    }
    if sums.len() > SHOWN {
        step.say(format!("and {} more", HumanCount((sums.len() - SHOWN) as u64)));
    }
    let top = order.iter().map(|(name, sum)| {
        json!({ "name": String::from_utf8_lossy(name), "directory": sum.folder, "files": sum.files, "bytes": sum.bytes })
    });
    step.saw("top", top.collect::<Vec<_>>());
}

/// What stands at the first place where tree and manifest do not say the same.
fn first_difference(tree: &[Entry], manifest: &[Listed]) -> Option<String> {
    let place = tree.iter().zip(manifest).position(|(entry, file)| !is_same(entry, file));
    let place = place.or_else(|| (tree.len() != manifest.len()).then(|| tree.len().min(manifest.len())))?;
    let in_tree = tree.get(place).and_then(|entry| entry.path.bytes().ok());
    let in_manifest = manifest.get(place).map(|file| file.path.clone());
    let told = |path: Option<Vec<u8>>| path.map_or("nothing".into(), |path| show::cut_path(&path, 60));
    Some(format!("at place {} the tree has {}, the manifest {}", place + 1, told(in_tree), told(in_manifest)))
}

fn is_same(entry: &Entry, file: &Listed) -> bool {
    entry.path.bytes().is_ok_and(|path| path == file.path)
        && entry.mode == format!("{:06o}", file.mode)
        && entry.object_id == file.id.to_string()
        && entry.size.unwrap_or(0) == file.size
}

#[cfg(test)]
mod tests {
    use code::{blob::BlobId, kind::Kind, manifest::PathText};

    use super::*;

    fn listed(path: &str) -> Listed {
        let id = BlobId([7; 20]);
        Listed { path: path.into(), mode: 0o100_644, id, size: 3, sha256: None, kind: Kind::Text }
    }

    fn entry(path: &str, size: u64) -> Entry {
        let object_id = BlobId([7; 20]).to_string();
        Entry {
            path: PathText::Text(path.into()),
            kind: "file".into(),
            mode: "100644".into(),
            object_id,
            size: Some(size),
        }
    }

    #[test]
    fn the_first_difference_is_named() {
        let tree = [entry("a", 3), entry("b", 3)];
        assert_eq!(first_difference(&tree, &[listed("a"), listed("b")]), None);
        let longer = first_difference(&tree, &[listed("a")]);
        assert_eq!(longer.as_deref(), Some("at place 2 the tree has b, the manifest nothing"));
        assert!(first_difference(&[entry("a", 4)], &[listed("a")]).is_some());
    }

    #[test]
    fn sums_are_made_by_the_first_name() {
        let files = [listed("a/b"), listed("a/c/d"), listed("e")];
        let sums = sums(&files);
        let of = |name: &str| sums.get(name.as_bytes()).map(|sum| (sum.files, sum.bytes, sum.folder));
        assert_eq!((of("a"), of("e")), (Some((2, 6, true)), Some((1, 3, false))));
    }
}

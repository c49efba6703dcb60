//! Whether what is on the disk can be read: a glance at each sync, all of it when something seems wrong.

use std::{
    fs::{self, File},
    io::{self, ErrorKind},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

use super::{
    Damaged, SyncError, SyncOptions, blocking, classify,
    session::{Session, Silent},
};
use crate::git::{GitCommand, Limits, RunError, run};

/// Bytes of a SHA-1.
const HASH: usize = 20;

/// A pack's own head (gitformat-pack(5)): signature, version, number of objects.
const PACK_HEAD: usize = 12;

/// An index's head: signature, version, and how many names begin with each byte.
const INDEX_HEAD: usize = 8 + 4 * 256;

/// What an index holds of each object: name, checksum, offset.
const INDEX_ENTRY: usize = HASH + 4 + 4;

/// Most packs that are verified by one process: it bounds the command line.
const PACKS_AT_ONCE: usize = 100;

/// Looks at both ends of every pack and index, and at every commit-graph: that they are what they claim, whole, and
/// made for one another. Reads some 1,100 bytes of each, so it finds what was cut short, mixed up or overwritten, and
/// not a byte that has changed in the middle.
pub(super) fn glance(git_dir: &Path) -> Result<(), SyncError> {
    let seen = packs(git_dir).and_then(|packs| {
        packs.iter().try_for_each(|index| glance_at_pack(index))?;
        graphs(git_dir)?.iter().try_for_each(|graph| glance_at_graph(graph))
    });
    match seen {
        Err(error) if matches!(error.kind(), ErrorKind::InvalidData | ErrorKind::UnexpectedEof) => {
            Err(SyncError::Corrupt { damaged: Damaged::Mirror, detail: error.to_string() })
        }
        seen => seen.map_err(SyncError::local("look at the mirror's packs")),
    }
}

/// The indexes of the packs that Git would use: those with a pack beside them.
pub(super) fn packs(git_dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut indexes = files(&git_dir.join("objects/pack"), "idx")?;
    indexes.retain(|index| index.with_extension("pack").is_file());
    Ok(indexes)
}

/// The layers of the commit-graph.
fn graphs(git_dir: &Path) -> io::Result<Vec<PathBuf>> {
    files(&git_dir.join("objects/info/commit-graphs"), "graph")
}

fn files(folder: &Path, extension: &str) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|it| it == extension) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn glance_at_pack(index: &Path) -> io::Result<()> {
    let (mut head, mut table) = ([0; PACK_HEAD], [0; INDEX_HEAD]);
    let (mut checksum, mut expected) = ([0; HASH], [0; HASH]);
    let pack = File::open(index.with_extension("pack"))?;
    pack.read_exact_at(&mut head, 0)?;
    pack.read_exact_at(&mut checksum, from_end(&pack, HASH)?)?;
    let index = File::open(index)?;
    index.read_exact_at(&mut table, 0)?;
    index.read_exact_at(&mut expected, from_end(&index, 2 * HASH)?)?;

    let signed = head.starts_with(b"PACK\0\0\0\x02") || head.starts_with(b"PACK\0\0\0\x03");
    ensure(signed, "a pack does not begin as packs do")?;
    let objects = number(head.last_chunk());
    let least = (INDEX_HEAD + 2 * HASH) as u64 + objects * INDEX_ENTRY as u64;
    let fits = index.metadata()?.len() >= least;
    ensure(table.starts_with(b"\xfftOc\0\0\0\x02"), "an index does not begin as indexes do")?;
    ensure(fits && number(table.last_chunk()) == objects, "an index is not of its pack's size")?;
    ensure(checksum == expected, "a pack and its index do not belong together")
}

/// gitformat-commit-graph(5): the table of contents ends where the checksum begins, and the checksum is the name.
fn glance_at_graph(path: &Path) -> io::Result<()> {
    let damaged = "a commit-graph is not whole";
    let graph = File::open(path)?;
    let mut head = [0; 8];
    graph.read_exact_at(&mut head, 0)?;
    let [b'C', b'G', b'P', b'H', 1, 1, chunks, _] = head else { return ensure(false, damaged) };
    let (mut end, mut checksum) = ([0; 8], [0; HASH]);
    graph.read_exact_at(&mut end, 8 + 12 * u64::from(chunks) + 4)?;
    let tail = from_end(&graph, HASH)?;
    graph.read_exact_at(&mut checksum, tail)?;
    let name = format!("graph-{}.graph", crate::id::ObjectId::from(checksum));
    ensure(u64::from_be_bytes(end) == tail && path.file_name().is_some_and(|it| *it == *name), damaged)
}

fn from_end(file: &File, bytes: usize) -> io::Result<u64> {
    file.metadata()?.len().checked_sub(bytes as u64).ok_or_else(|| ErrorKind::UnexpectedEof.into())
}

fn number(bytes: Option<&[u8; 4]>) -> u64 {
    bytes.map_or(0, |bytes| u32::from_be_bytes(*bytes).into())
}

fn ensure(holds: bool, otherwise: &'static str) -> io::Result<()> {
    if holds { Ok(()) } else { Err(io::Error::new(ErrorKind::InvalidData, otherwise)) }
}

/// Whether everything that the refs lead to is there, and every pack is what its checksums say.
///
/// The first is found in seconds and finds what is missing; the second reads every byte. Not `git fsck`: it calls a HEAD
/// strange that names no ref below `refs/heads/`, and fails on harmless faults of old histories.
pub(super) async fn is_sound(session: &Session) -> Result<bool, SyncError> {
    let local = || session.git.local(&session.area);
    let connected = local().args(["rev-list", "--objects", "--quiet", "--all"]);
    if !succeeds(underived(connected), None, &session.limits, &session.options).await? {
        return Ok(false);
    }
    let git_dir = session.area.git_dir.clone();
    let packs = blocking(move || packs(&git_dir).map_err(SyncError::local("look at the mirror's packs"))).await?;
    for some in packs.chunks(PACKS_AT_ONCE) {
        let verify = local().args(["verify-pack"]).operands(some);
        if !succeeds(verify, None, &session.limits, &session.options).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Lets a process believe nothing that was computed from objects, but only the objects.
pub(super) fn underived(command: GitCommand) -> GitCommand {
    command.config("core.commitGraph", "false").config("core.multiPackIndex", "false")
}

/// Whether a local process that reads objects succeeds. That it was stopped, killed, or short of room or memory says
/// nothing about the objects, and is an error.
pub(super) async fn succeeds(
    command: GitCommand,
    input: Option<Vec<u8>>,
    limits: &Limits,
    options: &SyncOptions,
) -> Result<bool, SyncError> {
    let stopped = |error: RunError| classify::stopped(error, limits, options);
    let finished = run(command, input, limits, &mut Silent { remote: false }).await.map_err(stopped)?;
    if finished.status.success() {
        return Ok(true);
    }
    if finished.status.code().is_none() {
        return Err(SyncError::Git { message: "it was killed".into() });
    }
    let failure = classify::failure(&finished.stderr);
    if matches!(failure, SyncError::Corrupt { .. } | SyncError::Git { .. }) { Ok(false) } else { Err(failure) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use proptest::prelude::*;

    use super::*;

    /// Two heads that are right, with what follows.
    fn files(git_dir: &Path, pack: &[u8], index: &[u8], graph: &[u8]) {
        for folder in ["objects/pack", "objects/info/commit-graphs"] {
            fs::create_dir_all(git_dir.join(folder)).unwrap();
        }
        fs::write(git_dir.join("objects/pack/pack-x.pack"), [b"PACK\0\0\0\x02", pack].concat()).unwrap();
        fs::write(git_dir.join("objects/pack/pack-x.idx"), [b"\xfftOc\0\0\0\x02", index].concat()).unwrap();
        let graph = [b"CGPH\x01\x01", graph].concat();
        fs::write(git_dir.join("objects/info/commit-graphs/graph-x.graph"), graph).unwrap();
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn whatever_follows_their_heads_files_of_noise_are_damage_and_nothing_worse(
            pack in proptest::collection::vec(any::<u8>(), 0..80),
            index in proptest::collection::vec(any::<u8>(), 0..1_200),
            graph in proptest::collection::vec(any::<u8>(), 0..200),
        ) {
            let dir = tempfile::tempdir().unwrap();
            files(dir.path(), &pack, &index, &graph);
            let seen = glance(dir.path());
            prop_assert!(matches!(seen, Err(SyncError::Corrupt { damaged: Damaged::Mirror, .. })), "{seen:?}");
            fs::remove_file(dir.path().join("objects/pack/pack-x.idx")).unwrap();
            let seen = glance(dir.path());
            prop_assert!(matches!(seen, Err(SyncError::Corrupt { damaged: Damaged::Mirror, .. })), "{seen:?}");
            prop_assert!(glance(&dir.path().join("nowhere")).is_ok());
        }
    }
}

//! Small things that become large ones.

use std::time::{Duration, Instant};

use mirror::{Content, ReadError, RepoPath, SyncError, SyncOptions};
use tokio_util::sync::CancellationToken;

use super::support::{
    World,
    served::{Served, blob, difference, pack, size},
};

/// What a difference copies at once with its shortest instruction, in bytes.
const COPIED: usize = 0x1_0000;

/// An instruction to copy that many bytes from the base's beginning.
const COPY: u8 = 0x80;

#[tokio::test]
async fn a_difference_that_becomes_gigabytes_ends_its_process_and_not_the_machine() {
    let base = blob(&vec![0; COPIED]);
    let copies = 1 << 17;
    let mut instructions = size(COPIED as u64);
    instructions.extend(size((copies * COPIED) as u64));
    instructions.extend(vec![COPY; copies]);
    let bomb = difference(base.len(), &instructions);
    let bytes = pack(&[base, bomb]);
    assert!(bytes.len() < 300_000, "{} bytes for 8 GiB", bytes.len());
    let remote = Served::by(move |talk| {
        talk.negotiate();
        talk.say(&bytes);
    });
    let world = World::new().await;
    let head = world.sync().await.unwrap().head;
    let started = Instant::now();
    let sync = world.mirror.sync(&remote.git(), SyncOptions::default(), |_| {}, CancellationToken::new()).await;
    assert!(matches!(sync, Err(SyncError::TooLarge(_))), "{sync:?}");
    assert!(started.elapsed() < Duration::from_secs(20));
    assert_eq!(world.reader().head().unwrap(), head);
    assert_eq!(world.beside_mirror(), ["p", "p.lock"]);
}

/// Most memory that this process had so far, in bytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
}

#[tokio::test]
async fn a_blob_of_zeros_is_small_on_the_disk_and_never_whole_in_memory() {
    let world = World::new().await;
    let file = std::fs::File::create(world.upstream().join("zeros")).unwrap();
    file.set_len(256 << 20).unwrap();
    world.git(&["-c", "core.compression=1", "add", "-A"]);
    world.git(&["commit", "-q", "-m", "zeros"]);
    let before = peak();
    let options = SyncOptions { max_disk_bytes: Some(4 << 20), ..SyncOptions::default() };
    let head = world.sync_with(options).await.unwrap().head.unwrap();
    let reader = world.reader();
    let path = RepoPath::parse("zeros").unwrap();
    let refused = reader.file(head, &path, 1 << 20);
    assert!(matches!(refused, Err(ReadError::TooLarge { size, .. }) if size == 256 << 20), "{refused:?}");
    assert!(matches!(reader.file(head, &RepoPath::parse("readme").unwrap(), 10), Ok(Content::File(_))));
    let id = world.git(&["rev-parse", "HEAD:zeros"]).trim().parse().unwrap();
    let mut streamed = 0_u64;
    reader.blobs().stream(id, &mut |piece| streamed += piece.len() as u64).unwrap();
    assert_eq!(streamed, 256 << 20);
    assert!(peak() - before < 64 << 20, "{} MiB more", (peak() - before) >> 20);
}

//! What every store of objects has to do, run over files.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

use std::{io, os::unix::fs::PermissionsExt, path::Path, sync::Arc, time::Duration};

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use hivesync::storage::{
    files::Files,
    objects::{ByteStream, Key, Objects, StorageError},
};
use tempfile::TempDir;

const MOST: u64 = 16 << 20;

fn store() -> (TempDir, Files) {
    let folder = tempfile::tempdir().unwrap();
    let files = Files::open(folder.path().join("objects")).unwrap();
    (folder, files)
}

fn key(text: &str) -> Key {
    Key::parse(text).unwrap()
}

/// `size` bytes in pieces of a prime length, so that no border falls together with another.
fn flow(size: usize) -> ByteStream {
    let bytes: Vec<u8> = (0..size).map(|at| u8::try_from(at % 251).unwrap()).collect();
    let pieces: Vec<_> = bytes.chunks(65_521).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    stream::iter(pieces).boxed()
}

async fn whole(mut bytes: ByteStream) -> Vec<u8> {
    let mut all = Vec::new();
    while let Some(piece) = bytes.try_next().await.unwrap() {
        all.extend_from_slice(&piece);
    }
    all
}

/// Every file below a folder, temporary ones too.
fn files_below(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| if path.is_dir() { files_below(&path) } else { 1 }).sum()
}

#[tokio::test]
async fn what_was_put_is_read_back_to_the_byte() {
    let (_folder, files) = store();
    for size in [0, 1, 65_521, 8 << 20, (8 << 20) + 1] {
        assert_eq!(files.put_stream(&key("a/b"), flow(size), MOST).await.unwrap(), size as u64);
        assert_eq!(whole(files.get_range(&key("a/b"), None).await.unwrap()).await, whole(flow(size)).await);
        assert_eq!(files.head(&key("a/b")).await.unwrap().size, size as u64);
    }
}

#[tokio::test]
async fn a_range_is_cut_to_the_object() {
    let (_folder, files) = store();
    files.put_stream(&key("a"), flow(1_000), MOST).await.unwrap();
    let all = whole(flow(1_000)).await;
    for (range, expected) in [(0..10, &all[..10]), (990..2_000, &all[990..]), (5..5, &[][..]), (2_000..3_000, &[][..])]
    {
        let found = whole(files.get_range(&key("a"), Some(range.clone())).await.unwrap()).await;
        assert_eq!(found, expected, "{range:?}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_found_and_may_be_deleted() {
    let (_folder, files) = store();
    assert!(matches!(files.head(&key("nothing")).await, Err(StorageError::NotFound)));
    assert!(matches!(files.get_range(&key("nothing"), None).await, Err(StorageError::NotFound)));
    files.delete(&key("nothing")).await.unwrap();
    files.put_stream(&key("thing"), flow(1), MOST).await.unwrap();
    files.delete(&key("thing")).await.unwrap();
    assert!(matches!(files.head(&key("thing")).await, Err(StorageError::NotFound)));
}

#[tokio::test]
async fn only_what_was_put_before_a_moment_is_deleted_as_old() {
    let (_folder, files) = store();
    let thing = key("thing");
    files.put_stream(&thing, flow(1), MOST).await.unwrap();
    let first = files.head(&thing).await.unwrap().put_at;
    assert!(!files.delete_older(&thing, first).await.unwrap());
    let later = first.plus(Duration::from_micros(1));
    assert!(files.delete_older(&thing, later).await.unwrap());
    assert!(!files.delete_older(&thing, later).await.unwrap(), "it is gone already");
    files.put_stream(&thing, flow(2), MOST).await.unwrap();
    assert!(!files.delete_older(&thing, first).await.unwrap(), "it was put again");
    assert_eq!(files.head(&thing).await.unwrap().size, 2);
}

#[tokio::test]
async fn too_large_and_broken_uploads_leave_nothing() {
    let (folder, files) = store();
    assert_eq!(files.put_stream(&key("fits"), flow(100), 100).await.unwrap(), 100);
    assert!(matches!(files.put_stream(&key("large"), flow(101), 100).await, Err(StorageError::TooLarge)));
    let broken = stream::iter([Ok(Bytes::from_static(b"some")), Err(io::Error::other("gone"))]).boxed();
    assert!(matches!(files.put_stream(&key("broken"), broken, MOST).await, Err(StorageError::Interrupted(_))));
    assert_eq!(files_below(folder.path()), 1);
}

#[tokio::test]
async fn an_upload_that_is_dropped_leaves_nothing() {
    let (folder, files) = store();
    let endless = stream::iter([Ok(Bytes::from_static(b"some"))]).chain(stream::pending()).boxed();
    let never = key("never");
    let upload = files.put_stream(&never, endless, MOST);
    assert!(tokio::time::timeout(Duration::from_millis(100), upload).await.is_err());
    assert_eq!(files_below(folder.path()), 0);
}

#[tokio::test]
async fn one_of_parallel_uploads_under_one_key_wins_whole() {
    let (folder, files) = store();
    let files = Arc::new(files);
    let uploads = (1..=8).map(|n| {
        let files = Arc::clone(&files);
        tokio::spawn(async move { files.put_stream(&key("same"), flow(n * 100_000), MOST).await.unwrap() })
    });
    for upload in uploads.collect::<Vec<_>>() {
        upload.await.unwrap();
    }
    let found = whole(files.get_range(&key("same"), None).await.unwrap()).await;
    assert_eq!(found, whole(flow(found.len())).await);
    assert_eq!(files_below(folder.path()), 1);
}

#[tokio::test]
async fn a_list_is_sorted_and_comes_page_by_page() {
    let (_folder, files) = store();
    for name in ["m/b/2", "m/a/1", "m/c", "n/x", "m/b/1"] {
        files.put_stream(&key(name), flow(3), MOST).await.unwrap();
    }
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let page = files.list_page("m/", after.as_ref(), 2).await.unwrap();
        assert!(page.objects.len() <= 2);
        found.extend(page.objects.into_iter().map(|object| object.key.as_str().to_owned()));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(found, ["m/a/1", "m/b/1", "m/b/2", "m/c"]);
}

#[tokio::test]
async fn only_the_owner_may_read_and_what_a_crash_left_is_swept() {
    let (folder, files) = store();
    files.put_stream(&key("secret"), flow(3), MOST).await.unwrap();
    let objects = folder.path().join("objects");
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&objects), mode(&objects.join("secret"))), (0o700, 0o600));
    std::fs::write(objects.join(".incomplete/left"), b"half").unwrap();
    assert_eq!(files.sweep_incomplete(Duration::from_hours(1)).await.unwrap(), 0);
    assert_eq!(files.sweep_incomplete(Duration::ZERO).await.unwrap(), 1);
    assert_eq!(files_below(folder.path()), 1);
}

//! Reading what is hard to read, and agreeing with Git on it.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

mod support;

use std::{ffi::OsStr, fs, ops::ControlFlow, os::unix::ffi::OsStrExt};

use mirror::{CommitId, Content, Depth, File, Kind, ReadError, Reader, RepoPath, TreeEntry, TreeLimits};
use support::{World, run, run_bytes};

/// Bytes of the large file: over what is held in memory.
const LARGE: usize = 60 << 20;

/// A repository with everything that is awkward in it, and its mirror.
async fn awkward() -> (World, CommitId) {
    let world = World::new().await;
    world.write("empty", "");
    world.write("src/a.rs", "one\ntwo\nthree");
    world.write("a b\tc\"\n", "odd name");
    let deep = vec!["d".repeat(99); 10].join("/");
    world.write(&format!("{deep}/end"), "deep");
    fs::write(world.upstream().join(OsStr::from_bytes(b"caf\xe9")), "latin").unwrap();
    std::os::unix::fs::symlink("../../etc/passwd", world.upstream().join("link")).unwrap();
    std::os::unix::fs::symlink("src", world.upstream().join("folder-link")).unwrap();
    world.write("run.sh", "#!/bin/sh\n");
    world.git(&["add", "-A"]);
    world.git(&["update-index", "--chmod=+x", "run.sh"]);
    let other = "1111111111111111111111111111111111111111";
    world.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{other},module")]);
    world.git(&["commit", "-q", "-m", "awkward"]);
    let head = world.sync().await.unwrap().head.unwrap();
    (world, head)
}

/// Bytes that hardly compress, the same each time.
fn large() -> Vec<u8> {
    let mut state = 1_u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()
    };
    (0..LARGE / 4).flat_map(|_| next()).collect()
}

/// What `git ls-tree -r -l -z` says: mode, id, size, path.
fn ls_tree(world: &World) -> Vec<(u32, String, Option<u64>, Vec<u8>)> {
    let listing = run_bytes(world.mirror.dir(), &["ls-tree", "-r", "-l", "-z", "HEAD"]);
    let lines = listing.split(|byte| *byte == 0).filter(|line| !line.is_empty());
    let parse = |line: &[u8]| {
        let tab = line.iter().position(|byte| *byte == b'\t').unwrap();
        let (head, path) = line.split_at(tab);
        let head = String::from_utf8(head.to_vec()).unwrap();
        let fields: Vec<&str> = head.split_whitespace().collect();
        (u32::from_str_radix(fields[0], 8).unwrap(), fields[2].to_owned(), fields[3].parse().ok(), path[1..].to_vec())
    };
    lines.map(parse).collect()
}

fn path(text: &str) -> RepoPath {
    RepoPath::parse(text).unwrap()
}

fn file(reader: &Reader, at: CommitId, name: &[u8]) -> File {
    match reader.file(at, &RepoPath::parse(name).unwrap(), 1 << 30).unwrap() {
        Content::File(file) => file,
        Content::Submodule(_) => panic!("a submodule"),
    }
}

#[tokio::test]
async fn every_entry_is_what_git_says_in_gits_order() {
    let (world, head) = awkward().await;
    let reader = world.reader();
    let expected = ls_tree(&world);
    assert!(expected.iter().any(|(.., path)| path.len() > 990));

    let mut seen = Vec::new();
    reader
        .entries(head, TreeLimits::default(), &mut |entry| {
            seen.push((entry.kind.mode(), entry.id.to_string(), entry.path.to_vec()));
            ControlFlow::Continue(())
        })
        .unwrap();
    let without_size = |(mode, id, _, path): &(u32, String, Option<u64>, Vec<u8>)| (*mode, id.clone(), path.clone());
    assert_eq!(seen, expected.iter().map(without_size).collect::<Vec<_>>());

    let all = reader.list(head, &RepoPath::root(), Depth::All, TreeLimits::default()).unwrap();
    let as_git = |it: TreeEntry| (it.mode, it.id.to_string(), it.size, it.path);
    assert_eq!(all.into_iter().map(as_git).collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn blobs_of_every_size_are_read_in_bounded_memory() {
    let (world, _) = awkward().await;
    world.commit("large", large());
    let head = world.sync().await.unwrap().head.unwrap();
    let reader = world.reader();
    let mut blobs = reader.blobs();
    let (mut largest, mut streamed) = (0, 0);
    for (mode, id, size, _) in ls_tree(&world).into_iter().filter(|(mode, ..)| *mode != 0o160_000) {
        let id = id.parse().unwrap();
        assert_eq!(Some(blobs.size(id).unwrap()), size, "{mode:o}");
        let mut bytes = Vec::new();
        blobs
            .stream(id, &mut |piece| {
                largest = largest.max(piece.len());
                bytes.extend_from_slice(piece);
            })
            .unwrap();
        assert_eq!(Some(bytes.len() as u64), size);
        if bytes.len() == LARGE {
            assert!(bytes == large());
            streamed += 1;
            assert!(matches!(blobs.read(id, &mut bytes), Err(ReadError::TooLarge { .. })));
        } else {
            let mut whole = Vec::new();
            blobs.read(id, &mut whole).unwrap();
            assert_eq!(whole, bytes);
        }
    }
    assert_eq!(streamed, 1);
    assert!(largest <= 256 << 10, "{largest}");
    let tree = reader.commit(head).unwrap().tree;
    assert!(blobs.size(tree).is_err(), "a tree is no blob");
}

#[tokio::test]
async fn files_symlinks_and_submodules_are_answered_as_what_they_are() {
    let (world, head) = awkward().await;
    let reader = world.reader();
    assert_eq!(file(&reader, head, b"empty").bytes, b"");
    assert_eq!(file(&reader, head, b"caf\xe9").bytes, b"latin");
    assert_eq!(file(&reader, head, b"a b\tc\"\n").bytes, b"odd name");
    let link = file(&reader, head, b"link");
    assert_eq!((link.kind, link.bytes.as_slice()), (Kind::Symlink, b"../../etc/passwd".as_slice()));
    assert_eq!(file(&reader, head, b"run.sh").kind, Kind::Executable);
    let module = reader.file(head, &path("module"), 10).unwrap();
    assert!(matches!(module, Content::Submodule(id) if id.to_string().starts_with("1111")));

    let missing = ["nope", "src/nope", "link/a", "folder-link/a.rs", "src/a.rs/x", "module/x"];
    for name in missing {
        assert!(matches!(reader.file(head, &path(name), 10), Err(ReadError::NotFound)), "{name}");
    }
    assert!(matches!(reader.file(head, &path("src"), 10), Err(ReadError::WrongKind { .. })));
    assert!(matches!(reader.file(head, &path("src/a.rs"), 10), Err(ReadError::TooLarge { .. })));
    let through_link = reader.list(head, &path("folder-link"), Depth::Children, TreeLimits::default());
    assert!(matches!(through_link, Err(ReadError::WrongKind { .. })));
}

#[tokio::test]
async fn a_folder_lists_its_own_entries() {
    let (world, head) = awkward().await;
    let reader = world.reader();
    let root = reader.list(head, &RepoPath::root(), Depth::Children, TreeLimits::default()).unwrap();
    let names = run(world.mirror.dir(), &["ls-tree", "--name-only", "-z", "HEAD"]);
    assert_eq!(root.len(), names.split('\0').count() - 1);
    let src = root.iter().find(|it| it.name == b"src").unwrap();
    assert_eq!((src.kind, src.mode, src.size), (Kind::Directory, 0o040_000, None));
    let inside = reader.list(head, &path("src"), Depth::Children, TreeLimits::default()).unwrap();
    assert_eq!((inside[0].path.as_slice(), inside[0].name.as_slice()), (b"src/a.rs".as_slice(), b"a.rs".as_slice()));
    assert_eq!(inside[0].size, Some(13));
    let below = reader.list(head, &path("src"), Depth::All, TreeLimits::default()).unwrap();
    assert_eq!(below, inside);
}

#[tokio::test]
async fn lines_are_counted_from_one_and_cut_at_the_end() {
    let (world, head) = awkward().await;
    let reader = world.reader();
    let lines = |range| reader.lines(head, &path("src/a.rs"), range, 1 << 20);
    let middle = lines(2..=2).unwrap();
    assert_eq!((middle.first, middle.last, middle.total, middle.bytes.as_slice()), (2, 2, 3, b"two\n".as_slice()));
    let end = lines(2..=100).unwrap();
    assert_eq!((end.last, end.bytes.as_slice()), (3, b"two\nthree".as_slice()));
    for (first, last) in [(0, 1), (4, 9), (3, 2)] {
        assert!(matches!(lines(first..=last), Err(ReadError::NoSuchLines)), "{first} {last}");
    }
}

#[tokio::test]
async fn names_of_commits_mean_upstreams_branches_tags_and_ids_and_nothing_else() {
    let world = World::new().await;
    let old = world.tip("main");
    world.git(&["tag", "-a", "v1", "-m", "one"]);
    world.git(&["branch", "v2"]);
    let new = world.commit("a", "1");
    world.git(&["tag", "v2"]);
    world.git(&["tag", "blob", "HEAD:a"]);
    world.sync().await.unwrap();
    let reader = world.reader();

    let old_id = old.to_string();
    let wanted = [("HEAD", new), ("main", new), ("v1", old), ("refs/heads/main", new), ("refs/tags/v2", new)];
    for (name, commit) in wanted {
        assert_eq!(reader.resolve(name).unwrap(), commit, "{name}");
    }
    assert_eq!(reader.resolve("v2").unwrap(), old, "a branch before a tag");
    assert_eq!(reader.resolve(&old_id).unwrap(), old);
    assert_eq!(reader.resolve(old_id.get(..8).unwrap()).unwrap(), old);

    let absent = ["nope", "blob", "refs/hivesync/upstream/heads/main", "hivesync/upstream/heads/main", "dead", "abc"];
    for name in absent {
        assert!(matches!(reader.resolve(name), Err(ReadError::NotFound)), "{name}: {:?}", reader.resolve(name));
    }
    let refused =
        ["", "-x", "--all", "main~1", "main^", "a..b", "@{u}", "@", "HEAD:a", ":/x", "a b", "a\nb", "*", "x.lock"];
    for name in refused {
        assert!(matches!(reader.resolve(name), Err(ReadError::InvalidRef(_))), "{name}: {:?}", reader.resolve(name));
    }
    let unknown: CommitId = "1111111111111111111111111111111111111111".parse().unwrap();
    assert!(matches!(reader.commit(unknown), Err(ReadError::NotFound)));
}

#[tokio::test]
async fn a_tree_that_names_itself_a_million_times_is_given_up() {
    let world = World::empty().await;
    let blob = world.git(&["hash-object", "-w", "--stdin"]).trim().to_owned();
    let mut tree = make_tree(&world, &[format!("100644 blob {blob}\tf")]);
    for _ in 0..40 {
        let lines: Vec<String> = ["a", "b"].map(|name| format!("040000 tree {tree}\t{name}")).into();
        tree = make_tree(&world, &lines);
    }
    let commit = world.git(&["commit-tree", &tree, "-m", "bomb"]);
    world.git(&["update-ref", "refs/heads/main", commit.trim()]);
    let head = world.sync().await.unwrap().head.unwrap();
    let reader = world.reader();

    let few = TreeLimits { max_entries: 10_000, ..TreeLimits::default() };
    let walked = reader.entries(head, few, &mut |_| ControlFlow::Continue(()));
    assert!(matches!(walked, Err(ReadError::TooManyEntries { of: "entries", .. })), "{walked:?}");
    let shallow = TreeLimits { max_depth: 20, ..TreeLimits::default() };
    let walked = reader.entries(head, shallow, &mut |_| ControlFlow::Continue(()));
    assert!(matches!(walked, Err(ReadError::TooManyEntries { of: "levels", .. })), "{walked:?}");
    let narrow = TreeLimits { max_open: 1_000, ..TreeLimits::default() };
    let walked = reader.entries(head, narrow, &mut |_| ControlFlow::Continue(()));
    assert!(matches!(walked, Err(ReadError::TooManyEntries { of: "bytes in open folders", .. })), "{walked:?}");
    let brief = TreeLimits { max_paths: 1_000, ..TreeLimits::default() };
    let walked = reader.list(head, &RepoPath::root(), Depth::All, brief);
    assert!(matches!(walked, Err(ReadError::TooManyEntries { of: "bytes in all paths", .. })), "{walked:?}");

    let empty = make_tree(&world, &[]);
    let other = world.git(&["commit-tree", &empty, "-m", "empty"]);
    world.git(&["update-ref", "refs/heads/other", other.trim()]);
    world.sync().await.unwrap();
    let diffed = reader.diff(other.trim().parse().unwrap(), head);
    assert!(matches!(diffed, Err(ReadError::TooManyEntries { of: "changes", .. })), "{diffed:?}");
}

fn make_tree(world: &World, lines: &[String]) -> String {
    use std::{io::Write, process::Stdio};
    let mut command = support::command(&world.upstream());
    command.arg("mktree").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let text = lines.join("\n");
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap().trim().to_owned()
}

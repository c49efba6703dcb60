//! Repositories whose content is an attack: on checkouts, on programs that Git runs, on file systems that fold names.

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};

use mirror::{Content, Damaged, Depth, Kind, RepoPath, SyncError, TreeLimits};

use super::support::{World, feed};

/// Puts one tree object, byte by byte, and a commit of it on `main`.
fn plant(world: &World, entries: &[(&str, &[u8], &str)]) -> String {
    let mut tree = Vec::new();
    for (mode, name, id) in entries {
        tree.extend_from_slice(format!("{mode} ").as_bytes());
        tree.extend_from_slice(name);
        tree.push(0);
        tree.extend_from_slice(gix::ObjectId::from_hex(id.as_bytes()).unwrap().as_slice());
    }
    let tree = feed(&world.upstream(), &["hash-object", "-t", "tree", "-w", "--literally", "--stdin"], &tree);
    let commit = world.git(&["commit-tree", &tree, "-m", "planted"]);
    world.git(&["update-ref", "refs/heads/main", commit.trim()]);
    commit.trim().to_owned()
}

fn stored(world: &World, content: &[u8]) -> String {
    feed(&world.upstream(), &["hash-object", "-w", "--stdin"], content)
}

#[tokio::test]
async fn trees_that_lead_out_of_themselves_are_not_taken() {
    let world = World::new().await;
    let head = world.sync().await.unwrap().head;
    let (blob, tree) = (stored(&world, b"x"), world.git(&["rev-parse", "HEAD^{tree}"]).trim().to_owned());
    let submodule = "1111111111111111111111111111111111111111";
    let cases: [(&str, &[u8], &str); 11] = [
        ("100644", b"..", &blob),
        ("40000", b"..", &tree),
        ("100644", b".", &blob),
        ("40000", b".git", &tree),
        ("100644", b".GIT", &blob),
        ("40000", b".git ", &tree),
        ("40000", b"git~1", &tree),
        ("100644", b"a/b", &blob),
        ("120000", b".gitmodules", &blob),
        ("40000", ".g\u{200c}it".as_bytes(), &tree),
        ("160000", b"..", submodule),
    ];
    for (mode, name, id) in cases {
        plant(&world, &[(mode, name, id)]);
        let failed = world.sync().await.unwrap_err();
        let name = String::from_utf8_lossy(name);
        assert!(matches!(failed, SyncError::Corrupt { damaged: Damaged::Remote, .. }), "{name:?}: {failed:?}");
        assert!(!failed.to_string().contains(world.dir.path().to_str().unwrap()), "{failed}");
        assert_eq!(world.reader().head().unwrap(), head, "{name:?}");
    }
    for twice in [&[("100644", b"a".as_slice(), blob.as_str()); 2][..]] {
        plant(&world, twice);
        assert!(matches!(world.sync().await, Err(SyncError::Corrupt { damaged: Damaged::Remote, .. })));
    }
    assert_eq!(world.beside_mirror(), ["p", "p.lock"]);
}

#[tokio::test]
async fn submodules_that_smuggle_commands_are_not_taken() {
    let world = World::new().await;
    let head = world.sync().await.unwrap().head;
    for text in [
        "[submodule \"x\"]\n\tpath = x\n\turl = --upload-pack=touch${IFS}ran\n",
        "[submodule \"x\"]\n\tpath = -x\n\turl = https://h/a\n",
        "[submodule \"../../x\"]\n\tpath = x\n\turl = https://h/a\n",
        "[submodule \"x\"]\n\tpath = x\n\turl = https://h/a\n\tupdate = !touch ran\n",
        "[submodule \"x\"]\n\tpath = x\n\turl = https://h/%0ahost=evil\n",
    ] {
        world.commit(".gitmodules", text);
        let failed = world.sync().await.unwrap_err();
        assert!(matches!(failed, SyncError::Corrupt { damaged: Damaged::Remote, .. }), "{text}: {failed:?}");
        assert_eq!(world.reader().head().unwrap(), head);
        world.git(&["reset", "-q", "--hard", "HEAD~1"]);
    }
}

/// A program that leaves a trace, and the trace.
fn trap(world: &World) -> (PathBuf, PathBuf) {
    let (program, ran) = (world.dir.path().join("trap"), world.dir.path().join("ran"));
    fs::write(&program, format!("#!/bin/sh\ntouch {}\ncat\n", ran.display())).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    (program, ran)
}

#[tokio::test]
async fn no_hook_filter_or_command_of_a_repository_runs() {
    let world = World::new().await;
    let (program, ran) = trap(&world);
    let program = program.to_str().unwrap();
    let hooks = world.upstream().join(".git/hooks");
    fs::create_dir_all(&hooks).unwrap();
    for hook in ["reference-transaction", "post-checkout", "pre-receive", "post-update", "pre-auto-gc"] {
        fs::copy(program, hooks.join(hook)).unwrap();
        world.write(&format!("hooks/{hook}"), fs::read(program).unwrap());
    }
    world.write(".gitattributes", "* filter=evil diff=evil merge=evil working-tree-encoding=UTF-16 ident\n");
    let config = format!(
        "[core]\n\tfsmonitor = {program}\n\thooksPath = hooks\n\tsshCommand = {program}\n\tpager = {program}\n\
         [filter \"evil\"]\n\tclean = {program}\n\tsmudge = {program}\n\tprocess = {program}\n\trequired\n\
         [diff \"evil\"]\n\ttextconv = {program}\n\tcommand = {program}\n[uploadpack]\n\tpackObjectsHook = {program}\n"
    );
    for name in ["config", ".gitconfig", "gitdir/config"] {
        world.write(name, &config);
    }
    for name in ["HEAD", "objects/x", "refs/x"] {
        world.write(name, "ref: refs/heads/main\n");
    }
    let text = "one \u{e9} $Id$\r\ntwo\n";
    world.write("text", text);
    let plain = ["-c", "core.attributesFile=/dev/null", "-c", "core.hooksPath=/dev/null"];
    let git = |args: &[&str]| world.git(&[&plain[..], args].concat());
    git(&["rm", "-q", "--cached", "-r", "--ignore-unmatch", "."]);
    let blob = feed(&world.upstream(), &["hash-object", "-w", "--no-filters", "--stdin"], text.as_bytes());
    fs::rename(world.upstream().join(".gitattributes"), world.dir.path().join("attributes")).unwrap();
    git(&["add", "-A"]);
    let attributes = stored(&world, &fs::read(world.dir.path().join("attributes")).unwrap());
    for (id, name) in [(&attributes, ".gitattributes"), (&blob, "text")] {
        git(&["update-index", "--add", "--cacheinfo", &format!("100644,{id},{name}")]);
    }
    git(&["commit", "-q", "-m", "evil"]);
    // From now on the remote's own configuration is as evil as its content.
    let own = world.upstream().join(".git/config");
    fs::write(&own, fs::read_to_string(&own).unwrap() + &config.replace("hooksPath = hooks", "hooksPath = .git/hooks"))
        .unwrap();
    assert!(!ran.exists());

    let head = world.sync().await.unwrap().head.unwrap();
    let reader = world.reader();
    let Content::File(file) = reader.file(head, &RepoPath::parse("text").unwrap(), 1 << 20).unwrap() else {
        panic!("a submodule")
    };
    assert_eq!(file.bytes, text.as_bytes(), "as it is stored, not as anybody would check it out");
    let parent = reader.commit(head).unwrap().parents[0];
    assert!(!reader.diff(parent, head).unwrap().is_empty());
    assert_eq!(world.sync().await.unwrap().refs_changed, 0);
    world.mirror.tend(everything(), tokio_util::sync::CancellationToken::new()).await.unwrap();
    assert!(!ran.exists());

    let _ = super::support::command(&world.upstream()).args(["diff", "HEAD~1", "--", "text"]).output();
    assert!(ran.exists(), "the trap works");
}

fn everything() -> mirror::TendOptions {
    mirror::TendOptions { max_packs: 0, full_every: std::time::Duration::ZERO, ..mirror::TendOptions::default() }
}

#[tokio::test]
async fn symlinks_in_circles_and_out_of_the_repository_are_texts() {
    let world = World::new().await;
    for (target, name) in [("b", "a"), ("a", "b"), (".", "self"), ("self/self", "twice"), ("/etc/passwd", "out")] {
        std::os::unix::fs::symlink(target, world.upstream().join(name)).unwrap();
    }
    world.commit_all("links");
    let head = world.sync().await.unwrap().head.unwrap();
    let reader = world.reader();
    for (target, name) in [("b", "a"), ("a", "b"), (".", "self"), ("self/self", "twice"), ("/etc/passwd", "out")] {
        match reader.file(head, &RepoPath::parse(name).unwrap(), 100).unwrap() {
            Content::File(file) => assert_eq!((file.kind, file.bytes.as_slice()), (Kind::Symlink, target.as_bytes())),
            Content::Submodule(_) => panic!("a submodule"),
        }
        let below = RepoPath::parse(format!("{name}/readme")).unwrap();
        assert!(matches!(reader.file(head, &below, 100), Err(mirror::ReadError::NotFound)), "{name}");
    }
}

#[tokio::test]
async fn names_that_only_some_file_systems_tell_apart_are_told_apart() {
    let world = World::new().await;
    let names =
        ["README", "ReadMe", "readme", "caf\u{e9}", "cafe\u{301}", "\u{212a}", "K", "k", "con", "aux.txt", "a.", "a "];
    let ids: Vec<String> = names.iter().map(|name| stored(&world, name.as_bytes())).collect();
    let mut entries: Vec<(&str, &[u8], &str)> =
        names.iter().zip(&ids).map(|(name, id)| ("100644", name.as_bytes(), id.as_str())).collect();
    entries.sort_by_key(|(_, name, _)| *name);
    plant(&world, &entries);
    let head = world.sync().await.unwrap().head.unwrap();
    let reader = world.reader();
    let listed = reader.list(head, &RepoPath::root(), Depth::All, TreeLimits::default()).unwrap();
    let listed: Vec<&[u8]> = listed.iter().map(|it| it.path.as_slice()).collect();
    assert_eq!(listed, entries.iter().map(|(_, name, _)| *name).collect::<Vec<_>>());
    for name in names {
        match reader.file(head, &RepoPath::parse(name).unwrap(), 100).unwrap() {
            Content::File(file) => assert_eq!(file.bytes, name.as_bytes()),
            Content::Submodule(_) => panic!("a submodule"),
        }
    }
}

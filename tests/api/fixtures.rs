//! A repository with everything that is hard to mirror: odd names, odd modes, odd content. It is planted once and kept
//! in the build's folder for temporary files, by the digest of this file, so that a change here plants it anew.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};

use sha2::{Digest, Sha256};

/// A commit that exists nowhere: what the submodule's entry names.
pub(crate) const SUBMODULE: &str = "1234567890123456789012345678901234567890";
/// The branch that is the remote's default one.
pub(crate) const BRANCH: &str = "trunk";
/// A branch with a slash in its name; an annotated tag [`TAG`] stands at the same, earlier commit.
pub(crate) const EARLIER_BRANCH: &str = "feature/earlier";
/// See [`EARLIER_BRANCH`].
pub(crate) const TAG: &str = "v1.0";

const LARGE_BINARY: usize = 60 << 20;
const BINARY: &[u8] = b"GIF89a\0\x01\x02 needle \0";
const LFS_POINTER: &str = "version https://git-lfs.github.com/spec/v1\n\
    oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n";
const ATTRIBUTES: &str = "*.foo linguist-language=Python\n/made/** linguist-generated\n/theirs/** linguist-vendored\n\
    /guide/** linguist-documentation\n/marked.txt binary\n";

/// One file of the repository, and what the manifest must say it is.
pub(crate) struct Planted {
    /// Raw bytes, as Git keeps them.
    pub(crate) path: Vec<u8>,
    /// Git's, six octal digits.
    pub(crate) mode: &'static str,
    /// A file's content, a link's target, or nothing for a submodule.
    pub(crate) content: Vec<u8>,
    /// The manifest's `kind`.
    pub(crate) kind: &'static str,
}

impl Planted {
    fn text(path: impl AsRef<[u8]>, content: impl AsRef<[u8]>) -> Self {
        Self::new(path, "100644", content, "text")
    }

    fn new(path: impl AsRef<[u8]>, mode: &'static str, content: impl AsRef<[u8]>, kind: &'static str) -> Self {
        Self { path: path.as_ref().to_vec(), mode, content: content.as_ref().to_vec(), kind }
    }
}

/// The hard repository, bare, on disk.
pub(crate) struct Hard {
    directory: PathBuf,
}

/// The hard repository; planted by the first who asks.
pub(crate) fn hard() -> &'static Hard {
    static HARD: OnceLock<Hard> = OnceLock::new();
    HARD.get_or_init(|| {
        let version = hex(&Sha256::digest(include_str!("fixtures.rs")));
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let directory = folder.join(format!("hard-{}.git", version.get(..12).unwrap_or_default()));
        if !directory.exists() {
            plant(folder, &directory);
        }
        Hard { directory }
    })
}

impl Hard {
    /// What a project is linked to.
    pub(crate) fn url(&self) -> String {
        format!("file://{}", self.directory.display())
    }

    /// A git command in it, ready to be started.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = git(&self.directory);
        command.args(args);
        command
    }

    /// What git says, in bytes.
    pub(crate) fn git(&self, args: &[&str]) -> Vec<u8> {
        let output = self.command(args).output().unwrap();
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    /// The full id of what `name` names.
    pub(crate) fn id(&self, name: &str) -> String {
        String::from_utf8(self.git(&["rev-parse", name])).unwrap().trim().to_owned()
    }
}

/// The same bytes as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

/// Plants it under a name of its own, and gives it its name when it is whole: another test process may do the same.
fn plant(folder: &Path, directory: &Path) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let name = entry.file_name();
        let old = name.to_string_lossy().starts_with("hard-") && entry.path() != *directory;
        if old && entry.path().extension() == Some("git".as_ref()) {
            drop(fs::remove_dir_all(entry.path()));
        }
    }
    let growing = tempfile::Builder::new().prefix("planting-").tempdir_in(folder).unwrap();
    let run = |args: &[&str]| assert!(git(growing.path()).args(args).status().unwrap().success(), "git {args:?}");
    run(&["init", "-q", "--bare", "-b", BRANCH, "."]);
    let mut import = git(growing.path());
    import.args(["-c", "core.compression=1", "fast-import", "--quiet"]).stdin(Stdio::piped());
    let mut import = import.spawn().unwrap();
    import.stdin.take().unwrap().write_all(&stream()).unwrap();
    assert!(import.wait().unwrap().success(), "git fast-import failed");
    // Whoever comes second keeps what is there; both are the same.
    if fs::rename(growing.path(), directory).is_ok() {
        let _moved = growing.keep();
    }
}

/// git without the settings of whoever runs the tests.
#[allow(clippy::disallowed_methods, reason = "the test's own git, not the service's")]
fn git(directory: &Path) -> Command {
    let mut command = Command::new("git");
    command.current_dir(directory).env_clear().env("PATH", std::env::var_os("PATH").unwrap());
    command.env("HOME", "/nonexistent").env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    command
}

/// Two commits, a branch and a tag at the first one, as git-fast-import(1) reads them.
fn stream() -> Vec<u8> {
    let mut stream = Vec::new();
    let who = "Planter <planter@example.com>";
    let earlier = [Planted::text("README.md", "# Before\n"), Planted::text("gone.txt", "only at first\n")];
    commit(&mut stream, &format!("refs/heads/{EARLIER_BRANCH}"), &format!("{who} 1700000000 +0000"), None, &earlier);
    let tag = format!("tag {TAG}\nfrom refs/heads/{EARLIER_BRANCH}\ntagger {who} 1700000001 +0000\ndata 5\nfirst\n");
    stream.extend(tag.bytes());
    let parent = format!("refs/heads/{EARLIER_BRANCH}");
    commit(&mut stream, &format!("refs/heads/{BRANCH}"), &format!("{who} 1700000002 +0000"), Some(&parent), &planted());
    stream
}

fn commit(stream: &mut Vec<u8>, branch: &str, who: &str, parent: Option<&str>, files: &[Planted]) {
    stream.extend(format!("commit {branch}\ncommitter {who}\ndata 5\nplant\n").bytes());
    if let Some(parent) = parent {
        stream.extend(format!("from {parent}\n").bytes());
    }
    stream.extend(b"deleteall\n");
    for file in files {
        let name = quoted(&file.path);
        if file.mode == "160000" {
            stream.extend(format!("M 160000 {SUBMODULE} {name}\n").bytes());
            continue;
        }
        stream.extend(format!("M {} inline {name}\ndata {}\n", file.mode, file.content.len()).bytes());
        stream.extend(&file.content);
        stream.push(b'\n');
    }
}

/// A path as fast-import reads it, every byte that could be misread in octal.
fn quoted(path: &[u8]) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte);
    let shown = |&byte: &u8| if plain(byte) { char::from(byte).to_string() } else { format!("\\{byte:03o}") };
    format!("\"{}\"", path.iter().map(shown).collect::<String>())
}

/// Every file of the head.
pub(crate) fn planted() -> Vec<Planted> {
    let mut files = ordinary();
    files.extend(odd_modes());
    files.extend(odd_names());
    files.extend(odd_content());
    files.extend(marked());
    files.extend(broken());
    files
}

fn ordinary() -> Vec<Planted> {
    let many = "let line = \"needle\";\n".repeat(40);
    vec![
        Planted::text("README.md", "# Hard\n\nA needle in the hay, and a second needle; needleneedle.\n"),
        Planted::text("src/lib.rs", "//! Everything.\n\n/// Adds one.\npub fn add(n: u32) -> u32 {\n    n + 1\n}\n"),
        Planted::text(
            "src/app.py",
            "import os\n\n\nclass App:\n    \"\"\"Runs.\"\"\"\n\n    def run(self):\n        pass\n",
        ),
        Planted::text("src/many.rs", many),
        Planted::text("src/ümläut.md", "é needle ü needle 🌾 needle\n\tneedle after a tab\n"),
        Planted::text("src2/lib.rs", "// A neighbour of `src`: no needle of it is below `src/`.\n"),
    ]
}

fn odd_modes() -> Vec<Planted> {
    let link = |path: &str, target: &str| Planted::new(path, "120000", target, "symlink");
    vec![
        Planted::new("run.sh", "100755", "#!/bin/sh\necho needle\n", "text"),
        Planted::new("script", "100755", "#!/usr/bin/env python3\nprint('by its first line')\n", "text"),
        link("links/file", "../README.md"),
        link("links/folder", "../src"),
        link("links/dangling", "nowhere/at/all"),
        link("links/absolute", "/etc/passwd"),
        link("links/outside", "../../../../../../etc/passwd"),
        link("links/itself", "itself"),
        Planted::new("module", "160000", "", "submodule"),
    ]
}

fn odd_names() -> Vec<Planted> {
    let deep = vec!["d".repeat(199); 5].join("/");
    let long_name = "ö".repeat(1_000);
    let names: [&[u8]; 13] = [
        b"names/caf\xe9.txt",
        b"names/\xff\xfe/in.rs",
        b"names/with space.txt",
        b"names/ leading.txt",
        b"names/new\nline.txt",
        b"names/tab\tand\"quote.txt",
        b"names/back\\slash.txt",
        b"names/percent%2Fsign.txt",
        b"names/question?hash#.txt",
        b"names/-dash.txt",
        b"names/...",
        "names/🌾.txt".as_bytes(),
        "names/e\u{301}.txt".as_bytes(),
    ];
    let mut files: Vec<_> = names.iter().map(|path| Planted::text(path, b"an odd name\n")).collect();
    files.push(Planted::text(format!("{deep}.py"), "x = 'at the end of a long way'\n"));
    files.push(Planted::text(format!("names/{long_name}"), "a name of 1,000 characters\n"));
    files
}

fn odd_content() -> Vec<Planted> {
    let large_text = "one line of a text that is too large\n".repeat((5 << 20) / 37 + 1);
    let late_nul = [vec![b'a'; 9_000], b"\0\n".to_vec()].concat();
    vec![
        Planted::text("empty.txt", ""),
        Planted::text("crlf.py", "def a():\r\n    return 'needle'\r\n"),
        Planted::text("bom.js", "\u{feff}export function bom() { return 1; }\n"),
        Planted::text("no-end.txt", "first\nlast line without an end"),
        Planted::text("latin.txt", b"caf\xe9 is not UTF-8\n"),
        Planted::text("late-nul.txt", late_nul),
        Planted::new("utf16.txt", "100644", b"\xff\xfeh\0i\0", "binary"),
        Planted::new("small.gif", "100644", BINARY, "binary"),
        Planted::new("large.bin", "100644", large_binary(), "binary"),
        Planted::new("model.safetensors", "100644", LFS_POINTER, "lfs"),
        Planted::new("large.txt", "100644", large_text, "too_large"),
    ]
}

/// A little noise, and a lot that compresses well.
fn large_binary() -> Vec<u8> {
    let mut noise = 0x2545_f491_4f6c_dd1d_u64;
    let mut bytes: Vec<u8> = Vec::with_capacity(LARGE_BINARY);
    while bytes.len() < 256 << 10 {
        noise ^= noise << 13;
        noise ^= noise >> 7;
        noise ^= noise << 17;
        bytes.extend(noise.to_le_bytes());
    }
    bytes.resize(LARGE_BINARY, 0);
    bytes
}

fn marked() -> Vec<Planted> {
    vec![
        Planted::text(".gitattributes", ATTRIBUTES),
        Planted::text("theirs/.gitattributes", "ours.c -linguist-vendored\n"),
        Planted::text("python.foo", "def a():\n    pass\n"),
        Planted::text("made/api.rs", "pub fn made() {}\n"),
        Planted::text("theirs/code.c", "int theirs(void) { return 1; }\n"),
        Planted::text("theirs/ours.c", "int ours(void) { return 1; }\n"),
        Planted::text("guide/how.txt", "How to.\n"),
        Planted::text("node_modules/left/index.js", "module.exports = 1;\n"),
        Planted::text("package-lock.json", "{}\n"),
        Planted::new("marked.txt", "100644", "text that is called binary\n", "binary"),
    ]
}

/// Files that no parser takes whole.
fn broken() -> Vec<Planted> {
    let sources = [
        ("rs", "fn whole() {}\nfn broken( { let = ;\n"),
        ("py", "def whole():\n    pass\n\ndef broken(:\n  return (((\n"),
        ("js", "function whole() {}\nfunction broken( { return ]; \n"),
        ("ts", "function whole(): number { return 1 }\ninterface { broken: ; \n"),
        ("tsx", "const whole = () => <b>x</b>;\nfunction broken() { return <a><b></a> \n"),
        ("go", "package a\n\nfunc whole() {}\n\nfunc broken( {\n"),
        ("java", "class Whole { void whole() {} }\nclass Broken { void broken( { \n"),
        ("c", "int whole(void) { return 1; }\nint broken( { return ; \n"),
        ("cpp", "class Whole { int whole(); };\nclass { template< broken( \n"),
    ];
    sources.map(|(extension, source)| Planted::text(format!("broken/broken.{extension}"), source)).into()
}

//! What is known of files from earlier questions makes an answer quicker and never another.

#![allow(clippy::expect_used, reason = "a test that cannot go on should stop")]

use refactor::{Budget, Known, Memory, Nature, Options, Remembered, Rename, Scope, Sources, Target};

const BASE: &str = "class Base:\n    def run(self): ...\n\nclass Other:\n    def run(self): ...\n";
const USER: &str = "from pkg.base import Base as B\n\nclass Child(B):\n    def go(self): return self.run()\n";
const SCRIPT: &str = "export class Base { run() {} }\nnew Base().run();\n";

/// Files whose blobs are named by what they hold.
fn sources(files: &[(&str, &str)]) -> Memory {
    let mut sources = Memory::new(files.iter().map(|(path, text)| (*path, *text)));
    for (path, text) in files {
        sources.describe(path, Nature::Own, text);
    }
    sources
}

fn answer(sources: &dyn Sources, name: &str) -> serde_json::Value {
    let target = Target::Qualified(name.to_owned());
    let wanted = Rename { target, new_name: "renamed".to_owned(), scope: Scope::Project, options: Options::default() };
    match refactor::rename(sources, &wanted, &Budget::unlimited()) {
        Ok(proposal) => serde_json::to_value(proposal).expect("it is plain"),
        Err(error) => error.to_string().into(),
    }
}

/// Asks twice with what is known, and expects what is answered to who knows nothing.
fn same(files: &[(&str, &str)], names: &[&str], known: &Known) {
    let sources = sources(files);
    for name in names.iter().chain(names) {
        assert_eq!(answer(&Remembered::new(&sources, known), name), answer(&sources, name), "{name}");
    }
}

#[test]
fn the_second_answer_is_the_first() {
    let files = [("pkg/__init__.py", ""), ("pkg/base.py", BASE), ("pkg/user.py", USER), ("web/base.ts", SCRIPT)];
    let known = Known::new();
    same(&files, &["pkg.base.Base", "pkg.base.Base.run", "pkg.base.Other.run", "pkg.user.Child.go", "B"], &known);
    assert_eq!(known.text_bytes(), BASE.len() + USER.len() + SCRIPT.len());
}

#[test]
fn a_file_that_changed_is_read_again() {
    let known = Known::new();
    let names = ["pkg.base.Base.run", "pkg.base.Other.run", "pkg.base.Base"];
    let other = USER.replace("import Base", "import Other");
    for user in [USER, &other, "", USER] {
        let files = [("pkg/__init__.py", ""), ("pkg/base.py", BASE), ("pkg/user.py", user)];
        same(&files, &names, &known);
    }
}

#[test]
fn a_file_that_moved_is_found_where_it_lies() {
    let known = Known::new();
    for path in ["pkg/base.py", "old/base.py", "base.py"] {
        same(
            &[("pkg/__init__.py", ""), (path, BASE), ("pkg/user.py", USER)],
            &["Base.run", "Base", "Other.run"],
            &known,
        );
    }
}

#[test]
fn the_same_text_is_another_in_another_language() {
    let known = Known::new();
    let text = "const x = <any>(y);\nconst y = 1;\n";
    for path in ["a.ts", "a.tsx", "a.js", "a.ts"] {
        same(&[(path, text)], &["y", "x"], &known);
    }
}

#[test]
fn many_names_are_found_as_few_are() {
    let join = |line: &dyn Fn(u32) -> String| (0..40).map(line).collect::<Vec<_>>().concat();
    let bases = join(&|n| format!("class C{n}(D{n}):\n    def m{n}(self): self.m{n}().n{n}\n"));
    let uses = join(&|n| format!("from a import C{n}\nC{n}().m{n}().n{n} = C{n}\n"));
    let names: Vec<String> = (0..40).flat_map(|n| [format!("C{n}"), format!("C{n}.m{n}")]).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    same(&[("a.py", &bases), ("b.py", &uses)], &names, &Known::new());
}

#[test]
fn nothing_is_kept_of_a_file_without_a_name() {
    let (known, files) = (Known::new(), Memory::new([("a.py", "x = 1\n"), ("b.ts", "let x = 1;\n")]));
    answer(&Remembered::new(&files, &known), "x");
    assert_eq!(known.text_bytes(), 0);
}

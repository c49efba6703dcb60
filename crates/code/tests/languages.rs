//! Languages by path, content and attributes, against linguist's answers.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

mod tree;

use code::{
    kind::Kind,
    language::{Hint, Language, is_documentation, is_generated, is_vendored},
};
use proptest::prelude::*;
use tree::{Tree, cold, records};

const CASES: &[(&str, &str, Option<&str>)] = &[
    ("a.rs", "fn a() {}", Some("Rust")),
    ("a.rs", "#include <rs_core.rsh>\n#pragma version(1)\n", Some("RenderScript")),
    ("a.py", "", Some("Python")),
    ("a.pyi", "x: int", Some("Python")),
    ("a.js", "a()", Some("JavaScript")),
    ("a.mjs", "a()", Some("JavaScript")),
    ("a.jsx", "a()", Some("JavaScript")),
    ("a.ts", "let a: number", Some("TypeScript")),
    ("a.ts", "<?xml version=\"1.0\"?>\n<!DOCTYPE TS>\n<TS version=\"2.1\">", Some("XML")),
    ("a.tsx", "import React from 'react'", Some("TSX")),
    ("a.tsx", "<?xml version=\"1.0\"?>\n<tileset>", Some("XML")),
    ("a.go", "package a", Some("Go")),
    ("go.mod", "module a", Some("Go Module")),
    ("go.sum", "a v1", Some("Go Checksums")),
    ("A.java", "class A {}", Some("Java")),
    ("a.c", "int a;", Some("C")),
    ("a.h", "int a(void);", Some("C")),
    ("a.h", "#include <vector>\nclass A {};", Some("C++")),
    ("a.h", "@interface A : NSObject\n@end", Some("Objective-C")),
    ("a.hpp", "", Some("C++")),
    ("a.cc", "", Some("C++")),
    ("a.m", "#import <Foundation/Foundation.h>\n@implementation A", Some("Objective-C")),
    ("a.m", "function y = f(x)\n% help\ny = x;", Some("MATLAB")),
    ("a.m", ":- module a.\n:- interface.", Some("Mercury")),
    ("a.mm", "#import <a.h>", Some("Objective-C++")),
    ("a.pl", "use strict;\nmy $a = 1;", Some("Perl")),
    ("a.pl", ":- use_module(library(lists)).\na(X) :- b(X).", Some("Prolog")),
    ("a.v", "Require Import Arith.\nTheorem a : b.\nProof.", Some("Rocq Prover")),
    ("a.v", "module a(input b);\nendmodule", Some("Verilog")),
    ("a.r", "x <- 1", Some("R")),
    ("a.sql", "select 1", Some("SQL")),
    ("a.md", "# a", Some("Markdown")),
    ("a.json", "{}", Some("JSON")),
    ("package.json", "{}", Some("JSON")),
    ("tsconfig.json", "{}", Some("JSON with Comments")),
    (".eslintrc.json", "{}", Some("JSON with Comments")),
    ("Cargo.lock", "", Some("TOML")),
    ("Cargo.toml", "", Some("TOML")),
    ("yarn.lock", "", Some("YAML")),
    ("a.yml", "a: b", Some("YAML")),
    ("Dockerfile", "FROM a", Some("Dockerfile")),
    ("Makefile", "a:\n", Some("Makefile")),
    ("GNUmakefile", "a:\n", Some("Makefile")),
    ("CMakeLists.txt", "", Some("CMake")),
    ("Rakefile", "", Some("Ruby")),
    ("Gemfile", "", Some("Ruby")),
    ("Jenkinsfile", "", Some("Groovy")),
    ("BUILD", "", Some("Starlark")),
    (".gitignore", "", Some("Ignore List")),
    (".bashrc", "", Some("Shell")),
    ("a.sh", "", Some("Shell")),
    ("run", "#!/bin/bash\n", Some("Shell")),
    ("run", "#!/usr/bin/env python3\n", Some("Python")),
    ("run", "#!/usr/bin/env -S node --flag\n", Some("JavaScript")),
    ("run", "#!/usr/bin/ruby2.7\n", Some("Ruby")),
    ("run", "just text", None),
    ("run", "# -*- mode: ruby -*-\n", Some("Ruby")),
    ("a.unknown-extension", "", None),
    ("a.html", "<html>", Some("HTML")),
    ("a.css", "a {}", Some("CSS")),
    ("a.scss", "a {}", Some("SCSS")),
    ("a.vue", "<template>", Some("Vue")),
    ("a.svelte", "<script>", Some("Svelte")),
    ("a.php", "<?php echo 1;", Some("PHP")),
    ("a.php", "<?hh\n", Some("Hack")),
    ("a.cs", "namespace A {}", Some("C#")),
    ("a.fs", "let a = 1\nopen System", Some("F#")),
    ("a.kt", "", Some("Kotlin")),
    ("a.swift", "", Some("Swift")),
    ("a.proto", "", Some("Protocol Buffer")),
    ("A.PY", "", Some("Python")),
    ("a.txt", "", Some("Text")),
    ("LICENSE", "", Some("Text")),
];

#[test]
fn files_are_in_the_language_that_linguist_says() {
    let mut wrong = Vec::new();
    for (path, content, wanted) in CASES {
        let found = Hint::of(path.as_bytes(), None).language(content.as_bytes()).map(|language| language.name.as_str());
        if found != *wanted {
            wrong.push((path, content, wanted, found));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn paths_tell_vendored_documentation_and_generated() {
    for path in ["node_modules/a/b.js", "vendor/a.go", "third_party/a.c", "a/jquery.js", "a.min.js"] {
        assert!(is_vendored(path.as_bytes()), "{path}");
    }
    for path in ["docs/a.rs", "README.md", "a/CHANGELOG", "examples/a.c"] {
        assert!(is_documentation(path.as_bytes()), "{path}");
    }
    for path in ["Cargo.lock", "a/package-lock.json", "a.js.map"] {
        assert!(is_generated(path.as_bytes()), "{path}");
    }
    for path in ["src/main.rs", "src/vendored.rs", "a/doc.rs"] {
        let any = is_vendored(path.as_bytes()) || is_documentation(path.as_bytes()) || is_generated(path.as_bytes());
        assert!(!any, "{path}");
    }
}

#[test]
fn names_are_found_in_any_case_and_by_alias() {
    for (name, wanted) in
        [("rust", "Rust"), ("cpp", "C++"), ("C++", "C++"), ("objective-c", "Objective-C"), ("go-module", "Go Module")]
    {
        assert_eq!(Language::named(name).unwrap().name, wanted);
    }
    assert!(Language::named("no such language").is_none());
}

#[test]
fn attributes_of_the_commit_override_paths_and_content() {
    let tree = Tree::of([
        (
            ".gitattributes",
            "*.in linguist-language=C++\n*.py linguist-generated\n[attr]foreign linguist-vendored linguist-generated=false\n/gen/** foreign\n*.dat binary\ndocs/** -linguist-documentation\n",
        ),
        ("a.in", "int a;"),
        ("b.py", "a = 1"),
        ("data.dat", "text all the same"),
        ("docs/a.md", "# a"),
        ("gen/b.py", "a = 1"),
        ("sub/.gitattributes", "*.py -linguist-generated\nonly.md linguist-language=Text\n"),
        ("sub/b.py", "a = 1"),
        ("sub/deep/only.md", "text"),
        ("sub0/b.py", "a = 1"),
        ("only.md", "text"),
        ("text.bin", "-text alone"),
        ("z/.gitattributes", "*.bin -text\n"),
        ("z/text.bin", "-text alone makes nothing binary"),
    ]);
    let (built, shards) = cold(&tree, 2);
    let files = records(&built, &shards);
    let file = |path: &str| files.iter().find(|file| file.path == path.as_bytes()).unwrap_or_else(|| panic!("{path}"));

    assert_eq!(file("a.in").language.as_deref(), Some("C++"));
    assert!(file("b.py").generated && file("sub0/b.py").generated && !file("sub/b.py").generated);
    assert_eq!((file("data.dat").kind, file("z/text.bin").kind), (Kind::Binary, Kind::Text));
    assert!(file("gen/b.py").vendored && !file("gen/b.py").generated);
    assert!(!file("docs/a.md").documentation);
    assert_eq!(file("sub/deep/only.md").language.as_deref(), Some("Text"));
    assert_eq!(file("only.md").language.as_deref(), Some("Markdown"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_same_path_and_bytes_have_the_same_language(name in "[a-zA-Z.]{1,12}\\.(h|m|pl|v|r|t|ts|fs|cls)", content in ".{0,200}") {
        let answer = || Hint::of(name.as_bytes(), None).language(content.as_bytes()).map(|language| &language.name);
        prop_assert_eq!(answer(), answer());
    }
}

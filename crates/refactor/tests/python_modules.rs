//! Names that go from file to file: imports, re-exports, modules, packages, paths in strings.

mod support;

use support::{Case, asks, safe, told};

fn is(before: &str, new_name: &str, after: &str) {
    safe("m.py", before, new_name, after);
}

#[test]
fn a_function_is_renamed_in_every_file_that_imports_it() {
    is(
        "def <|>f(): ...\n//- a.py\nfrom m import f\nf()\n//- b.py\nimport m\nm.f()\n//- c.py\nimport m as n\nn.f()\n//- d.py\ndef f(): ...\nf()\n",
        "g",
        "def g(): ...\n//- a.py\nfrom m import g\ng()\n//- b.py\nimport m\nm.g()\n//- c.py\nimport m as n\nn.g()\n//- d.py\ndef f(): ...\nf()\n",
    );
}

#[test]
fn an_alias_keeps_its_name() {
    is(
        "def <|>f(): ...\n//- a.py\nfrom m import f as k\nk()\n",
        "g",
        "def g(): ...\n//- a.py\nfrom m import g as k\nk()\n",
    );
    is(
        "def f(): ...\n//- a.py\nfrom m import f as <|>k\nk()\n//- b.py\nfrom a import k\n",
        "g",
        "def f(): ...\n//- a.py\nfrom m import f as g\ng()\n//- b.py\nfrom a import g\n",
    );
}

#[test]
fn a_name_is_followed_through_packages_and_relative_imports() {
    is(
        "//- p/__init__.py\nfrom .a import C\n__all__ = ['C']\n//- p/a.py\nclass <|>C: ...\n//- p/q/__init__.py\n//- p/q/b.py\nfrom ..a import C\nfrom .. import a\na.C\n//- main.py\nimport p\nfrom p import C\np.C\np.a.C\n",
        "D",
        "//- p/__init__.py\nfrom .a import D\n__all__ = ['D']\n//- p/a.py\nclass D: ...\n//- p/q/__init__.py\n//- p/q/b.py\nfrom ..a import D\nfrom .. import a\na.D\n//- main.py\nimport p\nfrom p import D\np.D\np.a.D\n",
    );
}

#[test]
fn a_program_without_an_ending_is_known_by_its_interpreter() {
    for line in ["#!/usr/bin/env python3", "#! /usr/bin/python3.11 -u", "#!/usr/bin/env -S A=1 pypy3"] {
        is(
            &format!("def <|>f(): ...\n//- run\n{line}\nfrom m import f\nf()\n"),
            "g",
            &format!("def g(): ...\n//- run\n{line}\nfrom m import g\ng()\n"),
        );
    }
    let shell = "//- run\n#!/bin/sh\necho f\n//- notes\nf\n";
    is(&format!("def <|>f(): ...\n{shell}"), "g", &format!("def g(): ...\n{shell}"));
}

#[test]
fn a_module_that_its_package_imports_is_found_there() {
    let package = |stub: &str, name: &str| {
        format!(
            "//- p/__init__.py\nfrom . import a\nfrom .b import c\n{stub}//- p/a.py\ndef {name}(): ...\n//- p/b.py\nfrom . import a, c\na.{}()\nc.k()\n//- p/c.py\ndef k(): ...\n//- main.py\nimport p\nfrom p import a, c\na.{}()\np.a.{}()\nc.k()\n",
            name.trim_start_matches("<|>"),
            name.trim_start_matches("<|>"),
            name.trim_start_matches("<|>"),
        )
    };
    is(&package("", "<|>f"), "g", &package("", "g"));
    let stub = "//- p/__init__.pyi\nfrom . import a as a, c as c\n";
    is(&package(stub, "<|>f"), "g", &package(stub, "g"));
    let circle = |name: &str| {
        format!(
            "//- p/__init__.py\nfrom .b import c\n//- p/b.py\nfrom . import c\nc.{}()\n//- p/c.py\ndef {name}(): ...\n//- main.py\nfrom p import c\nc.{}()\n",
            name.trim_start_matches("<|>"),
            name.trim_start_matches("<|>"),
        )
    };
    is(&circle("<|>k"), "g", &circle("g"));
}

#[test]
fn a_module_that_nobody_knows_the_import_of_is_asked_about() {
    asks(
        "a.py",
        "def <|>f(): ...\n//- p/__init__.py\n//- b.py\nfrom p import a\na.f()\n",
        "g",
        "def g(): ...\n//- p/__init__.py\n//- b.py\nfrom p import a\na.f()\n",
        &["unknown_receiver"],
    );
}

#[test]
fn a_star_brings_public_names_or_those_that_are_listed() {
    is(
        "def <|>f(): ...\ndef _g(): ...\n//- a.py\nfrom m import *\nf()\n_g\n",
        "h",
        "def h(): ...\ndef _g(): ...\n//- a.py\nfrom m import *\nh()\n_g\n",
    );
    is(
        "__all__ = ['g']\ndef <|>f(): ...\ndef g(): ...\n//- a.py\nfrom m import *\nf\ng\n",
        "h",
        "__all__ = ['g']\ndef h(): ...\ndef g(): ...\n//- a.py\nfrom m import *\nf\ng\n",
    );
}

#[test]
fn sources_below_src_are_found() {
    is(
        "//- src/p/__init__.py\n//- src/p/a.py\ndef <|>f(): ...\n//- tests/test_a.py\nfrom p.a import f\nimport p.a\np.a.f()\n",
        "g",
        "//- src/p/__init__.py\n//- src/p/a.py\ndef g(): ...\n//- tests/test_a.py\nfrom p.a import g\nimport p.a\np.a.g()\n",
    );
}

#[test]
fn packages_without_init_are_packages() {
    is(
        "//- n/a.py\ndef <|>f(): ...\n//- main.py\nimport n.a\nfrom n.a import f\nn.a.f\n",
        "g",
        "//- n/a.py\ndef g(): ...\n//- main.py\nimport n.a\nfrom n.a import g\nn.a.g\n",
    );
}

#[test]
fn a_fallback_for_an_import_is_the_same_name() {
    is(
        "def <|>f(): ...\n//- a.py\ntry:\n    from m import f\nexcept ImportError:\n    f = None\nf\n",
        "g",
        "def g(): ...\n//- a.py\ntry:\n    from m import g\nexcept ImportError:\n    g = None\ng\n",
    );
}

#[test]
fn a_stand_in_for_a_librarys_name_gets_an_alias() {
    is(
        "try:\n    from json import loads\nexcept ImportError:\n    def <|>loads(s): ...\nloads(1)\n",
        "parse",
        "try:\n    from json import loads as parse\nexcept ImportError:\n    def parse(s): ...\nparse(1)\n",
    );
}

#[test]
fn a_module_that_stands_in_for_another_keeps_its_own_name() {
    safe(
        "m.py",
        "try:\n    import ujson as <|>json\nexcept ImportError:\n    import json\njson.dumps([])\n",
        "js",
        "try:\n    import ujson as js\nexcept ImportError:\n    import json as js\njs.dumps([])\n",
    );
    asks(
        "m.py",
        "try:\n    import quick as <|>os\nexcept ImportError:\n    import os.path\nos.path\n",
        "system",
        "try:\n    import quick as system\nexcept ImportError:\n    import os.path\nsystem.path\n",
        &["several_imports"],
    );
}

#[test]
fn imports_that_do_not_agree_are_for_review() {
    asks(
        "m.py",
        "def <|>f(): ...\n//- n.py\ndef f(): ...\n//- a.py\ntry:\n    from m import f\nexcept ImportError:\n    from n import f\nf()\n",
        "g",
        "def g(): ...\n//- n.py\ndef f(): ...\n//- a.py\ntry:\n    from m import f\nexcept ImportError:\n    from n import f\nf()\n",
        &["several_imports", "several_imports", "several_imports"],
    );
}

#[test]
fn circular_imports_end() {
    is(
        "from a import g\ndef <|>f(): ...\n//- a.py\nfrom m import f\ndef g(): f()\n",
        "h",
        "from a import g\ndef h(): ...\n//- a.py\nfrom m import h\ndef g(): h()\n",
    );
    is(
        "from a import x\n<|>y = 1\n//- a.py\nfrom m import x\n",
        "z",
        "from a import x\nz = 1\n//- a.py\nfrom m import x\n",
    );
}

#[test]
fn a_module_moves_with_its_name() {
    is(
        "//- p/__init__.py\n//- p/a.py\nx = 1\n//- p/b.py\nfrom . import <|>a\nfrom .a import x\na.x\n//- main.py\nimport p.a\nimport p.a as q\nfrom p import a\np.a.x\na.x\n",
        "c",
        "//- p/__init__.py\n//- p/c.py\nx = 1\n//- p/b.py\nfrom . import c\nfrom .c import x\nc.x\n//- main.py\nimport p.c\nimport p.c as q\nfrom p import c\np.c.x\nc.x\n",
    );
}

#[test]
fn a_package_moves_with_all_that_is_in_it() {
    is(
        "//- <|>none.py\n//- p/__init__.py\n//- p/data.txt\nq\n//- p/q/__init__.py\ny = 1\n//- p/q/z.py\n//- main.py\nimport p.<|>q.z\nfrom p.q import y\np.q.y\n",
        "r",
        "//- <|>none.py\n//- p/__init__.py\n//- p/data.txt\nq\n//- p/r/__init__.py\ny = 1\n//- p/r/z.py\n//- main.py\nimport p.r.z\nfrom p.r import y\np.r.y\n",
    );
}

#[test]
fn a_module_does_not_take_anothers_place() {
    asks(
        "m.py",
        "x = 1\n//- n.py\n//- a.py\nimport <|>m\n",
        "n",
        "//- a.py\nimport n\n//- n.py\nx = 1\n",
        &["file_exists", "module_exists"],
    );
}

#[test]
fn paths_in_strings_that_lead_here_follow() {
    is(
        "//- p/__init__.py\n//- p/a.py\ndef <|>f(): ...\n//- t.py\nfrom unittest import mock\nmock.patch('p.a.f')\nAPPS = ['p.a.f', 'p.a', 'x.a.f']\n",
        "g",
        "//- p/__init__.py\n//- p/a.py\ndef g(): ...\n//- t.py\nfrom unittest import mock\nmock.patch('p.a.g')\nAPPS = ['p.a.g', 'p.a', 'x.a.f']\n",
    );
}

#[test]
fn a_short_path_in_a_string_is_for_review() {
    asks(
        "m.py",
        "<|>name = 1\n//- a.py\nkey = 'm.name'\n",
        "title",
        "title = 1\n//- a.py\nkey = 'm.name'\n",
        &["dotted_string"],
    );
}

#[test]
fn a_stub_is_one_with_its_module() {
    is(
        "def <|>f(): ...\nclass C:\n    def g(self): ...\n//- m.pyi\ndef f() -> None: ...\nclass C:\n    def g(self) -> None: ...\n//- a.py\nfrom m import f\n",
        "h",
        "def h(): ...\nclass C:\n    def g(self): ...\n//- m.pyi\ndef h() -> None: ...\nclass C:\n    def g(self) -> None: ...\n//- a.py\nfrom m import h\n",
    );
}

#[test]
fn a_module_that_is_passed_on_is_asked_by_nobody_knows_whom() {
    asks(
        "m.py",
        "def <|>f(): ...\n//- a.py\nimport m\ndef run(x):\n    x.f()\nrun(m)\n",
        "g",
        "def g(): ...\n//- a.py\nimport m\ndef run(x):\n    x.f()\nrun(m)\n",
        &["unknown_receiver"],
    );
    is(
        "def <|>f(): ...\n//- a.py\nimport m\ndef run(x):\n    x.f()\nrun(m.f)\n",
        "g",
        "def g(): ...\n//- a.py\nimport m\ndef run(x):\n    x.f()\nrun(m.g)\n",
    );
}

#[test]
fn what_is_of_a_library_is_refused() {
    for (text, code) in [
        ("import os\nos.<|>path\n", "third_party"),
        ("from json import <|>loads\n", "third_party"),
        ("<|>len([])\n", "builtin"),
        ("class C:\n    def <|>__init__(self): ...\n", "special_name"),
    ] {
        let found = Case::new(text, "m.py").look().map(|view| view.refusal.map(|refusal| refusal.code));
        assert!(matches!(found, Ok(Some(found)) if found == code), "{text}: {found:?}");
    }
}

#[test]
fn what_is_no_name_is_refused() {
    for text in ["<|>if 1: pass\n", "x = '<|>x'\n", "x = <|>12\n", "x = 1 <|>\n\n", "# <|>x\n", "x <|> = 1\n"] {
        let found = Case::new(text, "m.py").look();
        assert!(found.is_err(), "{text}: {found:?}");
    }
}

#[test]
fn a_file_that_is_broken_is_told_and_the_rest_renamed() {
    let case = Case::new("def <|>f(): ...\n//- a.py\nfrom m import f\ndef (:\nf()\n", "m.py");
    let outcome = case.try_rename("g", refactor::Options::default());
    let outcome = outcome.unwrap_or_else(|error| unreachable!("there is a proposal: {error}"));
    assert_eq!(outcome.proposal.unparsed.len(), 1, "{}", told(&outcome.proposal));
    assert!(outcome.after.contains("from m import g"), "{}", told(&outcome.proposal));
}

#[test]
fn deep_nesting_is_told_and_the_rest_renamed() {
    for deep in ["(".repeat(50_000), "x = ".to_owned() + &"-".repeat(50_000) + "1", format!("x{}", ".f".repeat(50_000))]
    {
        let text = format!("def <|>f(): ...\n//- a.py\nfrom m import f\n{deep}\n");
        let outcome = Case::new(&text, "m.py").try_rename("g", refactor::Options::default());
        let outcome = outcome.unwrap_or_else(|error| unreachable!("there is a proposal: {error}"));
        assert_eq!(outcome.proposal.unparsed.len(), 1);
    }
}

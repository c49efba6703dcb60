//! Go: scopes and blocks, packages, imports, labels.

#![allow(clippy::expect_used, reason = "a test that cannot go on should stop")]

mod support;

use refactor::Options;
use support::{Case, asks, safe};

/// Renames in one file.
fn one(before: &str, new_name: &str, after: &str) {
    safe("a.go", &format!("package a\n{before}"), new_name, &format!("package a\n{after}"));
}

/// The code that a refusal carries.
fn refused(before: &str) -> String {
    let view = Case::new(before, "a.go").look().expect("there is a name");
    view.refusal.expect("it is refused").code.to_owned()
}

#[test]
fn a_variable_is_renamed_in_its_block_and_those_within() {
    one(
        "func f() {\n\t<|>x := 1\n\tif x > 0 {\n\t\tx++\n\t\tg(x)\n\t}\n}\nfunc g(x int) { _ = x }\n",
        "y",
        "func f() {\n\ty := 1\n\tif y > 0 {\n\t\ty++\n\t\tg(y)\n\t}\n}\nfunc g(x int) { _ = x }\n",
    );
}

#[test]
fn a_variable_of_an_inner_block_is_another_one() {
    one(
        "func f() {\n\t<|>x := 1\n\t{\n\t\tx := x + 1\n\t\t_ = x\n\t}\n\t_ = x\n}\n",
        "y",
        "func f() {\n\ty := 1\n\t{\n\t\tx := y + 1\n\t\t_ = x\n\t}\n\t_ = y\n}\n",
    );
}

#[test]
fn a_short_declaration_assigns_to_what_its_block_declares() {
    one(
        "func f() {\n\t<|>a, err := g()\n\tb, err := g()\n\ta, c := g()\n\t_, _, _, _ = a, b, c, err\n}\n",
        "z",
        "func f() {\n\tz, err := g()\n\tb, err := g()\n\tz, c := g()\n\t_, _, _, _ = z, b, c, err\n}\n",
    );
    one(
        "func f() {\n\tif <|>v, ok := g(); ok {\n\t\t_ = v\n\t} else if v == 2 {\n\t}\n\tv := 1\n\t_ = v\n}\n",
        "w",
        "func f() {\n\tif w, ok := g(); ok {\n\t\t_ = w\n\t} else if w == 2 {\n\t}\n\tv := 1\n\t_ = v\n}\n",
    );
}

#[test]
fn parameters_and_results_are_seen_in_the_body_only() {
    one(
        "type s int\nfunc f(<|>s s, n int) (r s) {\n\tr = s\n\treturn\n}\n",
        "t",
        "type s int\nfunc f(t s, n int) (r s) {\n\tr = t\n\treturn\n}\n",
    );
    one(
        "func f() (<|>err error) {\n\terr = nil\n\treturn err\n}\n",
        "e",
        "func f() (e error) {\n\te = nil\n\treturn e\n}\n",
    );
}

#[test]
fn loops_and_closures_have_scopes_of_their_own() {
    one(
        "func f(xs []int) {\n\tfor i, <|>x := range xs {\n\t\tfunc() { _ = x + i }()\n\t}\n\tfor x := 0; x < 3; x++ {\n\t}\n}\n",
        "y",
        "func f(xs []int) {\n\tfor i, y := range xs {\n\t\tfunc() { _ = y + i }()\n\t}\n\tfor x := 0; x < 3; x++ {\n\t}\n}\n",
    );
}

#[test]
fn the_name_of_a_type_switch_is_one_in_all_its_cases() {
    one(
        "func f(v any) {\n\tswitch <|>x := v.(type) {\n\tcase int:\n\t\t_ = x + 1\n\tcase string, nil:\n\t\t_ = x\n\tdefault:\n\t\t_ = x\n\t}\n}\n",
        "y",
        "func f(v any) {\n\tswitch y := v.(type) {\n\tcase int:\n\t\t_ = y + 1\n\tcase string, nil:\n\t\t_ = y\n\tdefault:\n\t\t_ = y\n\t}\n}\n",
    );
}

#[test]
fn cases_of_select_declare_for_themselves() {
    one(
        "func f(c chan int) {\n\tselect {\n\tcase <|>x, ok := <-c:\n\t\t_, _ = x, ok\n\tcase x := <-c:\n\t\t_ = x\n\t}\n}\n",
        "y",
        "func f(c chan int) {\n\tselect {\n\tcase y, ok := <-c:\n\t\t_, _ = y, ok\n\tcase x := <-c:\n\t\t_ = x\n\t}\n}\n",
    );
}

#[test]
fn labels_are_names_of_their_own() {
    one(
        "func f(x int) {\n<|>x:\n\tfor {\n\t\tif x > 1 {\n\t\t\tbreak x\n\t\t}\n\t\tcontinue x\n\t}\n}\n",
        "y",
        "func f(x int) {\ny:\n\tfor {\n\t\tif x > 1 {\n\t\t\tbreak y\n\t\t}\n\t\tcontinue y\n\t}\n}\n",
    );
}

#[test]
fn type_parameters_are_renamed_with_their_uses() {
    one(
        "func f[<|>T any](xs []T) (r T) {\n\tvar t T\n\t_ = t\n\treturn\n}\ntype T int\n",
        "E",
        "func f[E any](xs []E) (r E) {\n\tvar t E\n\t_ = t\n\treturn\n}\ntype T int\n",
    );
    one(
        "type List[T any] struct{ v T }\nfunc (l *List[<|>K]) get() K { return l.v.(K) }\n",
        "E",
        "type List[T any] struct{ v T }\nfunc (l *List[E]) get() E { return l.v.(E) }\n",
    );
}

#[test]
fn a_rename_that_captures_or_is_captured_is_a_conflict() {
    asks(
        "a.go",
        "package a\nfunc f() {\n\t<|>x := 1\n\t{\n\t\ty := 2\n\t\t_, _ = x, y\n\t}\n}\n",
        "y",
        "package a\nfunc f() {\n\ty := 1\n\t{\n\t\ty := 2\n\t\t_, _ = y, y\n\t}\n}\n",
        &["is_shadowed"],
    );
    asks(
        "a.go",
        "package a\nvar y = 1\nfunc f() {\n\t<|>x := 1\n\t_, _ = x, y\n}\n",
        "y",
        "package a\nvar y = 1\nfunc f() {\n\ty := 1\n\t_, _ = y, y\n}\n",
        &["shadows"],
    );
    asks("a.go", "package a\nfunc f(<|>x, y int) {}\n", "y", "package a\nfunc f(y, y int) {}\n", &["shadows"]);
    asks(
        "a.go",
        "package a\nfunc f(s []int) {\n\t<|>n := len(s)\n\t_ = n + len(s)\n}\n",
        "len",
        "package a\nfunc f(s []int) {\n\tlen := len(s)\n\t_ = len + len(s)\n}\n",
        &["shadows"],
    );
}

#[test]
fn a_name_of_a_package_is_one_in_all_its_files_whatever_their_build_tags() {
    safe(
        "p/a.go",
        "package p\nfunc Use() { <|>run() }\n//- p/a_linux.go\npackage p\nfunc run() {}\n//- p/a_windows.go\n//go:build windows\n\npackage p\nfunc run() {}\n//- p/a_test.go\npackage p\nfunc check() { run() }\n//- p/x_test.go\npackage p_test\nfunc run() {}\nvar _ = run\n//- q/q.go\npackage q\nfunc run() {}\n",
        "start",
        "package p\nfunc Use() { start() }\n//- p/a_linux.go\npackage p\nfunc start() {}\n//- p/a_windows.go\n//go:build windows\n\npackage p\nfunc start() {}\n//- p/a_test.go\npackage p\nfunc check() { start() }\n//- p/x_test.go\npackage p_test\nfunc run() {}\nvar _ = run\n//- q/q.go\npackage q\nfunc run() {}\n",
    );
}

#[test]
fn imports_lead_to_packages_by_the_modules_path() {
    safe(
        "go.mod",
        "module example.com/m\n\ngo 1.22\n//- p/p.go\npackage p\n\nfunc <|>Run() {}\n\ntype Run2 int\n//- q/q.go\npackage q\n\nimport \"example.com/m/p\"\n\nvar _ = p.Run\n//- r/r.go\npackage r\n\nimport (\n\tother \"example.com/m/p\"\n\t\"example.com/x/p\"\n)\n\nfunc Run() { other.Run(); p.Run() }\n//- s/s.go\npackage s\n\nimport . \"example.com/m/p\"\n\nvar _ = Run\n",
        "Start",
        "module example.com/m\n\ngo 1.22\n//- p/p.go\npackage p\n\nfunc Start() {}\n\ntype Run2 int\n//- q/q.go\npackage q\n\nimport \"example.com/m/p\"\n\nvar _ = p.Start\n//- r/r.go\npackage r\n\nimport (\n\tother \"example.com/m/p\"\n\t\"example.com/x/p\"\n)\n\nfunc Run() { other.Start(); p.Run() }\n//- s/s.go\npackage s\n\nimport . \"example.com/m/p\"\n\nvar _ = Start\n",
    );
}

#[test]
fn a_package_may_be_called_otherwise_than_its_folder() {
    safe(
        "go.mod",
        "module m\n//- go-p/p.go\n// Package lib does it.\npackage lib\n\nfunc <|>Run() {}\n//- q/q.go\npackage q\n\nimport \"m/go-p\"\n\nfunc f() { lib.Run() }\n",
        "Start",
        "module m\n//- go-p/p.go\n// Package lib does it.\npackage lib\n\nfunc Start() {}\n//- q/q.go\npackage q\n\nimport \"m/go-p\"\n\nfunc f() { lib.Start() }\n",
    );
}

#[test]
fn the_name_of_an_import_is_one_of_its_file() {
    safe(
        "go.mod",
        "module m\n//- p/p.go\npackage p\n\nfunc Run() {}\n//- q/q.go\npackage q\n\nimport <|>x \"m/p\"\n\nfunc f() { x.Run(); { x := 1; _ = x } }\n//- q/r.go\npackage q\n\nimport x \"m/p\"\n\nvar _ = x.Run\n",
        "y",
        "module m\n//- p/p.go\npackage p\n\nfunc Run() {}\n//- q/q.go\npackage q\n\nimport y \"m/p\"\n\nfunc f() { y.Run(); { x := 1; _ = x } }\n//- q/r.go\npackage q\n\nimport x \"m/p\"\n\nvar _ = x.Run\n",
    );
}

#[test]
fn a_name_that_others_use_may_not_become_small() {
    asks(
        "go.mod",
        "module m\n//- p/p.go\npackage p\n\nfunc <|>Run() {}\n//- q/q.go\npackage q\n\nimport \"m/p\"\n\nvar _ = p.Run\n",
        "run",
        "module m\n//- p/p.go\npackage p\n\nfunc run() {}\n//- q/q.go\npackage q\n\nimport \"m/p\"\n\nvar _ = p.run\n",
        &["is_shadowed"],
    );
}

#[test]
fn a_name_of_a_package_may_not_be_that_of_an_import_or_of_another() {
    asks(
        "a.go",
        "package a\nfunc <|>run() {}\n//- b.go\npackage a\n\nimport \"fmt\"\n\nvar _ = fmt.Sprint\n",
        "fmt",
        "package a\nfunc fmt() {}\n//- b.go\npackage a\n\nimport \"fmt\"\n\nvar _ = fmt.Sprint\n",
        &["import_exists"],
    );
    asks(
        "a.go",
        "package a\nfunc <|>run() {}\n//- b.go\npackage a\nfunc start() {}\n",
        "start",
        "package a\nfunc start() {}\n//- b.go\npackage a\nfunc start() {}\n",
        &["shadows"],
    );
}

#[test]
fn without_a_module_a_package_from_a_host_cannot_be_told() {
    asks(
        "p/p.go",
        "package p\nfunc <|>Run() {}\n//- q/q.go\npackage q\n\nimport \"example.com/other\"\n\nvar _ = other.Run\n",
        "Start",
        "package p\nfunc Start() {}\n//- q/q.go\npackage q\n\nimport \"example.com/other\"\n\nvar _ = other.Run\n",
        &["package_unknown"],
    );
}

#[test]
fn constants_types_and_functions_within_functions_are_local() {
    one(
        "const <|>k = 1\nfunc f() int {\n\tif k > 0 {\n\t\treturn k\n\t}\n\tconst k = k + 1\n\ttype T [k]int\n\treturn k\n}\n",
        "n",
        "const n = 1\nfunc f() int {\n\tif n > 0 {\n\t\treturn n\n\t}\n\tconst k = n + 1\n\ttype T [k]int\n\treturn k\n}\n",
    );
}

#[test]
fn comments_and_strings_are_mentions_and_directives_are_for_review() {
    one(
        "// run runs.\nfunc <|>run() {} // run\n\nvar _ = \"run\" + `run`\n",
        "start",
        "// run runs.\nfunc start() {} // run\n\nvar _ = \"run\" + `run`\n",
    );
    asks(
        "a.go",
        "package a\n\nimport _ \"unsafe\"\n\n//go:linkname run runtime.run\nfunc <|>run() {}\n",
        "start",
        "package a\n\nimport _ \"unsafe\"\n\n//go:linkname run runtime.run\nfunc start() {}\n",
        &["directive", "directive"],
    );
}

#[test]
fn what_is_not_declared_here_is_refused() {
    assert_eq!(refused("package a\nvar _ = <|>len(\"\")\n"), "builtin");
    assert_eq!(refused("package a\nimport \"fmt\"\nvar _ = fmt.<|>Sprint\n"), "third_party");
    assert_eq!(refused("package a\nimport \"fmt\"\nvar _ = <|>fmt.Sprint\n"), "third_party");
    assert_eq!(refused("package main\nfunc <|>main() {}\n"), "special_name");
    assert_eq!(refused("package <|>a\n"), "package");
}

#[test]
fn what_is_no_name_is_not_found() {
    for text in [
        "<|>package a\n",
        "package a\n<|>\n",
        "package a\n// <|>x\n",
        "package a\nvar _ = \"<|>x\"\n",
        "package a\nvar x = <|>1\n",
        "package a\nvar <|>_ = 1\n",
        "package a\nvar x = <|>nil\n",
    ] {
        assert!(Case::new(text, "a.go").look().is_err(), "{text}");
    }
}

#[test]
fn names_that_the_language_does_not_allow_are_refused() {
    for name in ["", "1x", "a-b", "func", "_", "nil", "init"] {
        let case = Case::new("package a\nvar <|>x = 1\n", "a.go");
        assert!(case.try_rename(name, Options::default()).is_err(), "{name}");
    }
}

#[test]
fn a_symbol_is_found_by_its_path() {
    let files = [
        ("go.mod", "module m\n"),
        ("p/q/q.go", "package q\ntype T struct{ F int }\nfunc (t *T) Run() {}\nfunc Run() {}\n"),
    ];
    for name in ["q.T.Run", "p/q.T.Run", "T.F", "q.Run", "T"] {
        let target = refactor::Target::Qualified(name.to_owned());
        let found = refactor::look(&refactor::Memory::new(files), &target, &refactor::Budget::unlimited());
        assert!(found.as_ref().is_ok_and(|it| it.qualified_name.ends_with(name)), "{name}: {found:?}");
    }
}

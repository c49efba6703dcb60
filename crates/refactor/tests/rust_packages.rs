//! Rust: packages, files, configurations, macros, documentation.

#![cfg(feature = "rust")]
#![allow(clippy::panic, reason = "a test that cannot go on should stop")]

mod support;

use refactor::Unresolved;
use support::{Case, asks, safe};

const LIB: &str = "src/lib.rs";
const MANIFEST: &str = "//- Cargo.toml\n[package]\nname = \"one\"\nedition = \"2021\"\n[features]\nstd = []\n";

fn packaged(text: &str) -> String {
    format!("{text}{MANIFEST}")
}

#[test]
fn a_name_is_followed_into_tests_programs_and_other_members() {
    let rest = "//- Cargo.toml\n[workspace]\nmembers = [\"*\"]\n//- a/Cargo.toml\n[package]\nname = \"a-one\"\nedition = \"2021\"\n\
                //- b/Cargo.toml\n[package]\nname = \"b\"\n[dependencies]\na-one = { path = \"../a\" }\n";
    let files = |name: &str, cursor: &str| {
        format!(
            "pub fn {name}{cursor}() {{}}\n//- a/src/main.rs\nfn main() {{ a_one::{name}(); }}\n//- a/tests/t.rs\nuse a_one::{name};\n\
             #[test]\nfn t() {{ {name}(); }}\n//- b/src/lib.rs\nextern crate a_one;\nfn g() {{ ::a_one::{name}(); }}\nfn f() {{}}\n{rest}"
        )
    };
    safe("a/src/lib.rs", &files("f", "<|>"), "new", &files("new", ""));
}

#[test]
fn a_module_takes_its_files_along() {
    safe(
        LIB,
        &packaged(
            "mod part<|>;\nuse part::deep::f;\n//- src/part.rs\npub mod deep;\n//- src/part/deep.rs\npub fn f() { crate::part::deep::f() }\n",
        ),
        "piece",
        &packaged(
            "mod piece;\nuse piece::deep::f;\n//- src/piece.rs\npub mod deep;\n//- src/piece/deep.rs\npub fn f() { crate::piece::deep::f() }\n",
        ),
    );
    safe(
        LIB,
        &packaged("mod part;\nfn g() { part<|>::f() }\n//- src/part/mod.rs\npub fn f() {}\n"),
        "piece",
        &packaged("mod piece;\nfn g() { piece::f() }\n//- src/piece/mod.rs\npub fn f() {}\n"),
    );
}

#[test]
fn a_path_through_a_folder_that_moves_is_a_conflict() {
    let files = |name: &str, cursor: &str| {
        packaged(&format!(
            "mod {name}{cursor};\nconst A: &str = include_str!(\"part/a.txt\");\n//- src/{name}.rs\nmod b;\n//- src/{name}/b.rs\n\n"
        ))
    };
    asks(LIB, &files("part", "<|>"), "piece", &files("piece", ""), &["path_in_text"]);
}

#[test]
fn what_the_linker_knows_by_name_is_a_conflict() {
    asks(LIB, "extern \"C\" { fn f<|>(); }\n", "g", "extern \"C\" { fn g(); }\n", &["seen_elsewhere"]);
    asks(LIB, "#[no_mangle]\npub fn f<|>() {}\n", "g", "#[no_mangle]\npub fn g() {}\n", &["seen_elsewhere"]);
}

#[test]
fn a_module_whose_path_is_given_keeps_its_file() {
    safe(
        LIB,
        &packaged("#[path = \"odd.rs\"]\nmod part<|>;\nfn g() { part::f() }\n//- src/odd.rs\npub fn f() {}\n"),
        "piece",
        &packaged("#[path = \"odd.rs\"]\nmod piece;\nfn g() { piece::f() }\n//- src/odd.rs\npub fn f() {}\n"),
    );
}

#[test]
fn definitions_for_several_configurations_are_renamed_together() {
    let files = |name: &str, cursor: &str| {
        packaged(&format!(
            "#[cfg(feature = \"std\")]\nfn {name}{cursor}() {{}}\n#[cfg(not(feature = \"std\"))]\nfn {name}() {{}}\nfn g() {{ {name}() }}\n"
        ))
    };
    safe(LIB, &files("f", "<|>"), "new", &files("new", ""));
}

#[test]
fn code_that_an_unusual_switch_turns_on_is_read_too() {
    safe(
        LIB,
        "fn f<|>() {}\n#[cfg(loom)]\nfn g() { f() }\n#[cfg(test)]\nmod tests { use super::*; #[test] fn t() { f() } }\n",
        "new",
        "fn new() {}\n#[cfg(loom)]\nfn g() { new() }\n#[cfg(test)]\nmod tests { use super::*; #[test] fn t() { new() } }\n",
    );
}

#[test]
fn a_name_that_means_one_thing_or_another_is_for_review() {
    let text = |cursor: &str| {
        packaged(&format!(
            "mod a {{ pub fn f{cursor}() {{}} }}\nmod b {{ pub fn f() {{}} }}\n#[cfg(feature = \"std\")]\nuse a::*;\n#[cfg(not(feature = \"std\"))]\nuse b::*;\nfn g() {{ f() }}\n"
        ))
    };
    let after = packaged(
        "mod a { pub fn new() {} }\nmod b { pub fn f() {} }\n#[cfg(feature = \"std\")]\nuse a::*;\n#[cfg(not(feature = \"std\"))]\nuse b::*;\nfn g() { f() }\n",
    );
    asks(LIB, &text("<|>"), "new", &after, &["differs_by_configuration"]);
}

#[test]
fn what_only_a_macro_knows_is_for_review() {
    asks(
        LIB,
        "fn f<|>() {}\nmacro_rules! m { () => { f() } }\nfn g() { other::call!(f); }\n",
        "new",
        "fn new() {}\nmacro_rules! m { () => { f() } }\nfn g() { other::call!(f); }\n",
        &["macro_argument", "macro_body"],
    );
    asks(
        LIB,
        "#[derive(Serialize)]\nstruct S { f<|>: u8 }\n",
        "new",
        "#[derive(Serialize)]\nstruct S { new: u8 }\n",
        &["seen_elsewhere"],
    );
    asks(
        LIB,
        "fn f<|>() -> u8 { 1 }\n#[other(default = \"f\", call = f)]\nstruct S;\n",
        "new",
        "fn new() -> u8 { 1 }\n#[other(default = \"f\", call = f)]\nstruct S;\n",
        &["attribute", "attribute"],
    );
}

#[test]
fn a_local_is_not_disturbed_by_macros_that_cannot_see_it() {
    safe(
        LIB,
        "fn f(a<|>: u8) -> u8 { a }\nfn g(x: X) { other::call!(a); x.a(); x.a; let _ = other::a; }\n",
        "b",
        "fn f(b: u8) -> u8 { b }\nfn g(x: X) { other::call!(a); x.a(); x.a; let _ = other::a; }\n",
    );
    asks(
        LIB,
        "fn f(a<|>: u8) { other::call!(\"{a}\"); }\n",
        "b",
        "fn f(b: u8) { other::call!(\"{a}\"); }\n",
        &["macro_argument"],
    );
}

#[test]
fn a_member_lists_calls_on_what_is_not_known() {
    asks(
        LIB,
        "struct S;\nimpl S { fn m<|>(&self) {} }\nfn f(s: S, x: other::X) { s.m(); x.m(); x.m; }\n",
        "n",
        "struct S;\nimpl S { fn n(&self) {} }\nfn f(s: S, x: other::X) { s.n(); x.m(); x.m; }\n",
        &["unknown_type"],
    );
}

#[test]
fn links_and_examples_in_documentation_are_names() {
    safe(
        LIB,
        &packaged(
            "/// Like [`f`], or [this](self::f()), not f.\n///\n/// ```\n/// one::f();\n/// let f = 1; // f\n/// ```\npub fn f<|>() {}\n",
        ),
        "new",
        &packaged(
            "/// Like [`new`], or [this](self::new()), not f.\n///\n/// ```\n/// one::new();\n/// let f = 1; // f\n/// ```\npub fn new() {}\n",
        ),
    );
}

#[test]
fn a_name_of_another_crate_is_not_ours() {
    let other = |text: &str| format!("{}[dependencies]\nother = \"1\"\n", packaged(text));
    safe(
        LIB,
        &other("use other::Name;\nmod m { pub struct Name<|>; }\nfn f(a: Name, b: m::Name, c: std::Name) {}\n"),
        "New",
        &other("use other::Name;\nmod m { pub struct New; }\nfn f(a: Name, b: m::New, c: std::Name) {}\n"),
    );
}

#[test]
fn a_file_that_two_crates_are_made_of_is_read_in_both() {
    let files = |name: &str, cursor: &str| {
        packaged(&format!(
            "pub fn {name}{cursor}() {{}}\nmod part;\n//- src/main.rs\nfn main() {{}}\nfn f() {{}}\nmod part;\n//- src/part.rs\nfn g() {{ crate::f() }}\n"
        ))
    };
    asks(LIB, &files("f", "<|>"), "new", &files("new", ""), &["differs_by_configuration"]);
}

#[test]
fn a_file_of_no_crate_is_for_review_and_one_that_is_broken_is_told() {
    asks(
        LIB,
        &packaged("pub fn f<|>() {}\n//- src/apart.rs\nuse crate::f;\n"),
        "new",
        &packaged("pub fn new() {}\n//- src/apart.rs\nuse crate::f;\n"),
        &["unresolved"],
    );
    let outcome = support::renamed(
        LIB,
        &packaged("pub mod b;\npub fn f<|>() {}\n//- src/b.rs\nfn g() { crate::f() }\nfn (\n"),
        "new",
    );
    assert_eq!(outcome.proposal.unparsed.len(), 1, "{}", support::told(&outcome.proposal));
    assert!(outcome.after.contains("crate::new()"));
}

#[test]
fn what_is_no_symbol_is_said() {
    let look = |text: &str| Case::new(text, LIB).look().map_err(|error| error.to_string());
    let cases = [
        ("fn<|> f() {}\n", "the keyword `fn` is not a symbol that can be renamed"),
        ("fn f() { 1<|>2; }\n", "a literal is not a symbol that can be renamed"),
        ("fn f() { \"a<|>b\"; }\n", "a string or a comment is not a symbol that can be renamed"),
        ("// a <|>comment\n", "a comment is not a symbol that can be renamed"),
        ("fn f() {  <|>  }\n", "a place between names is not a symbol that can be renamed"),
        (
            "fn f() -> Vec<|><u8> { loop {} }\n",
            "`Vec`, a name of the standard library, is not a symbol that can be renamed",
        ),
        ("fn f() -> u<|>8 { 1 }\n", "`u8`, a name of the language, is not a symbol that can be renamed"),
        (
            "fn f() { other<|>::g() }\n",
            "`other`, nothing that these sources define, is not a symbol that can be renamed",
        ),
    ];
    for (text, said) in cases {
        assert_eq!(look(text).err().as_deref(), Some(said), "{text}");
    }
    assert!(matches!(Case::new("fn f() { x.y<|>() }\n", LIB).look(), Err(Unresolved::Undecided { .. })));
    let main = Case::new("fn main<|>() {}\n", "src/main.rs").look();
    assert!(main.is_ok_and(|view| view.refusal.is_some_and(|refusal| refusal.code == "entry_point")));
}

#[test]
fn hostile_sources_are_told_and_survived() {
    for deep in ["(".repeat(50_000), "!".repeat(50_000), "a+".repeat(50_000), "if x {} else ".repeat(20_000)] {
        let text = format!("mod b;\nfn f<|>() {{}}\n//- src/b.rs\nfn g() {{ crate::f(); {deep} }}\n");
        let outcome = support::renamed(LIB, &text, "new");
        assert_eq!(outcome.proposal.unparsed.len(), 1);
        assert_eq!(outcome.proposal.needs_review.len(), 1);
    }
}

#[test]
fn the_deepest_code_that_is_read_is_read_to_its_end() {
    let nested = format!("{}f(){}", "(".repeat(390), ")".repeat(390));
    let chained = format!("x{}; f()", ".m()".repeat(600));
    for deep in [format!("{}f()", "!".repeat(2_400)), format!("{}f()", "1 + ".repeat(300)), nested, chained] {
        let outcome = support::renamed(LIB, &format!("fn f<|>() {{}}\nfn g() {{ {deep}; }}\n"), "new");
        assert_eq!(outcome.proposal.counts.edits, 2, "{}", support::told(&outcome.proposal));
    }
}

#[test]
fn a_local_in_code_that_nothing_turns_on_is_for_review() {
    asks(
        LIB,
        "fn f(a<|>: u8) -> u8 { #[cfg(false)] { g(a); } a }\n",
        "b",
        "fn f(b: u8) -> u8 { #[cfg(false)] { g(a); } b }\n",
        &["switched_off"],
    );
}

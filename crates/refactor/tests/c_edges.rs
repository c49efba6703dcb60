//! C and C++: hostile and odd input, and properties that hold for whatever is written.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::string_slice,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop"
)]

mod support;

use proptest::prelude::*;
use refactor::{Budget, Memory, Nature, Options, Target, Verdict};
use support::{joined, renamed, reports_what_cannot_be_read, safe, split};

/// Texts that are nested 50,000 deep, each in another way.
fn deep() -> Vec<(&'static str, String)> {
    let many = 50_000;
    let pair = |open: &str, close: &str| format!("{}{}", open.repeat(many), close.repeat(many));
    vec![
        ("parentheses", format!("int x = {};", pair("(", ")"))),
        ("blocks", format!("void f(void) {}", pair("{", "}"))),
        ("signs", format!("int x = {}1;", "-".repeat(many))),
        ("sums", format!("int x = 1{};", " + 1".repeat(many))),
        ("pointers", format!("int {}x;", "*".repeat(many))),
        ("lists", format!("int x[] = {};", pair("{", "}"))),
        ("records", format!("{}int x;{}", "struct {".repeat(many), "};".repeat(many))),
        ("conditions", format!("{}int x;\n{}", "#if A\n".repeat(many), "#endif\n".repeat(many))),
        ("open conditions", "#if A\n".repeat(many)),
        ("macros", format!("int x = {}1;", "A(".repeat(many))),
        ("calls at the start", "A(".repeat(many)),
        ("namespaces", "namespace a {".repeat(many)),
        ("templates", format!("int x = {}1;", "a<".repeat(many))),
        ("members", format!("int f(void) {{ return a{}; }}", ".b".repeat(many))),
        ("else", format!("void f(void) {{ {} ; }}", "if (a) ; else ".repeat(many))),
        ("words", "A ".repeat(many)),
    ]
}

#[test]
fn a_text_that_is_nested_too_deeply_hides_nothing_of_others() {
    for (what, text) in deep() {
        for path in ["deep.c", "deep.cpp"] {
            let held = renamed(
                "a.c",
                &format!("int <|>name = 1;\n//- {path}\n{text}\nint g(void) {{ return name; }}\n"),
                "other",
            );
            assert!(held.proposal.counts.edits > 0, "{what}");
        }
    }
}

#[test]
fn macros_that_name_one_another_come_to_an_end() {
    let line = |at| format!("#define M{at}(x) M{}(x) M{}(x)\n", at + 1, (at * 7) % 300);
    let chain: Vec<String> = (0..300).map(line).collect();
    let text = format!("{}int <|>name;\nint f(void) {{ return M0(name); }}\n", chain.concat());
    assert_eq!(renamed("a.c", &text, "other").proposal.counts.edits, 1);
}

#[test]
fn files_that_include_one_another_come_to_an_end() {
    safe(
        "a.h",
        "#include \"b.h\"\nint <|>name;\n//- b.h\n#include \"a.h\"\n#include \"b.h\"\nint f(void) { return name; }\n",
        "other",
        "#include \"b.h\"\nint other;\n//- b.h\n#include \"a.h\"\n#include \"b.h\"\nint f(void) { return other; }\n",
    );
}

#[test]
fn marks_and_line_ends_are_kept() {
    safe(
        "a.c",
        "\u{feff}int <|>a;\r\n#define B \\\r\n  1\r\nint f(void)\r\n{\tg(\"é🙂\", a); return L'a' + a; }\r\n",
        "b",
        "\u{feff}int b;\r\n#define B \\\r\n  1\r\nint f(void)\r\n{\tg(\"é🙂\", b); return L'a' + b; }\r\n",
    );
}

#[test]
fn a_file_that_is_no_text_or_too_large_is_reported() {
    reports_what_cannot_be_read("c", "name", "int name = 1;\n", "int g(void) { return name; }");
}

#[test]
fn code_that_is_broken_is_reported_where_it_holds_the_name() {
    let elsewhere =
        renamed("a.c", "int <|>name;\nint f(void) { return name; }\n//- b.c\nint g(void) { ) ( ; }\n", "other");
    assert_eq!(elsewhere.proposal.verdict, Verdict::Safe);
    let before = "int <|>name;\nint f(void) { return name; }\n//- b.c\n#include \"a.c\"\nint g(void) { ) name ( ; }\n";
    let here = renamed("a.c", before, "other");
    assert_eq!(here.proposal.verdict, Verdict::NeedsReview);
    assert_eq!(here.proposal.unparsed.len(), 1);
    let local =
        renamed("a.c", "int f(int <|>name) { return name; }\n//- b.c\nint g(int name) { ) name ( ; }\n", "other");
    assert_eq!(local.proposal.verdict, Verdict::Safe);
}

#[test]
fn a_symbol_is_found_by_its_path() {
    let files = [
        ("a.hpp", "namespace n { class K { public: int run(); }; int run(); }\n"),
        ("b.c", "struct s { int x; };\nint only(void) { return 1; }\n#define LIMIT 1\n"),
    ];
    let look =
        |name: &str| refactor::look(&Memory::new(files), &Target::Qualified(name.to_owned()), &Budget::unlimited());
    for name in ["K::run", "n.K", "n::run", "s.x", "only", "LIMIT"] {
        let found = look(name).expect(name);
        assert!(
            found.qualified_name.replace("::", ".").ends_with(&name.replace("::", ".")),
            "{}",
            found.qualified_name
        );
    }
    assert!(look("run").is_err());
    assert!(look("K.walk").is_err());
}

#[test]
fn a_generated_definition_is_refused() {
    let mut sources =
        Memory::new([("gen.h", "int a(void);\n"), ("b.c", "#include \"gen.h\"\nint f(void) { return a(); }\n")]);
    sources.describe("gen.h", Nature::Generated, "");
    let target = Target::Position { path: "b.c".to_owned(), line: 2, column: 23 };
    let found = refactor::look(&sources, &target, &Budget::unlimited()).expect("it is a symbol");
    assert_eq!(found.refusal.map(|it| it.code), Some("generated"));
}

/// Small programs over few names, so that they shadow and capture one another.
fn program() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec!["a", "b", "c"]);
    let line = (name.clone(), name.clone(), name, 0..11_u8, 0..99_u16).prop_map(|(x, y, z, kind, at)| match kind {
        0 => format!("static int {x}(int {y}) {{ return {y} + {z}; }}\n"),
        1 => format!("void f{at}(void) {{ int {x} = 1; {{ int {y} = {x}; {z}++; }} }}\n"),
        2 => format!("struct {x} {{ int {y}; struct {{ int {z}; }} in; }};\n"),
        3 => format!("int f{at}(struct {x} *{y}) {{ return {y}->{z} + {y}->in.{z}; }}\n"),
        4 => format!("typedef struct {x} {y};\n"),
        5 => format!("enum e{at} {{ {x} }};\n"),
        6 => format!("void f{at}(int {x}) {{ {y}: {x}++; goto {y}; }}\n"),
        7 => format!("#define {x}({y}) ({y} + {z})\n"),
        8 => format!("#ifdef {x}\nint {y};\n#else\nlong {y};\n#endif\n"),
        9 => format!("int g{at} = sizeof({x}) + {y}({z}); /* {x} */ char *s{at} = \"{y}\";\n"),
        _ => format!("#if 0\n{x}\n#endif\nextern int {y}(int {z});\n"),
    });
    prop::collection::vec(line, 1..8)
        .prop_map(|lines| format!("static int <|>d;\n{}int h(void) {{ return d; }}\n", lines.concat()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn every_place_of_a_name_is_classed_once(text in program(), at in 0..12_usize, is_cpp: bool) {
        let plain = text.replace("<|>", "");
        let places: Vec<_> = plain.match_indices('a').map(|(place, _)| place).filter(|place| stands_alone(&plain, *place)).collect();
        prop_assume!(!places.is_empty());
        let mut marked = plain.clone();
        marked.insert_str(places[at % places.len()], "<|>");
        let case = support::Case::new(&marked, if is_cpp { "a.cpp" } else { "a.c" });
        if let Ok(outcome) = case.try_rename("zz", Options::default()) {
            let counts = outcome.proposal.counts;
            if outcome.proposal.refusal.is_none() {
                prop_assert_eq!(counts.edits + counts.others + counts.review + counts.mentions, places.len());
                prop_assert!(outcome.proposal.needs_review.iter().all(|it| it.code != "not_understood" || is_cpp));
            }
        }
    }

    #[test]
    fn a_safe_rename_to_a_new_name_and_back_gives_the_same_program(text in program()) {
        let plain = text.replace("<|>", "");
        let there = renamed("a.c", &text, "fresh");
        prop_assert_eq!(there.proposal.verdict, Verdict::Safe);
        let back = there.after.trim_start_matches("//- a.c\n").replacen("fresh", "<|>fresh", 1);
        let again = renamed("a.c", &back, "d");
        prop_assert_eq!(again.after, joined(&split(&plain, "a.c")));
    }

    #[test]
    fn whatever_is_written_comes_to_an_end(text in "[ -~\n]{0,200}") {
        for path in ["a.c", "a.cpp"] {
            let _ = renamed("n.c", &format!("int <|>name;\n//- {path}\n{text}\nname\n"), "other");
        }
    }
}

fn stands_alone(text: &str, at: usize) -> bool {
    let is_letter = |letter: Option<char>| letter.is_some_and(|it| it.is_alphanumeric() || it == '_');
    !is_letter(text[..at].chars().next_back()) && !is_letter(text[at + 1..].chars().next())
}

#[test]
fn types_that_lead_to_themselves_come_to_an_end() {
    let circles = "typedef aa *aa;\n".repeat(30);
    let program = |name: &str| format!("{circles}int f(aa aa) {{ return aa->{name}; }}\nstruct s {{ int {name}; }};\n");
    let outcome = renamed("a.c", &program("x").replacen("int x;", "int <|>x;", 1), "y");
    assert_eq!(outcome.proposal.counts.edits + outcome.proposal.counts.review, 2);
}

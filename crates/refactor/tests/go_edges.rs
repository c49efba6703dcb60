//! Go: hostile and odd input, and properties that hold for whatever is written.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that cannot go on should stop"
)]

mod support;

use proptest::prelude::*;
use refactor::{Budget, Memory, Options, Target, Verdict};
use support::{Case, asks, joined, renamed, reports_what_cannot_be_read, safe, split};

/// Texts that are nested 50,000 deep, each in another way.
fn deep() -> Vec<(&'static str, String)> {
    let many = 50_000;
    let pair = |open: &str, close: &str| format!("{}{}", open.repeat(many), close.repeat(many));
    vec![
        ("parentheses", format!("var x = {}", pair("(", ")"))),
        ("blocks", format!("func f() {}", pair("{", "}"))),
        ("braces", format!("var x = []T{}", pair("{", "}"))),
        ("signs", format!("var x = {}1", "!".repeat(many))),
        ("sums", format!("var x = 1{}", " + 1".repeat(many))),
        ("calls", format!("var x = a{}", ".b()".repeat(many))),
        ("types", format!("var x {}int", "[]".repeat(many))),
        ("functions", format!("var x = {}", "func() { ".repeat(many))),
        ("else", format!("func f() {{ {}{{}} }}", "if a {} else ".repeat(many))),
        ("structs", format!("type T {}", "struct { x ".repeat(many))),
    ]
}

#[test]
fn a_text_that_is_nested_too_deeply_is_reported_and_the_rest_is_renamed() {
    for (what, text) in deep() {
        let before = format!("package a\nvar <|>name = 1\n//- deep.go\npackage a\n{text}\nvar _ = name\n");
        let outcome = renamed("a.go", &before, "other");
        assert_eq!(outcome.proposal.unparsed.len(), 1, "{what}");
        assert_eq!(outcome.proposal.verdict, Verdict::NeedsReview, "{what}");
    }
}

#[test]
fn what_people_write_is_not_too_deep() {
    let rows = (0..3_000).map(|row| format!("\t{{a: {row}, b: []int{{1, 2}}}},\n")).collect::<Vec<_>>().concat();
    let sum: String = (0..300).map(|_| " + \"x\"".to_owned()).collect();
    let choice = (0..100).map(|at| format!("if name == {at} {{\n}} else ")).collect::<Vec<_>>().concat();
    let text = format!(
        "package a\nvar <|>name = 1\nvar t = []struct {{\n\ta int\n\tb []int\n}}{{\n{rows}}}\nvar s = \"\"{sum}\nfunc f() {{\n\t{choice}{{\n\t}}\n}}\n"
    );
    assert_eq!(renamed("a.go", &text, "other").proposal.verdict, Verdict::Safe);
}

#[test]
fn types_that_go_round_in_circles_end() {
    let text = "package a\ntype A = B\ntype B = A\ntype C struct{ *C }\ntype D interface{ D }\ntype E E\nvar x = y + y\nvar y = x + x\nfunc f(a A, c C, d D, e E) { a.<|>name(); c.name(); d.name(); e.name(); x.name() }\ntype T struct{ name int }\n";
    let case = Case::new(&text.replace("<|>", "").replace("struct{ name", "struct{ <|>name"), "a.go");
    let outcome = case.try_rename("other", Options::default()).expect("there is a proposal");
    assert_eq!(outcome.proposal.verdict, Verdict::NeedsReview);
}

#[test]
fn marks_and_line_ends_are_kept() {
    safe(
        "a.go",
        "\u{feff}package a\r\n\r\nvar <|>a = \"é🙂\"\r\n\tvar b = a\r\n",
        "c",
        "\u{feff}package a\r\n\r\nvar c = \"é🙂\"\r\n\tvar b = c\r\n",
    );
    safe("a.go", "package a\nvar <|>größe = 1\nvar _ = größe\n", "länge", "package a\nvar länge = 1\nvar _ = länge\n");
}

#[test]
fn a_file_that_is_broken_is_bound_as_far_as_it_goes_and_reported() {
    let before = "package a\nfunc <|>run() {}\n//- b.go\npackage a\nfunc f() { run() }\nfunc g( { run(\n";
    let outcome = renamed("a.go", before, "start");
    assert_eq!(outcome.proposal.verdict, Verdict::NeedsReview);
    assert_eq!(outcome.proposal.unparsed.len(), 1);
    assert!(outcome.after.contains("func f() { start() }"));
}

#[test]
fn a_file_that_is_no_text_or_too_large_is_reported() {
    reports_what_cannot_be_read("go", "a.name", "package a\nvar name = 1\n", "package a\nvar _ = name");
}

#[test]
fn a_generated_definition_is_refused() {
    let mut sources = Memory::new([("gen.go", "package a\nvar x = 1\n"), ("b.go", "package a\nvar _ = x\n")]);
    sources.describe("gen.go", refactor::Nature::Generated, "");
    let target = Target::Position { path: "b.go".to_owned(), line: 2, column: 9 };
    let found = refactor::look(&sources, &target, &Budget::unlimited()).expect("it is a symbol");
    assert_eq!(found.refusal.map(|it| it.code), Some("generated"));
}

#[test]
fn names_in_templates_and_for_reflection_are_for_review_if_they_may_be_the_member() {
    let program = "package a\nimport \"reflect\"\ntype T struct{ <|>Name string }\nvar t = \"{{.Name}} Name\"\nvar _ = reflect.ValueOf(t).FieldByName(\"Name\")\nvar Other = 1\n";
    let after = program.replace("struct{ <|>Name", "struct{ Label");
    asks("a.go", program, "Label", &after, &["reflection", "reflection"]);
}

/// Small programs over few names, so that they shadow and capture one another.
fn program() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec!["a", "b", "c"]);
    let line = (name.clone(), name.clone(), name, 0..10_u8).prop_map(|(x, y, z, kind)| match kind {
        0 => format!("\tfunc({x} int) {{ _ = {x} + {y} + {z} }}({y})\n"),
        1 => format!("\t{{ {x} := {y}; _, _ = {x}, {z} }}\n"),
        2 => format!("\tif {x} := {y}; {x} > {z} {{ _ = {y} }}\n"),
        3 => format!("\t_ = T{{{x}: {y}}}.{x} + u.{z}.{y}\n"),
        4 => format!("\tfor {x} := range xs[{y}:] {{ _ = {x} + {z} }}\n"),
        5 => format!("\tswitch {x} := v.(type) {{ case int: _ = {x} + {y}; default: _, _ = {x}, {z} }}\n"),
        6 => format!("\tvar {x}{y} = map[int]int{{{x}: {z}}}; _ = {x}{y}\n"),
        7 => format!("\tu.{x}.m{y}().{z}++ // {y}\n"),
        8 => format!("{x}:\n\tfor {y} > 0 {{ break {x} }}; _ = \"{z}\"\n"),
        _ => format!("\tvar {x}1 interface {{ m{y}() T }} = u.{z}; {x}1.m{y}()\n"),
    });
    let types = "type T struct{ a, b, c int }\nfunc (T) ma() T { return T{} }\nfunc (T) mb() T { return T{} }\nfunc (T) mc() T { return T{} }\ntype U struct{ a, b, c T }\n";
    prop::collection::vec(line, 1..8).prop_map(move |lines| {
        format!(
            "package p\n{types}var a, b, c, <|>d int\nvar u U\nvar xs []int\nvar v any\nfunc f() {{\n{}\t_ = d\n}}\n",
            lines.concat()
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn every_place_of_a_name_is_classed_once(text in program(), at in 0..16_usize) {
        let plain = text.replace("<|>", "");
        let all = plain.match_indices('a').map(|(place, _)| place);
        let places: Vec<_> = all.filter(|place| stands_alone(&plain, *place)).collect();
        let mut marked = plain.clone();
        marked.insert_str(places[at % places.len()], "<|>");
        if let Ok(outcome) = Case::new(&marked, "a.go").try_rename("zz", Options::default()) {
            let counts = outcome.proposal.counts;
            prop_assert_eq!(counts.edits + counts.others + counts.review + counts.mentions, places.len());
        }
    }

    #[test]
    fn a_safe_rename_to_a_new_name_and_back_gives_the_same_program(text in program(), at in 0..16_usize) {
        let plain = text.replace("<|>", "");
        let all = plain.match_indices('b').map(|(place, _)| place);
        let places: Vec<_> = all.filter(|place| stands_alone(&plain, *place)).collect();
        let mut marked = plain.clone();
        marked.insert_str(places[at % places.len()], "<|>");
        let Ok(there) = Case::new(&marked, "a.go").try_rename("fresh", Options::default()) else { return Ok(()) };
        if there.proposal.verdict == Verdict::Safe {
            let back = there.after.trim_start_matches("//- a.go\n").replacen("fresh", "<|>fresh", 1);
            prop_assert_eq!(renamed("a.go", &back, "b").after, joined(&split(&plain, "a.go")));
        }
    }
}

fn stands_alone(text: &str, at: usize) -> bool {
    let is_letter = |letter: Option<char>| letter.is_some_and(|it| it.is_alphanumeric() || it == '_');
    !is_letter(text[..at].chars().next_back()) && !is_letter(text[at + 1..].chars().next())
}

#[test]
fn a_member_that_reflection_may_be_asked_for_by_data_is_shown() {
    let program = |name: &str| {
        format!(
            "package a\nimport \"reflect\"\ntype T struct{{}}\nfunc (T) {name}() {{}}\nfunc f(n string) {{ reflect.ValueOf(T{{}}).MethodByName(\"Hi\" + n).Call(nil) }}\n"
        )
    };
    asks("a.go", &program("<|>Hive"), "Bee", &program("Bee"), &["asked_for_by_data"]);
    let literal = |name: &str| program(name).replace("\"Hi\" + n", "\"Wasp\"");
    safe("a.go", &literal("<|>Hive"), "Bee", &literal("Bee"));
    let field = |name: &str| {
        format!(
            "package a\nimport \"reflect\"\ntype T struct{{ {name} int }}\nfunc f(n string) {{ reflect.ValueOf(T{{}}).FieldByName(n) }}\n"
        )
    };
    asks("a.go", &field("<|>Hive"), "Bee", &field("Bee"), &["asked_for_by_data"]);
}

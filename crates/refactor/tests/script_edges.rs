//! Hostile and odd input, and properties that hold for whatever is written.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::string_slice,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop"
)]

mod support;

use proptest::prelude::*;
use refactor::{Budget, Memory, Options, Target, Verdict};
use support::{joined, renamed, reports_what_cannot_be_read, safe, split};

/// Texts that are nested 50,000 deep, each in another way.
fn deep() -> Vec<(&'static str, String)> {
    let many = 50_000;
    let pair = |open: &str, close: &str| format!("{}{}", open.repeat(many), close.repeat(many));
    vec![
        ("brackets", pair("[", "]")),
        ("parentheses", format!("x = {};", pair("(", ")"))),
        ("blocks", pair("{", "}")),
        ("signs", format!("x = {}1;", "!".repeat(many))),
        ("words", format!("x = {}1;", "typeof ".repeat(many))),
        ("sums", format!("x = 1{};", " + 1".repeat(many))),
        ("arrows", format!("x = {}1;", "a => ".repeat(many))),
        ("choices", format!("x = {}1;", "a ? b : ".repeat(many))),
        ("else", format!("{}{{}}", "if (a) {} else ".repeat(many))),
        ("calls", format!("a{};", ".b()".repeat(many))),
        ("elements", pair("<a>", "</a>")),
        ("elements with text", format!("x = {};", "<a>;x\n".repeat(many))),
        ("templates", format!("x = {}", "`${".repeat(many))),
        ("types", format!("let x: {}1{};", "A<".repeat(many), ">".repeat(many))),
    ]
}

#[test]
fn a_text_that_is_nested_too_deeply_is_reported_and_the_rest_is_renamed() {
    for (what, text) in deep() {
        let before = format!("export const <|>name = 1;\n//- deep.tsx\n{text}\nname;\n");
        let outcome = renamed("a.ts", &before, "other");
        assert_eq!(outcome.proposal.unparsed.len(), 1, "{what}");
        assert_eq!(outcome.proposal.verdict, Verdict::NeedsReview, "{what}");
    }
}

#[test]
fn what_people_write_is_not_too_deep() {
    let rows = (0..3_000).map(|row| format!("  a{row}: [1, 2, {{ b: `x` }}],\n")).collect::<Vec<_>>().concat();
    let lines = (0..3_000).map(|line| format!("const v{line} = f(a.b, x < y)\nif (v{line}) g()\n"));
    let lines = lines.collect::<Vec<_>>().concat();
    let chain: String = (0..500).map(|_| "  .then(x => x.y)\n").collect();
    let text = format!("const <|>name = 1;\nconst o = {{\n{rows}}}\n{lines}p\n{chain}\nname;\n");
    let outcome = renamed("a.js", &text, "other");
    assert_eq!(outcome.proposal.verdict, Verdict::Safe, "{:?}", outcome.proposal.unparsed);
}

#[test]
fn marks_and_line_ends_are_kept() {
    safe("a.js", "\u{feff}const <|>a = 1;\r\n\tf('é🙂', a);\r\n", "b", "\u{feff}const b = 1;\r\n\tf('é🙂', b);\r\n");
}

#[test]
fn a_file_that_is_no_text_or_too_large_is_reported() {
    reports_what_cannot_be_read("js", "name", "export const name = 1;\n", "name;");
}

#[test]
fn a_symbol_is_found_by_its_path() {
    let files = [
        ("src/a.ts", "export class A { run() {} }\nexport namespace N { export const x = 1; }\n"),
        ("src/b.ts", "export class B { run() {} }\nexport const o = { run: 1 };\n"),
    ];
    let look = |name: &str| {
        let target = Target::Qualified(name.to_owned());
        refactor::look(&Memory::new(files), &target, &Budget::unlimited())
    };
    for name in ["A.run", "src/a.A.run", "a.A.run", "N.x", "src/b.o.run", "B"] {
        let found = look(name).expect(name);
        assert!(found.qualified_name.ends_with(name), "{}", found.qualified_name);
    }
    assert!(look("run").is_err());
    assert!(look("C.run").is_err());
}

#[test]
fn a_generated_definition_is_refused() {
    let mut sources = Memory::new([("gen.ts", "export const a = 1;\n"), ("b.ts", "import { a } from './gen';\na;\n")]);
    sources.describe("gen.ts", refactor::Nature::Generated, "");
    let target = Target::Position { path: "b.ts".to_owned(), line: 2, column: 1 };
    let found = refactor::look(&sources, &target, &Budget::unlimited()).expect("it is a symbol");
    assert_eq!(found.refusal.map(|it| it.code), Some("generated"));
}

/// Small programs over few names, so that they shadow and capture one another.
fn program() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec!["a", "b", "c"]);
    let line = (name.clone(), name.clone(), name, 0..9_u8).prop_map(|(x, y, z, kind)| match kind {
        0 => format!("function {x}({y}) {{ return {y} + {z}; }}\n"),
        1 => format!("{{ let {x} = {y}; {z}; }}\n"),
        2 => format!("var {x} = ({y}) => {{ {z}; }};\n"),
        3 => format!("use({{ {x}, {y}: {z} }});\n"),
        4 => format!("({{ {x}, {y}: {z} }} = it);\n"),
        5 => format!("class K{x} {{ {y} = 1; m() {{ return this.{y} + {z}; }} }}\n"),
        6 => format!("{x}: for (;;) {{ {y}; break {x}; }}\n"),
        7 => format!("it.{x}; it[{y}]; '{z}';\n"),
        _ => format!("try {{ {x}; }} catch ({y}) {{ {y}; {z}; }}\n"),
    });
    prop::collection::vec(line, 1..8).prop_map(|lines| format!("var <|>d = 0;\n{}d;\n", lines.concat()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn every_place_of_a_name_is_classed_once(text in program(), at in 0..12_usize) {
        let plain = text.replace("<|>", "");
        let places: Vec<_> = plain.match_indices('a').map(|(place, _)| place).filter(|place| stands_alone(&plain, *place)).collect();
        prop_assume!(!places.is_empty());
        let mut marked = plain.clone();
        marked.insert_str(places[at % places.len()], "<|>");
        let case = support::Case::new(&marked, "a.js");
        if let Ok(outcome) = case.try_rename("zz", Options::default()) {
            let counts = outcome.proposal.counts;
            if outcome.proposal.refusal.is_none() {
                prop_assert_eq!(counts.edits + counts.others + counts.review + counts.mentions, places.len());
            }
        }
    }

    #[test]
    fn a_safe_rename_to_a_new_name_and_back_gives_the_same_program(text in program()) {
        let plain = text.replace("<|>", "");
        let there = renamed("a.js", &text, "fresh");
        prop_assert_eq!(there.proposal.verdict, Verdict::Safe);
        let back = there.after.trim_start_matches("//- a.js\n").replacen("fresh", "<|>fresh", 1);
        let again = renamed("a.js", &back, "d");
        prop_assert_eq!(again.after, joined(&split(&plain, "a.js")));
    }
}

fn stands_alone(text: &str, at: usize) -> bool {
    let is_letter = |letter: Option<char>| letter.is_some_and(|it| it.is_alphanumeric() || it == '_');
    !is_letter(text[..at].chars().next_back()) && !is_letter(text[at + 1..].chars().next())
}

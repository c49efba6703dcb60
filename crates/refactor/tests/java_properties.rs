//! What holds for every Java program: a rename and its reverse give the same bytes, each place is classed once, and what is
//! broken, huge or deep is answered.

mod support;

use proptest::{prop_assert, prop_assert_eq, proptest, strategy::Strategy};
use refactor::{Memory, Options, Proposal, Sources as _, Verdict};
use support::{
    Case,
    properties::{all, applied, rename_at, times, word},
    renamed, told,
};

/// Members that use few names in many ways, so that they meet.
fn program() -> impl Strategy<Value = String> {
    let member = proptest::sample::select(vec![
        "int aa;",
        "int bb = this.aa;",
        "int aa(int bb) { return aa + bb; }",
        "int aa(String bb) { return bb.length(); }",
        "void cc() { int aa = 1; { int bb = aa; } aa = aa(bb); }",
        "void cc(Object bb) { if (bb instanceof Aa aa && aa.bb > 0) { aa.cc(); } else { aa(1); } }",
        "void dd(java.util.List<Aa> bb) { for (Aa aa : bb) { aa.cc(aa); } bb.forEach(aa -> aa.cc()); }",
        "static class Bb extends Aa { int aa; void cc() { super.cc(); bb = aa + super.aa; } }",
        "class Cc implements Runnable { public void run() { aa = aa(\"aa\"); } }",
        "Runnable rr = new Runnable() { int aa; public void run() { aa = bb; Aa.this.cc(); } };",
        "enum Ee { aa, bb { int cc() { return aa.ordinal(); } }; int cc() { return 0; } }",
        "int ee(Ee bb) { return switch (bb) { case aa -> 1; default -> bb.cc(); }; }",
        "record Rr(int aa, Bb bb) { int cc() { return aa() + aa + bb.aa; } }",
        "<Tt extends Aa> void ff(Tt aa, Tt... bb) { aa.cc(); ff(aa); ff(aa, bb); }",
        "void gg() { aa: for (;;) { break aa; } }",
        "java.util.function.Function<Aa, Integer> hh = aa -> aa.aa(1);",
        "java.util.function.IntUnaryOperator ii = this::aa; // aa",
        "interface Ii { void cc(); int bb = 1; } static class Jj implements Ii { public void cc() { int aa = bb; } }",
        "void kk() { Foo.make().aa(1); new Foo().bb = 1; }",
        "@Deprecated(since = \"aa\") static Aa cc = new Aa();",
    ]);
    proptest::collection::vec(member, 1..10).prop_map(|lines| format!("class Aa {{\n{}\n}}\n", lines.join("\n")))
}

fn sources(text: &str) -> Memory {
    Memory::new([
        ("p/Aa.java", format!("package p;\n{text}")),
        ("p/Bb.java", "package p;\nclass Bb extends Aa { int aa; }\n".to_owned()),
        ("q/Dd.java", "package q;\nimport p.*;\nclass Dd { int aa; void cc() { aa = 1; } }\n".to_owned()),
    ])
}

fn rename(sources: &Memory, at: usize, new_name: &str) -> Option<Proposal> {
    // The class and its package take their file along.
    let path = ["p/Aa.java", "p/Zz.java", "Zz/Aa.java"].into_iter().find(|path| sources.find(path).is_some())?;
    rename_at(sources, path, at, new_name)
}

proptest! {
    #[test]
    fn a_safe_rename_and_its_reverse_give_the_same_bytes(text in program(), pick in 0usize..1_000) {
        let before = sources(&text);
        let whole = format!("package p;\n{text}");
        let at = word(&whole, pick);
        let Some(proposal) = rename(&before, at, "Zz") else { return Ok(()) };
        if proposal.verdict != Verdict::Safe {
            return Ok(());
        }
        let after = applied(&before, &proposal);
        let back = rename(&after, at, &proposal.symbol.name);
        prop_assert!(back.is_some(), "{text}");
        if let Some(back) = back {
            prop_assert_eq!(all(&applied(&after, &back)), all(&before), "{}", told(&back));
        }
    }

    #[test]
    fn every_place_of_the_name_is_classed_once(text in program(), pick in 0usize..1_000) {
        let before = sources(&text);
        let at = word(&format!("package p;\n{text}"), pick);
        let Some(proposal) = rename(&before, at, "zz") else { return Ok(()) };
        if proposal.verdict == Verdict::Refused {
            return Ok(());
        }
        let there = times(&before, &proposal.symbol.name);
        let counts = proposal.counts;
        prop_assert_eq!(counts.edits + counts.others + counts.review + counts.mentions, there, "{:?}", counts);
    }

    #[test]
    fn broken_programs_are_answered(text in "[a-c(){};=.<>\\[\\]\"@,\n ?:&|!-]{0,80}") {
        let case = Case::new(&format!("class A {{ int <|>aa; int bb = aa;\n{text}\naa\n}}"), "A.java");
        let _answer = case.try_rename("zz", Options::default());
    }
}

#[test]
fn a_file_with_an_error_is_bound_and_reported() {
    let outcome = renamed("A.java", "class A { int <|>x; int f() { return x + ; } int g() { return x; } }\n", "n");
    assert_eq!(outcome.proposal.verdict, Verdict::NeedsReview, "{}", told(&outcome.proposal));
    assert_eq!(outcome.proposal.unparsed.len(), 1, "{}", told(&outcome.proposal));
    assert!(outcome.after.contains("int g() { return n; }"), "{}", told(&outcome.proposal));
}

#[test]
fn depth_and_length_have_bounds() {
    let deep =
        |open: &str, close: &str| format!("class B {{ int y = {}x{}; }}\n", open.repeat(50_000), close.repeat(50_000));
    for hostile in [
        deep("(", ")"),
        deep("-", ""),
        deep("f(", ")"),
        deep("", ".x"),
        deep("", " + x"),
        format!("class B {}{}", "{ class C ".repeat(50_000), "}".repeat(50_000)),
        format!("class B {{ {}x{} y; }}\n", "x<".repeat(50_000), ">".repeat(50_000)),
        format!("class B extends {}x {{}}\n", "x.".repeat(50_000)),
        format!("class B {{ void f() {{ {} }} }}\n", "if (x) ".repeat(50_000)),
    ] {
        let text = format!("class A {{ int <|>x; }}\n//- B.java\n{hostile}");
        let outcome = Case::new(&text, "A.java").try_rename("n", Options::default());
        assert!(outcome.is_ok());
    }
}

#[test]
fn classes_that_extend_themselves_are_answered() {
    for text in [
        "class A extends A { void <|>f() { f(); } }\n",
        "class A extends B { void <|>f() { f(); } }\nclass B extends A { void f() {} }\n",
        "class A extends A.B { void <|>f() { g(); } class B extends A {} }\n",
        "interface A<T extends A<T>> extends A<A<T>> { T <|>f(T t); }\n",
        "class A { <|>A a = b; Object b = a; }\nclass C<T extends T> { T t; }\n",
    ] {
        assert!(Case::new(text, "A.java").try_rename("n", Options::default()).is_ok(), "{text}");
    }
}

#[test]
fn long_chains_of_calls_are_followed() {
    let chain = ".f()".repeat(1_000);
    let outcome = renamed("A.java", &format!("class A {{ A <|>f() {{ return this{chain}; }} }}\n"), "g");
    assert_eq!(outcome.proposal.counts.edits, 1_001);
    assert_eq!(outcome.proposal.verdict, Verdict::Safe);
}

#[test]
fn line_ends_marks_and_other_letters_are_kept() {
    let outcome =
        renamed("A.java", "\u{feff}class A {\r\n\tString ä = \"ö\"; int <|>größe = ä.length();\r\n}\r\n", "maß");
    assert_eq!(outcome.after, "//- A.java\n\u{feff}class A {\r\n\tString ä = \"ö\"; int maß = ä.length();\r\n}\r\n");
    assert_eq!(outcome.proposal.verdict, Verdict::Safe, "{}", told(&outcome.proposal));
}

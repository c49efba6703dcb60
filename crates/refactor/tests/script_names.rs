//! Names within one file of JavaScript or TypeScript: scopes, shorthands, types, elements, labels.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on should stop")]

mod support;

use refactor::{Options, RenameError, Unresolved};
use support::{Case, asks, renamed, safe};

#[test]
fn a_variable_is_renamed_with_its_uses_and_nothing_else() {
    safe(
        "a.js",
        "let <|>count = 1;\ncount += count;\nfunction f() { return count; }\nfunction g(count) { return count; }\nobj.count;\n// count\n",
        "total",
        "let total = 1;\ntotal += total;\nfunction f() { return total; }\nfunction g(count) { return count; }\nobj.count;\n// count\n",
    );
}

#[test]
fn a_parameter_is_not_the_variable_around_it() {
    safe(
        "a.js",
        "const x = 1;\nfunction f(<|>x, y = x) { return x + y; }\nf(x);\n",
        "z",
        "const x = 1;\nfunction f(z, y = z) { return z + y; }\nf(x);\n",
    );
}

#[test]
fn a_hoisted_variable_is_one_in_all_of_its_function() {
    safe(
        "a.js",
        "function f() { if (1) { var <|>a = 1; } a = 2; for (var a of []) {} return a; }\nvar a;\n",
        "b",
        "function f() { if (1) { var b = 1; } b = 2; for (var b of []) {} return b; }\nvar a;\n",
    );
}

#[test]
fn a_shorthand_property_keeps_its_key() {
    safe("a.js", "const <|>a = 1;\nexport default { a };\n", "b", "const b = 1;\nexport default { a: b };\n");
}

#[test]
fn a_destructured_variable_keeps_the_key_it_comes_from() {
    safe(
        "a.js",
        "function f({ <|>a, b = a, c: { a: d } }) { return a + b + d; }\n",
        "x",
        "function f({ a: x, b = x, c: { a: d } }) { return x + b + d; }\n",
    );
    safe(
        "a.js",
        "let <|>a;\n({ a, b: a } = f());\n({ a = 1 } = g());\n",
        "x",
        "let x;\n({ a: x, b: x } = f());\n({ a: x = 1 } = g());\n",
    );
}

#[test]
fn a_label_is_not_a_variable() {
    safe(
        "a.js",
        "const a = 1;\n<|>a: for (;;) { if (a) continue a; else break a; }\n",
        "outer",
        "const a = 1;\nouter: for (;;) { if (a) continue outer; else break outer; }\n",
    );
}

#[test]
fn a_class_and_the_interface_merged_with_it_are_one() {
    safe(
        "a.ts",
        "interface <|>Box { a: number }\nclass Box { }\nnamespace Box { export const one = new Box(); }\nconst it: Box = Box.one;\n",
        "Case",
        "interface Case { a: number }\nclass Case { }\nnamespace Case { export const one = new Case(); }\nconst it: Case = Case.one;\n",
    );
}

#[test]
fn overloads_are_one_function() {
    safe(
        "a.ts",
        "function <|>f(a: string): void;\nfunction f(a: number): void;\nfunction f(a: unknown) {}\nf(1);\n",
        "g",
        "function g(a: string): void;\nfunction g(a: number): void;\nfunction g(a: unknown) {}\ng(1);\n",
    );
}

#[test]
fn a_type_and_a_value_of_other_scopes_are_apart() {
    safe(
        "a.ts",
        "type <|>T = string;\nfunction f(T: number): T { return String(T); }\n",
        "U",
        "type U = string;\nfunction f(T: number): U { return String(T); }\n",
    );
}

#[test]
fn type_parameters_inferred_and_mapped_types_are_names() {
    safe(
        "a.ts",
        "type F<<|>T extends object> = { [K in keyof T]: T[K] };\ntype T = 1;\n",
        "S",
        "type F<S extends object> = { [K in keyof S]: S[K] };\ntype T = 1;\n",
    );
    safe(
        "a.ts",
        "type Item<T> = T extends (infer <|>U)[] ? U : never;\n",
        "E",
        "type Item<T> = T extends (infer E)[] ? E : never;\n",
    );
    safe("a.ts", "type M<T> = { [<|>K in keyof T]: T[K] };\n", "P", "type M<T> = { [P in keyof T]: T[P] };\n");
}

#[test]
fn typeof_and_predicates_name_their_parameter() {
    safe(
        "a.ts",
        "function is(<|>x: unknown): x is string { return typeof x === 'string'; }\nconst x = 1;\ntype X = typeof x;\n",
        "it",
        "function is(it: unknown): it is string { return typeof it === 'string'; }\nconst x = 1;\ntype X = typeof x;\n",
    );
}

#[test]
fn a_component_is_a_name_and_an_element_of_the_page_is_not() {
    safe(
        "a.jsx",
        "const <|>Item = () => <div>Item</div>;\nconst List = () => <ul><Item>text</Item><Item/></ul>;\n",
        "Entry",
        "const Entry = () => <div>Item</div>;\nconst List = () => <ul><Entry>text</Entry><Entry/></ul>;\n",
    );
    safe("a.jsx", "const <|>div = 1;\nconst a = <div>{div}</div>;\n", "d", "const d = 1;\nconst a = <div>{d}</div>;\n");
}

#[test]
fn a_component_that_would_become_an_element_is_a_conflict() {
    let outcome = renamed("a.jsx", "const <|>Item = () => null;\nconst a = <Item/>;\n", "item");
    assert!(outcome.proposal.conflicts.iter().any(|it| it.code == "is_shadowed"), "{:?}", outcome.proposal.conflicts);
}

#[test]
fn capture_and_collision_are_conflicts() {
    asks(
        "a.js",
        "const <|>a = 1;\nfunction f(b) { return a; }\n",
        "b",
        "const b = 1;\nfunction f(b) { return b; }\n",
        &["is_shadowed"],
    );
    asks(
        "a.js",
        "const b = 1;\nfunction f(<|>a) { return b; }\n",
        "b",
        "const b = 1;\nfunction f(b) { return b; }\n",
        &["shadows"],
    );
    let outcome = renamed("a.js", "let <|>a = 1;\nlet b = 2;\nb = a;\n", "b");
    assert!(!outcome.proposal.conflicts.is_empty());
    let outcome = renamed("a.js", "const <|>a = 1;\nfetch(a);\n", "fetch");
    assert!(!outcome.proposal.conflicts.is_empty(), "a global would be captured");
}

#[test]
fn what_eval_may_see_is_a_conflict() {
    asks(
        "a.js",
        "function f() { let <|>a = 1; return eval('a'); }\n",
        "b",
        "function f() { let b = 1; return eval('a'); }\n",
        &["eval"],
    );
}

#[test]
fn what_makes_elements_is_used_without_being_named() {
    asks(
        "a.jsx",
        "import <|>React from 'react';\nexport const a = <p/>;\n",
        "R",
        "import R from 'react';\nexport const a = <p/>;\n",
        &["element_factory"],
    );
}

#[test]
fn what_with_may_hide_is_for_review() {
    asks("a.cjs", "var <|>a = 1;\nwith (o) { a; }\n", "b", "var b = 1;\nwith (o) { a; }\n", &["inside_with"]);
}

#[test]
fn a_name_with_a_dollar_is_another_name() {
    safe(
        "a.js",
        "const <|>a = 1, $a = 2, a$ = 3;\na + $a + a$;\n",
        "b",
        "const b = 1, $a = 2, a$ = 3;\nb + $a + a$;\n",
    );
}

#[test]
fn a_name_written_with_escapes_is_the_same_name() {
    safe("a.js", "let <|>abc = 1;\n\\u0061bc = 2;\n", "x", "let x = 1;\nx = 2;\n");
}

#[test]
fn strings_templates_and_texts_are_prose() {
    safe(
        "a.jsx",
        "const <|>a = 1;\nf('a', \"a\", `a ${a} a`, /a/, <p title=\"a\">a</p>);\n",
        "b",
        "const b = 1;\nf('a', \"a\", `a ${b} a`, /a/, <p title=\"a\">a</p>);\n",
    );
}

#[test]
fn enums_and_their_members_are_names() {
    safe(
        "a.ts",
        "enum E { <|>A = 1, B = A << 1 }\nconst x: E.A = E.A;\nE['A'];\nconst A = 2;\n",
        "One",
        "enum E { One = 1, B = One << 1 }\nconst x: E.One = E.One;\nE['One'];\nconst A = 2;\n",
    );
}

#[test]
fn namespaces_hand_out_names() {
    safe(
        "a.ts",
        "namespace N { export const <|>a = 1; const b = a; }\nnamespace N { export const c = a; }\nN.a;\nconst a = 2;\n",
        "z",
        "namespace N { export const z = 1; const b = z; }\nnamespace N { export const c = z; }\nN.z;\nconst a = 2;\n",
    );
}

#[test]
fn words_that_are_no_names_are_refused() {
    for (text, word) in [
        ("<|>const a = 1;\n", "const"),
        ("const a =<|> 1;\n", "whitespace"),
        ("const a = <|>1;\n", "number"),
        ("const a = '<|>b';\n", "string"),
        ("// <|>a\n", "comment"),
    ] {
        let error = Case::new(text, "a.js").look().expect_err("it is no name");
        assert!(matches!(&error, Unresolved::NotAName { what } if what.contains(word)), "{error} for {text}");
    }
}

#[test]
fn what_is_not_defined_here_is_refused() {
    for text in ["<|>console.log(1);\n", "import { <|>a } from 'lodash';\n", "const x: <|>Promise<number> = f();\n"] {
        let outcome = renamed("a.ts", text, "b");
        let refusal = outcome.proposal.refusal.expect("it is refused");
        assert_eq!(refusal.code, "not_defined_here", "{text}");
    }
}

#[test]
fn a_new_name_must_be_one() {
    for name in ["", "1a", "a b", "a-b", "class", "await", "undefined"] {
        let error = Case::new("const <|>a = 1;\n", "a.js").try_rename(name, Options::default()).err();
        assert!(matches!(error, Some(RenameError::NameInvalid { .. })), "{name:?}: {error:?}");
    }
}

#[test]
fn a_file_with_a_syntax_error_is_reported() {
    let outcome = renamed("a.js", "export const <|>a = 1;\n//- b.js\nimport { a } from './a';\nconst ( = a;\n", "b");
    assert_eq!(outcome.proposal.unparsed.len(), 1);
}

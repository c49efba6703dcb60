//! C: names of blocks, files and programs, tags, labels, constants, types.

mod support;

use support::{Case, asks, safe};

fn is(before: &str, new_name: &str, after: &str) {
    safe("m.c", before, new_name, after);
}

#[test]
fn a_local_is_renamed_in_its_block_only() {
    is(
        "int f(int a) { int <|>x = a; { int x = 1; x++; } return x + a; }\nint x;\n",
        "y",
        "int f(int a) { int y = a; { int x = 1; x++; } return y + a; }\nint x;\n",
    );
    is(
        "int f(void) { int x = 1; { int <|>x = x; x++; } return x; }\n",
        "y",
        "int f(void) { int x = 1; { int y = y; y++; } return x; }\n",
    );
}

#[test]
fn a_parameter_is_renamed_in_its_function_only() {
    is(
        "int f(int a);\nint f(int <|>a) { return a + g(a); }\nint h(int a) { return a; }\n",
        "b",
        "int f(int a);\nint f(int b) { return b + g(b); }\nint h(int a) { return a; }\n",
    );
    is("int f(a, b) int <|>a; long b; { return a + b; }\n", "c", "int f(c, b) int c; long b; { return c + b; }\n");
}

#[test]
fn what_a_function_declares_is_seen_behind_its_name_only() {
    let program = |name: &str| {
        format!(
            "typedef int {name};\nint f(<>ctx *ctx, int n) {{ return n + *ctx; }}\nint g(const <>ctx *ctx) {{ return *ctx; }}\n"
        )
    };
    let of = |name: &str| program(name).replace("<>ctx", name.trim_start_matches("<|>"));
    is(&of("<|>ctx"), "state", &of("state"));
    is(
        "typedef struct node node;\nint f(const node *<|>node) { return node != 0; }\n",
        "it",
        "typedef struct node node;\nint f(const node *it) { return it != 0; }\n",
    );
    is(
        "int <|>x;\nint f(void) { int y = x; int x = y + 1; return x; }\n",
        "z",
        "int z;\nint f(void) { int y = z; int x = y + 1; return x; }\n",
    );
    is(
        "int x;\nint f(void) { int y = x; int <|>x = y + 1; return x; }\n",
        "z",
        "int x;\nint f(void) { int y = x; int z = y + 1; return z; }\n",
    );
}

#[test]
fn a_function_is_one_with_its_prototypes() {
    is(
        "#include \"m.h\"\nint <|>f(int a) { return a ? f(a - 1) : 0; }\n//- m.h\nint f(int);\n//- n.c\n#include \"m.h\"\nint g(void) { int (*p)(int) = f; return f(1) + p(2); }\n",
        "run",
        "#include \"m.h\"\nint run(int a) { return a ? run(a - 1) : 0; }\n//- m.h\nint run(int);\n//- n.c\n#include \"m.h\"\nint g(void) { int (*p)(int) = run; return run(1) + p(2); }\n",
    );
}

#[test]
fn a_static_function_is_of_its_file() {
    is(
        "static int <|>help(void) { return 1; }\nint f(void) { return help(); }\n//- n.c\nstatic int help(void) { return 2; }\nint g(void) { return help(); }\n",
        "aid",
        "static int aid(void) { return 1; }\nint f(void) { return aid(); }\n//- n.c\nstatic int help(void) { return 2; }\nint g(void) { return help(); }\n",
    );
}

#[test]
fn an_extern_declaration_without_a_header_is_the_one_definition() {
    is(
        "int <|>count = 0;\n//- n.c\nint f(void) { extern int count; return count; }\n//- o.c\nextern int count;\nint g(void) { return count; }\n",
        "total",
        "int total = 0;\n//- n.c\nint f(void) { extern int total; return total; }\n//- o.c\nextern int total;\nint g(void) { return total; }\n",
    );
}

#[test]
fn two_programs_may_each_define_a_name() {
    is(
        "int <|>usage(void) { return 1; }\nint main(void) { return usage(); }\n//- tools/n.c\nint usage(void) { return 2; }\nint main(void) { return usage(); }\n",
        "help",
        "int help(void) { return 1; }\nint main(void) { return help(); }\n//- tools/n.c\nint usage(void) { return 2; }\nint main(void) { return usage(); }\n",
    );
    asks(
        "m.c",
        "int <|>usage(void) { return 1; }\n//- n.c\nint usage(void) { return 2; }\n//- o.c\nextern int usage(void);\nint f(void) { return usage(); }\n",
        "help",
        "int help(void) { return 1; }\n//- n.c\nint usage(void) { return 2; }\n//- o.c\nextern int usage(void);\nint f(void) { return usage(); }\n",
        &["several_definitions", "several_definitions"],
    );
}

#[test]
fn tags_names_labels_and_members_are_apart() {
    let before = "struct <|>n { int n; };\nint n(struct n *p) { n: p->n = 1; if (n) goto n; return p->n; }\n";
    is(before, "t", "struct t { int n; };\nint n(struct t *p) { n: p->n = 1; if (n) goto n; return p->n; }\n");
    let at = |place: &str| before.replace("<|>", "").replacen(place, &format!("<|>{place}"), 1);
    is(&at("n(struct"), "t", "struct n { int n; };\nint t(struct n *p) { n: p->n = 1; if (t) goto n; return p->n; }\n");
    is(&at("n: p"), "t", "struct n { int n; };\nint n(struct n *p) { t: p->n = 1; if (n) goto t; return p->n; }\n");
    is(&at("n; }"), "t", "struct n { int t; };\nint n(struct n *p) { n: p->t = 1; if (n) goto n; return p->t; }\n");
}

#[test]
fn a_type_and_its_tag_are_two_names() {
    is(
        "typedef struct node node;\nstruct node { <|>node *next; };\nnode *f(struct node *p) { node q = *p; return (node *)p; }\n",
        "item",
        "typedef struct node item;\nstruct node { item *next; };\nitem *f(struct node *p) { item q = *p; return (item *)p; }\n",
    );
    is(
        "typedef struct node node;\nstruct <|>node { node *next; };\nnode *f(struct node *p) { return sizeof(struct node) ? p : 0; }\n",
        "item",
        "typedef struct item node;\nstruct item { node *next; };\nnode *f(struct item *p) { return sizeof(struct item) ? p : 0; }\n",
    );
}

#[test]
fn constants_of_enumerations_are_names_like_others() {
    is(
        "enum color { <|>RED, GREEN = RED + 1 };\nint f(enum color c) { switch (c) { case RED: return GREEN; } return RED; }\n",
        "CRIMSON",
        "enum color { CRIMSON, GREEN = CRIMSON + 1 };\nint f(enum color c) { switch (c) { case CRIMSON: return GREEN; } return CRIMSON; }\n",
    );
}

#[test]
fn all_branches_of_a_condition_are_read() {
    is(
        "#ifdef A\nstatic int <|>f(int a) { return a; }\n#else\nstatic int f(int a) { return -a; }\n#endif\nint g(void) {\n#if B\n  return f(1);\n#else\n  return f(2);\n#endif\n}\n",
        "h",
        "#ifdef A\nstatic int h(int a) { return a; }\n#else\nstatic int h(int a) { return -a; }\n#endif\nint g(void) {\n#if B\n  return h(1);\n#else\n  return h(2);\n#endif\n}\n",
    );
    is(
        "#ifdef __cplusplus\nextern \"C\" {\n#endif\nint <|>f(void);\n#ifdef __cplusplus\n}\n#endif\nint f(void) { return 1; }\n",
        "g",
        "#ifdef __cplusplus\nextern \"C\" {\n#endif\nint g(void);\n#ifdef __cplusplus\n}\n#endif\nint g(void) { return 1; }\n",
    );
}

#[test]
fn a_branch_that_does_not_fit_beside_the_others_is_for_review() {
    asks(
        "m.c",
        "int <|>f(int a);\n#ifdef A\nint g(int a) {\n  a = f(1);\n#else\nint g(long a) {\n  a = f(2);\n#endif\n  return a;\n}\n",
        "h",
        "int h(int a);\n#ifdef A\nint g(int a) {\n  a = h(1);\n#else\nint g(long a) {\n  a = f(2);\n#endif\n  return a;\n}\n",
        &["not_understood"],
    );
}

#[test]
fn a_name_that_would_be_captured_is_a_conflict() {
    asks(
        "m.c",
        "int <|>a;\nint f(int b) { return a + b; }\n",
        "b",
        "int b;\nint f(int b) { return b + b; }\n",
        &["is_shadowed"],
    );
    asks(
        "m.c",
        "int a;\nint f(int <|>b) { return a + b; }\n",
        "a",
        "int a;\nint f(int a) { return a + a; }\n",
        &["shadows"],
    );
    asks(
        "m.c",
        "int f(int a) { int <|>b = a; return b; }\n",
        "a",
        "int f(int a) { int a = a; return a; }\n",
        &["is_shadowed", "is_shadowed"],
    );
}

#[test]
fn an_external_name_of_another_unit_is_taken() {
    asks(
        "m.c",
        "int <|>a(void) { return 1; }\n//- n.c\nint b(void) { return 2; }\n",
        "b",
        "int b(void) { return 1; }\n//- n.c\nint b(void) { return 2; }\n",
        &["name_taken"],
    );
    is(
        "int <|>a(void) { return 1; }\n//- n.c\nstatic int b(void) { return 2; }\n",
        "b",
        "int b(void) { return 1; }\n//- n.c\nstatic int b(void) { return 2; }\n",
    );
}

#[test]
fn strings_and_comments_are_mentions() {
    is(
        "/* count */\nint <|>count; // count\nconst char *s = \"count\";\n",
        "total",
        "/* count */\nint total; // count\nconst char *s = \"count\";\n",
    );
    asks(
        "m.c",
        "int <|>start(void) { return 1; }\nvoid *f(void *h) { return dlsym(h, \"start\"); }\n",
        "begin",
        "int begin(void) { return 1; }\nvoid *f(void *h) { return dlsym(h, \"start\"); }\n",
        &["asked_by_name"],
    );
}

#[test]
fn what_is_no_symbol_of_these_sources_is_refused() {
    for (text, code) in [
        ("int f(void) { return <|>printf(\"x\"); }\n", "not_defined_here"),
        ("int <|>main(void) { return 0; }\n", "entry_point"),
    ] {
        let found = Case::new(text, "m.c").look().map(|it| it.refusal.map(|it| it.code));
        assert_eq!(found, Ok(Some(code)), "{text}");
    }
    for text in [
        "<|>int x;\n",
        "int x = <|>1;\n",
        "int x; <|>/* x */\n",
        "char *s = \"<|>x\";\n",
        "<|>\n\n",
        "<|>#if 1\n#endif\n",
    ] {
        assert!(Case::new(text, "m.c").look().is_err(), "{text}");
    }
}

#[test]
fn a_name_that_the_language_keeps_is_refused() {
    for name in ["int", "while", "1a", "a-b", "", "_Bool", "__VA_ARGS__"] {
        let outcome = Case::new("static int <|>a;\n", "m.c").try_rename(name, refactor::Options::default());
        assert!(outcome.is_err(), "{name}");
    }
    let class =
        |path: &str| Case::new("static int <|>a;\n", path).try_rename("class", refactor::Options::default()).is_ok();
    assert!(class("m.c"));
    assert!(!class("m.h"));
    assert!(!class("m.cpp"));
}

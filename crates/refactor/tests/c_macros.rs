//! C: macros, and what they make of names.

mod support;

use support::{Case, asks, safe};

fn is(before: &str, new_name: &str, after: &str) {
    safe("m.c", before, new_name, after);
}

#[test]
fn a_macro_is_renamed_with_its_conditions() {
    is(
        "#include \"m.h\"\n#ifdef <|>LIMIT\nint a[LIMIT];\n#endif\n#if defined(LIMIT) && LIMIT > 2\n#undef LIMIT\n#endif\n//- m.h\n#define LIMIT 3\n",
        "MOST",
        "#include \"m.h\"\n#ifdef MOST\nint a[MOST];\n#endif\n#if defined(MOST) && MOST > 2\n#undef MOST\n#endif\n//- m.h\n#define MOST 3\n",
    );
}

#[test]
fn macros_of_units_that_never_meet_are_two() {
    is(
        "#define <|>N 1\nint a[N];\n//- n.c\n#define N 2\nint b[N];\n",
        "M",
        "#define M 1\nint a[M];\n//- n.c\n#define N 2\nint b[N];\n",
    );
}

#[test]
fn a_name_in_a_macros_body_is_for_review() {
    asks(
        "m.c",
        "#define TWICE(x) (add(x) + add(x))\nint <|>add(int a);\nint f(void) { return add(1) + TWICE(2); }\n",
        "sum",
        "#define TWICE(x) (add(x) + add(x))\nint sum(int a);\nint f(void) { return sum(1) + TWICE(2); }\n",
        &["macro_body", "macro_body"],
    );
}

#[test]
fn a_macro_that_reaches_out_for_a_local_is_for_review() {
    asks(
        "m.c",
        "#define LOG puts(name)\n#define MORE LOG; LOG\nint f(char *<|>name) { MORE; return *name; }\n",
        "text",
        "#define LOG puts(name)\n#define MORE LOG; LOG\nint f(char *text) { MORE; return *text; }\n",
        &["macro_body"],
    );
    is(
        "#define LOG puts(name)\nint f(char *<|>name) { return *name; }\n",
        "text",
        "#define LOG puts(name)\nint f(char *text) { return *text; }\n",
    );
}

#[test]
fn a_local_that_a_macro_would_take_for_its_own_is_a_conflict() {
    asks(
        "m.c",
        "int count;\n#define NEXT (count++)\nint f(int <|>n) { return NEXT + n; }\n",
        "count",
        "int count;\n#define NEXT (count++)\nint f(int count) { return NEXT + count; }\n",
        &["captured_by_macro"],
    );
}

#[test]
fn parameters_of_macros_are_of_their_body() {
    is(
        "#define MAX(<|>a, b) ((a) > (b) ? (a) : (b))\nint f(int a) { return MAX(a, 1); }\n",
        "left",
        "#define MAX(left, b) ((left) > (b) ? (left) : (b))\nint f(int a) { return MAX(a, 1); }\n",
    );
}

#[test]
fn plain_arguments_of_macros_are_names_like_others() {
    is(
        "#define MAX(a, b) ((a) > (b) ? (a) : (b))\n#define TOP(x) MAX(x, 0)\nint <|>n;\nint f(int k) { return TOP(n) + MAX(n, k); }\n",
        "m",
        "#define MAX(a, b) ((a) > (b) ? (a) : (b))\n#define TOP(x) MAX(x, 0)\nint m;\nint f(int k) { return TOP(m) + MAX(m, k); }\n",
    );
}

#[test]
fn an_argument_that_is_a_members_name_is_for_review() {
    asks(
        "m.c",
        "#define GET(p, m) ((p)->m)\nstruct a { int <|>x; };\nint f(struct a *p, int x) { return GET(p, x) + x; }\n",
        "y",
        "#define GET(p, m) ((p)->m)\nstruct a { int y; };\nint f(struct a *p, int x) { return GET(p, x) + x; }\n",
        &["macro_argument"],
    );
    is(
        "#define GET(p, m) ((p)->m)\nstruct a { int x; };\nint f(struct a *p, int <|>x) { return GET(p, x) + x; }\n",
        "y",
        "#define GET(p, m) ((p)->m)\nstruct a { int x; };\nint f(struct a *p, int y) { return GET(p, x) + y; }\n",
    );
}

#[test]
fn an_argument_whose_letters_are_taken_is_for_review() {
    asks(
        "m.c",
        "#define SHOW(x) show(#x, x)\nstatic int <|>n;\nvoid f(void) { SHOW(n); }\n",
        "m",
        "#define SHOW(x) show(#x, x)\nstatic int m;\nvoid f(void) { SHOW(n); }\n",
        &["macro_argument"],
    );
}

#[test]
fn a_name_that_is_put_together_is_a_conflict() {
    asks(
        "m.c",
        "#define CALL(x) x##_init()\nstatic int <|>net_init(void) { return 1; }\nint f(void) { return CALL(net); }\n",
        "net_start",
        "#define CALL(x) x##_init()\nstatic int net_start(void) { return 1; }\nint f(void) { return CALL(net); }\n",
        &["pasted"],
    );
}

#[test]
fn a_macro_that_a_build_may_set_is_a_conflict() {
    asks(
        "m.h",
        "#ifndef <|>SIZE\n#define SIZE 4\n#endif\nint a[SIZE];\n",
        "WIDTH",
        "#ifndef WIDTH\n#define WIDTH 4\n#endif\nint a[WIDTH];\n",
        &["set_by_build"],
    );
    is_header("#ifndef <|>M_H\n#define M_H\nint a;\n#endif\n", "N_H", "#ifndef N_H\n#define N_H\nint a;\n#endif\n");
}

fn is_header(before: &str, new_name: &str, after: &str) {
    safe("m.h", before, new_name, after);
}

#[test]
fn what_a_macro_may_have_declared_is_for_review() {
    asks(
        "m.c",
        "int <|>list;\nvoid f(void) { LIST_HEAD(list); add(&list); }\nint g(void) { return list; }\n",
        "all",
        "int all;\nvoid f(void) { LIST_HEAD(list); add(&list); }\nint g(void) { return all; }\n",
        &["declared_by_macro", "macro_argument"],
    );
}

#[test]
fn macros_that_stand_where_none_but_they_can_are_read_over() {
    is(
        "#define API\n#define NOTHROW\nAPI int <|>f(void) NOTHROW;\nAPI int CALL f(void) { return 1; }\nint g(void) { return f(); }\n",
        "h",
        "#define API\n#define NOTHROW\nAPI int h(void) NOTHROW;\nAPI int CALL h(void) { return 1; }\nint g(void) { return h(); }\n",
    );
    is(
        "#define <|>API extern\nAPI int f(void);\nint g(void) { return f(); }\n",
        "SHARED",
        "#define SHARED extern\nSHARED int f(void);\nint g(void) { return f(); }\n",
    );
}

#[test]
fn a_macro_takes_the_names_behind_it() {
    let before =
        "struct a { int (*free)(int); };\n#define free(x) my_free(x)\nint f(struct a *p) { return p-><|>free(1); }\n";
    assert!(Case::new(before, "m.c").look().is_err());
    is(
        "#define free(x) my_free(x)\nint f(int <|>free) { return free; }\n",
        "left",
        "#define free(x) my_free(x)\nint f(int left) { return left; }\n",
    );
}

#[test]
fn a_list_of_macros_names_those_that_include_it() {
    is(
        "#define <|>ITEM(n) int n;\n#include \"list.h\"\n//- list.h\nITEM(a)\nITEM(b)\n",
        "ENTRY",
        "#define ENTRY(n) int n;\n#include \"list.h\"\n//- list.h\nENTRY(a)\nENTRY(b)\n",
    );
}

#[test]
fn a_file_that_is_compiled_along_and_not_understood_is_a_conflict() {
    asks(
        "m.c",
        "int <|>scan(void) { return 1; }\n#include \"table.def\"\n//- table.def\nX(scan)\n",
        "peek",
        "int peek(void) { return 1; }\n#include \"table.def\"\n//- table.def\nX(scan)\n",
        &["other_language"],
    );
}

#[test]
fn types_and_signs_that_macros_are_given_hide_nothing_else() {
    is(
        "#define cast(t, e) ((t)(e))\nAPI void (<|>f) (int a);\nint g(void *p) { int n = *(cast(int *, p)); f(op(-, n, 1)); return cast(struct s *, p) != 0; }\n",
        "h",
        "#define cast(t, e) ((t)(e))\nAPI void (h) (int a);\nint g(void *p) { int n = *(cast(int *, p)); h(op(-, n, 1)); return cast(struct s *, p) != 0; }\n",
    );
}

//! Names of Java: variables, types, type parameters, labels, imports, packages and files.

#![allow(clippy::panic, reason = "a test that cannot go on should stop")]

mod support;

use refactor::{Options, Verdict};
use support::{Case, asks, renamed, safe, told};

fn is(before: &str, new_name: &str, after: &str) {
    safe("A.java", before, new_name, after);
}

#[test]
fn a_variable_is_renamed_where_it_is_seen() {
    is(
        "class A {\n  int x;\n  int f(int <|>x) {\n    int y = x + this.x;\n    { int z = x; }\n    return x;\n  }\n  int g() { return x; }\n}\n",
        "n",
        "class A {\n  int x;\n  int f(int n) {\n    int y = n + this.x;\n    { int z = n; }\n    return n;\n  }\n  int g() { return x; }\n}\n",
    );
}

#[test]
fn a_field_is_renamed_where_no_variable_hides_it() {
    is(
        "class A {\n  int <|>x;\n  A(int x) { this.x = x; }\n  int f() { int y = x; for (int x = 0; x < y; x++) {} return x; }\n}\n",
        "n",
        "class A {\n  int n;\n  A(int x) { this.n = x; }\n  int f() { int y = n; for (int x = 0; x < y; x++) {} return n; }\n}\n",
    );
}

#[test]
fn variables_of_patterns_are_seen_where_they_match() {
    is(
        "class A {\n  String s;\n  int f(Object o) {\n    if (!(o instanceof String <|>s)) { return 0; }\n    return s.length();\n  }\n  int g(Object o) { return o instanceof String s && s.isEmpty() ? s.length() : s.length(); }\n}\n",
        "t",
        "class A {\n  String s;\n  int f(Object o) {\n    if (!(o instanceof String t)) { return 0; }\n    return t.length();\n  }\n  int g(Object o) { return o instanceof String s && s.isEmpty() ? s.length() : s.length(); }\n}\n",
    );
    is(
        "class A {\n  String <|>s;\n  int g(Object o) { return o instanceof String s && s.isEmpty() ? s.length() : s.length(); }\n}\n",
        "t",
        "class A {\n  String t;\n  int g(Object o) { return o instanceof String s && s.isEmpty() ? s.length() : t.length(); }\n}\n",
    );
}

#[test]
fn patterns_of_a_switch_are_seen_in_their_case() {
    is(
        "sealed interface S {}\nrecord P(int a, int b) implements S {}\nrecord Q(S s) implements S {}\nclass A {\n  int f(S x) {\n    return switch (x) {\n      case P(int <|>a, int b) when a > b -> a;\n      case P p -> p.a();\n      case Q(P(int a, var c)) -> a + c;\n      default -> 0;\n    };\n  }\n}\n",
        "n",
        "sealed interface S {}\nrecord P(int a, int b) implements S {}\nrecord Q(S s) implements S {}\nclass A {\n  int f(S x) {\n    return switch (x) {\n      case P(int n, int b) when n > b -> n;\n      case P p -> p.a();\n      case Q(P(int a, var c)) -> a + c;\n      default -> 0;\n    };\n  }\n}\n",
    );
}

#[test]
fn lambdas_loops_resources_and_catches_have_their_own_variables() {
    is(
        "import java.util.List;\nclass A {\n  void f(List<String> l) throws Exception {\n    for (String <|>e : l) { Runnable r = () -> System.out.println(e); }\n    l.forEach(e -> e.length());\n    try (java.io.Reader e = null) { e.read(); } catch (RuntimeException e) { e.getMessage(); }\n  }\n}\n",
        "one",
        "import java.util.List;\nclass A {\n  void f(List<String> l) throws Exception {\n    for (String one : l) { Runnable r = () -> System.out.println(one); }\n    l.forEach(e -> e.length());\n    try (java.io.Reader e = null) { e.read(); } catch (RuntimeException e) { e.getMessage(); }\n  }\n}\n",
    );
}

#[test]
fn a_class_is_renamed_with_its_constructors_its_file_and_its_imports() {
    safe(
        "p/A.java",
        "package p;\npublic class <|>A<T> {\n  public A() {}\n  static A<String> of() { return new A<>(); }\n  class B { A.B b; Object o = A.this; }\n}\n//- q/C.java\npackage q;\nimport p.A;\nclass C extends A<Integer> {\n  Object a = A.class, b = (A) null, c = p.A.of();\n  java.util.function.Supplier<A<C>> s = A::new;\n}\n//- q/D.java\npackage q;\nclass D { class A {} A a; }\n",
        "Z",
        "package p;\n//- p/Z.java\npackage p;\npublic class Z<T> {\n  public Z() {}\n  static Z<String> of() { return new Z<>(); }\n  class B { Z.B b; Object o = Z.this; }\n}\n//- q/C.java\npackage q;\nimport p.Z;\nclass C extends Z<Integer> {\n  Object a = Z.class, b = (Z) null, c = p.Z.of();\n  java.util.function.Supplier<Z<C>> s = Z::new;\n}\n//- q/D.java\npackage q;\nclass D { class A {} A a; }\n".trim_start_matches("package p;\n"),
    );
}

#[test]
fn a_package_goes_with_its_folders() {
    safe(
        "src/main/java/a/b/C.java",
        "package a.<|>b;\npublic class C {}\n//- src/main/java/a/b/c/D.java\npackage a.b.c;\nclass D {}\n//- src/test/java/a/b/CTest.java\npackage a.b;\nclass CTest { a.b.C c; }\n//- src/main/java/x/E.java\npackage x;\nimport a.b.*;\nclass E { C c; int b; }\n",
        "n",
        "//- src/main/java/a/n/C.java\npackage a.n;\npublic class C {}\n//- src/main/java/a/n/c/D.java\npackage a.n.c;\nclass D {}\n//- src/test/java/a/n/CTest.java\npackage a.n;\nclass CTest { a.n.C c; }\n//- src/main/java/x/E.java\npackage x;\nimport a.n.*;\nclass E { C c; int b; }\n",
    );
}

#[test]
fn types_of_libraries_and_of_other_packages_are_told_apart() {
    safe(
        "p/List.java",
        "package p;\npublic class <|>List {}\n//- p/B.java\npackage p;\nclass B { List own; java.util.List other; }\n//- p/C.java\npackage p;\nimport java.util.List;\nclass C { List other; p.List own; }\n//- p/D.java\npackage p;\nimport java.util.*;\nclass D { List own; }\n//- q/E.java\npackage q;\nimport java.util.*;\nclass E { List other; }\n",
        "Row",
        "//- p/Row.java\npackage p;\npublic class Row {}\n//- p/B.java\npackage p;\nclass B { Row own; java.util.List other; }\n//- p/C.java\npackage p;\nimport java.util.List;\nclass C { List other; p.Row own; }\n//- p/D.java\npackage p;\nimport java.util.*;\nclass D { Row own; }\n//- q/E.java\npackage q;\nimport java.util.*;\nclass E { List other; }\n",
    );
}

#[test]
fn type_parameters_are_each_declarations_own() {
    is(
        "class A<<|>T extends Comparable<T>> {\n  T t;\n  <T> T f(T x) { return x; }\n  static <T> void g(T x) {}\n  class B { T u; }\n}\nclass T {}\n",
        "K",
        "class A<K extends Comparable<K>> {\n  K t;\n  <T> T f(T x) { return x; }\n  static <T> void g(T x) {}\n  class B { K u; }\n}\nclass T {}\n",
    );
}

#[test]
fn labels_are_renamed_with_their_jumps() {
    is(
        "class A { void f() { <|>out: for (;;) { for (;;) { if (f2()) continue out; break out; } } }\n boolean f2() { int out = 1; return out > 0; } }\n",
        "top",
        "class A { void f() { top: for (;;) { for (;;) { if (f2()) continue top; break top; } } }\n boolean f2() { int out = 1; return out > 0; } }\n",
    );
}

#[test]
fn static_imports_bring_in_members() {
    safe(
        "p/A.java",
        "package p;\npublic class A { public static int <|>x; public static int y() { return x; } }\n//- q/B.java\npackage q;\nimport static p.A.x;\nclass B { int z = x; }\n//- q/C.java\npackage q;\nimport static p.A.*;\nclass C { int z = x + p.A.x; }\n",
        "n",
        "package p;\npublic class A { public static int n; public static int y() { return n; } }\n//- q/B.java\npackage q;\nimport static p.A.n;\nclass B { int z = n; }\n//- q/C.java\npackage q;\nimport static p.A.*;\nclass C { int z = n + p.A.n; }\n",
    );
}

#[test]
fn inherited_types_come_before_those_of_the_package() {
    safe(
        "p/A.java",
        "package p;\nclass A { static class <|>In {} }\n//- p/In.java\npackage p;\nclass In {}\n//- p/B.java\npackage p;\nclass B extends A { In i; }\n//- p/C.java\npackage p;\nclass C { In i; A.In j; }\n",
        "Own",
        "package p;\nclass A { static class Own {} }\n//- p/In.java\npackage p;\nclass In {}\n//- p/B.java\npackage p;\nclass B extends A { Own i; }\n//- p/C.java\npackage p;\nclass C { In i; A.Own j; }\n",
    );
}

#[test]
fn local_classes_are_seen_in_their_block() {
    is(
        "class A { void f() { class <|>L { L l; } new L(); record R(L l) {} }\n void g() { L l; } }\nclass L {}\n",
        "M",
        "class A { void f() { class M { M l; } new M(); record R(M l) {} }\n void g() { L l; } }\nclass L {}\n",
    );
}

#[test]
fn a_name_that_is_taken_is_a_conflict() {
    asks(
        "A.java",
        "class A { void f(int <|>x) { { int y = x; } } }\n",
        "y",
        "class A { void f(int y) { { int y = y; } } }\n",
        &["is_shadowed", "variable_exists"],
    );
    asks("A.java", "class A { int <|>x; int y; }\n", "y", "class A { int y; int y; }\n", &["member_exists"]);
    asks(
        "p/A.java",
        "package p;\nclass <|>A {}\n//- p/B.java\npackage p;\nclass B {}\n",
        "B",
        "//- p/B.java\npackage p;\nclass B {}\n",
        &["class_exists", "file_exists"],
    );
}

#[test]
fn a_variable_that_would_hide_a_field_is_a_conflict() {
    asks(
        "A.java",
        "class A { int y; int f(int <|>x) { return x + y; } }\n",
        "y",
        "class A { int y; int f(int y) { return y + y; } }\n",
        &["shadows"],
    );
}

#[test]
fn classes_in_strings_are_for_review() {
    asks(
        "p/A.java",
        "package p;\npublic class <|>A { String s = \"p.A\", t = \"A\"; }\n",
        "B",
        "//- p/B.java\npackage p;\npublic class B { String s = \"p.A\", t = \"A\"; }\n",
        &["path_in_string"],
    );
}

#[test]
fn what_is_no_name_of_these_sources_is_refused() {
    for text in [
        "class A { <|>String s; }\n",
        "class A { void f(String s) { s.<|>length(); } }\n",
        "class A { public static void <|>main(String[] a) {} }\n",
        "@interface A { String <|>value(); }\n",
    ] {
        assert_eq!(renamed("A.java", text, "n").proposal.verdict, Verdict::Refused, "{text}");
    }
    for text in [
        "class A { <|>int x; }",
        "class A { <|> int x; }",
        "class A { // <|>x\n}",
        "class A { int x = <|>12; }",
        "class A { String s = \"<|>s\"; }",
    ] {
        assert!(Case::new(text, "A.java").look().is_err(), "{text}");
    }
}

#[test]
fn names_that_the_language_has_taken_are_refused() {
    for name in ["class", "true", "_", "1a", "a-b", "", "goto"] {
        assert!(Case::new("class A { int <|>x; }", "A.java").try_rename(name, Options::default()).is_err(), "{name}");
    }
    assert!(Case::new("class <|>A {}", "A.java").try_rename("record", Options::default()).is_err());
}

#[test]
fn dollar_signs_are_letters() {
    let outcome = renamed("A.java", "class A { int <|>a; int a$b; int $a; }\n", "c");
    assert!(outcome.after.contains("int c; int a$b; int $a;"), "{}", told(&outcome.proposal));
    assert_eq!(outcome.proposal.verdict, Verdict::Safe, "{}", told(&outcome.proposal));
}

#[test]
fn names_that_are_data_when_the_program_runs_are_shown() {
    for (member, call) in [
        ("int hive = 3;", "Object.class.getDeclaredField(n)"),
        ("void hive() {}", "Object.class.getMethod(n, int.class)"),
        ("class hive {}", "Class.forName(\"p.\" + n)"),
    ] {
        let program = |name: &str| {
            let member = member.replace("hive", name);
            format!(
                "class M {{ {member} Object f(String n) throws Exception {{ return {call}; }} Object g() {{ return f(\"hive\"); }} }}\n"
            )
        };
        asks("M.java", &program("<|>hive"), "bee", &program("bee"), &["asked_for_by_data"]);
        let apart = |name: &str| program(name).replace("f(\"hive\")", "f(\"the hive\")");
        safe("M.java", &apart("<|>hive"), "bee", &apart("bee"));
    }
}

#[test]
fn members_whose_names_are_put_together_are_shown() {
    for name in ["\"get\" + n", "n + \"Hive\"", "String.format(\"get%s\", n)"] {
        let program = |member: &str| {
            format!(
                "class M {{ void {member}() {{}} Object f(String n) throws Exception {{ return M.class.getMethod({name}); }} }}\n"
            )
        };
        asks("M.java", &program("<|>getHive"), "bee", &program("bee"), &["part_of_a_name"]);
        safe("M.java", &program("<|>wasp"), "bee", &program("bee"));
    }
}

#[test]
fn constants_that_are_found_by_their_names_are_shown() {
    for call in ["E.valueOf(s)", "Enum.valueOf(E.class, s)", "of(E::valueOf)"] {
        let program = |name: &str| {
            format!("enum E {{ {name}, WASP }}\n//- M.java\nclass M {{ Object f(String s) {{ return {call}; }} }}\n")
        };
        asks("E.java", &program("<|>HIVE"), "BEE", &program("BEE"), &["asked_for_by_data"]);
    }
    let inside = |name: &str| format!("enum E {{ {name}; static E of(String s) {{ return valueOf(s.trim()); }} }}\n");
    asks("E.java", &inside("<|>HIVE"), "BEE", &inside("BEE"), &["asked_for_by_data"]);
    for call in ["F.valueOf(s)", "Integer.valueOf(s)", "E.valueOf(\"WASP\")"] {
        let program = |name: &str| {
            format!("enum E {{ {name}, WASP }}\n//- M.java\nclass M {{ Object f(String s) {{ return {call}; }} }}\n")
        };
        safe("E.java", &program("<|>HIVE"), "BEE", &program("BEE"));
    }
}

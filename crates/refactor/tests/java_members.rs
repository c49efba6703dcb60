//! Members of Java: whose each is, which override one another, which of several is called, and what cannot be known.

mod support;

use refactor::{Hierarchy, Options};
use support::{Case, asks, joined, safe, split, told};

fn is(before: &str, new_name: &str, after: &str) {
    safe("A.java", before, new_name, after);
}

/// A rename of everything that is marked with `~`, which must be all.
fn all(text: &str) {
    let first = text.replacen('~', "<|>", 1).replace('~', "");
    let name: String = text
        .split_once('~')
        .map(|(_, rest)| rest.chars().take_while(|it| it.is_alphanumeric()).collect())
        .unwrap_or_default();
    is(&first, "renamed", &text.replace(&format!("~{name}"), "renamed"));
}

#[test]
fn a_method_is_renamed_with_those_that_override_it() {
    all(
        "class A { void ~f() {} }\nclass B extends A { @Override void ~f() { super.~f(); this.~f(); ~f(); } }\nclass C { void f() {} }\nclass D { void g(A a, B b, C c) { a.~f(); b.~f(); c.f(); new B().~f(); } }\n",
    );
}

#[test]
fn overloads_are_told_apart_by_count_and_types() {
    all(
        "class A { void ~f(int a) {} void f() {} void f(String s) {} void f(int a, int b) {}\n void g(byte b, char c, long l, Integer i, Object o) { ~f(1); f(); f(\"\"); f(1, 2); ~f(b); ~f(c); ~f(i); f(null); f((String) o); f(\"a\" + 1); ~f(b + c); } }\n",
    );
    all(
        "class A { void f(Object o) {} void ~f(String s) {} void f(int... a) {}\n void g(Object o) { f(o); ~f(\"\"); f(1, 2); f(); f(new int[0]); ~f(null == o ? \"a\" : \"b\"); } }\n",
    );
    all(
        "import java.util.*;\nclass A { void f(Collection<String> c) {} void ~f(List<String> l) {} void f(long l) {} void f(double d) {}\n void g(ArrayList<String> a, Set<String> s) { ~f(a); f(s); f(1); f(1f); ~f(new LinkedList<>()); ~f(List.of()); ~f(Arrays.asList(\"a\")); } }\n",
    );
}

#[test]
fn overrides_follow_their_parameters_only() {
    all(
        "interface H<T> { void ~put(T t); void put(int i); }\nclass S implements H<String> { public void ~put(String s) {} public void put(int i) {} public void put(Object o) {} }\nclass U { void g(H<S> h, S s) { h.~put(s); h.put(1); s.~put(\"\"); s.put(new Object()); } }\n",
    );
}

#[test]
fn interfaces_meet_in_the_class_that_implements_both() {
    all(
        "interface I { void ~f(); }\ninterface J { void ~f(); }\nclass B { public void ~f() {} }\nclass C extends B implements I, J {}\nclass D { void f() {} void g(C c, I i) { c.~f(); i.~f(); f(); } }\n",
    );
}

#[test]
fn private_and_static_members_are_of_their_class_alone() {
    all("class A { private void ~f() { ~f(); } }\nclass B extends A { void f() { f(); } }\n");
    all(
        "class A { static void ~f() {} }\nclass B extends A { static void f() {} void g() { f(); A.~f(); super.toString(); } }\n",
    );
}

#[test]
fn members_of_anonymous_inner_and_local_classes_are_theirs() {
    all(
        "class A { int x; void ~f() {} \n class In { void g() { ~f(); A.this.~f(); } void h() { new In2().f(); } }\n class In2 { void f() {} void g() { f(); A.this.~f(); } }\n Runnable r = new Runnable() { public void run() { ~f(); } };\n A a = new A() { @Override void ~f() { super.~f(); } };\n}\n",
    );
}

#[test]
fn objects_are_known_by_fields_calls_arrays_and_generics() {
    all(
        "import java.util.*;\nclass A { A next; A[] all; List<A> list; Map<String, List<A>> map; Optional<A> may;\n int ~f() { return 0; } A g() { return this; } static <T> T same(T t) { return t; }\n void use(Object o) { g().g().~f(); next.next.~f(); all[0].~f(); list.get(0).~f(); map.get(\"\").get(0).~f(); may.get().~f(); same(next).~f(); ((A) o).~f(); (next).~f();\n for (A a : list) a.~f(); for (var a : all) a.~f(); var v = list.iterator().next(); v.~f(); if (o instanceof A x) x.~f();\n for (Map.Entry<String, List<A>> e : map.entrySet()) for (var a : e.getValue()) a.~f(); } }\nclass B { int f() { return 1; } void g() { f(); } }\n",
    );
}

#[test]
fn parameters_of_lambdas_are_known_by_where_the_lambda_goes() {
    all(
        "import java.util.*;\nimport java.util.function.*;\nimport java.util.stream.*;\nclass A { int ~f() { return 0; } String n() { return \"\"; } A up() { return this; }\n void use(List<A> l, Map<String, A> m) { l.forEach(a -> a.~f()); l.stream().map(a -> a.up()).filter(a -> a.~f() > 0).forEach(A::~f);\n l.stream().map(A::up).mapToInt(A::~f).sum(); m.forEach((k, v) -> { v.~f(); }); l.sort(Comparator.comparing(A::n));\n Function<A, Integer> g = a -> a.~f(); Supplier<Integer> s = up()::~f; l.stream().map(a -> { return a.up(); }).findFirst().get().~f();\n m.computeIfAbsent(\"\", k -> new A()).~f(); Optional.of(l.get(0)).map(A::up).ifPresent(a -> a.~f()); } }\n",
    );
}

#[test]
fn own_functional_interfaces_are_known_too() {
    all(
        "interface F<T, R> { R go(T t); default F<T, R> self() { return this; } }\nclass A { int ~f() { return 0; }\n static <T, R> R run(T t, F<T, R> f) { return f.go(t); }\n void use(A a) { run(a, x -> x.~f()); run(a, x -> x).~f(); F<A, A> g = x -> { x.~f(); return x; }; g.go(a).~f(); } }\n",
    );
}

#[test]
fn methods_of_functional_interfaces_are_renamed_under_lambdas() {
    all(
        "interface F { int ~go(int a); }\nclass A { F f = x -> x + 1; F g = A::m; static int m(int go) { return go; } int h() { return f.~go(1); } }\n",
    );
}

#[test]
fn references_to_methods_are_told_apart_by_what_is_wanted() {
    all(
        "import java.util.function.*;\nclass A { static int ~f(int a) { return a; } static int f(int a, int b) { return b; }\n IntUnaryOperator one = A::~f; IntBinaryOperator two = A::f; }\n",
    );
}

#[test]
fn components_of_records_are_fields_methods_and_parameters() {
    all(
        "record P(int ~x, int y) { P { if (~x < 0) throw new IllegalArgumentException(); } P(int x) { this(x, 0); } int sum() { return ~x + this.~x + ~x() + y; } }\nclass A { int f(P p, Object o) { int x = p.~x(); return o instanceof P(int x2, var y) ? x : x2(); } int x2() { return 0; } }\n",
    );
    all("record P(int ~x) { P(int ~x) { this.~x = ~x; } public int ~x() { return ~x; } }\n");
}

#[test]
fn components_may_implement_methods_of_interfaces() {
    all(
        "interface S { double ~area(); }\nrecord Q(double ~area) implements S {}\nclass A { double f(S s) { return s.~area(); } }\n",
    );
}

#[test]
fn constants_of_enums_are_known_in_cases() {
    all(
        "enum E { ~RED, BLUE { int f() { return ~RED.ordinal(); } }; int f() { return switch (this) { case ~RED -> 1; default -> 2; }; } }\nenum F { RED }\nclass A { int f(E e, F f) { switch (e) { case ~RED: return 1; } switch (f) { case RED: return E.~RED.f(); default: return 0; } } }\n",
    );
}

#[test]
fn elements_of_annotations_are_named_where_they_are_used() {
    all(
        "@interface N { String ~text() default \"\"; int text2() default 0; }\n@N(~text = \"a\", text2 = 1) class A { @N(~text = \"b\") int text; }\n",
    );
}

#[test]
fn fields_hide_one_another_along_the_classes() {
    all(
        "class A { int ~x; }\nclass B extends A { int f() { return ~x + super.~x + this.~x; } }\nclass C extends A { int x; int f() { return x + super.~x + ((A) this).~x; } }\n",
    );
}

#[test]
fn fields_of_interfaces_and_outer_classes_are_inherited() {
    all(
        "interface K { int ~MAX = 1; }\nclass A implements K { int f() { return ~MAX + K.~MAX + A.~MAX; } class In { int g() { return ~MAX; } } }\nclass B { int MAX; int f() { return MAX; } }\n",
    );
}

#[test]
fn an_object_that_nobody_knows_is_for_review() {
    asks(
        "A.java",
        "import x.Lib;\nclass A { void <|>f(int a) {} void g() { Lib.make().f(1); Lib.make().f(); Lib l = null; l.f(1); } }\n",
        "n",
        "import x.Lib;\nclass A { void n(int a) {} void g() { Lib.make().f(1); Lib.make().f(); Lib l = null; l.f(1); } }\n",
        &["unknown_receiver"],
    );
}

#[test]
fn members_of_unknown_objects_do_not_disturb_variables() {
    is(
        "import x.Lib;\nclass A { int f; void g() { int <|>f = Lib.make().f; f = Lib.f(f); } }\n",
        "n",
        "import x.Lib;\nclass A { int f; void g() { int n = Lib.make().f; n = Lib.f(n); } }\n",
    );
}

#[test]
fn overrides_of_the_platform_are_a_conflict() {
    asks(
        "A.java",
        "class A extends Thread { public void <|>run() {} public void other() {} }\n",
        "go",
        "class A extends Thread { public void go() {} public void other() {} }\n",
        &["overrides_library"],
    );
    all("class A extends Thread { public void run() {} public void ~other() { run(); ~other(); } }\n");
    asks(
        "A.java",
        "class A { String <|>text() { return \"\"; } }\n",
        "toString",
        "class A { String toString() { return \"\"; } }\n",
        &["overrides_library"],
    );
}

#[test]
fn what_a_library_may_define_is_a_conflict() {
    asks(
        "A.java",
        "import x.Lib;\nclass A extends Lib { void <|>f() {} private void g() { f(); } }\n",
        "n",
        "import x.Lib;\nclass A extends Lib { void n() {} private void g() { n(); } }\n",
        &["may_override_library"],
    );
    all("import x.Lib;\nclass A extends Lib { private void ~f() { ~f(); } }\n");
}

#[test]
fn a_member_that_would_override_is_a_conflict() {
    asks(
        "A.java",
        "class A { void <|>f() {} }\nclass B extends A { void g() {} void h() { g(); } }\n",
        "g",
        "class A { void g() {} }\nclass B extends A { void g() {} void h() { g(); } }\n",
        &["member_exists", "shadows", "shadows"],
    );
}

#[test]
fn an_overload_that_would_be_chosen_instead_is_a_conflict() {
    asks(
        "A.java",
        "class A { void f(Object o) {} void <|>g(String s) {} void h() { f(\"\"); } }\n",
        "f",
        "class A { void f(Object o) {} void f(String s) {} void h() { f(\"\"); } }\n",
        &["shadows"],
    );
}

#[test]
fn only_one_of_a_family_can_be_asked_for() {
    let before = "class A { void f() {} }\nclass B extends A { void <|>f() {} void g(A a) { a.f(); f(); } }\n";
    let after = "class A { void f() {} }\nclass B extends A { void n() {} void g(A a) { a.f(); n(); } }\n";
    let options = Options { hierarchy: Hierarchy::Only, ..Options::default() };
    let outcome = Case::new(before, "A.java").try_rename("n", options);
    let outcome = outcome.unwrap_or_else(|error| unreachable!("there is a proposal: {error}"));
    assert_eq!(outcome.after, joined(&split(after, "A.java")));
    assert!(outcome.proposal.conflicts.iter().any(|one| one.code == "hierarchy"), "{}", told(&outcome.proposal));
}

#[test]
fn accessors_that_an_annotation_makes_are_a_conflict() {
    asks(
        "A.java",
        "import lombok.Data;\n@Data class A { private int <|>size; }\nclass B { void f(A a) { a.getSize(); } }\n",
        "count",
        "import lombok.Data;\n@Data class A { private int count; }\nclass B { void f(A a) { a.getSize(); } }\n",
        &["generated_accessors"],
    );
}

#[test]
fn strings_that_are_looked_up_are_for_review() {
    asks(
        "A.java",
        "class A { void <|>go() {} void f() throws Exception { A.class.getMethod(\"go\"); String s = \"go\"; } }\n",
        "run",
        "class A { void run() {} void f() throws Exception { A.class.getMethod(\"go\"); String s = \"go\"; } }\n",
        &["asked_by_name"],
    );
}

#[test]
fn decoys_are_not_touched() {
    all(
        "class A { void ~go() {} }\nclass B { int go; String go() { return \"go\"; } void f(int go) { this.go = go; go: for (;;) break go; } } // go\nclass go<T> { go<T> g; }\ninterface C { void go(); C c = () -> {}; }\n",
    );
}

#[test]
fn the_new_names_of_two_unrelated_interfaces_stay_apart() {
    all(
        "interface I { void ~f(); }\ninterface J { void f(); }\nclass A implements I { public void ~f() {} }\nclass B implements J { public void f() {} void g(I i, J j) { i.~f(); j.f(); f(); } }\n",
    );
}

#[test]
fn bounds_of_type_parameters_say_what_a_value_has() {
    all(
        "interface N { int ~f(); }\nclass A<T extends N> { T t; int g() { return t.~f(); } <U extends T> int h(U u) { return u.~f(); } <V> void k(V v, A<? extends N> a) { a.t.~f(); } }\n",
    );
}

#[test]
fn a_type_that_is_extended_without_its_parameters_takes_any_object() {
    all(
        "interface F<I, O> { O ~go(I in); }\nclass A { Object f = new F() { public Object ~go(Object in) { return in; } }; F<A, A> g = new F<A, A>() { public A ~go(A in) { return in; } public A go(String s) { return null; } }; }\n",
    );
}

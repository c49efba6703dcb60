//! C++: namespaces, classes, families of methods, and what overloads and templates leave open.

mod support;

use support::{Case, asks, safe};

fn is(before: &str, new_name: &str, after: &str) {
    safe("m.cpp", before, new_name, after);
}

#[test]
fn locals_of_all_kinds_are_renamed_in_their_scope() {
    is(
        "int f(int <|>a) { auto g = [a, b = a](int c) { return a + b + c; }; for (int i = a; i < a; ++i) { int a = i; ++a; } return g(a); }\n",
        "n",
        "int f(int n) { auto g = [n, b = n](int c) { return n + b + c; }; for (int i = n; i < n; ++i) { int a = i; ++a; } return g(n); }\n",
    );
    is(
        "int f() { if (auto <|>p = g()) return *p; auto [p, q] = h(); std::string s(p); return p + q; }\n",
        "x",
        "int f() { if (auto x = g()) return *x; auto [p, q] = h(); std::string s(p); return p + q; }\n",
    );
}

#[test]
fn values_that_look_like_parameters_are_read_as_values() {
    is(
        "struct R { R(int, int); };\nint f(int <|>w, int h) { R r(w, h); R q(w * h, h); return 0; }\n",
        "width",
        "struct R { R(int, int); };\nint f(int width, int h) { R r(width, h); R q(width * h, h); return 0; }\n",
    );
}

#[test]
fn a_class_is_one_with_its_constructors_and_its_uses() {
    is(
        "#include \"m.hpp\"\nK::K(int x) : x_(x) {}\nK::~K() {}\nK K::make() { return K(1); }\nK *g() { K a(1); K b{2}; return new K(3); }\n//- m.hpp\nclass <|>K { public: K(int x); ~K(); static K make(); private: int x_; friend class L; };\n",
        "Key",
        "#include \"m.hpp\"\nKey::Key(int x) : x_(x) {}\nKey::~Key() {}\nKey Key::make() { return Key(1); }\nKey *g() { Key a(1); Key b{2}; return new Key(3); }\n//- m.hpp\nclass Key { public: Key(int x); ~Key(); static Key make(); private: int x_; friend class L; };\n",
    );
}

#[test]
fn members_are_known_in_their_class_and_on_its_values() {
    is(
        "#include \"m.hpp\"\nint K::get() const { return x + this->x; }\nint f(K &k, K *p, L l) { auto q = k; auto *r = new K(); return k.x + p->x + q.x + r->x + l.x + K().x; }\n//- m.hpp\n#pragma once\nclass K { public: int <|>x = 0; int get() const; int two() { return x * 2; } };\nstruct L { int x; };\n",
        "y",
        "#include \"m.hpp\"\nint K::get() const { return y + this->y; }\nint f(K &k, K *p, L l) { auto q = k; auto *r = new K(); return k.y + p->y + q.y + r->y + l.x + K().y; }\n//- m.hpp\n#pragma once\nclass K { public: int y = 0; int get() const; int two() { return y * 2; } };\nstruct L { int x; };\n",
    );
}

#[test]
fn a_constructor_initialises_members() {
    is(
        "struct B { B(int); };\nstruct K : B { int <|>x; K(int x) : B(x), x(x) { this->x = x; } };\n",
        "y",
        "struct B { B(int); };\nstruct K : B { int y; K(int x) : B(x), y(x) { this->y = x; } };\n",
    );
    is(
        "struct B { B(int); };\nstruct K : B { int x; K(int <|>x) : B(x), x(x) { this->x = x; } };\n",
        "y",
        "struct B { B(int); };\nstruct K : B { int x; K(int y) : B(y), x(y) { this->x = y; } };\n",
    );
}

#[test]
fn methods_that_override_are_a_family() {
    is(
        "struct A { virtual ~A(); virtual int <|>run(); };\nstruct B : A { int run() override; };\nstruct C : public B { int run(); };\nstruct D { int run(); };\nint B::run() { return A::run(); }\nint f(A *a, C &c, D d) { return a->run() + c.run() + d.run(); }\n",
        "go",
        "struct A { virtual ~A(); virtual int go(); };\nstruct B : A { int go() override; };\nstruct C : public B { int go(); };\nstruct D { int run(); };\nint B::go() { return A::go(); }\nint f(A *a, C &c, D d) { return a->go() + c.go() + d.run(); }\n",
    );
    is(
        "struct A { int <|>run(); };\nstruct B : A { int run(); };\nint f(A *a, B *b) { return a->run() + b->run(); }\n",
        "go",
        "struct A { int go(); };\nstruct B : A { int run(); };\nint f(A *a, B *b) { return a->go() + b->run(); }\n",
    );
}

#[test]
fn a_method_of_a_class_with_an_unknown_base_is_a_conflict() {
    asks(
        "m.cpp",
        "struct K : QWidget { void <|>show(); };\nvoid f(K &k) { k.show(); }\n",
        "open",
        "struct K : QWidget { void open(); };\nvoid f(K &k) { k.open(); }\n",
        &["may_override_library"],
    );
}

#[test]
fn inherited_members_are_found_through_bases() {
    is(
        "struct A { int <|>x; };\nstruct B : A {};\nstruct C : B { int get() { return x + A::x; } };\nint f(C *c) { return c->x; }\n",
        "y",
        "struct A { int y; };\nstruct B : A {};\nstruct C : B { int get() { return y + A::y; } };\nint f(C *c) { return c->y; }\n",
    );
}

#[test]
fn namespaces_are_apart() {
    is(
        "namespace a { int <|>f(); int g() { return f() + ::f(); } }\nnamespace b { int f(); }\nint f();\nint h() { return a::f() + b::f() + f(); }\nint a::f() { return 1; }\n",
        "k",
        "namespace a { int k(); int g() { return k() + ::f(); } }\nnamespace b { int f(); }\nint f();\nint h() { return a::k() + b::f() + f(); }\nint a::k() { return 1; }\n",
    );
}

#[test]
fn a_namespace_itself_is_renamed() {
    is(
        "namespace <|>a { namespace b { int x; } }\nnamespace a::b { int y; }\nusing namespace a;\nint f() { return a::b::x + ::a::b::y; }\n",
        "n",
        "namespace n { namespace b { int x; } }\nnamespace n::b { int y; }\nusing namespace n;\nint f() { return n::b::x + ::n::b::y; }\n",
    );
}

#[test]
fn names_are_brought_in_by_using() {
    is(
        "namespace a { int <|>f(int); class K {}; }\nusing namespace a;\nusing a::K;\nint g() { K k; return f(1); }\n",
        "h",
        "namespace a { int h(int); class K {}; }\nusing namespace a;\nusing a::K;\nint g() { K k; return h(1); }\n",
    );
    is(
        "namespace a { int f(int); class <|>K {}; }\nusing a::K;\nint g(K *k) { K q; return a::f(1); }\n",
        "L",
        "namespace a { int f(int); class L {}; }\nusing a::L;\nint g(L *k) { L q; return a::f(1); }\n",
    );
}

#[test]
fn overloads_of_one_scope_are_renamed_as_one() {
    is(
        "int <|>f(int);\nint f(double);\nint f(int a) { return a; }\nint g() { return f(1) + f(2.0); }\n",
        "h",
        "int h(int);\nint h(double);\nint h(int a) { return a; }\nint g() { return h(1) + h(2.0); }\n",
    );
}

#[test]
fn a_call_that_may_mean_another_namespaces_function_is_for_review() {
    asks(
        "m.cpp",
        "namespace a { struct K {}; void <|>mix(K &, K &); }\nvoid mix(int &, int &);\nvoid f(a::K &x) { mix(x, x); }\n",
        "change",
        "namespace a { struct K {}; void change(K &, K &); }\nvoid mix(int &, int &);\nvoid f(a::K &x) { mix(x, x); }\n",
        &["overload"],
    );
}

#[test]
fn what_depends_on_a_template_is_for_review() {
    asks(
        "m.cpp",
        "struct K { int <|>length(); };\ntemplate <class T> int f(T &t) { return t.length() + T::length(); }\nint g(K &k) { return f(k) + k.length(); }\n",
        "count",
        "struct K { int count(); };\ntemplate <class T> int f(T &t) { return t.length() + T::length(); }\nint g(K &k) { return f(k) + k.count(); }\n",
        &["template", "unknown_receiver"],
    );
    is(
        "template <class <|>T, int N> struct A { T a[N]; T get(int i) { return a[i]; } };\nA<int, 3> x;\n",
        "Item",
        "template <class Item, int N> struct A { Item a[N]; Item get(int i) { return a[i]; } };\nA<int, 3> x;\n",
    );
}

#[test]
fn a_smart_pointer_or_a_container_hides_its_type() {
    asks(
        "m.cpp",
        "struct K { int <|>x; };\nint f(std::unique_ptr<K> p, std::vector<K> v) { for (auto &k : v) { k.x; } return p->x + v[0].x; }\n",
        "y",
        "struct K { int y; };\nint f(std::unique_ptr<K> p, std::vector<K> v) { for (auto &k : v) { k.x; } return p->x + v[0].x; }\n",
        &["unknown_receiver", "unknown_receiver", "unknown_receiver"],
    );
}

#[test]
fn scoped_constants_are_members() {
    is(
        "enum class E { <|>A, B };\nenum F { A2 };\nint A;\nE f() { return A ? E::A : E::B; }\n",
        "First",
        "enum class E { First, B };\nenum F { A2 };\nint A;\nE f() { return A ? E::First : E::B; }\n",
    );
}

#[test]
fn a_struct_of_c_is_used_without_its_keyword() {
    is(
        "#include \"s.h\"\nint f(item *p, struct item q) { item r = q; return p->x + r.x; }\n//- s.h\ntypedef struct <|>item item;\nstruct item { int x; };\n",
        "part",
        "#include \"s.h\"\nint f(item *p, struct part q) { item r = q; return p->x + r.x; }\n//- s.h\ntypedef struct part item;\nstruct part { int x; };\n",
    );
}

#[test]
fn words_of_cpp_are_refused_where_cpp_is() {
    let outcome = Case::new("int <|>f();\n", "m.cpp").try_rename("namespace", refactor::Options::default());
    assert!(outcome.is_err());
}

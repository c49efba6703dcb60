//! Go: fields and methods, embedding, interfaces, literals, what types are inferred.

#![allow(clippy::expect_used, reason = "a test that cannot go on should stop")]

mod support;

use support::{asks, safe};

fn one(before: &str, new_name: &str, after: &str) {
    safe("a.go", &format!("package a\n{before}"), new_name, &format!("package a\n{after}"));
}

/// Every `old` of a text becomes `new`, but for those that are written `!old`.
fn every(before: &str, old: &str, new_name: &str) {
    let plain = before.replace("<|>", "").replace(&format!("!{old}"), "\u{1}");
    let after = plain.replace(old, new_name).replace('\u{1}', old);
    one(&before.replace(&format!("!{old}"), old), new_name, &after);
}

#[test]
fn a_field_is_renamed_on_values_pointers_and_in_literals() {
    every(
        "type T struct{ <|>old, b int }\ntype U struct{ !old int }\nfunc f(t T, p *T, u U) {\n\tt.old = p.old + u.!old\n\t_ = T{old: 1, b: 2}\n\t_ = &T{old: 2}\n\t_ = U{!old: 3}\n\t_ = []T{{old: 1}}\n\t_ = []*T{{old: 1}}\n\t_ = map[string]T{\"x\": {old: 1}}\n\t_ = map[T]int{{old: 2}: 1}\n\t_ = [...]T{0: {old: 1}}\n}\n",
        "old",
        "fresh",
    );
}

#[test]
fn the_type_of_a_value_is_worked_out() {
    every(
        "type T struct{ <|>old int }\nfunc (t *T) self() *T { return t }\nfunc make1() (*T, error) { return new(T), nil }\nfunc f(ts []T, m map[string]*T, c chan T, v any) {\n\ta := T{}\n\tb := &T{}\n\tc1 := new(T)\n\td, err := make1()\n\t_, _, _, _, _ = a.old, b.old, c1.old, d.old, err\n\tfor _, t := range ts {\n\t\t_ = t.old\n\t}\n\tfor k, t := range m {\n\t\t_, _ = k, t.old\n\t}\n\t_ = ts[0].old + ts[1:][0].old + m[\"x\"].old + (<-c).old\n\tif x, ok := m[\"\"]; ok {\n\t\t_ = x.old\n\t}\n\tif x, ok := v.(*T); ok {\n\t\t_ = x.old\n\t}\n\tswitch x := v.(type) {\n\tcase T:\n\t\t_ = x.old\n\tcase *T:\n\t\t_ = x.self().old\n\t}\n\te := append(ts, T{})\n\t_ = e[0].old\n\tg := func() T { return T{} }\n\t_ = g().old\n\t_ = (*T).self(b).old\n\t_ = (&a).old + (*b).old\n\tvar fn func(int) []T\n\t_ = fn(1)[0].old\n\tmk := make([]T, 1)\n\tmk[0].old++\n}\n",
        "old",
        "fresh",
    );
}

#[test]
fn a_method_is_renamed_on_its_type_only() {
    every(
        "type T int\nfunc (t T) <|>old() int { return 1 }\ntype U int\nfunc (u U) !old() int { return 2 }\nfunc f(t T, u U) {\n\tt.old()\n\tu.!old()\n\t_ = T.old\n\t_ = (*T).old\n\tg := t.old\n\tg()\n\t!old := 1\n\t_ = !old\n}\n",
        "old",
        "fresh",
    );
}

#[test]
fn embedded_types_hand_on_their_members() {
    every(
        "type A struct{ <|>old int }\ntype B struct{ *A }\ntype C struct {\n\tB\n\tx int\n}\ntype D struct {\n\tC\n\t!old string\n}\nfunc f(b B, c *C, d D) {\n\t_ = b.old + c.old + c.B.A.old + d.C.old\n\t_ = d.!old\n}\n",
        "old",
        "fresh",
    );
}

#[test]
fn an_embedded_field_is_called_after_its_type() {
    every(
        "type <|>Old struct{ x int }\ntype B struct{ *Old }\ntype C struct{ !Old int }\nfunc f(b B, c C) {\n\t_ = b.Old.x + c.!Old\n\t_ = B{Old: &Old{x: 1}}\n}\n",
        "Old",
        "Fresh",
    );
}

#[test]
fn a_method_of_an_interface_is_one_with_those_of_its_types() {
    every(
        "type I interface {\n\told(int) string\n\tother()\n}\ntype T struct{}\nfunc (T) <|>old(n int) string { return \"\" }\nfunc (T) other() {}\ntype N struct{}\nfunc (N) !old(n int) string { return \"\" }\ntype W struct{}\nfunc (W) !old() {}\nfunc (W) other() {}\nfunc f(i I, t T, n N) {\n\ti.old(1)\n\tt.old(2)\n\tn.!old(3)\n\t_ = i.(interface{ other() })\n}\n",
        "old",
        "fresh",
    );
}

#[test]
fn a_type_may_satisfy_an_interface_by_what_it_embeds() {
    every(
        "type I interface {\n\t<|>old()\n\tother()\n}\ntype Base struct{}\nfunc (Base) old() {}\ntype T struct{ Base }\nfunc (*T) other() {}\nvar _ I = &T{}\n",
        "old",
        "fresh",
    );
}

#[test]
fn interfaces_embed_interfaces() {
    every(
        "type I interface{ <|>old() }\ntype J interface {\n\tI\n\tmore()\n}\ntype T struct{}\nfunc (T) old() {}\nfunc f(j J, t T) {\n\tj.old()\n\tt.old()\n}\ntype K struct{ I }\nfunc g(k K) { k.old() }\n",
        "old",
        "fresh",
    );
}

#[test]
fn members_of_generic_types_are_followed() {
    every(
        "type T struct{ <|>old int }\ntype List[E any] struct{ items []E; head *Node[E] }\ntype Node[E any] struct{ value E }\nfunc (l *List[X]) first() X { return l.items[0] }\nfunc pick[E any](xs []E) E { return xs[0] }\nfunc both[K comparable, V any](m map[K]V) (K, V) { for k, v := range m { return k, v }; panic(1) }\nfunc f(l List[T], ts []T, m map[string]T) {\n\t_ = l.first().old + l.items[0].old + l.head.value.old\n\t_ = pick(ts).old + pick[T](nil).old\n\t_, v := both(m)\n\t_ = v.old\n\tn := Node[T]{value: T{old: 1}}\n\t_ = n.value.old\n}\n",
        "old",
        "fresh",
    );
}

#[test]
fn a_constraint_gives_its_methods_to_the_type_parameter() {
    every(
        "type I interface{ <|>old() }\ntype T struct{}\nfunc (T) old() {}\nfunc f[E I](e E) { e.old() }\nfunc g() { f(T{}) }\n",
        "old",
        "fresh",
    );
}

#[test]
fn aliases_are_what_they_stand_for_and_made_types_have_the_fields() {
    every(
        "type T struct{ <|>old int }\ntype A = T\ntype U T\nfunc f(a A, u U) {\n\t_ = a.old + u.old\n\t_ = A{old: 1}\n\t_ = U{old: 1}\n}\n",
        "old",
        "fresh",
    );
}

#[test]
fn members_are_followed_across_packages() {
    safe(
        "go.mod",
        "module m\n//- p/p.go\npackage p\n\ntype T struct{ <|>Name string }\n\nfunc New() *T { return &T{} }\n//- q/q.go\npackage q\n\nimport \"m/p\"\n\nvar t = p.New()\n\nvar _ = t.Name + p.New().Name + p.T{Name: \"\"}.Name\n\nvar Name = 1\n",
        "Label",
        "module m\n//- p/p.go\npackage p\n\ntype T struct{ Label string }\n\nfunc New() *T { return &T{} }\n//- q/q.go\npackage q\n\nimport \"m/p\"\n\nvar t = p.New()\n\nvar _ = t.Label + p.New().Label + p.T{Label: \"\"}.Label\n\nvar Name = 1\n",
    );
}

#[test]
fn small_names_of_another_package_are_others() {
    safe(
        "go.mod",
        "module m\n//- p/p.go\npackage p\n\ntype I interface{ <|>run() }\n\nfunc f(i I) { i.run() }\n//- q/q.go\npackage q\n\nimport \"m/unknown\"\n\ntype T struct{}\n\nfunc (T) run() {}\n\nfunc f(x unknown.X) { x.Y().run() }\n",
        "start",
        "module m\n//- p/p.go\npackage p\n\ntype I interface{ start() }\n\nfunc f(i I) { i.start() }\n//- q/q.go\npackage q\n\nimport \"m/unknown\"\n\ntype T struct{}\n\nfunc (T) run() {}\n\nfunc f(x unknown.X) { x.Y().run() }\n",
    );
}

#[test]
fn a_receiver_that_nobody_knows_is_for_review_and_only_for_its_members() {
    let program = "package a\n\nimport \"example.com/x\"\n\ntype T struct{ name int }\n\nfunc f(T) {\n\tv := x.Find[T]()\n\t_ = v.name\n\tname := 1\n\t_ = name\n}\n";
    asks(
        "a.go",
        &program.replace("struct{ name", "struct{ <|>name"),
        "label",
        &program.replace("struct{ name", "struct{ label"),
        &["receiver_unknown"],
    );
    safe(
        "a.go",
        &program.replace("\tname := 1", "\t<|>name := 1"),
        "label",
        &program.replace("\tname := 1\n\t_ = name", "\tlabel := 1\n\t_ = label"),
    );
}

#[test]
fn members_of_libraries_are_none_of_these() {
    every(
        "\nimport (\n\t\"bytes\"\n\t\"net/http\"\n)\n\ntype T struct {\n\tbytes.Buffer\n\t<|>Old int\n}\nfunc f(t T, r *http.Request) {\n\t_ = t.Old\n\tt.Buffer.Reset()\n\t_ = http.Server{!Old: 1}\n\t_ = r.!Old\n\tx, err := http.Get(\"\")\n\t_, _ = x.!Old, err\n}\n",
        "Old",
        "Fresh",
    );
}

#[test]
fn a_key_of_a_map_is_a_value() {
    every(
        "type T struct{ <|>old int }\nfunc f(!old string) {\n\t_ = map[string]int{!old: 1}\n\t_ = []int{0: 1}\n\t_ = T{old: len(!old)}\n}\n",
        "old",
        "fresh",
    );
}

#[test]
fn a_method_that_a_library_asks_for_is_a_conflict() {
    asks(
        "a.go",
        "package a\ntype T int\nfunc (T) <|>String() string { return \"\" }\n",
        "Text",
        "package a\ntype T int\nfunc (T) Text() string { return \"\" }\n",
        &["may_implement"],
    );
    asks(
        "a.go",
        "package a\ntype T int\nfunc (T) <|>Text() string { return \"\" }\n",
        "String",
        "package a\ntype T int\nfunc (T) String() string { return \"\" }\n",
        &["would_implement"],
    );
    one(
        "type T int\nfunc (T) <|>String(n int) string { return \"\" }\n",
        "Text",
        "type T int\nfunc (T) Text(n int) string { return \"\" }\n",
    );
    asks(
        "go.mod",
        "module m\nrequire example.com/x v1.0.0\n//- a.go\npackage a\nimport \"example.com/x\"\ntype T int\nfunc (T) <|>Do() { x.F() }\n",
        "Run",
        "module m\nrequire example.com/x v1.0.0\n//- a.go\npackage a\nimport \"example.com/x\"\ntype T int\nfunc (T) Run() { x.F() }\n",
        &["may_implement"],
    );
}

#[test]
fn a_member_that_is_there_already_is_a_conflict() {
    asks(
        "a.go",
        "package a\ntype T struct{ a, <|>b int }\n",
        "a",
        "package a\ntype T struct{ a, a int }\n",
        &["is_shadowed"],
    );
    asks(
        "a.go",
        "package a\ntype T struct{ a int }\nfunc (T) <|>b() {}\n",
        "a",
        "package a\ntype T struct{ a int }\nfunc (T) a() {}\n",
        &["is_shadowed"],
    );
    asks(
        "a.go",
        "package a\ntype B struct{ <|>b int }\ntype T struct {\n\tB\n\ta int\n}\nfunc f(t T) { _ = t.b }\n",
        "a",
        "package a\ntype B struct{ a int }\ntype T struct {\n\tB\n\ta int\n}\nfunc f(t T) { _ = t.a }\n",
        &["is_shadowed"],
    );
}

#[test]
fn structs_that_are_converted_into_each_other_keep_their_fields() {
    asks(
        "a.go",
        "package a\ntype A struct{ <|>x int }\ntype B struct{ x int }\nfunc f(a A) B { return B(a) }\n",
        "y",
        "package a\ntype A struct{ y int }\ntype B struct{ x int }\nfunc f(a A) B { return B(a) }\n",
        &["same_fields"],
    );
    one(
        "type A struct{ <|>x int }\ntype B struct{ x int }\nfunc f(a A) int { return a.x }\n",
        "y",
        "type A struct{ y int }\ntype B struct{ x int }\nfunc f(a A) int { return a.y }\n",
    );
}

#[test]
fn types_that_build_tags_choose_have_their_members_in_common() {
    safe(
        "a.go",
        "package a\nfunc f(h handle) { h.<|>open(); _ = h.fd.x }\n//- a_linux.go\npackage a\ntype handle struct{ fd one }\ntype one struct{ x int }\nfunc (handle) open() {}\n//- a_windows.go\npackage a\ntype handle struct{ fd two }\ntype two struct{ x int }\nfunc (handle) open() {}\n",
        "start",
        "package a\nfunc f(h handle) { h.start(); _ = h.fd.x }\n//- a_linux.go\npackage a\ntype handle struct{ fd one }\ntype one struct{ x int }\nfunc (handle) start() {}\n//- a_windows.go\npackage a\ntype handle struct{ fd two }\ntype two struct{ x int }\nfunc (handle) start() {}\n",
    );
    asks(
        "a.go",
        "package a\nfunc f(h handle) { _ = h.fd.x }\n//- a_linux.go\npackage a\ntype handle struct{ fd one }\ntype one struct{ <|>x int }\n//- a_windows.go\npackage a\ntype handle struct{ fd two }\ntype two struct{ x int }\n",
        "y",
        "package a\nfunc f(h handle) { _ = h.fd.x }\n//- a_linux.go\npackage a\ntype handle struct{ fd one }\ntype one struct{ y int }\n//- a_windows.go\npackage a\ntype handle struct{ fd two }\ntype two struct{ x int }\n",
        &["receiver_unknown"],
    );
}

#[test]
fn what_tools_find_by_name_is_a_conflict() {
    asks(
        "a.go",
        "package a\nfunc <|>Run() {}\n//- a_test.go\npackage a\nfunc ExampleRun() { Run() }\n",
        "Start",
        "package a\nfunc Start() {}\n//- a_test.go\npackage a\nfunc ExampleRun() { Start() }\n",
        &["example_name"],
    );
    asks(
        "a_test.go",
        "package a\nfunc <|>TestRun(t *T) {}\n",
        "CheckRun",
        "package a\nfunc CheckRun(t *T) {}\n",
        &["test_name"],
    );
    asks(
        "a.go",
        "package a\nfunc <|>run()\n//- a_amd64.s\nTEXT ·run(SB), 0, $0\n",
        "start",
        "package a\nfunc start()\n//- a_amd64.s\nTEXT ·run(SB), 0, $0\n",
        &["assembly", "assembly"],
    );
    asks(
        "a.go",
        "package a\ntype T struct {\n\tA int `json:\"a\"`\n\t<|>B int\n}\n",
        "C",
        "package a\ntype T struct {\n\tA int `json:\"a\"`\n\tC int\n}\n",
        &["reflected"],
    );
}

#[test]
fn a_method_alone_is_renamed_if_that_is_asked_for_and_its_family_is_a_conflict() {
    let case = support::Case::new(
        "package a\ntype I interface{ run() }\ntype T struct{}\nfunc (T) <|>run() {}\nvar _ I = T{}\n",
        "a.go",
    );
    let options = refactor::Options { hierarchy: refactor::Hierarchy::Only, ..refactor::Options::default() };
    let outcome = case.try_rename("start", options).expect("there is a proposal");
    assert_eq!(outcome.proposal.counts.edits, 1);
    assert_eq!(outcome.proposal.conflicts.iter().map(|it| it.code).collect::<Vec<_>>(), ["breaks_family"]);
}

#[test]
fn a_name_that_stands_for_other_types_by_build_tags_is_none_of_them() {
    asks(
        "a.go",
        "package a\ntype one struct{ <|>x int }\ntype two struct{ x int }\nfunc f(a either) { _ = a.x }\n//- a_linux.go\npackage a\ntype either = one\n//- a_windows.go\npackage a\ntype either = two\n",
        "y",
        "package a\ntype one struct{ y int }\ntype two struct{ x int }\nfunc f(a either) { _ = a.x }\n//- a_linux.go\npackage a\ntype either = one\n//- a_windows.go\npackage a\ntype either = two\n",
        &["receiver_unknown"],
    );
}

#[test]
fn a_type_that_is_embedded_under_another_name_hands_on_its_methods() {
    every(
        "type I interface {\n\t<|>old()\n\tother()\n}\ntype Base struct{}\nfunc (Base) old() {}\ntype Alias = Base\ntype T struct{ Alias }\nfunc (T) other() {}\n",
        "old",
        "fresh",
    );
}

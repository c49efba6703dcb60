//! Rust: what a rename edits within one crate, and what it leaves alone.

#![cfg(feature = "rust")]

mod support;

fn safe(before: &str, new_name: &str, after: &str) {
    support::safe("src/lib.rs", before, new_name, after);
}

fn asks(before: &str, new_name: &str, after: &str, codes: &[&str]) {
    support::asks("src/lib.rs", before, new_name, after, codes);
}

#[test]
fn a_local_is_renamed_where_it_is_used_and_not_where_it_is_shadowed() {
    safe(
        "fn f(a: u8) -> u8 { let b<|> = a; { let b = 2; let _ = b; } g(b) + b }\nfn g(b: u8) -> u8 { b }\n",
        "c",
        "fn f(a: u8) -> u8 { let c = a; { let b = 2; let _ = b; } g(c) + c }\nfn g(b: u8) -> u8 { b }\n",
    );
}

#[test]
fn a_local_is_renamed_in_macros_of_the_standard_library_and_in_their_formats() {
    safe(
        "fn f() { let value<|> = 1; println!(\"{value} {value:?} {}\", value); assert_eq!(value, 1, \"{value}\"); }\n",
        "n",
        "fn f() { let n = 1; println!(\"{n} {n:?} {}\", n); assert_eq!(n, 1, \"{n}\"); }\n",
    );
}

#[test]
fn a_function_is_renamed_in_calls_imports_and_paths() {
    safe(
        "pub mod a { pub fn f<|>() {} pub mod b { use super::f; fn g() { f(); super::super::a::f(); } } }\nfn f() { a::f(); }\nuse a::f as h;\n",
        "new",
        "pub mod a { pub fn new() {} pub mod b { use super::new; fn g() { new(); super::super::a::new(); } } }\nfn f() { a::new(); }\nuse a::new as h;\n",
    );
}

#[test]
fn a_field_is_renamed_in_literals_patterns_and_through_methods() {
    safe(
        "struct P { x<|>: u8 }\nimpl P { fn x(&self) -> u8 { self.x } }\nfn f(p: P) { let P { x } = p; let q = P { x }; let _ = vec![q].iter().map(|q| q.x).max(); }\n",
        "y",
        "struct P { y: u8 }\nimpl P { fn x(&self) -> u8 { self.y } }\nfn f(p: P) { let P { y: x } = p; let q = P { y: x }; let _ = vec![q].iter().map(|q| q.y).max(); }\n",
    );
}

#[test]
fn a_variable_that_is_also_a_field_keeps_the_field() {
    safe(
        "struct P { x: u8 }\nfn f(p: P) -> P { let P { ref x<|> } = p; let x2 = *x; P { x: x2 } }\nfn g(x: u8) -> P { P { x } }\n",
        "y",
        "struct P { x: u8 }\nfn f(p: P) -> P { let P { x: ref y } = p; let x2 = *y; P { x: x2 } }\nfn g(x: u8) -> P { P { x } }\n",
    );
}

#[test]
fn a_method_of_a_trait_is_renamed_with_its_family() {
    safe(
        "trait T { fn m<|>(&self); }\nstruct A;\nimpl T for A { fn m(&self) {} }\nstruct B;\nimpl B { fn m(&self) {} }\nfn f(t: &dyn T, a: A, b: B) { t.m(); a.m(); b.m(); T::m(&a); <A as T>::m(&a); }\n",
        "n",
        "trait T { fn n(&self); }\nstruct A;\nimpl T for A { fn n(&self) {} }\nstruct B;\nimpl B { fn m(&self) {} }\nfn f(t: &dyn T, a: A, b: B) { t.n(); a.n(); b.m(); T::n(&a); <A as T>::n(&a); }\n",
    );
}

#[test]
fn a_variant_is_renamed_in_patterns_and_by_glob() {
    safe(
        "enum E { One<|>, Two(u8) }\nuse E::*;\nfn f(e: E) -> E { match e { One => Two(1), E::Two(_) => E::One } }\n",
        "Uno",
        "enum E { Uno, Two(u8) }\nuse E::*;\nfn f(e: E) -> E { match e { Uno => Two(1), E::Two(_) => E::Uno } }\n",
    );
}

#[test]
fn a_lifetime_and_a_label_keep_their_quotes() {
    safe(
        "struct S<'a> { s: &'a str }\nimpl<'a<|>> S<'a> { fn f(&self, a: &'a str) -> &'a str { a } }\n",
        "b",
        "struct S<'a> { s: &'a str }\nimpl<'b> S<'b> { fn f(&self, a: &'b str) -> &'b str { a } }\n",
    );
    safe("fn f() { 'a<|>: loop { break 'a; } }\n", "'b", "fn f() { 'b: loop { break 'b; } }\n");
}

#[test]
fn a_name_that_is_a_keyword_is_written_raw() {
    safe("fn f<|>() { f() }\n", "type", "fn r#type() { r#type() }\n");
    safe("fn r#type<|>() { r#type() }\n", "kind", "fn kind() { kind() }\n");
}

#[test]
fn an_alias_is_renamed_alone() {
    safe(
        "mod m { pub struct A; }\nuse m::A as B<|>;\nfn f(b: B) -> m::A { let c: B = b; c }\n",
        "C",
        "mod m { pub struct A; }\nuse m::A as C;\nfn f(b: C) -> m::A { let c: C = b; c }\n",
    );
}

#[test]
fn a_macro_is_renamed_where_it_is_called() {
    safe(
        "macro_rules! m<|> { ($x:expr) => { $x } }\nfn f() -> u8 { m!(1) }\n",
        "n",
        "macro_rules! n { ($x:expr) => { $x } }\nfn f() -> u8 { n!(1) }\n",
    );
}

#[test]
fn an_argument_of_our_own_macro_is_what_the_macro_makes_of_it() {
    safe(
        "macro_rules! m { ($x:expr) => { $x + 1 } }\nfn f(v<|>: u8) -> u8 { m!(v) }\n",
        "w",
        "macro_rules! m { ($x:expr) => { $x + 1 } }\nfn f(w: u8) -> u8 { m!(w) }\n",
    );
}

#[test]
fn a_name_that_exists_already_is_a_conflict() {
    asks("fn f<|>() {}\nfn g() {}\n", "g", "fn g() {}\nfn g() {}\n", &["taken"]);
}

#[test]
fn a_variable_that_would_be_captured_is_a_conflict() {
    let codes = ["is_shadowed"];
    asks(
        "fn f(a<|>: u8, b: u8) -> u8 { let b = 1; a + b }\n",
        "b",
        "fn f(b: u8, b: u8) -> u8 { let b = 1; b + b }\n",
        &codes,
    );
}

#[test]
fn types_are_followed_through_the_standard_library() {
    let text = |name: &str, cursor: &str| {
        const USES: &str = r#"
use std::{cell::RefCell, collections::{hash_map::RandomState, *}, hash::{BuildHasher, Hash}, rc::Rc, sync::{Arc, Mutex}};
trait Key: Copy + Ord + Hash {}
impl<T: Copy + Ord + Hash> Key for T {}
struct M<K, S = RandomState>(HashMap<K, P, S>);
impl<K: Key, S: BuildHasher + Default> M<K, S> {
    fn new() -> Self { loop {} }
    fn all(&self) -> Vec<&P> { self.0.values().collect() }
}
fn f(a: Rc<RefCell<P>>, b: Arc<Mutex<P>>, c: Option<Box<P>>, d: BTreeMap<String, Vec<P>>, e: Result<P, String>) -> Result<u8, String> {
    let m: M<&str> = M::new();
    let n = m.all()[0].FIELD + a.borrow().FIELD + b.lock().unwrap().FIELD;
    a.borrow_mut().FIELD = c.as_ref().map(|p| p.FIELD).unwrap_or_default();
    let most = d.iter().flat_map(|(_, v)| v.iter()).filter(|p| p.FIELD > 1).enumerate().max_by_key(|(_, p)| p.FIELD);
    if let Some(p) = d.get("a").and_then(|v| v.first()) { println!("{}", p.FIELD); }
    for p in &mut vec![P { FIELD: 1 }] { p.FIELD += 1; }
    let sum = d.into_values().flatten().fold(0, |sum, p| sum + p.FIELD);
    Ok(e?.FIELD)
}
"#;
        format!("struct P {{ {name}{cursor}: u8 }}{}", USES.replace("FIELD", name))
    };
    safe(&text("x", "<|>"), "y", &text("y", ""));
}

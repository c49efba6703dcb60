//! Rust: what holds of every rename of a program that has a bit of everything.

#![cfg(feature = "rust")]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that cannot go on should stop"
)]

mod support;

use std::collections::BTreeMap;

use proptest::{prelude::ProptestConfig, prop_assert, prop_assert_eq, proptest, sample::Index};
use refactor::{Options, Target, Verdict};
use support::{Case, told};

/// A program in which many things have the same few names.
const PROGRAM: &str = r#"
//! About `a` and [`b::a`].
pub mod b;
mod m { pub struct a { pub a: u8 } impl a { pub fn b(&self) -> u8 { self.a } } pub const c: u8 = 1; }
use m::{a, c as d};
pub trait T { type a; fn c(&self, a: u8) -> u8; fn d(&self) -> u8 { self.c(1) } }
impl T for a { type a = u8; fn c(&self, b: u8) -> u8 { let c = b; c + self.a + m::c } }
macro_rules! e { ($a:expr) => { $a + 1 }; (let $b:ident) => { let $b = 1; let _ = $b; } }
/// Calls [`a`]:
/// ```
/// let c = main::f(1);
/// assert_eq!(c, 2);
/// ```
pub fn f(a: u8) -> u8 { let b = a; 'c: loop { break 'c; } e!(let d); e!(b) }
fn g<'a, c>(a: &'a c, d: m::a) -> &'a c { let m::a { a: b } = d; println!("{b} {d}", d = d::max(b, 1)); a }
#[cfg(test)]
mod tests { use super::*; #[test] fn c() { let a = a { a: d }; assert_eq!(a.c(a.b()) + T::d(&a), f(a.a), "{}", a.a); } }
//- b.rs
pub fn a() -> u8 { let a = 1; super::f(a) + crate::m::c }
pub enum c { a, b(u8), d { a: u8 } }
impl c { pub fn d(&self) -> u8 { match self { Self::a => 1, c::b(a) => *a, c::d { a } => *a } } }
"#;

/// Each place of a name of one letter.
fn places() -> Vec<(String, usize)> {
    let files = Case::new(PROGRAM, "main.rs").files;
    let mut places = Vec::new();
    for (path, text) in &files {
        for (at, letter) in text.match_indices(['a', 'b', 'c', 'd', 'f']) {
            let is_part = |it: Option<char>| it.is_some_and(|it| it.is_alphanumeric() || it == '_');
            if !is_part(text[..at].chars().next_back()) && !is_part(text[at + letter.len()..].chars().next()) {
                places.push((path.clone(), at));
            }
        }
    }
    places
}

fn case_at(files: &BTreeMap<String, String>, path: &str, at: usize) -> Case {
    let before = &files[path][..at];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let number = |it: usize| u32::try_from(it).expect("it is short");
    let target = Target::Position { path: path.to_owned(), line: number(line), column: number(column) };
    Case { files: files.clone(), target }
}

/// Texts with each `a: a` as the shorthand that it can be.
fn short(files: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let shortened = |text: &String| {
        ["a", "b", "c", "d"]
            .iter()
            .fold(text.clone(), |text, name| text.replace(&format!("{name}: {name} "), &format!("{name} ")))
    };
    files.iter().map(|(path, text)| (path.clone(), shortened(text))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, max_shrink_iters: 0, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_safe_rename_leads_back_and_all_words_are_accounted_for(pick: Index) {
        let all = places();
        let (path, at) = &all[pick.index(all.len())];
        let files = Case::new(PROGRAM, "main.rs").files;
        let case = case_at(&files, path, *at);
        let Ok(outcome) = case.try_rename("fresh_name", Options::default()) else { return Ok(()) };
        let proposal = outcome.proposal;
        let counts = proposal.counts;
        let letter = &files[path][*at..=*at];
        let words = all.iter().filter(|(path, at)| files[path][*at..].starts_with(letter)).count();
        prop_assert!(counts.edits + counts.others + counts.review + counts.mentions == words, "{words} {}", told(&proposal));
        if proposal.verdict == Verdict::Safe {
            let after = case.after(&proposal);
            let (path, at) = after
                .iter()
                .find_map(|(path, text)| Some((path.clone(), text.find("fresh_name")?)))
                .expect("it is renamed somewhere");
            let back = case_at(&after, &path, at).try_rename(letter, Options::default()).expect("it can be renamed back");
            let returned = case_at(&after, &path, at).after(&back.proposal);
            prop_assert_eq!(short(&returned), short(&files), "{}", told(&back.proposal));
        }
    }
}

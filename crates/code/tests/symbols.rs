//! Symbols and imports of each language, as a reader of the code would list them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

use std::sync::atomic::AtomicBool;

use code::{
    limits::Limits,
    symbols::{Extracted, Extractor, Grammar},
};

fn extract(language: &str, text: &str) -> Extracted {
    let grammar = Grammar::of(language).unwrap();
    Extractor::default().extract(grammar, text.as_bytes(), &Limits::default(), &AtomicBool::new(false)).unwrap()
}

/// `kind descriptor` of each symbol.
fn symbols(found: &Extracted) -> Vec<String> {
    let kind = |kind| serde_json::to_string(&kind).unwrap().trim_matches('"').to_owned();
    found.symbols.iter().map(|symbol| format!("{} {}", kind(symbol.kind), symbol.descriptor)).collect()
}

/// The entries of a list with commas.
fn listed(text: &str) -> Vec<&str> {
    text.split(", ").collect()
}

/// `line module {names}` of each import.
fn imports(found: &Extracted) -> Vec<String> {
    found
        .imports
        .iter()
        .map(|import| format!("{} {} {{{}}}", import.line, import.module, import.names.join(",")))
        .collect()
}

#[test]
fn rust() {
    let found = extract(
        "Rust",
        r#"//! A file.
use std::collections::{BTreeMap, HashMap as Map};
use crate::a::*;
use b;
/// A place.
///
/// More of it.
#[derive(Debug)]
pub struct Place<T> { x: T }
impl<T: Clone> Place<T> {
    pub const ZERO: u32 = 0;
    /// Moves it.
    pub fn shift(&mut self) {}
}
impl std::fmt::Display for Place<u8> { fn fmt(&self) {} }
impl std::fmt::Debug for Place<u8> { fn fmt(&self) {} }
enum Way { Left, Right }
trait Walks { type Step; fn walk(&self); }
mod inner { pub fn deep() { fn hidden() {} } static S: u8 = 1; }
macro_rules! make { () => {} }
type Short = Place<u8>;
extern "C" { fn outside(); }
"#,
    );
    assert_eq!(
        symbols(&found),
        listed(
            "struct Place, constant Place.ZERO, method Place.shift, method Place.fmt, method Place.fmt#2, enum \
         Way, trait Walks, type Walks.Step, method Walks.walk, module inner, function inner.deep, variable \
         inner.S, macro make, type Short, function outside"
        )
    );
    assert_eq!(imports(&found), ["2 std::collections {BTreeMap,HashMap as Map}", "3 crate::a {*}", "4 b {}"]);
    assert_eq!(found.symbols[0].doc.as_deref(), Some("A place."));
    assert_eq!(found.symbols[2].doc.as_deref(), Some("Moves it."));
    assert_eq!(found.symbols[1].doc, None);
    assert!(!found.syntax_errors);
}

#[test]
fn python() {
    let found = extract(
        "Python",
        r#""""A file."""
from __future__ import annotations
import os.path, sys as system
from .a import b, c as d
from e import *
LIMIT = 3
name: str = "x"
if True:
    def early(): pass
class Outer(Base):
    """It is outer.

    And more.
    """
    FIELD = 1
    class Inner:
        def method(self):
            "Short."
            def hidden(): pass
    @property
    def value(self): return 1
    @value.setter
    def value(self, to): pass
async def late(): pass
"#,
    );
    assert_eq!(
        symbols(&found),
        listed(
            "constant LIMIT, variable name, function early, class Outer, constant Outer.FIELD, class Outer.Inner, \
         method Outer.Inner.method, method Outer.value, method Outer.value#2, function late"
        )
    );
    assert_eq!(imports(&found), ["2 __future__ {annotations}", "3 os.path {}", "3 sys {}", "4 .a {b,c}", "5 e {*}"]);
    assert_eq!(found.symbols[3].doc.as_deref(), Some("It is outer."));
    assert_eq!(found.symbols[6].doc.as_deref(), Some("Short."));
}

#[test]
fn javascript() {
    let found = extract(
        "JavaScript",
        r#"import a, { b as c, d } from "x";
import * as all from './y.js';
export * from "z";
export { e } from "w";
const fs = require("fs");
/** Adds. */
export function add(one, two) {}
export default class Box {
  #secret = 1;
  handler = () => {};
  constructor() {}
  /** Opens it. */
  static open() { function hidden() {} }
  get size() { return 1 }
}
export const arrow = async () => {}, LIMIT = 3;
let state = 0;
const Named = class { run() {} };
function* steps() {}
"#,
    );
    assert_eq!(
        symbols(&found),
        listed(
            "constant fs, function add, class Box, variable Box.#secret, method Box.handler, method \
         Box.constructor, method Box.open, method Box.size, function arrow, constant LIMIT, variable state, \
         class Named, method Named.run, function steps"
        )
    );
    assert_eq!(imports(&found), ["1 x {default,b,d}", "2 ./y.js {*}", "3 z {*}", "4 w {e}", "5 fs {}"]);
    assert_eq!(found.symbols[1].doc.as_deref(), Some("Adds."));
    assert_eq!(found.symbols[6].doc.as_deref(), Some("Opens it."));
}

#[test]
fn typescript_with_and_without_jsx() {
    let text = r#"import type { A } from "a";
import legacy = require("legacy");
export interface Shape { area(): number }
export type Id = string;
export enum Way { Left }
declare function outside(a: number): void;
export abstract class Base<T> { private field: T; abstract go(): void; run(): void {} }
namespace Deep.Er { export const x = 1; }
export const view = () => null;
"#;
    for language in ["TypeScript", "TSX"] {
        let found = extract(language, text);
        assert_eq!(
            symbols(&found),
            listed(
                "interface Shape, type Id, enum Way, function outside, class Base, variable Base.field, method \
             Base.go, method Base.run, module Deep.Er, constant Deep.Er.x, function view"
            )
        );
        assert_eq!(imports(&found), ["1 a {A}", "2 legacy {}"]);
    }
    let found = extract("TSX", "export const View = () => <b>hi</b>;\n");
    assert_eq!((symbols(&found), found.syntax_errors), (vec!["function View".to_owned()], false));
}

#[test]
fn go() {
    let found = extract(
        "Go",
        r#"package a
import "fmt"
import (
	. "strings"
	m "math/rand"
)
// Stack is one.
type Stack[T any] struct { items []T }
type (
	Reader interface { Read() }
	Alias = Stack[int]
	Count int
)
const A, B = 1, 2
const (
	C = iota
	D
)
var x, _ = 1, 2
// Push adds.
func (s *Stack[T]) Push(item T) {}
func (Count) Up() {}
func main() {}
"#,
    );
    assert_eq!(
        symbols(&found),
        listed(
            "struct Stack, interface Reader, type Alias, type Count, constant A, constant B, constant C, constant \
         D, variable x, method Stack.Push, method Count.Up, function main"
        )
    );
    assert_eq!(imports(&found), ["2 fmt {}", "4 strings {*}", "5 math/rand {}"]);
    assert_eq!(found.symbols[9].doc.as_deref(), Some("Push adds."));
}

#[test]
fn java() {
    let found = extract(
        "Java",
        r"package a.b;
import java.util.List;
import static java.lang.Math.*;
/** A box.
 * @author x
 */
public class Box<T> implements Runnable {
    static final int LIMIT = 3;
    private T one, two;
    Box() {}
    @Override public void run() { class Hidden {} }
    interface Part { int SIZE = 1; void go(); }
    enum Way { LEFT { }; void turn() {} }
    record Pair(int a, int b) { Pair {} }
}
@interface Mark { int value(); }
",
    );
    assert_eq!(
        symbols(&found),
        listed(
            "class Box, constant Box.LIMIT, variable Box.one, variable Box.two, method Box.Box, method Box.run, \
         interface Box.Part, constant Box.Part.SIZE, method Box.Part.go, enum Box.Way, method Box.Way.turn, \
         class Box.Pair, method Box.Pair.Pair, interface Mark, method Mark.value"
        )
    );
    assert_eq!(imports(&found), ["2 java.util {List}", "3 java.lang.Math {*}"]);
    assert_eq!(found.symbols[0].doc.as_deref(), Some("A box. @author x"));
}

#[test]
fn c() {
    let found = extract(
        "C",
        r#"#include <stdio.h>
#include "own.h"
#define LIMIT 3
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#ifdef X
struct point { int x; };
#endif
typedef struct node { struct node *next; } node_t, *node_p;
enum way { LEFT };
union both { int a; };
static const char *names[3], count;
int declared(int a);
/* Runs it. */
int *main(int argc, char **argv) { int local; return 0; }
int (*callback)(void);
struct point *make(void) { return 0; }
"#,
    );
    assert_eq!(
        symbols(&found),
        listed(
            "macro LIMIT, macro MAX, struct point, type node_t, type node_p, struct node, enum way, struct both, \
         variable names, variable count, function declared, function main, variable callback, function make"
        )
    );
    assert_eq!(imports(&found), ["1 stdio.h {}", "2 own.h {}"]);
    assert_eq!(found.symbols[11].doc.as_deref(), Some("Runs it."));
}

#[test]
fn cpp() {
    let found = extract(
        "C++",
        r#"#include <vector>
namespace outer::inner {
template <typename T> class Box : Base {
 public:
  Box();
  ~Box() {}
  int size() const { return 1; }
  bool operator==(const Box& other) const;
  int field;
  struct Part { void go(); };
  template <class U> void put(U u) {}
};
template <typename T> int Box<T>::late() { return 0; }
enum class Way { Left };
using Short = Box<int>;
}
namespace { void hidden() {} }
void outer::inner::Other::run() {}
int global = 1;
extern "C" { void plain(void); }
"#,
    );
    assert_eq!(
        symbols(&found),
        listed(
            "module outer.inner, class outer.inner.Box, method outer.inner.Box.Box, method outer.inner.Box.~Box, \
         method outer.inner.Box.size, method outer.inner.Box.operator==, struct outer.inner.Box.Part, method \
         outer.inner.Box.Part.go, method outer.inner.Box.put, method outer.inner.Box.late, enum \
         outer.inner.Way, type outer.inner.Short, function hidden, method outer.inner.Other.run, variable \
         global, function plain"
        )
    );
    assert_eq!(imports(&found), ["1 vector {}"]);
}

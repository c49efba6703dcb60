//! Names across files: imports, exports, how modules are found, `CommonJS`, and files that are renamed.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on should stop")]

mod support;

use refactor::{Options, Verdict};
use support::{Case, asks, joined, renamed, safe, split, told};

#[test]
fn a_program_without_an_ending_is_known_by_its_interpreter() {
    let program = |name: &str| format!("//- run\n#!/usr/bin/env node\nimport {{ {name} }} from './m.js';\n{name}();\n");
    let before = format!("export function <|>f() {{}}\n{}", program("f"));
    safe("m.js", &before, "g", &format!("export function g() {{}}\n{}", program("g")));
}

#[test]
fn an_export_is_renamed_with_its_imports() {
    safe(
        "a.ts",
        "export function <|>f() {}\n//- b.ts\nimport { f } from './a';\nf();\n//- c.ts\nimport { f as g } from './a.js';\ng();\n//- d.ts\nimport { f } from './other';\nf();\n//- other.ts\nexport const f = 1;\n",
        "h",
        "export function h() {}\n//- b.ts\nimport { h } from './a';\nh();\n//- c.ts\nimport { h as g } from './a.js';\ng();\n//- d.ts\nimport { f } from './other';\nf();\n//- other.ts\nexport const f = 1;\n",
    );
}

#[test]
fn an_import_leads_to_its_export() {
    safe(
        "b.ts",
        "import { f } from './a';\n<|>f();\n//- a.ts\nconst f = 1;\nexport { f };\n",
        "h",
        "import { h } from './a';\nh();\n//- a.ts\nconst h = 1;\nexport { h };\n",
    );
}

#[test]
fn a_name_goes_through_chains_and_stars() {
    safe(
        "a.ts",
        "export class <|>C {}\n//- index.ts\nexport * from './mid';\n//- mid.ts\nexport { C, C as D } from './a';\nexport * as all from './a';\n//- use.ts\nimport { C, D, all } from '.';\nnew C(); new D(); new all.C();\n",
        "K",
        "export class K {}\n//- index.ts\nexport * from './mid';\n//- mid.ts\nexport { K, K as D } from './a';\nexport * as all from './a';\n//- use.ts\nimport { K, D, all } from '.';\nnew K(); new D(); new all.K();\n",
    );
}

#[test]
fn a_name_that_an_export_gives_is_its_own() {
    safe(
        "a.ts",
        "const a = 1;\nexport { a as <|>b };\n//- c.ts\nimport { b } from './a';\nb;\n",
        "z",
        "const a = 1;\nexport { a as z };\n//- c.ts\nimport { z } from './a';\nz;\n",
    );
    safe(
        "a.ts",
        "const <|>a = 1;\nexport { a as b };\n//- c.ts\nimport { b } from './a';\nb;\n",
        "z",
        "const z = 1;\nexport { z as b };\n//- c.ts\nimport { b } from './a';\nb;\n",
    );
}

#[test]
fn a_default_import_has_a_name_of_its_own() {
    safe(
        "a.ts",
        "export default class <|>C {}\nnew C();\n//- b.ts\nimport C from './a';\nnew C();\n",
        "K",
        "export default class K {}\nnew K();\n//- b.ts\nimport C from './a';\nnew C();\n",
    );
    safe("b.ts", "import <|>React from 'react';\nReact.x;\n", "R", "import R from 'react';\nR.x;\n");
}

#[test]
fn a_namespace_import_reaches_exports() {
    safe(
        "a.ts",
        "export const <|>f = 1;\nexport type T = 1;\n//- b.ts\nimport * as ns from './a';\nns.f; ns['f'];\nlet t: ns.T; let x: typeof ns.f;\nconst { f } = ns;\nf;\n",
        "g",
        "export const g = 1;\nexport type T = 1;\n//- b.ts\nimport * as ns from './a';\nns.g; ns['g'];\nlet t: ns.T; let x: typeof ns.g;\nconst { g: f } = ns;\nf;\n",
    );
}

#[test]
fn types_are_imported_in_many_ways() {
    safe(
        "a.ts",
        "export interface <|>T { a: 1 }\n//- b.ts\nimport type { T } from './a';\nimport { type T as U } from './a';\nlet a: T; let b: U; let c: import('./a').T;\nexport type { T };\n",
        "S",
        "export interface S { a: 1 }\n//- b.ts\nimport type { S } from './a';\nimport { type S as U } from './a';\nlet a: S; let b: U; let c: import('./a').S;\nexport type { S };\n",
    );
}

#[test]
fn import_equals_and_export_equals_are_followed() {
    safe(
        "a.ts",
        "class A { static <|>make() {} }\nexport = A;\n//- b.ts\nimport A = require('./a');\nA.make();\n",
        "build",
        "class A { static build() {} }\nexport = A;\n//- b.ts\nimport A = require('./a');\nA.build();\n",
    );
    safe(
        "a.ts",
        "namespace N { export const <|>a = 1; }\nimport X = N.a;\nX;\n",
        "b",
        "namespace N { export const b = 1; }\nimport X = N.b;\nX;\n",
    );
}

#[test]
fn common_modules_hand_out_members() {
    safe(
        "a.js",
        "exports.<|>f = () => 1;\nexports.f();\n//- b.js\nconst a = require('./a');\na.f();\nconst { f } = require('./a');\nf();\n",
        "g",
        "exports.g = () => 1;\nexports.g();\n//- b.js\nconst a = require('./a');\na.g();\nconst { g: f } = require('./a');\nf();\n",
    );
}

#[test]
fn an_object_that_a_common_module_hands_out_has_members() {
    let outcome = renamed(
        "a.js",
        "function f() {}\nmodule.exports = { <|>f, g: 1 };\n//- b.js\nconst a = require('./a');\na.f();\nconst { f } = a;\n//- c.mjs\nimport { f } from './a.js';\nf();\n",
        "h",
    );
    let expected = "function h() {}\nmodule.exports = { f: h, g: 1 };\n//- b.js\nconst a = require('./a');\na.f();\nconst { f } = a;\n//- c.mjs\nimport { f } from './a.js';\nf();\n";
    assert_eq!(outcome.after, joined(&split(expected, "a.js")), "{}", told(&outcome.proposal));
}

#[test]
fn modules_are_found_as_the_compiler_says() {
    safe(
        "src/lib/a.ts",
        "export const <|>f = 1;\n//- tsconfig.json\n{\n  // the base\n  \"extends\": \"./base\",\n}\n//- base.json\n{ \"compilerOptions\": { \"baseUrl\": \".\", \"paths\": { \"@/*\": [\"src/*\"], } } }\n//- src/b.ts\nimport { f } from '@/lib/a';\nf;\n//- test/c.ts\nimport { f } from 'src/lib/a';\nf;\n",
        "g",
        "export const g = 1;\n//- tsconfig.json\n{\n  // the base\n  \"extends\": \"./base\",\n}\n//- base.json\n{ \"compilerOptions\": { \"baseUrl\": \".\", \"paths\": { \"@/*\": [\"src/*\"], } } }\n//- src/b.ts\nimport { g } from '@/lib/a';\ng;\n//- test/c.ts\nimport { g } from 'src/lib/a';\ng;\n",
    );
}

#[test]
fn packages_of_the_repository_are_found_by_name() {
    safe(
        "packages/a/src/index.ts",
        "export const <|>f = 1;\nexport * from './util';\n//- packages/a/src/util.ts\nexport const u = 1;\n//- packages/a/package.json\n{ \"name\": \"@x/a\", \"exports\": { \".\": { \"import\": \"./dist/index.js\" } } }\n//- packages/b/b.ts\nimport { f } from '@x/a';\nf;\n//- packages/b/c.ts\nimport { f } from '@x/other';\nf;\n",
        "g",
        "export const g = 1;\nexport * from './util';\n//- packages/a/src/util.ts\nexport const u = 1;\n//- packages/a/package.json\n{ \"name\": \"@x/a\", \"exports\": { \".\": { \"import\": \"./dist/index.js\" } } }\n//- packages/b/b.ts\nimport { g } from '@x/a';\ng;\n//- packages/b/c.ts\nimport { f } from '@x/other';\nf;\n",
    );
}

#[test]
fn an_export_of_a_package_whose_entry_is_not_here_is_for_review() {
    let outcome = renamed(
        "packages/a/code/a.ts",
        "export const <|>f = 1;\n//- packages/a/package.json\n{ \"name\": \"@x/a\", \"main\": \"./bundle.js\" }\n//- b.ts\nimport { f } from '@x/a';\nf;\n",
        "g",
    );
    assert_eq!(outcome.proposal.verdict, Verdict::NeedsReview);
    assert!(outcome.proposal.needs_review.iter().all(|it| it.code == "package_entry"), "{}", told(&outcome.proposal));
    assert_eq!(outcome.proposal.needs_review.len(), 2);
}

#[test]
fn globals_of_scripts_and_declarations_are_seen_everywhere() {
    safe(
        "globals.d.ts",
        "declare const <|>VERSION: string;\ninterface Window { app: string }\n//- a.ts\nexport const v = VERSION;\n//- b.ts\nexport {};\ndeclare global { interface Window { other: number } }\n",
        "RELEASE",
        "declare const RELEASE: string;\ninterface Window { app: string }\n//- a.ts\nexport const v = RELEASE;\n//- b.ts\nexport {};\ndeclare global { interface Window { other: number } }\n",
    );
}

#[test]
fn what_augments_a_module_is_that_modules() {
    safe(
        "a.ts",
        "export interface <|>Opts { a: 1 }\n//- b.ts\nexport {};\ndeclare module './a' { interface Opts { b: 2 } }\n",
        "Settings",
        "export interface Settings { a: 1 }\n//- b.ts\nexport {};\ndeclare module './a' { interface Settings { b: 2 } }\n",
    );
}

#[test]
fn a_module_is_renamed_by_its_name_in_an_import() {
    let before = "import { a } from './<|>util';\nimport('./util'); require('./util.js'); jest.mock('./util');\n//- util.ts\nexport const a = 1;\nconst util = 1;\n//- sub/c.ts\nimport '../util';\nimport './util';\n//- sub/util.ts\nexport {};\n";
    let outcome = renamed("a.ts", before, "tools");
    let after = "import { a } from './tools';\nimport('./tools'); require('./tools.js'); jest.mock('./tools');\n//- tools.ts\nexport const a = 1;\nconst util = 1;\n//- sub/c.ts\nimport '../tools';\nimport './util';\n//- sub/util.ts\nexport {};\n";
    assert_eq!(outcome.after, joined(&split(after, "a.ts")), "{}", told(&outcome.proposal));
    assert_eq!(outcome.proposal.verdict, Verdict::Safe, "{}", told(&outcome.proposal));
}

#[test]
fn a_file_goes_with_the_class_it_is_named_after_if_that_is_wanted() {
    let before = "import { Shape } from './Shape';\nnew Shape();\n//- Shape.ts\nexport class <|>Shape {}\n";
    let options = Options { rename_file: true, ..Options::default() };
    let outcome = Case::new(before, "a.ts").try_rename("Form", options).expect("there is a proposal");
    let after = "import { Form } from './Form';\nnew Form();\n//- Form.ts\nexport class Form {}\n";
    assert_eq!(outcome.after, joined(&split(after, "a.ts")), "{}", told(&outcome.proposal));
    assert_eq!(outcome.proposal.verdict, Verdict::Safe, "{}", told(&outcome.proposal));
}

#[test]
fn a_name_that_the_importer_has_already_is_a_conflict() {
    let outcome =
        renamed("a.ts", "export const <|>f = 1;\n//- b.ts\nimport { f } from './a';\nconst g = 2;\nf + g;\n", "g");
    assert!(!outcome.proposal.conflicts.is_empty());
}

#[test]
fn a_name_that_the_module_exports_already_is_a_conflict() {
    asks(
        "a.ts",
        "const <|>f = 1;\nconst x = 2;\nexport { f, x as g };\n",
        "g",
        "const g = 1;\nconst x = 2;\nexport { g, x as g };\n",
        &["changes_meaning", "export_exists"],
    );
}

#[test]
fn circles_of_modules_come_to_an_end() {
    safe(
        "a.ts",
        "export * from './b';\nexport const <|>f = 1;\n//- b.ts\nexport * from './a';\nexport * from './b';\nimport { f } from './a';\nf;\n",
        "g",
        "export * from './b';\nexport const g = 1;\n//- b.ts\nexport * from './a';\nexport * from './b';\nimport { g } from './a';\ng;\n",
    );
}

#[test]
fn what_is_described_beside_its_file_is_one_with_it() {
    safe(
        "a.js",
        "export function <|>f() {}\nexport class C { m() {} }\n//- a.d.ts\nexport function f(): void;\nexport class C { m(): void }\n//- b.ts\nimport { f } from './a';\nf();\n",
        "g",
        "export function g() {}\nexport class C { m() {} }\n//- a.d.ts\nexport function g(): void;\nexport class C { m(): void }\n//- b.ts\nimport { g } from './a';\ng();\n",
    );
    safe(
        "a.js",
        "export class C { <|>m() {} }\n//- a.d.ts\nexport class C { m(): void }\n//- b.ts\nimport { C } from './a';\nnew C().m();\n",
        "n",
        "export class C { n() {} }\n//- a.d.ts\nexport class C { n(): void }\n//- b.ts\nimport { C } from './a';\nnew C().n();\n",
    );
}

#[test]
fn a_name_that_another_module_hands_on_to_the_same_place_is_a_conflict() {
    let before = "export const <|>f = 1;\n//- b.ts\nexport const g = 2;\n//- index.ts\nexport * from './a';\nexport * from './b';\n//- c.ts\nimport { f, g } from '.';\nf + g;\n";
    let outcome = renamed("a.ts", before, "g");
    assert!(outcome.proposal.conflicts.iter().any(|it| it.code == "export_exists"), "{}", told(&outcome.proposal));
}

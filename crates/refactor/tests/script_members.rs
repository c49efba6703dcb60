//! Members: classes and their families, interfaces, objects, and receivers that cannot be told.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on should stop")]

mod support;

use refactor::{Hierarchy, Options, Verdict};
use support::{Case, asks, joined, renamed, safe, split, told};

#[test]
fn a_member_is_renamed_with_its_uses_in_the_class() {
    safe(
        "a.ts",
        "class A {\n  private <|>x = 1;\n  get() { return this.x; }\n  static x() {}\n}\nconst x = 2;\n",
        "y",
        "class A {\n  private y = 1;\n  get() { return this.y; }\n  static x() {}\n}\nconst x = 2;\n",
    );
}

#[test]
fn a_family_of_classes_shares_its_members() {
    safe(
        "a.ts",
        "export abstract class A { abstract <|>run(): void; go() { this.run(); } }\n//- b.ts\nimport { A } from './a';\nclass B extends A { run() { super.go(); } }\nclass C extends B { run() { super.run(); } }\nclass D { run() {} }\nfunction f(a: A, d: D) { a.run(); new C().run(); d.run(); }\n",
        "start",
        "export abstract class A { abstract start(): void; go() { this.start(); } }\n//- b.ts\nimport { A } from './a';\nclass B extends A { start() { super.go(); } }\nclass C extends B { start() { super.start(); } }\nclass D { run() {} }\nfunction f(a: A, d: D) { a.start(); new C().start(); d.run(); }\n",
    );
}

#[test]
fn only_one_member_of_a_family_may_be_wanted() {
    let before = "class A { <|>run() {} }\nclass B extends A { run() {} }\nnew A().run();\nnew B().run();\n";
    let options = Options { hierarchy: Hierarchy::Only, ..Options::default() };
    let outcome = Case::new(before, "a.ts").try_rename("go", options).expect("there is a proposal");
    let after = "class A { go() {} }\nclass B extends A { run() {} }\nnew A().go();\nnew B().run();\n";
    assert_eq!(outcome.after, joined(&split(after, "a.ts")), "{}", told(&outcome.proposal));
}

#[test]
fn a_class_that_ties_two_types_makes_their_members_one() {
    safe(
        "a.ts",
        "export interface I { <|>run(): void }\n//- b.ts\nexport class B { run() {} }\n//- c.ts\nimport { I } from './a';\nimport { B } from './b';\nclass C extends B implements I {}\n",
        "go",
        "export interface I { go(): void }\n//- b.ts\nexport class B { go() {} }\n//- c.ts\nimport { I } from './a';\nimport { B } from './b';\nclass C extends B implements I {}\n",
    );
}

#[test]
fn private_names_are_apart_from_public_ones() {
    safe(
        "a.js",
        "class A { #<|>x = 1; x = 2; has(o) { return #x in o && o.#x === this.x; } }\nclass B { #x; get() { return this.#x; } }\n",
        "#y",
        "class A { #y = 1; x = 2; has(o) { return #y in o && o.#y === this.x; } }\nclass B { #x; get() { return this.#x; } }\n",
    );
}

#[test]
fn accessors_are_one_member() {
    safe(
        "a.ts",
        "class A { get <|>v() { return 1; } set v(n: number) { this.v = n; } }\nnew A().v = 2;\n",
        "w",
        "class A { get w() { return 1; } set w(n: number) { this.w = n; } }\nnew A().w = 2;\n",
    );
}

#[test]
fn a_parameter_that_is_a_property_is_both() {
    let after = "class A { constructor(private m: number, k = m) { m; } get() { return this.m; } }\n";
    safe("a.ts", "class A { constructor(private <|>n: number, k = n) { n; } get() { return this.n; } }\n", "m", after);
    safe("a.ts", "class A { constructor(private n: number, k = n) { n; } get() { return this.<|>n; } }\n", "m", after);
}

#[test]
fn a_member_that_javascript_assigns_is_defined_there() {
    safe(
        "a.js",
        "class A { constructor() { this.<|>n = 1; } get() { return this.n; } }\n",
        "m",
        "class A { constructor() { this.m = 1; } get() { return this.m; } }\n",
    );
}

#[test]
fn an_object_that_nobody_else_holds_is_closed() {
    safe(
        "a.js",
        "function f() {\n  const o = { <|>a: 1, b() { return this.a; } };\n  o.a; o['a']; const { a } = o;\n  return a;\n}\nconst a = 1;\n",
        "z",
        "function f() {\n  const o = { z: 1, b() { return this.z; } };\n  o.z; o['z']; const { z: a } = o;\n  return a;\n}\nconst a = 1;\n",
    );
}

#[test]
fn an_object_that_is_handed_on_is_a_conflict() {
    let outcome = renamed("a.js", "const o = { <|>port: 1 };\nlisten(o);\n", "gate");
    assert_eq!(outcome.proposal.verdict, Verdict::NeedsReview);
    assert_eq!(outcome.proposal.conflicts.first().map(|it| it.code), Some("object_escapes"));
    let outcome = renamed("a.js", "const all = [{ <|>port: 1 }];\nlisten(all);\n", "gate");
    assert_eq!(outcome.proposal.conflicts.first().map(|it| it.code), Some("object_escapes"));
    let outcome = renamed("a.js", "listen({ <|>port: 1 });\n", "gate");
    assert_eq!(outcome.proposal.conflicts.first().map(|it| it.code), Some("object_escapes"));
}

#[test]
fn literals_that_are_written_for_a_type_have_its_members() {
    safe(
        "a.ts",
        "interface O { <|>port: number; other?: O }\nfunction listen(o: O, all: O[] = []): O { o.port; all[0].port; return { port: 1 }; }\nlisten({ port: 2, other: { port: 3 } });\nconst o: O = { port: 4 }; const p = { port: 5 } as O; const q = { port: 6 } satisfies O;\nconst { port } = o; port;\nlisten(o, [{ port: 7 }]).port;\nfor (const it of [o] as O[]) it.port;\n",
        "gate",
        "interface O { gate: number; other?: O }\nfunction listen(o: O, all: O[] = []): O { o.gate; all[0].gate; return { gate: 1 }; }\nlisten({ gate: 2, other: { gate: 3 } });\nconst o: O = { gate: 4 }; const p = { gate: 5 } as O; const q = { gate: 6 } satisfies O;\nconst { gate: port } = o; port;\nlisten(o, [{ gate: 7 }]).gate;\nfor (const it of [o] as O[]) it.gate;\n",
    );
}

#[test]
fn a_literal_for_a_constructor_has_the_members_that_it_expects() {
    safe(
        "a.ts",
        "interface O { <|>next(): void; error(): void }\nclass S { constructor(o?: Partial<O> | (() => void) | null) {} }\nnew S({ next() {} });\n",
        "go",
        "interface O { go(): void; error(): void }\nclass S { constructor(o?: Partial<O> | (() => void) | null) {} }\nnew S({ go() {} });\n",
    );
    asks(
        "a.ts",
        "interface O { <|>next(): void; error(): void }\nexport const f = x => x.subscribe({ next() {} });\n",
        "go",
        "interface O { go(): void; error(): void }\nexport const f = x => x.subscribe({ next() {} });\n",
        &["same_shape"],
    );
}

#[test]
fn a_literal_that_is_assigned_has_the_members_of_its_target() {
    asks(
        "a.ts",
        "interface Base { <|>parent: string }\ninterface State extends Base { copy: number }\nclass A { state!: State; [KEY]: State; constructor() { this.state = { parent: '', copy: 1 }; this[KEY] = { parent: '', copy: 1 }; } }\n",
        "owner",
        "interface Base { owner: string }\ninterface State extends Base { copy: number }\nclass A { state!: State; [KEY]: State; constructor() { this.state = { owner: '', copy: 1 }; this[KEY] = { parent: '', copy: 1 }; } }\n",
        &["same_shape"],
    );
}

#[test]
fn a_literal_for_a_type_that_is_only_known_in_part_is_for_review() {
    asks(
        "a.ts",
        "interface A { <|>kind: string }\ntype W<T> = { [K in keyof T]: T[K] };\ninterface B extends W<A> { more: string }\nfunction f(b: B) {}\nf({ kind: '', more: '' });\n",
        "sort",
        "interface A { sort: string }\ntype W<T> = { [K in keyof T]: T[K] };\ninterface B extends W<A> { more: string }\nfunction f(b: B) {}\nf({ kind: '', more: '' });\n",
        &["same_shape"],
    );
}

#[test]
fn a_literal_for_one_of_several_types_is_for_review() {
    asks(
        "a.ts",
        "interface A { type: 'a'; <|>item: string }\ninterface B { type: 'b'; item: string }\nfunction f(e: A | B) {}\nf({ type: 'a', item: '' });\n",
        "thing",
        "interface A { type: 'a'; thing: string }\ninterface B { type: 'b'; item: string }\nfunction f(e: A | B) {}\nf({ type: 'a', item: '' });\n",
        &["changes_meaning", "same_shape", "same_shape"],
    );
}

#[test]
fn keys_of_types_are_members() {
    safe(
        "a.ts",
        "interface A { <|>a: number; b: string }\ntype P = Pick<A, 'a' | 'b'>; type X = A['a']; type R = Omit<A, 'a'>;\ntype Y = 'a';\n",
        "z",
        "interface A { z: number; b: string }\ntype P = Pick<A, 'z' | 'b'>; type X = A['z']; type R = Omit<A, 'z'>;\ntype Y = 'a';\n",
    );
}

#[test]
fn a_member_of_an_object_that_cannot_be_told_is_for_review() {
    asks(
        "a.ts",
        "export class A { <|>run() {} }\n//- b.ts\nexport function f(x: any) { x.run(); }\nexport function g(x) { x.run; }\n",
        "go",
        "export class A { go() {} }\n//- b.ts\nexport function f(x: any) { x.run(); }\nexport function g(x) { x.run; }\n",
        &["unknown_receiver", "unknown_receiver"],
    );
}

#[test]
fn a_local_variable_is_not_disturbed_by_members() {
    safe(
        "a.ts",
        "class A { run() {} }\nexport function f(x: any) { const <|>run = 1; x.run(run); new A().run(); }\n",
        "go",
        "class A { run() {} }\nexport function f(x: any) { const go = 1; x.run(go); new A().run(); }\n",
    );
}

#[test]
fn a_private_member_is_not_looked_for_outside_of_its_class() {
    safe(
        "a.ts",
        "export class A { private <|>n = 1; get() { return this.n; } }\n//- b.ts\nexport const f = (x: { n: number }) => x.n;\nexport const g = x => x.n;\n",
        "m",
        "export class A { private m = 1; get() { return this.m; } }\n//- b.ts\nexport const f = (x: { n: number }) => x.n;\nexport const g = x => x.n;\n",
    );
    let outcome = renamed("a.ts", "class A { private <|>n = 1; }\n(new A() as any).n;\n", "m");
    assert_eq!(outcome.proposal.needs_review.len(), 1, "who says `any` may use it");
}

#[test]
fn objects_of_one_shape_may_stand_for_each_other() {
    let outcome = renamed(
        "a.ts",
        "interface A { <|>name: string }\ninterface B { name: string; id: number }\nfunction f(a: A) { return a.name; }\nfunction g(b: B) { return f(b); }\n",
        "title",
    );
    assert_eq!(outcome.proposal.verdict, Verdict::NeedsReview, "{}", told(&outcome.proposal));
    assert!(outcome.proposal.needs_review.iter().all(|it| it.code == "same_shape"), "{}", told(&outcome.proposal));
}

#[test]
fn attributes_are_members_of_what_a_component_takes() {
    safe(
        "a.tsx",
        "interface Props { <|>label: string; kind?: number }\nconst Button = ({ label, kind }: Props) => <b title={label}>{kind}</b>;\nfunction Link(props: Props) { return <a>{props.label}</a>; }\nexport const all = <p><Button label=\"x\" /><Link label=\"y\" /><label label=\"z\" /></p>;\n",
        "text",
        "interface Props { text: string; kind?: number }\nconst Button = ({ text: label, kind }: Props) => <b title={label}>{kind}</b>;\nfunction Link(props: Props) { return <a>{props.text}</a>; }\nexport const all = <p><Button text=\"x\" /><Link text=\"y\" /><label label=\"z\" /></p>;\n",
    );
}

#[test]
fn a_member_that_exists_already_is_a_conflict() {
    let outcome = renamed("a.ts", "class A { <|>a = 1; }\nclass B extends A { b = 2; }\n", "b");
    assert!(outcome.proposal.conflicts.iter().any(|it| it.code == "member_exists"), "{}", told(&outcome.proposal));
}

#[test]
fn a_member_of_a_class_that_extends_a_library_may_be_an_override() {
    let outcome = renamed("a.ts", "import { Base } from 'lib';\nclass A extends Base { <|>render() {} }\n", "draw");
    assert_eq!(outcome.proposal.conflicts.first().map(|it| it.code), Some("may_override"));
    safe(
        "a.ts",
        "class E extends Error { <|>detail = 1; get() { return this.detail; } }\n",
        "more",
        "class E extends Error { more = 1; get() { return this.more; } }\n",
    );
}

#[test]
fn a_string_that_may_name_a_member_is_for_review() {
    asks(
        "a.ts",
        "class A { <|>run() {} }\nconst a = new A();\nspyOn(a, 'run');\nlog('run');\n",
        "go",
        "class A { go() {} }\nconst a = new A();\nspyOn(a, 'run');\nlog('run');\n",
        &["string_key"],
    );
}

#[test]
fn a_string_that_a_function_takes_as_a_key_is_for_review() {
    asks(
        "a.ts",
        "interface A { <|>name: string }\nfunction pick<T, K extends keyof T>(it: T, keys: K[], ...more: (keyof T)[]) {}\nexport const f = (a: A) => { pick(a, ['name']); pick(a, [], 'x', 'name'); log('name'); };\n",
        "title",
        "interface A { title: string }\nfunction pick<T, K extends keyof T>(it: T, keys: K[], ...more: (keyof T)[]) {}\nexport const f = (a: A) => { pick(a, ['name']); pick(a, [], 'x', 'name'); log('name'); };\n",
        &["string_key", "string_key"],
    );
}

#[test]
fn methods_that_return_their_object_can_be_chained() {
    safe(
        "a.ts",
        "class Q { <|>where(): this { return this; } all(): Q[] { return []; } first(): Promise<Q> { return null!; } }\nasync function f(q: Q) { q.where().where(); q.all()[0].where(); (await q.first()).where(); }\n",
        "when",
        "class Q { when(): this { return this; } all(): Q[] { return []; } first(): Promise<Q> { return null!; } }\nasync function f(q: Q) { q.when().when(); q.all()[0].when(); (await q.first()).when(); }\n",
    );
}

#[test]
fn a_rename_and_its_way_back_give_the_same_bytes() {
    let before = "class A { run() { this.run(); } }\nconst { run } = new A();\nexport const o = { run };\nrun;\n";
    let marked = before.replacen("run", "<|>run", 1);
    let there = renamed("a.ts", &marked, "go");
    let back = there.after.trim_start_matches("//- a.ts\n").replacen("go", "<|>go", 1);
    let again = renamed("a.ts", &back, "run");
    let after = before.replace("const { run } =", "const { run: run } =");
    assert_eq!(again.after, joined(&split(&after, "a.ts")));
}

#[test]
fn a_member_that_is_called_like_a_word_of_the_language_is_a_member() {
    safe(
        "a.ts",
        "interface A { <|>type: string; get: number }\ntype B = A;\nimport type { X } from 'x';\nconst f = (a: A) => a.type;\n",
        "kind",
        "interface A { kind: string; get: number }\ntype B = A;\nimport type { X } from 'x';\nconst f = (a: A) => a.kind;\n",
    );
}

#[test]
fn members_that_are_spread_are_members_of_what_is_expected() {
    safe(
        "a.ts",
        "interface O { <|>port: number; host: string }\nexport const f = (x?: boolean): O => ({ host: '', ...(x && { port: 1 }) } as O);\n",
        "gate",
        "interface O { gate: number; host: string }\nexport const f = (x?: boolean): O => ({ host: '', ...(x && { gate: 1 }) } as O);\n",
    );
    let outcome = renamed(
        "a.ts",
        "interface P { port: number }\ninterface O { <|>port: number; host: string }\nexport const f = (p: P): O => ({ ...p, host: '' });\n",
        "gate",
    );
    assert!(outcome.proposal.needs_review.iter().any(|it| it.code == "same_shape"), "{}", told(&outcome.proposal));
}

#[test]
fn a_member_that_data_may_name_is_shown() {
    let class =
        |name: &str| format!("class A {{ constructor() {{ this.{name} = 1; }} get(k) {{ return this[k]; }} }}\n");
    asks("m.js", &class("<|>hive"), "bee", &class("bee"), &["asked_for_by_data"]);
    let given = |name: &str| format!("class A {{ constructor(a) {{ this.{name} = 0; Object.assign(this, a); }} }}\n");
    asks("m.js", &given("<|>hive"), "bee", &given("bee"), &["asked_for_by_data"]);
    let heir =
        |name: &str| format!("class A {{ emit(n) {{ this['on' + n](); }} }}\nclass B extends A {{ {name}() {{}} }}\n");
    asks("m.js", &heir("<|>onHive"), "onBee", &heir("onBee"), &["asked_for_by_data"]);
    let list = |name: &str| format!("class A {{ {name}() {{ return [1][0]; }} at(list, i) {{ return list[i]; }} }}\n");
    safe("m.js", &list("<|>hive"), "bee", &list("bee"));
}

#[test]
fn an_export_that_data_may_name_is_shown() {
    let program = |name: &str| {
        format!(
            "exports.{name} = () => 1;\n//- m.js\nconst api = require('./lib');\nfor (const n of ['hive']) api[n]();\n"
        )
    };
    asks("lib.js", &program("<|>hive"), "bee", &program("bee"), &["asked_for_by_data"]);
}

#[test]
fn a_member_that_the_language_asks_for_is_shown() {
    let class = |name: &str| format!("class A {{ {name}() {{ return {{}}; }} }}\n");
    asks("m.js", &class("<|>toJSON"), "plain", &class("plain"), &["asked_of_any_object"]);
    asks("m.js", &class("static <|>hive"), "name", &class("static name"), &["asked_of_any_object"]);
    safe("m.js", &class("<|>hive"), "name", &class("name"));
}

#[test]
fn a_member_that_is_written_from_outside_hides_what_takes_its_name() {
    let program = |name: &str| format!("class A {{ {name}() {{ return 1; }} }}\nconst a = new A();\na.bee = 7;\n");
    asks("m.js", &program("<|>hive"), "bee", &program("bee"), &["shadows"]);
}

//! Attributes and methods: which class has them, which family they are of, and what cannot be known.

mod support;

use refactor::{Hierarchy, Options};
use support::{Case, asks, joined, safe, split, told};

fn is(before: &str, new_name: &str, after: &str) {
    safe("m.py", before, new_name, after);
}

#[test]
fn a_member_that_any_file_is_asked_for_is_shown() {
    let stream = |name: &str| format!("class Echo:\n    def {name}(self, n): ...\n    def close(self): ...\n");
    asks("m.py", &stream("<|>read1"), "take", &stream("take"), &["asked_of_any_object"]);
    let echo = "class Echo:\n    def read(self): ...\n    def <|>close(self): ...\n";
    asks(
        "m.py",
        echo,
        "end",
        "class Echo:\n    def read(self): ...\n    def end(self): ...\n",
        &["asked_of_any_object"],
    );
    safe("m.py", "class Door:\n    def <|>close(self): ...\n", "shut", "class Door:\n    def shut(self): ...\n");
}

#[test]
fn a_method_is_renamed_with_those_that_override_it() {
    is(
        "class A:\n    def <|>f(self): ...\nclass B(A):\n    def f(self):\n        super().f()\nclass D:\n    def f(self): ...\nA().f()\nB().f()\nD().f()\n",
        "g",
        "class A:\n    def g(self): ...\nclass B(A):\n    def g(self):\n        super().g()\nclass D:\n    def f(self): ...\nA().g()\nB().g()\nD().f()\n",
    );
}

#[test]
fn only_one_of_a_family_can_be_asked_for() {
    let before = "class A:\n    def f(self): ...\nclass B(A):\n    def <|>f(self): ...\nA().f()\nB().f()\n";
    let after = "class A:\n    def f(self): ...\nclass B(A):\n    def g(self): ...\nA().f()\nB().g()\n";
    let options = Options { hierarchy: Hierarchy::Only, ..Options::default() };
    let outcome = Case::new(before, "m.py").try_rename("g", options);
    let outcome = outcome.unwrap_or_else(|error| unreachable!("there is a proposal: {error}"));
    assert_eq!(outcome.after, joined(&split(after, "m.py")));
    assert!(outcome.proposal.conflicts.iter().any(|one| one.code == "hierarchy"), "{}", told(&outcome.proposal));
}

#[test]
fn attributes_of_self_are_members() {
    is(
        "class A:\n    def __init__(self, x):\n        self.<|>x = x\n    def f(self):\n        return self.x\na = A(x=1)\na.x\nx = 1\n",
        "y",
        "class A:\n    def __init__(self, x):\n        self.y = x\n    def f(self):\n        return self.y\na = A(x=1)\na.y\nx = 1\n",
    );
}

#[test]
fn a_property_is_one_with_its_setter_and_deleter() {
    is(
        "class A:\n    @property\n    def <|>p(self): ...\n    @p.setter\n    def p(self, v): ...\n    @p.deleter\n    def p(self): ...\nA().p = 1\n",
        "q",
        "class A:\n    @property\n    def q(self): ...\n    @q.setter\n    def q(self, v): ...\n    @q.deleter\n    def q(self): ...\nA().q = 1\n",
    );
}

#[test]
fn objects_are_known_by_annotations_calls_and_results() {
    is(
        "from __future__ import annotations\nclass A:\n    def <|>f(self) -> A: ...\ndef make() -> 'A': ...\ndef other():\n    return A()\ndef use(a: A, b: A | None, c: list[A], d: dict[str, A], *e: A):\n    a.f().f()\n    b.f()\n    [x.f() for x in c]\n    c[0].f()\n    d['k'].f()\n    for x in e:\n        x.f()\nmake().f()\nother().f()\n",
        "g",
        "from __future__ import annotations\nclass A:\n    def g(self) -> A: ...\ndef make() -> 'A': ...\ndef other():\n    return A()\ndef use(a: A, b: A | None, c: list[A], d: dict[str, A], *e: A):\n    a.g().g()\n    b.g()\n    [x.g() for x in c]\n    c[0].g()\n    d['k'].g()\n    for x in e:\n        x.g()\nmake().g()\nother().g()\n",
    );
}

#[test]
fn objects_are_known_by_managers_tests_and_attributes() {
    is(
        "class A:\n    def <|>f(self): ...\n    def __enter__(self):\n        return self\nclass B:\n    def __init__(self):\n        self.a = A()\n    def h(self, v, w, u):\n        self.a.f()\n        with A() as m:\n            m.f()\n        if isinstance(v, A):\n            v.f()\n        assert isinstance(w, A)\n        w.f()\n        if not isinstance(u, A):\n            return\n        u.f()\n",
        "g",
        "class A:\n    def g(self): ...\n    def __enter__(self):\n        return self\nclass B:\n    def __init__(self):\n        self.a = A()\n    def h(self, v, w, u):\n        self.a.g()\n        with A() as m:\n            m.g()\n        if isinstance(v, A):\n            v.g()\n        assert isinstance(w, A)\n        w.g()\n        if not isinstance(u, A):\n            return\n        u.g()\n",
    );
}

#[test]
fn an_object_that_nobody_knows_is_for_review() {
    asks(
        "m.py",
        "class A:\n    def <|>f(self): ...\ndef use(x):\n    x.f()\n    f = 1\n    return f\n",
        "g",
        "class A:\n    def g(self): ...\ndef use(x):\n    x.f()\n    f = 1\n    return f\n",
        &["unknown_receiver"],
    );
}

#[test]
fn members_of_unknown_objects_do_not_disturb_local_names() {
    is(
        "class A:\n    def f(self): ...\ndef use(x):\n    <|>f = x.f()\n    return f\n",
        "g",
        "class A:\n    def f(self): ...\ndef use(x):\n    g = x.f()\n    return g\n",
    );
}

#[test]
fn a_mixin_that_calls_what_it_does_not_have_is_for_review() {
    asks(
        "base.py",
        "class Base:\n    def <|>get(self): ...\n//- mixin.py\nclass Mixin:\n    def show(self):\n        self.get()\n//- view.py\nfrom base import Base\nfrom mixin import Mixin\nclass View(Mixin, Base): ...\n",
        "fetch",
        "class Base:\n    def fetch(self): ...\n//- mixin.py\nclass Mixin:\n    def show(self):\n        self.get()\n//- view.py\nfrom base import Base\nfrom mixin import Mixin\nclass View(Mixin, Base): ...\n",
        &["mixin"],
    );
}

#[test]
fn families_go_across_files_and_aliases() {
    is(
        "class A:\n    def <|>f(self): ...\n//- b.py\nfrom m import A as Root\nclass B(Root): ...\n//- c.py\nimport b\nclass C(b.B):\n    def f(self): ...\nC().f()\n",
        "g",
        "class A:\n    def g(self): ...\n//- b.py\nfrom m import A as Root\nclass B(Root): ...\n//- c.py\nimport b\nclass C(b.B):\n    def g(self): ...\nC().g()\n",
    );
}

#[test]
fn an_override_of_what_a_library_may_define_is_a_conflict() {
    asks(
        "m.py",
        "import threading\nclass T(threading.Thread):\n    def <|>run(self): ...\n",
        "go",
        "import threading\nclass T(threading.Thread):\n    def go(self): ...\n",
        &["may_override_library"],
    );
    is(
        "class E(ValueError):\n    def <|>show(self): ...\nE().show()\n",
        "tell",
        "class E(ValueError):\n    def tell(self): ...\nE().tell()\n",
    );
}

#[test]
fn a_member_of_the_new_name_is_a_conflict() {
    asks(
        "m.py",
        "class A:\n    def <|>f(self): ...\nclass B(A):\n    def g(self): ...\n",
        "g",
        "class A:\n    def g(self): ...\nclass B(A):\n    def g(self): ...\n",
        &["member_exists", "shadows"],
    );
}

#[test]
fn private_names_are_each_classes_own() {
    is(
        "class A:\n    def __init__(self):\n        self.<|>__x = 1\n    def f(self):\n        return self.__x\nclass B(A):\n    def g(self):\n        return self.__x\n",
        "__y",
        "class A:\n    def __init__(self):\n        self.__y = 1\n    def f(self):\n        return self.__y\nclass B(A):\n    def g(self):\n        return self.__x\n",
    );
}

#[test]
fn fields_are_arguments_of_what_the_decorator_makes() {
    is(
        "from dataclasses import dataclass, replace\n@dataclass\nclass P:\n    <|>x: int\n    y: int = 0\np = P(x=1, y=2)\nreplace(p, x=2)\np.x\nmatch p:\n    case P(x=0): ...\n",
        "left",
        "from dataclasses import dataclass, replace\n@dataclass\nclass P:\n    left: int\n    y: int = 0\np = P(left=1, y=2)\nreplace(p, left=2)\np.left\nmatch p:\n    case P(left=0): ...\n",
    );
}

#[test]
fn arguments_follow_constructors_methods_and_partial() {
    is(
        "from functools import partial\nclass A:\n    def __init__(self, <|>size): ...\nclass B(A):\n    def __init__(self):\n        super().__init__(size=1)\nA(size=2)\npartial(A, size=3)\ndict(size=4)\n",
        "width",
        "from functools import partial\nclass A:\n    def __init__(self, width): ...\nclass B(A):\n    def __init__(self):\n        super().__init__(width=1)\nA(width=2)\npartial(A, width=3)\ndict(size=4)\n",
    );
}

#[test]
fn arguments_follow_what_is_handed_on() {
    is(
        "def f(<|>a): ...\ndef g(**kwargs):\n    f(**kwargs)\ng(a=1)\n",
        "b",
        "def f(b): ...\ndef g(**kwargs):\n    f(**kwargs)\ng(b=1)\n",
    );
}

#[test]
fn parameters_of_methods_follow_their_family() {
    is(
        "class A:\n    def f(self, <|>a): ...\nclass B(A):\n    def f(self, a):\n        return a\nB().f(a=1)\n",
        "b",
        "class A:\n    def f(self, b): ...\nclass B(A):\n    def f(self, b):\n        return b\nB().f(b=1)\n",
    );
}

#[test]
fn an_argument_of_nobody_knows_what_is_for_review() {
    asks(
        "m.py",
        "def f(<|>a): ...\ndef use(callback):\n    callback(a=1)\nuse(f)\n",
        "b",
        "def f(b): ...\ndef use(callback):\n    callback(a=1)\nuse(f)\n",
        &["unknown_callee"],
    );
}

#[test]
fn attributes_in_strings_follow() {
    is(
        "class A:\n    <|>x = 1\na = A()\ngetattr(a, 'x')\nsetattr(A, 'x', 2)\nhasattr(a, 'y')\n",
        "z",
        "class A:\n    z = 1\na = A()\ngetattr(a, 'z')\nsetattr(A, 'z', 2)\nhasattr(a, 'y')\n",
    );
    is(
        "class A:\n    __slots__ = ('x',)\n    def __init__(self):\n        self.<|>x = 1\n",
        "y",
        "class A:\n    __slots__ = ('y',)\n    def __init__(self):\n        self.y = 1\n",
    );
}

#[test]
fn keys_of_typed_dictionaries_are_members() {
    asks(
        "m.py",
        "from typing import TypedDict\nclass T(TypedDict):\n    <|>k: int\ndef f(t: T, u, v: dict):\n    t['k']\n    T(k=1)\n    u['k']\n    v['k']\n    'k'\n",
        "n",
        "from typing import TypedDict\nclass T(TypedDict):\n    n: int\ndef f(t: T, u, v: dict):\n    t['n']\n    T(n=1)\n    u['k']\n    v['k']\n    'k'\n",
        &["unknown_key"],
    );
}

#[test]
fn values_that_come_from_outside_make_an_attribute_unknown() {
    asks(
        "m.py",
        "class A:\n    def <|>f(self): ...\nclass B:\n    def f(self): ...\nclass H:\n    def __init__(self):\n        self.a = A()\n    def g(self):\n        self.a.f()\ndef change(h):\n    h.a = B()\n",
        "g",
        "class A:\n    def g(self): ...\nclass B:\n    def f(self): ...\nclass H:\n    def __init__(self):\n        self.a = A()\n    def g(self):\n        self.a.f()\ndef change(h):\n    h.a = B()\n",
        &["unknown_receiver"],
    );
}

#[test]
fn decoys_are_not_touched() {
    is(
        "class A:\n    def <|>run(self): ...\nclass B:\n    run = 1\n    def f(self, run):\n        self.run = run\n        return run\ndef run(): ...\nrun()\nB().run\nx = {'run': 1}\n# run\n",
        "go",
        "class A:\n    def go(self): ...\nclass B:\n    run = 1\n    def f(self, run):\n        self.run = run\n        return run\ndef run(): ...\nrun()\nB().run\nx = {'run': 1}\n# run\n",
    );
}

#[test]
fn what_a_decorator_may_ask_for_by_name_is_a_conflict() {
    asks(
        "m.py",
        "import pytest\n@pytest.fixture\ndef <|>db(): ...\ndef test_it(db):\n    db\n",
        "base",
        "import pytest\n@pytest.fixture\ndef base(): ...\ndef test_it(db):\n    db\n",
        &["decorated"],
    );
}

#[test]
fn a_name_that_is_put_together_is_a_conflict() {
    asks(
        "m.py",
        "class V:\n    def visit(self, n):\n        return getattr(self, f'visit_{n}')()\n    def <|>visit_a(self): ...\n",
        "visit_b",
        "class V:\n    def visit(self, n):\n        return getattr(self, f'visit_{n}')()\n    def visit_b(self): ...\n",
        &["asked_by_prefix"],
    );
}

#[test]
fn the_first_parameter_of_what_is_no_method_is_not_self() {
    asks(
        "m.py",
        "class A:\n    def <|>f(self): ...\n    def g(x):\n        x.f()\n    g = staticmethod(g)\n",
        "h",
        "class A:\n    def h(self): ...\n    def g(x):\n        x.f()\n    g = staticmethod(g)\n",
        &["unknown_receiver"],
    );
}

#[test]
fn an_argument_of_a_constructor_that_is_reached_through_a_base_is_shown() {
    let raised = "def fail(kind: type[Error], **kwargs):\n    raise kind(1, **kwargs)\n";
    for (callee, more) in [("fail(Bad, ", raised), ("Error.of(", "")] {
        let base = "class Error(Exception):\n    def __init__(self, line): ...\n    @classmethod\n    def of(cls, **kwargs):\n        return cls(1, **kwargs)\n";
        let bad = |name: &str| format!("class Bad(Error):\n    def __init__(self, line, {name}): ...\n");
        let call = format!("{callee}char='x')\n");
        asks(
            "m.py",
            &format!("{base}{}{more}{call}", bad("<|>char")),
            "letter",
            &format!("{base}{}{more}{call}", bad("letter")),
            &["unknown_callee"],
        );
    }
}

#[test]
fn an_argument_that_a_method_hands_on_to_whatever_it_is_given_is_shown() {
    let source = "class Source:\n    def fail(self, kind, **kwargs):\n        raise kind(**kwargs)\nSource().fail(Bad, char='x')\n";
    asks(
        "m.py",
        &format!("class Bad(Exception):\n    def __init__(self, <|>char): ...\n{source}"),
        "letter",
        &format!("class Bad(Exception):\n    def __init__(self, letter): ...\n{source}"),
        &["unknown_callee"],
    );
}

#[test]
fn an_argument_that_stands_beside_the_function_that_takes_it_is_shown() {
    let call = "import functools\nclass Later(functools.partial): ...\nLater(work, count=1)\npool.submit(work, count=1)\nrun(1, work, count=1)\n";
    asks(
        "m.py",
        &format!("def work(<|>count): ...\n{call}"),
        "number",
        &format!("def work(number): ...\n{call}"),
        &["unknown_callee", "unknown_callee", "unknown_callee"],
    );
}

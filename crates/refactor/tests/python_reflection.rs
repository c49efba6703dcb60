//! Python code that takes names for data: a rename that would change what it does is shown.

mod support;

use refactor::Verdict;
use support::{asks, renamed, safe, told};

#[test]
fn a_function_whose_name_is_read_is_shown() {
    asks("m.py", "def <|>f(): ...\nprint(f.__name__)\n", "g", "def g(): ...\nprint(g.__name__)\n", &["reads_its_name"]);
    safe(
        "m.py",
        "def <|>f(): ...\ndef h(f):\n    return f.__name__\n",
        "g",
        "def g(): ...\ndef h(f):\n    return f.__name__\n",
    );
}

#[test]
fn a_class_whose_name_is_a_part_of_methods_names_is_shown() {
    let visitor = "class V:\n    def visit(self, node):\n        return getattr(self, 'visit_' + type(node).__name__)(node)\n    def visit_Add(self, node): ...\n";
    asks(
        "m.py",
        &format!("class <|>Add: ...\nclass Sub: ...\n{visitor}"),
        "Plus",
        &format!("class Plus: ...\nclass Sub: ...\n{visitor}"),
        &["part_of_a_name"],
    );
    safe(
        "m.py",
        &format!("class Add: ...\nclass <|>Sub: ...\n{visitor}"),
        "Minus",
        &format!("class Add: ...\nclass Minus: ...\n{visitor}"),
    );
}

#[test]
fn a_name_of_a_module_that_is_listed_is_shown() {
    for listing in ["vars(lib)", "dir(lib)", "inspect.getmembers(lib)", "lib.__dict__"] {
        let user = format!("//- user.py\nimport inspect\nimport lib\nfor name in {listing}:\n    print(name)\n");
        asks(
            "lib.py",
            &format!("def <|>f(x): ...\n{user}"),
            "g",
            &format!("def g(x): ...\n{user}"),
            &["listed_with_its_module"],
        );
        safe("lib.py", &format!("def f(<|>x): ...\n{user}"), "y", &format!("def f(y): ...\n{user}"));
    }
}

#[test]
fn a_class_below_a_decorator_that_is_a_class_may_be_an_object_of_that() {
    asks(
        "m.py",
        "class curry:\n    def __init__(self, func):\n        self.<|>func = func\n@curry\nclass C: ...\nprint(C.func)\n",
        "inner",
        "class curry:\n    def __init__(self, func):\n        self.inner = func\n@curry\nclass C: ...\nprint(C.func)\n",
        &["unknown_receiver"],
    );
}

#[test]
fn a_class_whose_objects_say_its_name_is_shown() {
    asks(
        "m.py",
        "class A:\n    def __repr__(self):\n        return type(self).__name__\nclass <|>B(A): ...\n",
        "C",
        "class A:\n    def __repr__(self):\n        return type(self).__name__\nclass C(A): ...\n",
        &["reads_its_name"],
    );
}

#[test]
fn a_member_that_a_text_of_code_asks_for_is_shown() {
    asks(
        "m.py",
        "class A:\n    def <|>f(self): ...\nprint(eval('a' + '.f()'), '{a.f}'.format(a=A()))\n",
        "g",
        "class A:\n    def g(self): ...\nprint(eval('a' + '.f()'), '{a.f}'.format(a=A()))\n",
        &["made_up_code", "made_up_code"],
    );
}

#[test]
fn a_name_that_a_text_of_code_imports_is_shown() {
    let made_up = "run('import os\\nfrom m import f; f()')\nprint('no import of f')\n";
    asks(
        "m.py",
        &format!("def <|>f(): ...\n{made_up}"),
        "g",
        &format!("def g(): ...\n{made_up}"),
        &["made_up_code", "made_up_code"],
    );
}

#[test]
fn a_name_that_a_text_of_code_asks_its_module_for_is_shown() {
    let made_up = |text: &str| format!("run('{text}')\n//- a.py\nfrom . import m\n");
    let (before, after) = (format!("<|>f = 1\n{}", made_up("if m.f:")), format!("g = 1\n{}", made_up("if m.f:")));
    asks("m.py", &before, "g", &after, &["made_up_code"]);
    let (before, after) = (format!("<|>f = 1\n{}", made_up("if am.f:")), format!("g = 1\n{}", made_up("if am.f:")));
    safe("m.py", &before, "g", &after);
}

#[test]
fn a_field_in_a_text_that_shows_its_object_is_shown() {
    let program = |name: &str, over: &str| {
        format!("import dataclasses\n{over}class A:\n    {name}: int = 1\nassert repr(A()) == 'A(hive=1)'\n")
    };
    let over = "@dataclasses.dataclass\n";
    asks("m.py", &program("<|>hive", over), "bee", &program("bee", over), &["made_up_code"]);
    safe("m.py", &program("<|>hive", ""), "bee", &program("bee", ""));
}

#[test]
fn a_name_in_a_list_of_the_module_s_names_is_for_review() {
    let program = |name: &str, rest: &str| format!("def {name}(): ...\nclass C: ...\nhanded_out = ['f', {rest}]\n");
    asks("m.py", &program("<|>f", "'C'"), "g", &program("g", "'C'"), &["listed_name"]);
    safe("m.py", &program("<|>f", "'other'"), "g", &program("g", "'other'"));
    let decorated = |name: &str| format!("def {name}(f): ...\nwrite('@f', 'a@f', 'at f')\n");
    asks("m.py", &decorated("<|>f"), "g", &decorated("g"), &["made_up_code"]);
}

#[test]
fn an_argument_of_a_class_that_a_decorator_may_have_made_over_is_for_review() {
    for over in ["@made", "@lib.made(frozen=True)"] {
        let program = |name: &str, given: &str| {
            format!(
                "import lib\nfrom b import made\n{over}\nclass A:\n    {name} = lib.attribute()\n    @classmethod\n    def make(cls): return cls({given}=1)\n//- b.py\ndef made(cls): return cls\n"
            )
        };
        let outcome = renamed("m.py", &program("<|>year", "year"), "hive");
        assert!(
            outcome.proposal.needs_review.iter().any(|it| it.code == "library_field"),
            "{}",
            told(&outcome.proposal)
        );
    }
    let plain = "class A:\n    <|>year = 1\n    @classmethod\n    def make(cls, year): return cls.make(year=1)\n";
    safe("m.py", plain, "hive", &plain.replace("<|>year", "hive"));
}

#[test]
fn a_parameter_that_data_may_name_is_shown() {
    asks(
        "m.py",
        "def f(<|>a=1): ...\ndef h(styles):\n    f(**styles)\n",
        "b",
        "def f(b=1): ...\ndef h(styles):\n    f(**styles)\n",
        &["given_by_data"],
    );
    safe(
        "m.py",
        "def f(<|>a=1): ...\ndef h(**more):\n    f(**more)\nh(a=2)\nf(*[3])\n",
        "b",
        "def f(b=1): ...\ndef h(**more):\n    f(**more)\nh(b=2)\nf(*[3])\n",
    );
}

#[test]
fn a_member_of_a_class_that_is_listed_is_shown() {
    let class =
        |name: &str| format!("class C:\n    def {name}(self): ...\n    def __init__(self):\n        self.x = 1\n");
    for listing in ["vars(C)", "dir(C)", "C.__dict__", "dir(C())", "inspect.getmembers(C())"] {
        let user = format!("for name in {listing}:\n    print(name)\n");
        let before = format!("{}{user}", class("<|>m"));
        asks("m.py", &before, "n", &format!("{}{user}", class("n")), &["listed_with_its_class"]);
    }
    for listing in ["vars(C())", "C().__dict__", "dir(D)"] {
        let user = format!("class D: ...\nfor name in {listing}:\n    print(name)\n");
        safe("m.py", &format!("{}{user}", class("<|>m")), "n", &format!("{}{user}", class("n")));
    }
    let kept = |name: &str| {
        format!(
            "class C:\n    def __init__(self):\n        self.{name} = 1\n    def __repr__(self):\n        return str(vars(self))\n"
        )
    };
    asks("m.py", &kept("<|>x"), "y", &kept("y"), &["listed_with_its_class"]);
}

#[test]
fn what_an_object_answers_in_the_name_of_a_module_is_shown() {
    let user = "//- user.py\nfrom conf import settings\nprint(settings.DEBUG)\n//- conf.py\nimport defaults\nclass Settings:\n    def __getattr__(self, name):\n        return getattr(defaults, name)\nsettings = Settings()\n";
    asks(
        "defaults.py",
        &format!("<|>DEBUG = True\n{user}"),
        "VERBOSE",
        &format!("VERBOSE = True\n{user}"),
        &["asked_for_by_data", "made_up_member"],
    );
}

#[test]
fn a_member_whose_name_is_data_somewhere_is_shown() {
    let class = |name: &str| format!("class Slice:\n    fields = ('start', 'stop')\n    {name}: int\n");
    let reader = "def read(it):\n    return [getattr(it, field) for field in it.fields]\n";
    asks(
        "m.py",
        &format!("{}{reader}", class("<|>stop")),
        "end",
        &format!("{}{reader}", class("end")),
        &["asked_for_by_data"],
    );
    safe("m.py", &class("<|>stop"), "end", &class("end"));
}

#[test]
fn an_argument_that_a_template_may_give_is_shown() {
    let template = "FILTERS = {'cut': cut}\nprint(\"{{ x|cut(length=3) }}\")\n";
    asks(
        "m.py",
        &format!("def cut(text, <|>length): ...\n{template}"),
        "size",
        &format!("def cut(text, size): ...\n{template}"),
        &["made_up_code"],
    );
    let words = "print('length == 3', 'the length')\n";
    safe(
        "m.py",
        &format!("def cut(text, <|>length): ...\n{words}"),
        "size",
        &format!("def cut(text, size): ...\n{words}"),
    );
}

#[test]
fn a_field_that_data_may_name_is_shown() {
    for load in ["A(**json.loads(s))", "A.make(json.loads(s))", "replace(A(1), **json.loads(s))", "B(**json.loads(s))"]
    {
        let program = |name: &str| {
            format!(
                "import json\nfrom dataclasses import dataclass, replace\n@dataclass\nclass A:\n    {name}: int\n    @classmethod\n    def make(cls, d): return cls(**d)\nclass B(A): ...\ndef load(s): return {load}\n"
            )
        };
        let outcome = renamed("m.py", &program("<|>hive"), "bee");
        assert!(outcome.proposal.conflicts.iter().any(|it| it.code == "given_by_data"), "{}", told(&outcome.proposal));
        assert_eq!(outcome.proposal.verdict, Verdict::NeedsReview);
    }
    let called = "class A:\n    def __call__(self, <|>hive): ...\na = A()\ndef f(d): a(**d)\n";
    asks("m.py", called, "bee", &called.replace("<|>hive", "bee"), &["given_by_data"]);
}

#[test]
fn a_name_that_its_module_is_asked_for_is_shown() {
    let program = |name: &str| format!("def {name}(): ...\n//- a.py\nimport m\ndef f(n): return getattr(m, n)\n");
    asks("m.py", &program("<|>hive"), "bee", &program("bee"), &["asked_for_by_data"]);
    let other =
        |name: &str| format!("def {name}(): ...\n//- a.py\nimport b\ndef f(n): return getattr(b, n)\n//- b.py\n");
    safe("m.py", &other("<|>hive"), "bee", &other("bee"));
}

#[test]
fn a_member_of_an_enumeration_that_is_found_by_its_name_is_shown() {
    let program = |name: &str| format!("import enum\nclass C(enum.Enum):\n    {name} = 1\ndef f(s): return C[s]\n");
    asks("m.py", &program("<|>HIVE"), "BEE", &program("BEE"), &["asked_for_by_data"]);
    let plain = |name: &str| {
        format!("import enum\nclass C(enum.Enum):\n    {name} = 1\nC.{}\n", name.trim_start_matches("<|>"))
    };
    safe("m.py", &plain("<|>HIVE"), "BEE", &plain("BEE"));
}

#[test]
fn a_name_that_a_descriptor_is_told_is_shown() {
    let program = |name: &str, method: &str| {
        format!("class D:\n    def {method}(self, owner, name): ...\nclass A:\n    {name} = D()\n")
    };
    asks("m.py", &program("<|>x", "__set_name__"), "y", &program("y", "__set_name__"), &["reads_its_name"]);
    safe("m.py", &program("<|>x", "set_name"), "y", &program("y", "set_name"));
}

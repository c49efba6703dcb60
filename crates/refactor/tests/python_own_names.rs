//! Renames of functions and classes that are asked what they are called.

mod support;

use support::{asks, safe};

#[test]
fn a_function_that_is_asked_for_its_name_by_another_is_shown() {
    for body in [
        "H = {f.__name__: f for f in (<>, len)}\nprint(H[n]())\n",
        "def register(f): H[f.__name__] = f\nregister(<>)\nprint(H['hive']())\n",
        "f = <>\nprint(f.__qualname__)\n",
    ] {
        let program = |name: &str| {
            format!("def {name}(): ...\nn, H = 'n', {{}}\n{}", body.replace("<>", name.trim_start_matches("<|>")))
        };
        asks("m.py", &program("<|>hive"), "bee", &program("bee"), &["reads_its_name"]);
    }
    for body in [
        "def register(f): H[f.__name__] = f\nregister(<>)\nprint(H[n]())\n",
        "def register(f): H[f.__name__] = f\nregister(len)\nprint(H['hive']())\n",
        "print(type(n).__name__, 'hive')\nprint([f() for f in (<>,)])\n",
        "print(len.__name__, 'hive')\nprint([f() for f in (<>,)])\n",
    ] {
        let program = |name: &str| {
            format!("def {name}(): ...\nn, H = 'n', {{}}\n{}", body.replace("<>", name.trim_start_matches("<|>")))
        };
        safe("m.py", &program("<|>hive"), "bee", &program("bee"));
    }
}

#[test]
fn a_class_whose_name_is_compared_or_read_is_shown() {
    let compared = |name: &str| format!("class {name}: ...\ndef is_one(x): return type(x).__name__ == 'Hive'\n");
    asks("m.py", &compared("<|>Hive"), "Bee", &compared("Bee"), &["reads_its_name"]);
    let other = |name: &str| compared(name).replace("'Hive'", "'Wasp'");
    safe("m.py", &other("<|>Hive"), "Bee", &other("Bee"));
    let told = |name: &str| {
        format!("class {name}:\n    @classmethod\n    def made(cls): return cls.__name__\nclass Wasp({name}): ...\n")
    };
    let program = told("<|>Hive").replace("(<|>Hive)", "(Hive)");
    asks("m.py", &program, "Bee", &told("Bee"), &["reads_its_name"]);
    let heir = |name: &str| {
        format!("class Base:\n    @classmethod\n    def made(cls): return cls.__name__\nclass {name}(Base): ...\n")
    };
    asks("m.py", &heir("<|>Hive"), "Bee", &heir("Bee"), &["reads_its_name"]);
    let written = |name: &str| format!("class Base: ...\nclass {name}(Base): ...\nprint(Base.__name__)\n");
    safe("m.py", &written("<|>Hive"), "Bee", &written("Bee"));
}

#[test]
fn an_argument_of_a_class_statement_that_its_metaclass_takes_is_shown() {
    let program = |name: &str| {
        format!(
            "class M(type):\n    def __new__(m, n, b, d, {name}=0): return super().__new__(m, n, b, d)\n    def __init__(c, n, b, d, flag=0): ...\nclass C(metaclass=M, flag=2): ...\n"
        )
    };
    let outcome = support::renamed("m.py", &program("<|>flag"), "mark");
    assert_eq!(outcome.proposal.verdict, refactor::Verdict::NeedsReview, "{}", support::told(&outcome.proposal));
    let plain = |name: &str| format!("class A:\n    def __init__(self, {name}=0): ...\nA({name}=1)\n");
    let before = plain("flag").replacen("flag", "<|>flag", 1);
    safe("m.py", &before, "mark", &plain("mark"));
}

//! Python code in which something takes the place of something else without naming it.

mod support;

use refactor::Verdict;
use support::{asks, renamed, safe, told};

#[test]
fn a_class_that_fits_a_protocol_is_shown_beside_it() {
    let program = |asked: &str, has: &str| {
        format!(
            "from typing import Protocol\nclass Store(Protocol):\n    def {asked}(self, k): ...\n    def put(self): ...\ndef use(s: Store): return s.{}(3)\n//- mem.py\nimport m\nclass Base:\n    def {has}(self, k): ...\nclass Mem(Base):\n    def put(self): ...\nm.use(Mem())\n",
            asked.trim_start_matches("<|>")
        )
    };
    asks("m.py", &program("<|>hive", "hive"), "bee", &program("bee", "hive"), &["fits_protocol"]);
    asks("m.py", &program("hive", "<|>hive"), "bee", &program("hive", "bee"), &["fits_protocol"]);
    let apart =
        |asked: &str| program(asked, "hive").replace("    def put(self): ...\nm.use", "    def get(self): ...\nm.use");
    safe("m.py", &apart("<|>hive"), "bee", &apart("bee"));
    let heir = |name: &str| {
        format!(
            "from typing import Protocol\nclass Store(Protocol):\n    def {name}(self): ...\nclass Mem(Store):\n    def {}(self): ...\n",
            name.trim_start_matches("<|>")
        )
    };
    safe("m.py", &heir("<|>hive"), "bee", &heir("bee"));
}

#[test]
fn an_attribute_that_a_protocol_asks_for_is_shown() {
    let program = |name: &str| {
        format!(
            "from typing import Protocol\nclass HasId(Protocol):\n    {name}: int\nclass User:\n    def __init__(self): self.hive = 3\ndef f(x: HasId): return x.{}\nf(User())\n",
            name.trim_start_matches("<|>")
        )
    };
    asks("m.py", &program("<|>hive"), "bee", &program("bee"), &["fits_protocol"]);
}

#[test]
fn a_class_that_is_registered_for_another_is_renamed_with_it() {
    for register in
        ["class V:\n    def NAME(self): ...\nI.register(V)\n", "@I.register\nclass V:\n    def NAME(self): ...\n"]
    {
        let program = |first: &str, name: &str| {
            let base = format!("import abc\nclass I(abc.ABC):\n    def {first}(self): ...\n");
            format!("{base}{}def f(i: I): return i.{name}()\n", register.replace("NAME", name))
        };
        safe("m.py", &program("<|>hive", "hive"), "bee", &program("bee", "bee"));
    }
    let plain = |name: &str| {
        format!(
            "class I:\n    def {name}(self): ...\n    @classmethod\n    def register(cls, it): ...\nclass V:\n    def hive(self): ...\nI.register(V)\n"
        )
    };
    safe("m.py", &plain("<|>hive"), "bee", &plain("bee"));
}

#[test]
fn an_argument_of_a_function_that_is_handled_as_a_value_is_shown() {
    for user in [
        "def call(fn, args): return fn(**args)\ncall(f, json.loads(s))\n",
        "class A:\n    def __init__(self, fn): self.fn = fn\n    def go(self, d): return self.fn(**d)\nA(f)\n",
        "g = f\ndef h(d): g(**d)\n",
        "threading.Thread(target=f, kwargs={'hive': 3})\n",
        "threading.Timer(1, f, (), {'hive': 3})\n",
        "pool.submit(f, **found())\n",
        "table = {'f': f}\ndef h(d): table['f'](**d)\n",
    ] {
        let program = |name: &str| format!("def f({name}): ...\n{user}");
        let outcome = renamed("m.py", &program("<|>hive"), "bee");
        assert!(
            outcome.proposal.conflicts.iter().any(|it| it.code == "given_by_data"),
            "{user}: {}",
            told(&outcome.proposal)
        );
        assert_eq!(outcome.proposal.verdict, Verdict::NeedsReview, "{user}");
    }
    for user in [
        "def call(fn, args): return fn(**args)\nf(1)\n",
        "class A:\n    def go(self, d): return self.go(**d)\ncall(f)\n",
        "def wrap(fn, *args, **kwargs): return fn(*args, **kwargs)\nwrap(f, 1)\n",
        "sorted(x, key=f)\n",
    ] {
        let program = |name: &str| format!("def f({name}): ...\n{user}");
        safe("m.py", &program("<|>hive"), "bee", &program("bee"));
    }
}

#[test]
fn an_argument_of_a_function_that_comes_by_another_name_from_another_file_is_shown() {
    let program = |name: &str| {
        format!(
            "def f({name}): ...\n//- b.py\nfrom m import f\napi = f\n//- a.py\nfrom b import api\ndef h(d): api(**d)\n"
        )
    };
    asks("m.py", &program("<|>hive"), "bee", &program("bee"), &["given_by_data"]);
}

#[test]
fn a_parameter_whose_name_is_read_is_shown() {
    for reader in ["inspect.signature(g).parameters", "typing.get_type_hints(g)", "g.__code__.co_varnames"] {
        let program = |name: &str| format!("def f({name}): ...\ndef inject(g): return {reader}\ninject(f)\n");
        asks("m.py", &program("<|>hive"), "bee", &program("bee"), &["reads_parameters"]);
        let apart = |name: &str| format!("def f({name}): ...\ndef inject(g): return {reader}\ninject(len)\n");
        safe("m.py", &apart("<|>hive"), "bee", &apart("bee"));
    }
}

#[test]
fn a_method_that_is_found_by_a_part_of_its_name_is_shown_wherever_that_is() {
    let program = |name: &str, object: &str| {
        format!(
            "class V:\n    def {name}(self): ...\n//- m.py\nfrom a import V\nclass W: ...\ndef go(o, n): return getattr({object}, 'visit_' + n)()\n"
        )
    };
    asks("a.py", &program("<|>visit_hive", "o"), "bee", &program("bee", "o"), &["asked_by_prefix"]);
    asks("a.py", &program("<|>visit_hive", "V()"), "bee", &program("bee", "V()"), &["asked_by_prefix"]);
    safe("a.py", &program("<|>visit_hive", "W()"), "bee", &program("bee", "W()"));
}

#[test]
fn a_module_that_is_imported_by_a_part_of_its_name_is_shown() {
    for import in ["import_module('plugins.' + n)", "import_module(f'plugins.{n}')", "__import__('plugins.%s' % n)"] {
        let program = |name: &str| {
            let import = import.to_owned();
            format!(
                "from plugins import {name}\nfrom importlib import import_module\ndef load(n): return {import}\n//- plugins/__init__.py\n"
            )
        };
        let before = format!("{}//- plugins/hive.py\nX = 1\n", program("<|>hive"));
        let after = format!("{}//- plugins/bee.py\nX = 1\n", program("bee"));
        asks("m.py", &before, "bee", &after, &["asked_by_prefix"]);
    }
}

#[test]
fn a_name_of_a_module_that_is_imported_by_a_text_is_shown() {
    for (file, asked) in [
        ("a.py", "getattr(import_module('pkg.cmds'), 'hive')"),
        ("a.py", "import_module('.cmds', 'pkg').hive"),
        ("a.py", "__import__('pkg.cmds', fromlist=['x']).hive"),
        ("a.py", "import_module('pkg.' + n).hive"),
        ("pkg/cmds.py", "getattr(sys.modules[__name__], 'hive')"),
    ] {
        let program = |name: &str| {
            let user = format!("import sys\nfrom importlib import import_module\ndef go(n): return {asked}\n");
            if file == "a.py" {
                format!("def {name}(): ...\n//- a.py\n{user}//- pkg/__init__.py\n")
            } else {
                format!("def {name}(): ...\n{user}//- pkg/__init__.py\n")
            }
        };
        asks("pkg/cmds.py", &program("<|>hive"), "bee", &program("bee"), &["unknown_receiver"]);
    }
}

#[test]
fn a_name_that_import_star_brings_over_another_is_shown() {
    let program = |name: &str| format!("def {name}(): ...\n//- a.py\ndef bee(): ...\nfrom m import *\nbee()\n");
    asks("m.py", &program("<|>hive"), "bee", &program("bee"), &["name_taken"]);
    let before = |name: &str| format!("def {name}(): ...\n//- a.py\nfrom m import *\ndef bee(): ...\nbee()\n");
    safe("m.py", &before("<|>hive"), "bee", &before("bee"));
    let private = |name: &str| format!("def {name}(): ...\n//- a.py\ndef _bee(): ...\nfrom m import *\n_bee()\n");
    safe("m.py", &private("<|>hive"), "_bee", &private("_bee"));
}

#[test]
fn a_property_that_objects_keep_is_listed_with_them() {
    let program = |name: &str| {
        format!(
            "import functools\nclass A:\n    @functools.cached_property\n    def {name}(self): ...\nprint(A().__dict__['hive'])\n"
        )
    };
    asks("m.py", &program("<|>hive"), "bee", &program("bee"), &["listed_with_its_class"]);
}

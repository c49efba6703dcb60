//! Names of one Python file: scopes, and what binds in them.

mod support;

use support::{asks, renamed, safe, told};

fn is(before: &str, new_name: &str, after: &str) {
    safe("m.py", before, new_name, after);
}

#[test]
fn a_local_variable_is_renamed_in_its_function_only() {
    is(
        "def f():\n    <|>x = 1\n    return x\n\ndef g():\n    x = 2\n    return x\n",
        "y",
        "def f():\n    y = 1\n    return y\n\ndef g():\n    x = 2\n    return x\n",
    );
}

#[test]
fn a_global_is_renamed_where_functions_declare_it() {
    is(
        "x = 1\ndef f():\n    global x\n    <|>x += 1\ndef g(x):\n    return x\n",
        "y",
        "y = 1\ndef f():\n    global y\n    y += 1\ndef g(x):\n    return x\n",
    );
}

#[test]
fn a_nonlocal_is_that_of_the_function_around() {
    is(
        "def f():\n    x = 1\n    def g():\n        nonlocal x\n        <|>x = 2\n    return x\nx = 3\n",
        "y",
        "def f():\n    y = 1\n    def g():\n        nonlocal y\n        y = 2\n    return y\nx = 3\n",
    );
}

#[test]
fn a_class_scope_is_not_seen_by_its_methods() {
    is(
        "x = 1\nclass C:\n    x = 2\n    y = x\n    def f(self):\n        return <|>x\n",
        "z",
        "z = 1\nclass C:\n    x = 2\n    y = x\n    def f(self):\n        return z\n",
    );
}

#[test]
fn a_class_that_takes_a_global_over_reads_the_global() {
    is(
        "<|>size = 1\nclass C:\n    size = size\n    twice = size * 2\n",
        "width",
        "width = 1\nclass C:\n    size = width\n    twice = size * 2\n",
    );
}

#[test]
fn a_comprehension_evaluates_its_first_iterable_outside() {
    is("def f(<|>x):\n    return [x for x in x if x]\n", "y", "def f(y):\n    return [x for x in y if x]\n");
    is(
        "class C:\n    <|>xs = [1]\n    ys = [x for x in xs]\n",
        "zs",
        "class C:\n    zs = [1]\n    ys = [x for x in zs]\n",
    );
}

#[test]
fn a_walrus_binds_around_the_comprehension() {
    is(
        "def f(xs):\n    a = [y := x for x in xs]\n    return <|>y\n",
        "last",
        "def f(xs):\n    a = [last := x for x in xs]\n    return last\n",
    );
}

#[test]
fn defaults_and_decorators_are_evaluated_outside() {
    is(
        "<|>x = 1\n@x\ndef f(x=x, *, y: x = x) -> x:\n    return x\n",
        "z",
        "z = 1\n@z\ndef f(x=z, *, y: z = z) -> z:\n    return x\n",
    );
}

#[test]
fn lambdas_have_parameters_of_their_own() {
    is("<|>x = 1\nf = lambda x, y=x: x + y\n", "z", "z = 1\nf = lambda x, y=z: x + y\n");
    is("f = lambda <|>x, y=x: x + y\n", "z", "f = lambda z, y=x: z + y\n");
}

#[test]
fn a_parameter_is_renamed_in_calls_that_name_it() {
    is(
        "def f(<|>a, b=1):\n    return a + b\n\nf(a=1, b=2)\nf(1)\na = 3\n",
        "first",
        "def f(first, b=1):\n    return first + b\n\nf(first=1, b=2)\nf(1)\na = 3\n",
    );
}

#[test]
fn handlers_managers_loops_and_patterns_bind() {
    is(
        "def f(p):\n    try:\n        pass\n    except E as <|>e:\n        print(e)\n",
        "error",
        "def f(p):\n    try:\n        pass\n    except E as error:\n        print(error)\n",
    );
    is("with open(1) as <|>a, b as (c, d):\n    a, c\n", "z", "with open(1) as z, b as (c, d):\n    z, c\n");
    is("for i, (<|>j, *k) in x:\n    i, j, k\n", "z", "for i, (z, *k) in x:\n    i, z, k\n");
    is(
        "match v:\n    case [<|>a, *_] | {'k': a}:\n        a\n    case P(a=1) as b:\n        b\n",
        "z",
        "match v:\n    case [z, *_] | {'k': z}:\n        z\n    case P(a=1) as b:\n        b\n",
    );
}

#[test]
fn type_parameters_are_seen_in_annotations_and_bodies() {
    is(
        "class C[<|>T]:\n    x: T\n    def f[U](self, a: T, b: U) -> 'T':\n        c: T = a\nT = 1\n",
        "V",
        "class C[V]:\n    x: V\n    def f[U](self, a: V, b: U) -> 'V':\n        c: V = a\nT = 1\n",
    );
}

#[test]
fn annotations_in_strings_are_code() {
    is(
        "class <|>A: ...\ndef f(a: 'A', b: 'list[A]', c: Literal['A']) -> 'A | None': ...\nx: \"dict[str, 'A']\"\n",
        "B",
        "class B: ...\ndef f(a: 'B', b: 'list[B]', c: Literal['A']) -> 'B | None': ...\nx: \"dict[str, 'B']\"\n",
    );
}

#[test]
fn formatted_strings_hold_code() {
    is("x = 1\nf'{<|>x} {x!r:>{x}} x'\n", "y", "y = 1\nf'{y} {y!r:>{y}} x'\n");
}

#[test]
fn a_name_that_a_string_prints_is_for_review() {
    asks("m.py", "<|>x = 1\nprint(f'{x=}')\n", "y", "y = 1\nprint(f'{y=}')\n", &["prints_its_name"]);
}

#[test]
fn all_and_own_names_in_strings_follow() {
    is(
        "__all__ = ['<|>f', 'g']\ndef f(): ...\ndef g(): ...\n",
        "h",
        "__all__ = ['h', 'g']\ndef h(): ...\ndef g(): ...\n",
    );
    is("<|>T = TypeVar('T')\n", "U", "U = TypeVar('U')\n");
}

#[test]
fn a_name_that_is_taken_is_a_conflict() {
    asks("m.py", "def f(<|>a, b):\n    return a, b\n", "b", "def f(b, b):\n    return b, b\n", &["shadows", "shadows"]);
}

#[test]
fn a_builtin_that_would_be_hidden_is_a_conflict() {
    asks("m.py", "<|>x = 1\nprint(list(y))\n", "list", "list = 1\nprint(list(y))\n", &["shadows", "shadows_builtin"]);
}

#[test]
fn what_is_made_up_at_run_time_is_for_review() {
    asks(
        "m.py",
        "def f():\n    <|>x = 1\n    return locals()\n",
        "y",
        "def f():\n    y = 1\n    return locals()\n",
        &["names_made_up"],
    );
}

#[test]
fn comments_and_strings_are_let_alone() {
    is("\"\"\"x\"\"\"\n<|>x = 'x'  # x\n'a.x'\n", "y", "\"\"\"x\"\"\"\ny = 'x'  # x\n'a.x'\n");
}

#[test]
fn names_are_taken_in_their_normal_form() {
    is("<|>ﬁne = 1\nfine\n", "good", "good = 1\ngood\n");
}

#[test]
fn a_broken_file_that_holds_only_a_longer_word_is_not_reported() {
    let program = |name: &str| format!("def {name}(): ...\n//- a.py\ndef load_all(: ...\n");
    safe("m.py", &program("<|>load"), "read", &program("read"));
    let used = |name: &str| format!("def {name}(): ...\n//- a.py\nfrom m import load(\n");
    let outcome = renamed("m.py", &used("<|>load"), "read");
    assert_eq!(outcome.proposal.unparsed.len(), 1, "{}", told(&outcome.proposal));
}

#[test]
#[cfg(not(feature = "rust"))]
fn a_language_that_this_build_lacks_is_told_with_the_file_and_hides_no_other() {
    let files = "pub fn <|>hive() {}\n//- m.py\ndef hive(): ...\n";
    let error = support::Case::new(files, "lib.rs").look().err().map(|error| error.to_string());
    assert_eq!(
        error.as_deref(),
        Some("lib.rs cannot be searched for symbols: this build knows nothing of its language")
    );
    let named = support::Case {
        target: refactor::Target::Qualified("m.hive".to_owned()),
        ..support::Case::new(files, "lib.rs")
    };
    assert!(named.look().is_ok());
}

#[test]
fn a_class_that_asks_for_a_name_before_it_has_made_it_asks_the_module() {
    let program = |outer: &str, inner: &str| {
        format!("{outer} = 1\nclass A:\n    {inner} = {} + 1\n    y = {0}\n", outer.trim_start_matches("<|>")).replace(
            &format!("y = {}", outer.trim_start_matches("<|>")),
            &format!("y = {}", inner.trim_start_matches("<|>")),
        )
    };
    safe("m.py", &program("<|>x", "x"), "z", &program("z", "x"));
    safe("m.py", &program("x", "<|>x"), "z", &program("x", "z"));
}

//! Renames of what is asked for by names that the code puts together, or that nobody knows.

mod support;

use support::{asks, safe};

fn program(name: &str, body: &str) -> String {
    format!(
        "PREFIX = 'visit_'\nTEMPLATE = 'visit_{{}}'\nclass V:\n    def {name}(self): ...\n    def go(self, k, ks):\n        {body}\n"
    )
}

#[test]
fn a_method_whose_name_is_put_together_on_the_way_is_shown() {
    for body in [
        "n = 'visit_' + k; getattr(self, n)()",
        "n = 'visit_' + k + '_end'; getattr(self, n)()",
        "n = f'visit_{k}'; getattr(self, n)()",
        "n = 'visit_{}'.format(k); getattr(self, n.lower(), None)",
        "n = 'Visit_%s' % k; return getattr(self, n.lower())",
        "getattr(self, PREFIX + k)",
        "getattr(self, f'{PREFIX}{k}')",
        "n = TEMPLATE.format(k); return getattr(self, n)",
        "n = 'visit_'; n += k; return getattr(self, n)",
        "return getattr(self, PREFIX + k if k else 'other')",
        "return [getattr(self, n) for n in ('visit_' + k, 'other')]",
        "for n in ['visit_' + k for k in ks]: getattr(self, n)()",
        "return getattr(self, ('visit-' + k).replace('-', '_'))",
    ] {
        asks("m.py", &program("<|>visit_hive", body), "bee", &program("bee", body), &["asked_by_prefix"]);
    }
    for body in ["n = 'visit_' + k; getattr(self, n)()", "getattr(self, f'{PREFIX}{k}')"] {
        safe("m.py", &program("<|>hive", body), "bee", &program("bee", body));
    }
}

#[test]
fn a_method_of_what_is_asked_for_names_that_nobody_knows_is_shown() {
    for body in [
        "return getattr(self, k)()",
        "return getattr(self, 'other' if ks else k)",
        "for n in ks: setattr(self, n, 1)",
        "return hasattr(V, f'{k}_hive')",
        "return getattr(self, k + '_hive')",
        "n = 'hi'; n += k; return getattr(self, n)",
    ] {
        asks("m.py", &program("<|>hive", body), "bee", &program("bee", body), &["asked_for_by_data"]);
    }
    for body in [
        "for n in ('other', 'more'): getattr(self, n)",
        "n = 'other'; return getattr(self, n)",
        "n = None if k else 'other'; return getattr(self, n)",
        "return getattr(k, ks)",
        "return getattr(W(), k)\nclass W: ...",
    ] {
        safe("m.py", &program("<|>hive", body), "bee", &program("bee", body));
    }
}

#[test]
fn what_hands_on_the_names_that_it_is_asked_for_asks_for_none_itself() {
    let program = |name: &str| {
        format!(
            "class V:\n    def {name}(self): ...\nclass Proxy:\n    def __init__(self):\n        self.inner = V()\n    def __getattr__(self, k):\n        return getattr(self.inner, k)\n"
        )
    };
    safe("m.py", &program("<|>hive"), "bee", &program("bee"));
}

#[test]
fn names_of_modules_that_are_put_together_on_the_way_are_shown() {
    let program = |name: &str| {
        format!(
            "from plugins import {name}\nfrom importlib import import_module\ndef load(n):\n    path = 'plugins.' + n\n    return import_module(path)\n//- plugins/__init__.py\n"
        )
    };
    let before = format!("{}//- plugins/hive.py\nX = 1\n", program("<|>hive"));
    let after = format!("{}//- plugins/bee.py\nX = 1\n", program("bee"));
    asks("m.py", &before, "bee", &after, &["asked_by_prefix"]);
}

#[test]
fn a_name_of_a_module_that_is_asked_for_others_is_renamed() {
    let program = |name: &str, asked: &str| {
        format!("def {name}(): ...\n//- a.py\nimport m\ndef go(n): return getattr(m, {asked})\n")
    };
    let made_up = "'on_' + n";
    asks("m.py", &program("<|>on_hive", made_up), "bee", &program("bee", made_up), &["asked_for_by_data"]);
    asks("m.py", &program("<|>hive", "n"), "bee", &program("bee", "n"), &["asked_for_by_data"]);
    safe("m.py", &program("<|>hive", made_up), "bee", &program("bee", made_up));
}

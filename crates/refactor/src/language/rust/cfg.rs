//! Conditional compilation: the predicates that sources use, and a few sets of switches that together try each of them
//! both ways.

use std::collections::BTreeSet;

use memchr::memmem;

/// The most sets of switches that a program is read with.
const MOST_SETS: usize = 4;
/// Levels of `all`, `any` and `not` that are read.
const MOST_LEVELS: usize = 32;

/// A switch: a name, or a key with a value.
pub(super) type Switch = (String, Option<String>);

/// What stands in `cfg(…)`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Predicate {
    /// Whether a switch is on.
    Is(Switch),
    /// Whether all are true.
    All(Vec<Self>),
    /// Whether one is true.
    Any(Vec<Self>),
    /// Whether it is false.
    Not(Box<Self>),
}

/// Which features of each package are on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Features {
    /// All of them.
    All,
    /// What is on unasked.
    Default,
    /// None.
    None,
}

/// One way to build everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Setting {
    /// The features of each package.
    pub(super) features: Features,
    /// All other switches that are on, and features that are on in every package.
    pub(super) on: BTreeSet<Switch>,
    /// Features that are off in every package.
    pub(super) off: BTreeSet<Switch>,
}

impl Setting {
    fn new(features: Features, switches: &[&str]) -> Self {
        let on = switches.iter().map(|switch| match switch.split_once('=') {
            Some((key, value)) => (key.to_owned(), Some(value.to_owned())),
            None => ((*switch).to_owned(), None),
        });
        Self { features, on: on.collect(), off: BTreeSet::new() }
    }

    /// The switches of a package, of whose features these are on.
    pub(super) fn switches(&self, features: &BTreeSet<String>) -> BTreeSet<Switch> {
        let features = features.iter().map(|feature| ("feature".to_owned(), Some(feature.clone())));
        features.chain(self.on.iter().cloned()).filter(|switch| !self.off.contains(switch)).collect()
    }

    /// Turns a switch on or off. Of a key that has one value at a time, the others go off.
    fn turn(&mut self, switch: &Switch, on: bool) {
        if !on {
            self.on.remove(switch);
            self.off.insert(switch.clone());
            return;
        }
        if switch.0.starts_with("target_") && !switch.0.starts_with("target_has") && switch.0 != "target_feature" {
            self.on.retain(|(key, _)| *key != switch.0);
        }
        self.off.remove(switch);
        self.on.insert(switch.clone());
    }
}

/// Linux, as most people build.
const LINUX: [&str; 12] = [
    "unix",
    "target_os=linux",
    "target_family=unix",
    "target_env=gnu",
    "target_arch=x86_64",
    "target_vendor=unknown",
    "target_endian=little",
    "target_pointer_width=64",
    "target_has_atomic",
    "target_has_atomic=64",
    "target_has_atomic=ptr",
    "panic=unwind",
];
/// What is as different from it as a real machine can be.
const WINDOWS: [&str; 8] = [
    "windows",
    "target_os=windows",
    "target_family=windows",
    "target_env=msvc",
    "target_arch=aarch64",
    "target_endian=little",
    "target_pointer_width=32",
    "panic=abort",
];

impl Predicate {
    /// Whether it holds; `false` and `true` are what they say.
    pub(super) fn holds(&self, on: &dyn Fn(&Switch) -> bool) -> bool {
        match self {
            Self::Is((name, None)) if name == "true" => true,
            Self::Is((name, None)) if name == "false" => false,
            Self::Is(switch) => on(switch),
            Self::All(all) => all.iter().all(|one| one.holds(on)),
            Self::Any(any) => any.iter().any(|one| one.holds(on)),
            Self::Not(one) => !one.holds(on),
        }
    }

    /// Turns switches so that it is as wanted, as far as it goes.
    fn force(&self, wanted: bool, setting: &mut Setting) {
        match (self, wanted) {
            (Self::Is(switch), _) => setting.turn(switch, wanted),
            (Self::All(parts), true) | (Self::Any(parts), false) => {
                for part in parts {
                    part.force(wanted, setting);
                }
            }
            (Self::All(parts), false) | (Self::Any(parts), true) => {
                parts.iter().take(1).for_each(|part| part.force(wanted, setting));
            }
            (Self::Not(part), _) => part.force(!wanted, setting),
        }
    }
}

/// The predicates of a text, wherever `cfg(…)`, `cfg!(…)` or `cfg_attr(…, …)` stands.
pub(super) fn predicates(text: &str) -> BTreeSet<Predicate> {
    let after = |mark: &'static str| {
        memmem::find_iter(text.as_bytes(), mark).filter_map(move |at| text.get(at + mark.len()..)).collect::<Vec<_>>()
    };
    let marks = ["cfg(", "cfg!(", "cfg_attr("];
    marks.into_iter().flat_map(after).filter_map(|rest| Reader { rest }.predicate(0)).collect()
}

/// The predicate that an attribute's text begins with, after `cfg(`.
pub(super) fn predicate(text: &str) -> Option<Predicate> {
    Reader { rest: text }.predicate(0)
}

/// What is left to read of a predicate.
struct Reader<'t> {
    rest: &'t str,
}

impl<'t> Reader<'t> {
    fn predicate(&mut self, level: usize) -> Option<Predicate> {
        if level > MOST_LEVELS {
            return None;
        }
        let name = self.word()?;
        if self.takes('(') {
            let parts = self.list(level + 1)?;
            return match name {
                "all" => Some(Predicate::All(parts)),
                "any" => Some(Predicate::Any(parts)),
                "not" => parts.into_iter().next().map(|part| Predicate::Not(Box::new(part))),
                _ => None,
            };
        }
        let value = if self.takes('=') { Some(self.text()?.to_owned()) } else { None };
        Some(Predicate::Is((name.to_owned(), value)))
    }

    fn list(&mut self, level: usize) -> Option<Vec<Predicate>> {
        let mut parts = Vec::new();
        while !self.takes(')') {
            parts.push(self.predicate(level)?);
            if !self.takes(',') {
                return self.takes(')').then_some(parts);
            }
        }
        Some(parts)
    }

    fn word(&mut self) -> Option<&'t str> {
        self.rest = self.rest.trim_start();
        let end = self.rest.find(|it: char| !it.is_alphanumeric() && it != '_').unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest;
        (!word.is_empty()).then_some(word)
    }

    fn text(&mut self) -> Option<&'t str> {
        let (text, rest) = self.rest.trim_start().strip_prefix('"')?.split_once('"')?;
        self.rest = rest;
        Some(text)
    }

    fn takes(&mut self, sign: char) -> bool {
        let rest = self.rest.trim_start().strip_prefix(sign);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }
}

/// The settings under which each predicate is true once and false once, as far as that can be had; the first is the one
/// that sees most. `features` says which are on in some package.
pub(super) fn settings(
    predicates: &BTreeSet<Predicate>,
    features: &dyn Fn(Features) -> BTreeSet<String>,
) -> Vec<Setting> {
    let with = |machine: &[&'static str], more: &[&'static str]| [machine, more].concat();
    let plain = with(&LINUX, &["test", "debug_assertions"]);
    let mut chosen = vec![Setting::new(Features::All, &plain)];
    let truths = |setting: &Setting| -> BTreeSet<(usize, bool)> {
        let switches = setting.switches(&features(setting.features));
        (0..).zip(predicates).map(|(index, one)| (index, one.holds(&|switch| switches.contains(switch)))).collect()
    };
    let mut tried: BTreeSet<(usize, bool)> = chosen.iter().flat_map(&truths).collect();
    let consider = |setting: Setting, chosen: &mut Vec<Setting>, tried: &mut BTreeSet<(usize, bool)>| {
        let new = truths(&setting);
        if chosen.len() < MOST_SETS && !new.is_subset(tried) {
            tried.extend(new);
            chosen.push(setting);
        }
    };
    consider(Setting::new(Features::None, &WINDOWS), &mut chosen, &mut tried);
    consider(Setting::new(Features::Default, &plain), &mut chosen, &mut tried);
    for (index, one) in predicates.iter().enumerate() {
        for wanted in [true, false] {
            if let (false, Some(first)) = (tried.contains(&(index, wanted)), chosen.first()) {
                let mut setting = first.clone();
                one.force(wanted, &mut setting);
                consider(setting, &mut chosen, &mut tried);
            }
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Features, MOST_SETS, Predicate, predicates, settings};

    fn chosen(text: &str) -> usize {
        let all: BTreeSet<String> = ["std", "serde"].into_iter().map(str::to_owned).collect();
        let none = BTreeSet::new();
        settings(&predicates(text), &|features| if features == Features::All { all.clone() } else { none.clone() })
            .len()
    }

    #[test]
    fn sources_without_conditions_are_read_once() {
        assert_eq!(chosen("fn main() {}"), 1);
    }

    #[test]
    fn a_feature_is_tried_both_ways() {
        assert_eq!(chosen("#[cfg(feature = \"std\")] fn f() {}"), 2);
    }

    #[test]
    fn what_no_usual_build_turns_on_gets_a_build_of_its_own() {
        let text = "#[cfg(all(loom, not(feature = \"std\")))] fn f() {}";
        assert_eq!(chosen(text), 2);
        assert!(chosen("#[cfg(a)] #[cfg(b)] #[cfg(c)] #[cfg(d)] #[cfg(e)] #[cfg(f)] fn f() {}") <= MOST_SETS);
    }

    #[test]
    fn a_predicate_that_is_no_predicate_is_left_out() {
        let deep = format!("#[cfg({}", "all(".repeat(50_000));
        for text in ["cfg(", "cfg(all(x", "#[cfg(version(\"1\"))]", deep.as_str()] {
            assert_eq!(predicates(text), BTreeSet::new());
        }
        let literal = Predicate::Is(("true".to_owned(), None));
        assert!(literal.holds(&|_| false));
    }
}

//! Names that are one and the same to some file systems: whatever their case and the form of their accents.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;

/// The names of one folder in the form in which file systems that know no case compare them.
#[derive(Debug, Default)]
pub(super) struct Names(BTreeSet<(Vec<u8>, Vec<u8>)>);

impl Names {
    pub(super) fn of<'a>(names: impl Iterator<Item = &'a Vec<u8>>) -> Self {
        Self(names.map(|name| (folded(name), name.clone())).collect())
    }

    pub(super) fn insert(&mut self, name: &[u8]) {
        self.0.insert((folded(name), name.to_vec()));
    }

    /// Another name that is the same as this one to some file system.
    pub(super) fn twin(&self, name: &[u8]) -> Option<&[u8]> {
        let key = (folded(name), Vec::new());
        let same = self.0.range(key.clone()..).take_while(|(other, _)| *other == key.0);
        same.map(|(_, other)| other.as_slice()).find(|other| *other != name)
    }
}

/// The name decomposed, without case, and composed again (Unicode's canonical caseless matching, D145, then NFC).
///
/// Without case is in small letters once it has been in capitals: so `ß` is `ss`, as in full case folding. That takes the
/// dotless `ı` for an `i`, which case folding does not, and some file systems do. What is no UTF-8 loses only the case of
/// its ASCII letters.
pub(super) fn folded(name: &[u8]) -> Vec<u8> {
    match std::str::from_utf8(name) {
        Ok(text) if !text.is_ascii() => {
            let small = text.nfd().flat_map(char::to_lowercase).flat_map(char::to_uppercase);
            small.flat_map(char::to_lowercase).nfc().collect::<String>().into_bytes()
        }
        _ => name.to_ascii_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_that_differ_in_case_or_composition_are_twins() {
        for (one, other) in [
            ("Makefile", "makefile"),
            ("straße", "STRASSE"),
            ("STRAẞE", "strasse"),
            ("caf\u{e9}", "cafe\u{301}"),
            ("CAF\u{c9}", "cafe\u{301}"),
            ("ΣΊΣΥΦΟΣ", "σίσυφος"),
            ("\u{212a}", "k"),
            ("\u{fb01}le", "FILE"),
            ("\u{1f80}", "\u{1f00}\u{3b9}"),
            ("\u{345}\u{301}", "\u{301}\u{3b9}"),
        ] {
            let names = Names::of([one.as_bytes().to_vec()].iter());
            assert_eq!(names.twin(other.as_bytes()), Some(one.as_bytes()), "{one} {other}");
            assert_eq!(names.twin(one.as_bytes()), None, "it is not its own twin");
        }
        for (one, other) in [("a", "b"), ("e", "\u{e9}"), ("a", "a "), ("\u{3b1}", "a")] {
            assert_eq!(Names::of([one.as_bytes().to_vec()].iter()).twin(other.as_bytes()), None, "{one} {other}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn case_and_composition_make_no_difference_wherever_they_are_changed(name in "\\PC{0,12}") {
            let key = folded(name.as_bytes());
            let decomposed: String = name.nfd().collect();
            let composed: String = name.nfc().collect();
            prop_assert_eq!(&folded(decomposed.as_bytes()), &key);
            prop_assert_eq!(&folded(composed.as_bytes()), &key);
            prop_assert_eq!(&folded(name.to_lowercase().as_bytes()), &key);
        }

        #[test]
        fn no_bytes_make_it_fail(name in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = folded(&name);
        }
    }
}

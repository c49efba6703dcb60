//! A literal search for a name: every place where its letters stand alone. No parser and no index is asked, so that none
//! can hide one.

use std::ops::Range;

use memchr::memmem::Finder;

/// Finds one word again and again.
#[derive(Debug)]
pub(crate) struct Words<'n> {
    finder: Finder<'n>,
    length: usize,
}

impl<'n> Words<'n> {
    /// A name that is not empty.
    pub(crate) fn new(name: &'n str) -> Self {
        Self { finder: Finder::new(name), length: name.len() }
    }

    /// Whether the letters are there at all, alone or not. Reads bytes, so that it can be asked of any file.
    pub(crate) fn touches(&self, bytes: &[u8]) -> bool {
        self.finder.find(bytes).is_some()
    }

    /// Where they stand alone, from the first to the last.
    pub(crate) fn of<'t>(&'t self, text: &'t str) -> impl Iterator<Item = Range<usize>> + 't {
        let places = self.finder.find_iter(text.as_bytes()).map(|at| at..at + self.length);
        places.filter(|range| stands_alone(text, range))
    }
}

/// Whether what surrounds a range is not part of the same word. `$` is no letter here: a language in which it is one
/// says what it makes of such a place.
pub(crate) fn stands_alone(text: &str, range: &Range<usize>) -> bool {
    let before = text.get(..range.start).and_then(|before| before.chars().next_back());
    let after = text.get(range.end..).and_then(|after| after.chars().next());
    !before.is_some_and(is_letter) && !after.is_some_and(is_letter)
}

/// Whether a text ends with a word, and with no longer one.
pub(crate) fn ends_with_word(text: &str, word: &str) -> bool {
    let before = text.strip_suffix(word).filter(|_| !word.is_empty());
    before.is_some_and(|before| !before.chars().next_back().is_some_and(is_letter))
}

/// Whether a character goes on a name, in any language that is understood here (UAX 31).
pub(crate) fn is_letter(character: char) -> bool {
    character == '_' || unicode_ident::is_xid_continue(character)
}

//! Every word of some files with the files that hold it, so that a second search for a name looks at no text.

use std::collections::HashMap;

use memchr::memmem::Finder;

use crate::sources::FileId;

/// The words of some files. What a search for letters finds in the texts, it finds in their words as well: letters that
/// can be part of a name stand in one word or in none.
#[derive(Debug, Default)]
pub(crate) struct Vocabulary {
    /// All words, each once and followed by a line end.
    words: Vec<u8>,
    /// Where each begins, in order.
    starts: Vec<usize>,
    /// Where the files of each begin in `files`, in order.
    firsts: Vec<usize>,
    /// The files of the first word, of the second, …
    files: Vec<FileId>,
}

impl Vocabulary {
    /// Of texts in the order of their files.
    pub(crate) fn of<B: AsRef<[u8]>>(texts: impl Iterator<Item = (FileId, B)>) -> Self {
        let mut gathered = Gathered::default();
        for (file, text) in texts {
            gathered.add(file, text.as_ref());
        }
        gathered.finish()
    }

    /// Whether it can be asked for a name: one that is not empty and could be a word, or a part of one.
    pub(crate) fn knows(name: &str) -> bool {
        !name.is_empty() && name.bytes().all(is_letter)
    }

    /// The files that hold the letters of a name that it [`knows`](Self::knows), alone or not; sorted.
    pub(crate) fn holders(&self, name: &str) -> Vec<FileId> {
        let last = self.files.iter().max().map_or(0, |last| last.index() + 1);
        let mut holds = vec![false; last];
        let finder = Finder::new(name);
        let mut from = 0;
        while let Some(at) = self.words.get(from..).and_then(|rest| finder.find(rest)) {
            let next = self.starts.partition_point(|start| *start <= from + at);
            for file in self.files_of(next.saturating_sub(1)) {
                holds.get_mut(file.index()).into_iter().for_each(|holds| *holds = true);
            }
            // A word that holds it twice is looked at once.
            from = self.starts.get(next).copied().unwrap_or(self.words.len());
        }
        (0..).map(FileId).zip(holds).filter(|(_, holds)| *holds).map(|(file, _)| file).collect()
    }

    fn files_of(&self, word: usize) -> &[FileId] {
        let range = self.firsts.get(word).zip(self.firsts.get(word + 1));
        range.and_then(|(first, next)| self.files.get(*first..*next)).unwrap_or_default()
    }
}

/// A vocabulary in the making.
#[derive(Default)]
struct Gathered {
    /// The number of each word, and the last file that it was seen in.
    known: HashMap<Box<[u8]>, (usize, FileId)>,
    words: Vec<u8>,
    starts: Vec<usize>,
    /// Each word in each file, once.
    seen: Vec<(usize, FileId)>,
}

impl Gathered {
    fn add(&mut self, file: FileId, text: &[u8]) {
        for word in text.split(|byte| !is_letter(*byte)).filter(|word| !word.is_empty()) {
            if let Some((number, last)) = self.known.get_mut(word) {
                if *last != file {
                    *last = file;
                    self.seen.push((*number, file));
                }
                continue;
            }
            let number = self.starts.len();
            self.known.insert(word.into(), (number, file));
            self.starts.push(self.words.len());
            self.words.extend_from_slice(word);
            self.words.push(b'\n');
            self.seen.push((number, file));
        }
    }

    fn finish(mut self) -> Vocabulary {
        self.seen.sort_unstable();
        let mut firsts = Vec::with_capacity(self.starts.len() + 1);
        let mut files = Vec::with_capacity(self.seen.len());
        for (number, file) in self.seen {
            if firsts.len() <= number {
                firsts.push(files.len());
            }
            files.push(file);
        }
        firsts.push(files.len());
        Vocabulary { words: self.words, starts: self.starts, firsts, files }
    }
}

/// Whether a byte can be part of a name in any language: more than one language allows, so that no word is cut.
fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || !byte.is_ascii()
}

#[cfg(test)]
mod tests {
    use memchr::memmem;
    use proptest::prelude::*;

    use super::{FileId, Vocabulary};

    fn of(texts: &[&str]) -> Vocabulary {
        Vocabulary::of((0..).map(FileId).zip(texts))
    }

    #[test]
    fn a_part_of_a_word_is_found_in_each_file_once() {
        let vocabulary = of(&["alpha alphabet", "beta", "_alpha.beta"]);
        assert_eq!(vocabulary.holders("alpha"), [FileId(0), FileId(2)]);
        assert_eq!(vocabulary.holders("bet"), [FileId(0), FileId(1), FileId(2)]);
        assert_eq!(vocabulary.holders("gamma"), []);
    }

    #[test]
    fn what_no_word_can_hold_is_not_known() {
        assert!(Vocabulary::knows("größe") && Vocabulary::knows("$x") && Vocabulary::knows("_C__"));
        assert!(!Vocabulary::knows("") && !Vocabulary::knows("a.b") && !Vocabulary::knows("a b"));
    }

    proptest! {
        #[test]
        fn it_finds_what_a_search_of_the_texts_finds(
            texts in proptest::collection::vec("[ab_$é .\n]{0,40}", 0..6),
            name in "[ab_$é]{1,4}",
        ) {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let holds = |text: &&str| memmem::find(text.as_bytes(), name.as_bytes()).is_some();
            let wanted: Vec<FileId> =
                (0..).map(FileId).zip(&texts).filter(|(_, text)| holds(text)).map(|(file, _)| file).collect();
            prop_assert_eq!(of(&texts).holders(&name), wanted);
        }
    }
}

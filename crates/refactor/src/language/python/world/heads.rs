//! Where classes name what they inherit from, by a look at the letters alone: so that the heirs of a class are found
//! without reading each file. It may name too many files, never too few.

use std::collections::{BTreeSet, HashMap};

use memchr::memmem;

use crate::{sources::FileId, words::is_letter};

/// The most bytes of a class's head that are looked at.
const LONGEST_HEAD: usize = 8_192;

/// The words of all heads, and the second names of things.
#[derive(Debug, Default)]
pub(crate) struct Heads {
    /// Those with classes.
    files: BTreeSet<FileId>,
    words: HashMap<String, Vec<FileId>>,
    aliases: HashMap<String, BTreeSet<String>>,
}

impl Heads {
    /// Takes in a file, the whole of it before the next.
    pub(super) fn add(&mut self, file: FileId, text: &str) {
        for at in memmem::find_iter(text.as_bytes(), b"class") {
            self.files.insert(file);
            for word in head(text, at + "class".len()) {
                self.add_word(word, file);
            }
        }
        for at in memmem::find_iter(text.as_bytes(), b" as ") {
            let (before, after) = (text.get(..at).unwrap_or_default(), text.get(at + 4..).unwrap_or_default());
            self.add_alias(last_word(before), first_word(after));
        }
        for line in text.lines() {
            let Some((name, value)) = line.split_once('=') else { continue };
            let name = first_word(name);
            let value = value.trim_start();
            let end = value.find(|letter: char| !is_letter(letter) && letter != '.').unwrap_or(value.len());
            let (path, rest) = value.split_at_checked(end).unwrap_or_default();
            if matches!(rest.trim_start().chars().next(), None | Some('#' | '[' | ';')) {
                self.add_alias(last_word(path), name);
            }
        }
    }

    fn add_word(&mut self, word: &str, file: FileId) {
        match self.words.get_mut(word) {
            Some(files) if files.last() == Some(&file) => {}
            Some(files) => files.push(file),
            None => drop(self.words.insert(word.to_owned(), vec![file])),
        }
    }

    fn add_alias(&mut self, name: &str, alias: &str) {
        let is_known = self.aliases.get(name).is_some_and(|aliases| aliases.contains(alias));
        if !name.is_empty() && !alias.is_empty() && name != alias && !is_known {
            self.aliases.entry(name.to_owned()).or_default().insert(alias.to_owned());
        }
    }

    /// The files in which there may be classes.
    pub(super) fn files(&self) -> impl Iterator<Item = FileId> {
        self.files.iter().copied()
    }

    /// The files in which a class may name another as its base, under whatever name that any of some files give it.
    pub(super) fn holders<'h>(all: &[&'h Self], name: &'h str) -> BTreeSet<FileId> {
        let (mut next, mut seen) = (vec![name], BTreeSet::from([name]));
        let mut found = BTreeSet::new();
        while let Some(name) = next.pop() {
            for heads in all {
                found.extend(heads.words.get(name).into_iter().flatten().copied());
                let aliases = heads.aliases.get(name).into_iter().flatten().map(String::as_str);
                next.extend(aliases.filter(|alias| seen.insert(alias)));
            }
        }
        found
    }
}

/// The words between `class` and its colon.
fn head(text: &str, from: usize) -> impl Iterator<Item = &str> {
    let rest = text.get(from..).unwrap_or_default();
    let mut depth = 0usize;
    let end = rest.char_indices().take(LONGEST_HEAD).find(|(_, letter)| {
        match letter {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        *letter == ':' && depth == 0
    });
    let head = rest.get(..end.map_or(rest.len().min(LONGEST_HEAD), |(at, _)| at)).unwrap_or(rest);
    head.split(|letter| !is_letter(letter)).filter(|word| !word.is_empty())
}

fn first_word(text: &str) -> &str {
    let text = text.trim_start_matches(|letter: char| !is_letter(letter));
    text.split(|letter| !is_letter(letter)).next().unwrap_or_default()
}

fn last_word(text: &str) -> &str {
    let text = text.trim_end_matches(|letter: char| !is_letter(letter));
    text.rsplit(|letter| !is_letter(letter)).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{FileId, Heads};

    #[test]
    fn heads_and_second_names_lead_to_files() {
        let mut heads = Heads::default();
        heads.add(FileId(0), "from m import A as B\n");
        heads.add(FileId(1), "class C(\n    x.B,\n    metaclass=M,\n): ...\n");
        heads.add(FileId(2), "D = m.A\nE = A(1)\n");
        heads.add(FileId(3), "class F(D): ...\nclass G(E): ...\n");
        let holders = |name| Heads::holders(&[&heads], name).into_iter().collect::<Vec<_>>();
        assert_eq!(holders("A"), [FileId(1), FileId(3)]);
        assert!(holders("Z").is_empty());
    }
}

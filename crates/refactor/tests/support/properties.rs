//! What the properties of every language ask: a rename at a byte, sources with its edits made, words.

use refactor::{Budget, Memory, Options, Proposal, Rename, Scope, Sources as _, Target};

/// Renames what stands at a byte of a file, if there is something.
pub(crate) fn rename_at(sources: &Memory, path: &str, at: usize, new_name: &str) -> Option<Proposal> {
    let text = sources.text(sources.find(path)?).ok()?.into_owned();
    let before = text.get(..at)?;
    let line = u32::try_from(before.matches('\n').count() + 1).ok()?;
    let column = u32::try_from(before.rsplit('\n').next()?.len() + 1).ok()?;
    let target = Target::Position { path: path.to_owned(), line, column };
    let wanted = Rename { target, new_name: new_name.to_owned(), scope: Scope::Project, options: Options::default() };
    refactor::rename(sources, &wanted, &Budget::unlimited()).ok()
}

/// Sources with a proposal's edits and moves made.
pub(crate) fn applied(sources: &Memory, proposal: &Proposal) -> Memory {
    let files = all(sources).into_iter().map(|(path, text)| {
        let change = proposal.files.iter().find(|change| change.path == path);
        let new_path = change.and_then(|change| change.new_path.clone()).unwrap_or(path);
        (new_path, change.and_then(|change| change.apply(&text)).unwrap_or(text))
    });
    Memory::new(files)
}

/// Each file's path and text.
pub(crate) fn all(sources: &Memory) -> Vec<(String, String)> {
    let text = |path: &str| sources.find(path).and_then(|id| sources.text(id).ok()).unwrap_or_default().into_owned();
    sources.files().iter().map(|file| (file.path.clone(), text(&file.path))).collect()
}

/// Where one of a text's words begins.
pub(crate) fn word(text: &str, pick: usize) -> usize {
    let begins = |at: usize| !text.get(..at).is_some_and(|before| before.ends_with(is_letter));
    let words = text.char_indices().filter(|(at, letter)| letter.is_alphabetic() && begins(*at)).map(|(at, _)| at);
    let words: Vec<_> = words.collect();
    words.get(pick % words.len().max(1)).copied().unwrap_or_default()
}

/// How often a word stands in the sources.
pub(crate) fn times(sources: &Memory, word: &str) -> usize {
    let words = |text: &str| text.split(|letter: char| !is_letter(letter)).filter(|found| *found == word).count();
    all(sources).iter().map(|(_, text)| words(text)).sum()
}

fn is_letter(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

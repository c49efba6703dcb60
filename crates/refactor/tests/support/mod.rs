//! Renames in a compact notation: files as text, `//- path` before each but the first of one, `<|>` at the cursor.

#![allow(
    dead_code,
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::missing_panics_doc,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that cannot go on should stop; not every test uses all of it"
)]

pub(crate) mod properties;

use std::collections::BTreeMap;

use refactor::{
    Budget, Memory, Options, Proposal, Rename, RenameError, Scope, SymbolView, Target, Unresolved, Verdict,
};

/// The mark of the cursor.
const CURSOR: &str = "<|>";

/// Sources with a cursor.
pub(crate) struct Case {
    /// Each file's text, by its path.
    pub(crate) files: BTreeMap<String, String>,
    /// What is pointed at.
    pub(crate) target: Target,
}

/// What a rename came to.
pub(crate) struct Outcome {
    /// The proposal.
    pub(crate) proposal: Proposal,
    /// All files with the edits made, in the notation.
    pub(crate) after: String,
}

impl Case {
    /// Reads the notation; text before the first `//- path` is a file of the given name.
    pub(crate) fn new(text: &str, first: &str) -> Self {
        let mut files = split(text, first);
        let mut target = None;
        for (path, text) in &mut files {
            if let Some(at) = text.find(CURSOR) {
                text.replace_range(at..at + CURSOR.len(), "");
                let before = &text[..at];
                let line = u32::try_from(before.matches('\n').count() + 1).expect("it is short");
                let last = before.rsplit('\n').next().unwrap_or_default();
                let column = u32::try_from(last.chars().count() + 1).expect("it is short");
                target = Some(Target::Position { path: path.clone(), line, column });
            }
        }
        Self { files, target: target.unwrap_or(Target::Qualified(String::new())) }
    }

    /// The files as sources.
    pub(crate) fn sources(&self) -> Memory {
        Memory::new(self.files.iter().map(|(path, text)| (path.clone(), text.clone().into_bytes())))
    }

    /// What stands under the cursor.
    pub(crate) fn look(&self) -> Result<SymbolView, Unresolved> {
        refactor::look(&self.sources(), &self.target, &Budget::unlimited())
    }

    /// Renames what stands under the cursor.
    pub(crate) fn try_rename(&self, new_name: &str, options: Options) -> Result<Outcome, RenameError> {
        let wanted =
            Rename { target: self.target.clone(), new_name: new_name.to_owned(), scope: Scope::Project, options };
        let proposal = refactor::rename(&self.sources(), &wanted, &Budget::unlimited())?;
        let after = joined(&self.after(&proposal));
        Ok(Outcome { proposal, after })
    }

    /// The files with a proposal's edits and moves made.
    pub(crate) fn after(&self, proposal: &Proposal) -> BTreeMap<String, String> {
        let mut after = self.files.clone();
        for change in &proposal.files {
            let text = after.remove(&change.path).expect("it changes a file that is there");
            let text = change.apply(&text).expect("its edits fit");
            after.insert(change.new_path.clone().unwrap_or_else(|| change.path.clone()), text);
        }
        after
    }
}

/// Splits the notation into files.
pub(crate) fn split(text: &str, first: &str) -> BTreeMap<String, String> {
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    let mut path = first.to_owned();
    for line in text.trim_start_matches('\n').split_inclusive('\n') {
        if let Some(next) = line.strip_prefix("//- ") {
            next.trim().clone_into(&mut path);
            files.entry(path.clone()).or_default();
        } else {
            files.entry(path.clone()).or_default().push_str(line);
        }
    }
    files
}

/// The files in the notation, by path.
pub(crate) fn joined(files: &BTreeMap<String, String>) -> String {
    let mut all = String::new();
    for (path, text) in files {
        all.push_str("//- ");
        all.push_str(path);
        all.push('\n');
        all.push_str(text);
    }
    all
}

/// A rename that must be safe, and come out so.
pub(crate) fn safe(first: &str, before: &str, new_name: &str, after: &str) {
    let outcome = renamed(first, before, new_name);
    assert_eq!(outcome.after, joined(&split(after, first)), "{}", told(&outcome.proposal));
    assert_eq!(outcome.proposal.verdict, Verdict::Safe, "{}", told(&outcome.proposal));
}

/// A rename that must ask: with these edits made, and these codes of conflicts and reviews, sorted.
pub(crate) fn asks(first: &str, before: &str, new_name: &str, after: &str, codes: &[&str]) {
    let outcome = renamed(first, before, new_name);
    assert_eq!(outcome.after, joined(&split(after, first)), "{}", told(&outcome.proposal));
    assert_eq!(outcome.proposal.verdict, Verdict::NeedsReview, "{}", told(&outcome.proposal));
    let conflicts = outcome.proposal.conflicts.iter().map(|it| it.code);
    let mut found: Vec<_> = conflicts.chain(outcome.proposal.needs_review.iter().map(|it| it.code)).collect();
    found.sort_unstable();
    assert_eq!(found, codes, "{}", told(&outcome.proposal));
}

/// A rename that must come to a proposal.
pub(crate) fn renamed(first: &str, before: &str, new_name: &str) -> Outcome {
    let case = Case::new(before, first);
    case.try_rename(new_name, Options::default()).unwrap_or_else(|error| panic!("there is a proposal: {error}"))
}

/// A file that uses `name` and is no UTF-8, and one that is too large, must be reported, and the others renamed in.
///
/// `defines` and `uses` are texts of a language whose comments begin with `//`.
pub(crate) fn reports_what_cannot_be_read(extension: &str, qualified: &str, defines: &str, uses: &str) {
    let latin = [uses.as_bytes(), b" // \xe9\n"].concat();
    let large = format!("{uses}\n{}", "// filler\n".repeat(900_000));
    let texts = [("a", defines.as_bytes().to_vec()), ("latin", latin), ("large", large.into_bytes())];
    let wanted = Rename {
        target: Target::Qualified(qualified.to_owned()),
        new_name: "other".to_owned(),
        scope: Scope::Project,
        options: Options::default(),
    };
    let sources = Memory::new(texts.map(|(name, text)| (format!("{name}.{extension}"), text)));
    let proposal = refactor::rename(&sources, &wanted, &Budget::unlimited()).expect("there is a proposal");
    assert_eq!(proposal.verdict, Verdict::NeedsReview, "{}", told(&proposal));
    assert_eq!(proposal.unparsed.len(), 2, "{}", told(&proposal));
    assert_eq!(proposal.counts.edits, 1, "{}", told(&proposal));
}

/// A proposal for people who look at a test that failed.
pub(crate) fn told(proposal: &Proposal) -> String {
    format!(
        "{:?} {:?}\nconflicts: {:#?}\nreviews: {:#?}\nunparsed: {:?}\n{}",
        proposal.verdict, proposal.counts, proposal.conflicts, proposal.needs_review, proposal.unparsed, proposal.patch
    )
}

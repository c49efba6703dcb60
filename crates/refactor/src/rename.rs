//! From a question to a proposal: find the symbol, class every token of its name, try the edits, say what is known.

use std::collections::BTreeSet;

use crate::{
    draft::{self, Draft, Findings},
    language::{
        self, Clash, Entity, Family, FileMove, Occurrences, Place, Program, Refusal, Symbol, Unparsed, Unresolved,
    },
    ledger::{self, Account, Class},
    limits::{Budget, MOST_CANDIDATES, Stopped},
    overlay::{Edits, Overlay, Replacement},
    position::Lines,
    proposal::{Proposal, SymbolView, not_own},
    request::{Rename, Target},
    sources::{FileId, Sources, Unreadable},
    verify::{Before, Trial},
    words::Words,
};

/// Why there is no proposal, not even one that refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenameError {
    /// The symbol was not found.
    #[error(transparent)]
    Unresolved(#[from] Unresolved),
    /// It cannot be called so.
    #[error("`{name}` is not a name for it: {reason}")]
    NameInvalid {
        /// The new name.
        name: String,
        /// Why not.
        reason: String,
    },
    /// The old name is written more often than is looked at.
    #[error("`{name}` is written more than {MOST_CANDIDATES} times: narrow the scope")]
    TooMany {
        /// The old name.
        name: String,
    },
    /// It was given up.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

/// What stands at a place, or is called so.
pub fn look(sources: &dyn Sources, target: &Target, budget: &Budget<'_>) -> Result<SymbolView, Unresolved> {
    let options = crate::Options::default();
    with_symbol(sources, target, options, budget, |_, symbol| Ok(draft::view(sources, &symbol)))
}

/// Computes a rename. Changes nothing and runs nothing.
pub fn rename(sources: &dyn Sources, wanted: &Rename, budget: &Budget<'_>) -> Result<Proposal, RenameError> {
    with_symbol(sources, &wanted.target, wanted.options, budget, |program, symbol| {
        Work { sources, wanted, budget, symbol: &symbol }.propose(program)
    })
}

/// Opens the program that a target speaks of, finds the symbol in it, and goes on with both.
fn with_symbol<T, E: From<Unresolved>>(
    sources: &dyn Sources,
    target: &Target,
    options: crate::Options,
    budget: &Budget<'_>,
    go_on: impl FnOnce(&dyn Program, Symbol) -> Result<T, E>,
) -> Result<T, E> {
    match target {
        Target::Position { path, line, column } => {
            let (file, family, at) = place(sources, path, *line, *column)?;
            let program = language::open(family, sources, options, budget).map_err(Unresolved::from)?;
            let program = program.ok_or_else(|| not_code(path, "this build knows nothing of its language"))?;
            let symbol = program.symbol_at(file, at)?;
            go_on(program.as_ref(), owned(sources, symbol))
        }
        Target::Qualified(name) => {
            let (program, symbol) = named(sources, name, options, budget)?;
            go_on(program.as_ref(), owned(sources, symbol))
        }
    }
}

/// The symbol, fixed where it is defined in a file that is not these sources' own to change.
fn owned(sources: &dyn Sources, symbol: Symbol) -> Symbol {
    let foreign = symbol.definitions.iter().find_map(|place| {
        let file = sources.file(place.file)?;
        let (code, what) = not_own(file.nature)?;
        Some(Refusal { code, message: format!("{}, where it is defined, {what}", file.path) })
    });
    Symbol { fixed: symbol.fixed.or(foreign), ..symbol }
}

fn place(sources: &dyn Sources, path: &str, line: u32, column: u32) -> Result<(FileId, Family, usize), Unresolved> {
    let file = sources.find(path).ok_or_else(|| Unresolved::NoFile(path.to_owned()))?;
    let family = sources.file(file).and_then(|file| file.family);
    let family = family.ok_or_else(|| not_code(path, "its language is not one that can be renamed in"))?;
    let text = sources.text(file).map_err(|reason| not_code(path, &reason.to_string()))?;
    let at = Lines::new(text).offset(line, column);
    let at = at.ok_or_else(|| Unresolved::NotAName { what: format!("line {line}, column {column} of {path}") })?;
    Ok((file, family, at))
}

fn not_code(path: &str, reason: &str) -> Unresolved {
    Unresolved::NotCode { path: path.to_owned(), reason: reason.to_owned() }
}

/// The one symbol of a name, in whatever language it is.
fn named<'s>(
    sources: &'s dyn Sources,
    name: &str,
    options: crate::Options,
    budget: &'s Budget<'s>,
) -> Result<(Box<dyn Program + 's>, Symbol), Unresolved> {
    let dotted = name.replace("::", ".");
    let last = dotted.rsplit('.').next().unwrap_or(&dotted);
    let words = Words::new(last);
    let holds = |file: &FileId| sources.bytes(*file).is_ok_and(|bytes| words.touches(&bytes));
    let families: BTreeSet<Family> = sources
        .ids()
        .filter_map(|id| Some((id, sources.file(id)?.family?)))
        .filter(|(id, _)| holds(id))
        .map(|(_, family)| family)
        .collect();
    let mut found = Vec::new();
    for family in families {
        let Some(program) = language::open(family, sources, options, budget)? else { continue };
        match program.symbol_named(&dotted) {
            Ok(symbol) => found.push((program, symbol)),
            Err(Unresolved::Unknown(_)) => {}
            Err(other) => return Err(other),
        }
    }
    let count = found.len();
    match (found.pop(), count) {
        (Some(only), 1) => Ok(only),
        (None, _) => Err(Unresolved::Unknown(name.to_owned())),
        (Some(_), count) => Err(Unresolved::Ambiguous { name: name.to_owned(), count }),
    }
}

/// One rename of a symbol that was found.
struct Work<'w> {
    sources: &'w dyn Sources,
    wanted: &'w Rename,
    budget: &'w Budget<'w>,
    symbol: &'w Symbol,
}

impl Work<'_> {
    fn propose(&self, program: &dyn Program) -> Result<Proposal, RenameError> {
        let invalid = |reason: String| RenameError::NameInvalid { name: self.wanted.new_name.clone(), reason };
        let spelled = program.spell(self.symbol, &self.wanted.new_name).map_err(|refusal| invalid(refusal.message))?;
        let draft = Draft::new(self.sources, self.wanted, self.symbol, &spelled);
        if let Some(refusal) = self.symbol.fixed.clone() {
            return Ok(draft.refuse(refusal));
        }
        if self.wanted.new_name == self.symbol.name {
            return Err(invalid("it is called so already".to_owned()));
        }
        let mut old = program.occurrences(&self.symbol.name)?;
        old.unparsed.retain(|(file, _)| self.may_hold(*file));
        self.add_unread(&mut old);
        let account = self.account(&old)?;
        let edits = edits(&account, &spelled);
        let moves = program.moves(self.symbol, &self.wanted.new_name);
        let mut clashes = program.clashes(self.symbol, &self.wanted.new_name)?;
        clashes.extend(self.try_out(program, &old, &edits, &moves)?);
        let findings = Findings {
            account: &account,
            edits,
            moves,
            clashes,
            unparsed: &old.unparsed,
            reach: program.reach(self.symbol),
        };
        Ok(draft.finish(&findings, self.budget)?)
    }

    /// Finds every place of the old name by a literal search, and classes it.
    fn account(&self, old: &Occurrences) -> Result<Account, RenameError> {
        let words = Words::new(&self.symbol.name);
        let mut places = BTreeSet::new();
        for file in self.own_files() {
            self.budget.check()?;
            let Ok(bytes) = self.sources.bytes(file) else { continue };
            if !words.touches(&bytes) {
                continue;
            }
            let Ok(text) = self.sources.text(file) else { continue };
            places.extend(words.of(&text).map(|range| Place { file, range }));
            if places.len() > MOST_CANDIDATES {
                return Err(RenameError::TooMany { name: self.symbol.name.clone() });
            }
        }
        Ok(ledger::settle(&self.symbol.entity, places, old.found.clone()))
    }

    /// Whether a file that is not understood may use the name: not if its letters are only a part of longer words.
    fn may_hold(&self, file: FileId) -> bool {
        let Ok(text) = self.sources.text(file) else { return true };
        let words = Words::new(&self.symbol.name);
        !words.touches(text.as_bytes()) || words.of(&text).next().is_some()
    }

    /// Files that cannot even be searched may hold the name.
    fn add_unread(&self, old: &mut Occurrences) {
        let known: BTreeSet<FileId> = old.unparsed.iter().map(|(file, _)| *file).collect();
        let reason = |file| self.sources.bytes(file).err().filter(|reason| *reason == Unreadable::TooLarge);
        let unread = self.own_files().filter(|file| !known.contains(file));
        old.unparsed.extend(unread.filter_map(|file| Some((file, Unparsed::Unreadable(reason(file)?)))));
    }

    /// The files of the symbol's languages.
    fn own_files(&self) -> impl Iterator<Item = FileId> {
        let is_own = |id: &FileId| self.sources.file(*id).is_some_and(|file| file.family == Some(self.symbol.family));
        self.sources.ids().filter(is_own)
    }

    /// The folder that moves whole, if the symbol is a package.
    fn folder_move(&self) -> Option<(String, String)> {
        let Entity::Folder(from) = &self.symbol.entity else { return None };
        let parent = from.rsplit_once('/').map(|(parent, _)| parent);
        let to =
            parent.map_or_else(|| self.wanted.new_name.clone(), |parent| format!("{parent}/{}", self.wanted.new_name));
        Some((from.clone(), to))
    }

    /// Makes the edits in memory and compares what everything means.
    fn try_out(
        &self,
        program: &dyn Program,
        old: &Occurrences,
        edits: &Edits,
        moves: &[FileMove],
    ) -> Result<Vec<Clash>, Stopped> {
        let moves: Vec<_> = moves.iter().map(|one| (one.file, one.to.clone())).collect();
        let folder = self.folder_move();
        let overlay = match Overlay::new(self.sources, edits.clone(), &moves, folder) {
            Ok(overlay) => overlay,
            Err(file) => return Ok(vec![unfit(file)]),
        };
        let name = &self.wanted.new_name;
        let new = program.occurrences(name)?;
        let after = program.edited(&overlay, &overlay.changed(), self.budget)?;
        let trial = Trial {
            symbol: &self.symbol.entity,
            old_name: &self.symbol.name,
            new_name: name,
            edits,
            overlay: &overlay,
        };
        trial.run(&Before { old, new: &new }, after.as_ref())
    }
}

/// An edit that does not fit its file: the binder gave a place that is none.
fn unfit(file: FileId) -> Clash {
    let place = Some(Place { file, range: 0..0 });
    Clash { code: "unreadable", message: "the edits do not fit this file's text".to_owned(), place }
}

/// What is written for each token that is the symbol.
fn edits(account: &Account, new_name: &str) -> Edits {
    let mut edits = Edits::new();
    for (place, class) in account.entries() {
        let Class::Edit(form) = class else { continue };
        edits.entry(place.file).or_default().push(Replacement {
            range: place.range.clone(),
            prefix: form.prefix.clone(),
            name: new_name.to_owned(),
            suffix: form.suffix.clone(),
        });
    }
    edits
}

#[cfg(feature = "python")]
#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use std::borrow::Cow;

    use super::*;
    use crate::{
        proposal::Verdict,
        sources::{Memory, SourceFile},
    };

    /// Sources of which one file is larger than anybody reads.
    struct WithLarge(Memory, FileId);

    impl Sources for WithLarge {
        fn files(&self) -> &[SourceFile] {
            self.0.files()
        }

        fn bytes(&self, file: FileId) -> Result<Cow<'_, [u8]>, Unreadable> {
            if file == self.1 { Err(Unreadable::TooLarge) } else { self.0.bytes(file) }
        }
    }

    #[test]
    fn a_file_that_is_too_large_to_be_searched_is_not_taken_for_one_without_the_name() {
        let files = [("core.py", "def load():\n    pass\n"), ("data.csv", "load\n"), ("large.py", "core.load()\n")];
        let wanted = Rename {
            target: Target::Position { path: "core.py".into(), line: 1, column: 5 },
            new_name: "read".into(),
            scope: crate::Scope::Project,
            options: crate::Options::default(),
        };
        let with = |large: &str| {
            let memory = Memory::new(files);
            let large = memory.find(large).unwrap();
            rename(&WithLarge(memory, large), &wanted, &Budget::unlimited()).unwrap()
        };
        let proposal = with("large.py");
        assert_eq!(proposal.verdict, Verdict::NeedsReview);
        assert_eq!(proposal.unparsed.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(), ["large.py"]);
        assert!(with("data.csv").unparsed.is_empty(), "no code, so no use");
    }
}

//! From classes and clashes to what a person reads: lines and columns, reasons, the diff, and the verdict.

use std::collections::BTreeSet;

use crate::{
    language::{Clash, FileMove, Place, Prose, Refusal, Symbol, Unparsed},
    ledger::{Account, Class},
    limits::{Budget, Stopped},
    overlay::{Edits, Replacement},
    pages::Pages,
    patch::{self, Versions},
    proposal::{
        Confidence, Conflict, Counts, Edit, FileChange, Location, MOST_MENTIONS, Mention, Proposal, Reason, Review,
        SymbolView, UnparsedFile, Verdict, not_own,
    },
    request::{Rename, Scope},
    sources::{FileId, Sources},
    words::Words,
};

/// A proposal in the making.
pub(crate) struct Draft<'d> {
    sources: &'d dyn Sources,
    wanted: &'d Rename,
    symbol: &'d Symbol,
    new_name: &'d str,
    pages: Pages<'d>,
}

/// What was found out about a rename.
pub(crate) struct Findings<'f> {
    /// How every token of the old name is classed.
    pub(crate) account: &'f Account,
    /// What is written for those that are the symbol.
    pub(crate) edits: Edits,
    /// The files that move with it.
    pub(crate) moves: Vec<FileMove>,
    /// What would break.
    pub(crate) clashes: Vec<Clash>,
    /// The files that were not understood.
    pub(crate) unparsed: &'f [(FileId, Unparsed)],
    /// Where the symbol can be seen, if not everywhere.
    pub(crate) reach: Option<Place>,
}

/// One edit to be, with why.
struct Planned {
    file: FileId,
    replacement: Replacement,
    reason: Reason,
    confidence: Confidence,
}

/// The word where it is no name.
struct Word {
    place: Place,
    kind: Prose,
}

impl<'d> Draft<'d> {
    pub(crate) fn new(sources: &'d dyn Sources, wanted: &'d Rename, symbol: &'d Symbol, new_name: &'d str) -> Self {
        Self { sources, wanted, symbol, new_name, pages: Pages::new(sources) }
    }

    /// A proposal that proposes nothing.
    pub(crate) fn refuse(&self, refusal: Refusal) -> Proposal {
        Proposal {
            verdict: Verdict::Refused,
            symbol: self.pages.view(self.symbol),
            new_name: self.new_name.to_owned(),
            refusal: Some(refusal),
            files: Vec::new(),
            conflicts: Vec::new(),
            needs_review: Vec::new(),
            mentions: Vec::new(),
            unparsed: Vec::new(),
            counts: Counts::default(),
            patch: String::new(),
        }
    }

    /// The whole of it.
    pub(crate) fn finish(&self, findings: &Findings<'_>, budget: &Budget<'_>) -> Result<Proposal, Stopped> {
        let words = self.words(findings.account, budget)?;
        let (asked, words): (Vec<_>, Vec<_>) = words
            .into_iter()
            .partition(|word| self.is_asked_for(word.kind) && reaches(findings.reach.as_ref(), &word.place));
        let planned = self.planned(findings, asked);
        let mut conflicts = self.conflicts(findings, &planned);
        let within: Vec<_> = planned.into_iter().filter(|one| self.is_in_scope(one.file)).collect();
        let files = self.files(within, &findings.moves);
        let needs_review = self.reviews(findings.account);
        // What cannot be seen from elsewhere, no file elsewhere can hide.
        let may_hide = |file: FileId| findings.reach.as_ref().is_none_or(|reach| reach.file == file);
        let unparsed = findings.unparsed.iter().filter(|(file, _)| may_hide(*file));
        let unparsed: Vec<_> = unparsed.map(|(file, why)| self.unparsed(*file, why)).collect();
        conflicts.sort_by(|one, other| one.location.cmp(&other.location));
        conflicts.dedup();
        let safe = conflicts.is_empty() && needs_review.is_empty() && unparsed.is_empty();
        Ok(Proposal {
            verdict: if safe { Verdict::Safe } else { Verdict::NeedsReview },
            symbol: self.pages.view(self.symbol),
            new_name: self.new_name.to_owned(),
            refusal: None,
            patch: self.patch(&files),
            counts: counts(findings.account, words.len(), &files),
            files,
            conflicts,
            needs_review,
            mentions: words.iter().take(MOST_MENTIONS).map(|word| self.mention(word)).collect(),
            unparsed,
        })
    }

    /// The word where it is no name: in files of the symbol's languages as its program says, in all others wherever it stands.
    fn words(&self, account: &Account, budget: &Budget<'_>) -> Result<Vec<Word>, Stopped> {
        let mut words: Vec<_> = account
            .entries()
            .filter_map(|(place, class)| match class {
                Class::Mention(kind) => Some(Word { place: place.clone(), kind: *kind }),
                Class::Edit(_) | Class::Other | Class::Review(..) => None,
            })
            .collect();
        let search = Words::new(&self.symbol.name);
        for file in self.sources.ids() {
            budget.check()?;
            let is_other = self.sources.file(file).is_some_and(|it| it.family != Some(self.symbol.family));
            if is_other && self.sources.bytes(file).is_ok_and(|bytes| search.touches(&bytes)) {
                let Ok(text) = self.sources.text(file) else { continue };
                words.extend(search.of(&text).map(|range| Word { place: Place { file, range }, kind: Prose::Text }));
            }
        }
        Ok(words)
    }

    fn is_asked_for(&self, kind: Prose) -> bool {
        let options = self.wanted.options;
        match kind {
            Prose::Comment => options.comments,
            Prose::Documentation => options.comments || options.docs,
            Prose::String => options.strings,
            Prose::Text => options.docs,
        }
    }

    /// All edits, sorted.
    fn planned(&self, findings: &Findings<'_>, asked: Vec<Word>) -> Vec<Planned> {
        let roles = findings.account.entries().filter_map(|(place, class)| match class {
            Class::Edit(form) => Some((place, form.role)),
            Class::Other | Class::Review(..) | Class::Mention(_) => None,
        });
        let replacements = findings.edits.iter().flat_map(|(file, edits)| edits.iter().map(|edit| (*file, edit)));
        // Both come in the order of places, one for one.
        let bound = roles.zip(replacements).map(|((_, role), (file, replacement))| Planned {
            file,
            replacement: replacement.clone(),
            reason: Reason::Bound(role),
            confidence: Confidence(100),
        });
        let asked = asked.into_iter().map(|word| Planned {
            file: word.place.file,
            replacement: self.plain(&word.place),
            reason: Reason::Asked(word.kind),
            confidence: Confidence(50),
        });
        let mut planned: Vec<_> = bound.chain(asked).collect();
        planned.sort_by_key(|one| (one.file, one.replacement.range.start));
        planned
    }

    fn plain(&self, place: &Place) -> Replacement {
        let (prefix, suffix) = (String::new(), String::new());
        Replacement { range: place.range.clone(), prefix, name: self.wanted.new_name.clone(), suffix }
    }

    fn is_in_scope(&self, file: FileId) -> bool {
        let home = self.symbol.definitions.first().map(|place| place.file);
        match self.wanted.scope {
            Scope::Project => true,
            Scope::File => home == Some(file),
            Scope::Package => home.is_none_or(|home| {
                let folder = self.pages.path(home).rsplit_once('/').map_or("", |(folder, _)| folder);
                let path = self.pages.path(file);
                folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
            }),
        }
    }

    fn conflicts(&self, findings: &Findings<'_>, planned: &[Planned]) -> Vec<Conflict> {
        let seen = findings.clashes.iter().map(|clash| Conflict {
            code: clash.code,
            message: clash.message.clone(),
            location: clash.place.as_ref().map(|place| self.pages.location(place)),
        });
        let touched: BTreeSet<FileId> = planned.iter().map(|one| one.file).collect();
        let touched = touched.into_iter().chain(findings.moves.iter().map(|one| one.file));
        let foreign = touched.filter_map(|file| {
            let (code, message) = not_own(self.sources.file(file)?.nature)?;
            let location = Location { path: self.pages.path(file).to_owned(), line: 1, column: 1 };
            Some(Conflict { code, message: format!("this file {message}"), location: Some(location) })
        });
        let beyond = planned.iter().filter(|one| !self.is_in_scope(one.file)).map(|one| Conflict {
            code: "out_of_scope",
            message: format!("`{}` is used here, beyond the scope that was asked for", self.symbol.name),
            location: Some(self.pages.location(&Place { file: one.file, range: one.replacement.range.clone() })),
        });
        seen.chain(foreign).chain(beyond).chain(self.taken(&findings.moves)).collect()
    }

    /// Files that would take another's place.
    fn taken(&self, moves: &[FileMove]) -> impl Iterator<Item = Conflict> {
        let leaving: BTreeSet<FileId> = moves.iter().map(|one| one.file).collect();
        moves.iter().filter_map(move |one| {
            let other = self.sources.find(&one.to).filter(|other| !leaving.contains(other))?;
            let location = Location { path: self.pages.path(other).to_owned(), line: 1, column: 1 };
            Some(Conflict {
                code: "file_exists",
                message: format!("there is a file {} already", one.to),
                location: Some(location),
            })
        })
    }

    fn files(&self, planned: Vec<Planned>, moves: &[FileMove]) -> Vec<FileChange> {
        let mut files: std::collections::BTreeMap<FileId, Vec<Planned>> =
            moves.iter().map(|one| (one.file, Vec::new())).collect();
        for one in planned {
            files.entry(one.file).or_default().push(one);
        }
        let mut count = 0;
        let change = |(file, planned): (FileId, Vec<Planned>)| {
            let edits = planned.into_iter().map(|one| {
                count += 1;
                self.edit(format!("e{count}"), &one)
            });
            FileChange {
                path: self.pages.path(file).to_owned(),
                new_path: moves.iter().find(|one| one.file == file).map(|one| one.to.clone()),
                blob_id: self.sources.file(file).map_or_else(String::new, |file| file.blob_id.clone()),
                edits: edits.collect(),
            }
        };
        files.into_iter().map(change).collect()
    }

    fn edit(&self, id: String, planned: &Planned) -> Edit {
        let range = planned.replacement.range.clone();
        let page = self.pages.of(planned.file);
        let (start, end) = (page.position(range.start), page.position(range.end));
        Edit {
            id,
            start: range.start,
            end: range.end,
            line: start.line,
            column: start.column,
            end_column: end.column,
            utf16_column: start.utf16_column,
            utf16_end_column: end.utf16_column,
            before: page.text().get(range).unwrap_or_default().to_owned(),
            after: planned.replacement.text(),
            reason: planned.reason,
            confidence: planned.confidence,
        }
    }

    fn reviews(&self, account: &Account) -> Vec<Review> {
        let doubtful = account.entries().filter_map(|(place, class)| match class {
            Class::Review(form, doubt) => Some((place, form, doubt)),
            Class::Edit(_) | Class::Other | Class::Mention(_) => None,
        });
        let review =
            |(index, (place, form, doubt)): (usize, (&Place, &crate::ledger::Form, &crate::language::Doubt))| {
                let replacement = Replacement {
                    range: place.range.clone(),
                    prefix: form.prefix.clone(),
                    name: self.new_name.to_owned(),
                    suffix: form.suffix.clone(),
                };
                let confidence = Confidence(doubt.likelihood);
                let planned = Planned { file: place.file, replacement, reason: Reason::Bound(form.role), confidence };
                Review {
                    location: self.pages.location(place),
                    text: self.pages.shown(place),
                    edit: self.edit(format!("r{}", index + 1), &planned),
                    code: doubt.code,
                    reason: doubt.message.clone(),
                    confidence,
                }
            };
        doubtful.enumerate().map(review).collect()
    }

    fn mention(&self, word: &Word) -> Mention {
        Mention { location: self.pages.location(&word.place), text: self.pages.shown(&word.place), kind: word.kind }
    }

    fn unparsed(&self, file: FileId, why: &Unparsed) -> UnparsedFile {
        let line = match why {
            Unparsed::Syntax { at, .. } => Some(self.pages.of(file).position(*at).line),
            Unparsed::Unreadable(_) | Unparsed::TooComplex => None,
        };
        UnparsedFile { path: self.pages.path(file).to_owned(), reason: why.to_string(), line }
    }

    fn patch(&self, files: &[FileChange]) -> String {
        let mut patch = String::new();
        for file in files {
            let Some(id) = self.sources.find(&file.path) else { continue };
            let page = self.pages.of(id);
            let before = page.text();
            let after = file.apply(before).unwrap_or_else(|| before.to_owned());
            let new_path = file.new_path.as_deref().unwrap_or(&file.path);
            patch::append(&mut patch, &Versions { path: &file.path, new_path, before, after: &after });
        }
        patch
    }
}

/// Whether a place lies where a symbol can be seen.
fn reaches(reach: Option<&Place>, place: &Place) -> bool {
    reach.is_none_or(|reach| {
        reach.file == place.file && reach.range.start <= place.range.start && place.range.end <= reach.range.end
    })
}

fn counts(account: &Account, mentions: usize, files: &[FileChange]) -> Counts {
    Counts {
        edits: files.iter().map(|file| file.edits.len()).sum(),
        others: account.count(|class| *class == Class::Other),
        review: account.count(|class| matches!(class, Class::Review(..))),
        mentions,
    }
}

/// A symbol, for people and editors.
pub(crate) fn view(sources: &dyn Sources, symbol: &Symbol) -> SymbolView {
    Pages::new(sources).view(symbol)
}

//! Rust, by the semantic layer of rust-analyzer over sources in memory: nothing is read from disk, started or run. There
//! are no dependencies and no macros that are programs; of the standard library there is an outline.
//!
//! A question goes this way: [`texts`] and [`plan`] say what there is, [`cfg`] in which ways it is built, [`world`] makes a
//! database of each, [`build`] and [`reader`] read every token of the name in it, [`settle`] brings the builds together.

#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "the syntax has some three hundred kinds, and new ones are nothing that we know"
)]

mod aliases;
mod build;
mod cargo;
mod cfg;
mod depth;
mod docs;
mod entities;
mod examples;
mod imports;
mod library;
mod meaning;
mod moves;
mod plan;
mod reader;
mod settle;
mod spelling;
mod symbols;
mod targets;
mod texts;
mod trees;
mod world;

use std::{
    borrow::Cow,
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use ra_ap_syntax::Edition;

use self::{
    build::{Question, Words},
    cargo::TargetKind,
    cfg::Setting,
    depth::{Failure, GaveUp, at_once, deep},
    meaning::{Cause, Sense},
    plan::{Plan, Unit},
    settle::{Build, Settled, settle},
    spelling::bare,
    texts::Texts,
    world::World,
};
use super::{Clash, FileMove, Occurrences, Program, Refusal, Symbol, Unparsed, Unresolved};
use crate::{
    limits::{Budget, Stopped},
    request::{Hierarchy, Options},
    sources::{FileId, Sources},
    words,
};

/// The most files of no crate that are read as crates of their own.
const MOST_APART: usize = 64;

/// The Rust files of some sources.
pub(super) struct RustProgram<'s> {
    sources: &'s dyn Sources,
    options: Options,
    budget: &'s Budget<'s>,
    state: RefCell<State>,
    /// What was found out last, by the name.
    last: RefCell<Option<(String, Arc<Found>)>>,
}

/// What a program is read in.
#[derive(Default)]
struct State {
    texts: Texts,
    plan: Plan,
    settings: Vec<Setting>,
    /// A database for each setting; made when the first name is asked for.
    worlds: Vec<World>,
}

/// All that was found out about a name.
pub(super) struct Found {
    settled: Settled,
    unparsed: Vec<(FileId, Unparsed)>,
}

/// Looks at the Rust files of some sources.
pub(super) fn open<'s>(
    sources: &'s dyn Sources,
    options: Options,
    budget: &'s Budget<'s>,
) -> Result<Box<dyn Program + 's>, Stopped> {
    let texts = Texts::of(sources, budget)?;
    let plan = Plan::of(sources);
    let mut predicates = BTreeSet::new();
    for file in texts.files() {
        budget.check()?;
        predicates.extend(cfg::predicates(&texts.parsed(sources, file)));
    }
    let settings = cfg::settings(&predicates, &|features| plan.features(features));
    let state = RefCell::new(State { texts, plan, settings, worlds: Vec::new() });
    Ok(Box::new(RustProgram { sources, options, budget, state, last: RefCell::default() }))
}

impl RustProgram<'_> {
    /// All that can be found out about a name.
    fn found(&self, name: &str) -> Result<Arc<Found>, Stopped> {
        let name = bare(name);
        if let Some((known, found)) = &*self.last.borrow()
            && known == name
        {
            return Ok(Arc::clone(found));
        }
        let found = Arc::new(self.find(name)?);
        *self.last.borrow_mut() = Some((name.to_owned(), Arc::clone(&found)));
        Ok(found)
    }

    fn find(&self, name: &str) -> Result<Found, Stopped> {
        let mut state = self.state.take();
        let words = self.words(&state.texts, name)?;
        let (sources, hierarchy, budget) = (self.sources, self.options.hierarchy, self.budget);
        let known = state.clone_facts();
        let inquiry = Inquiry { sources, words: &words, name, hierarchy, budget };
        let answer = state.ask(&inquiry);
        if matches!(answer, Err(Failure::GaveUp)) {
            // Whoever gave up may have left anything behind: the databases are made again.
            *self.state.borrow_mut() = known;
            return Ok(self.nothing(name));
        }
        let unparsed = self.unparsed(&state, name);
        *self.state.borrow_mut() = state;
        match answer {
            Ok(builds) => Ok(Found { settled: settle(builds), unparsed }),
            Err(Failure::Stopped(stopped)) => Err(stopped),
            Err(Failure::GaveUp) => Ok(self.nothing(name)),
        }
    }

    /// Where a name is written, in files that are parsed.
    fn words(&self, texts: &Texts, name: &str) -> Result<Words<'_>, Stopped> {
        let search = words::Words::new(name);
        let mut files = BTreeMap::new();
        for file in texts.files() {
            self.budget.check()?;
            if !self.sources.bytes(file).is_ok_and(|bytes| search.touches(&bytes)) {
                continue;
            }
            let text = texts.parsed(self.sources, file);
            let places: Vec<_> = search.of(&text).collect();
            if !places.is_empty() {
                files.insert(file, (text, places));
            }
        }
        Ok(Words { files })
    }

    /// The files that hold a name and were not understood.
    fn unparsed(&self, state: &State, name: &str) -> Vec<(FileId, Unparsed)> {
        let (search, sources) = (words::Words::new(name), self.sources);
        let (texts, plan) = (&state.texts, &state.plan);
        let holds = |file: &FileId| sources.bytes(*file).is_ok_and(|bytes| search.touches(&bytes));
        let why = |file: FileId| {
            let path = sources.file(file).map_or("", |file| file.path.as_str());
            let refusal = texts.refusal(file).cloned();
            refusal.or_else(|| syntax_error(&texts.parsed(sources, file), plan.edition_of(path)))
        };
        let files: Vec<FileId> = texts.files().filter(holds).collect();
        let all = deep(|| files.iter().filter_map(|file| Some((*file, why(*file)?))).collect());
        all.unwrap_or_else(|GaveUp| files.iter().map(|file| (*file, Unparsed::TooComplex)).collect())
    }

    /// The answer when rust-analyzer gave up: every file that holds the name is one that was not understood.
    fn nothing(&self, name: &str) -> Found {
        let search = words::Words::new(name);
        let state = self.state.borrow();
        let holds = |file: &FileId| self.sources.bytes(*file).is_ok_and(|bytes| search.touches(&bytes));
        let unparsed = state.texts.files().filter(holds).map(|file| (file, Unparsed::TooComplex)).collect();
        Found { settled: Settled::default(), unparsed }
    }
}

/// The first error of a text, if the parser has one.
fn syntax_error(text: &str, edition: Edition) -> Option<Unparsed> {
    let errors = ra_ap_syntax::SourceFile::parse(text, edition).errors();
    let first = errors.first()?;
    Some(Unparsed::Syntax { at: usize::from(first.range().start()), message: first.to_string().to_lowercase() })
}

impl State {
    /// All but the databases.
    fn clone_facts(&self) -> Self {
        let Self { texts, plan, settings, .. } = self;
        Self { texts: texts.clone(), plan: plan.clone(), settings: settings.clone(), worlds: Vec::new() }
    }

    /// Reads a name in every build.
    fn ask(&mut self, inquiry: &Inquiry<'_>) -> Result<Vec<Build>, Failure> {
        if inquiry.words.files.is_empty() {
            return Ok(Vec::new());
        }
        let mut builds = self.ask_all(inquiry)?;
        let apart = apart(&builds);
        if !apart.is_empty() {
            let mut plan = self.plan.clone();
            plan.units.extend(apart.iter().take(MOST_APART).map(|file| alone(inquiry.sources, *file)));
            builds.extend(self.ask_some(inquiry, &plan, &apart)?);
        }
        let shared: BTreeSet<FileId> = builds.iter().flat_map(|build| build.shared.iter().copied()).collect();
        if !shared.is_empty() {
            builds.extend(self.ask_some(inquiry, &self.plan.turned(), &shared)?);
        }
        Ok(builds)
    }

    /// Reads all files in the builds that are chosen, at once.
    fn ask_all(&mut self, inquiry: &Inquiry<'_>) -> Result<Vec<Build>, Failure> {
        let Self { texts, plan, settings, worlds } = self;
        let mut open: Vec<Option<World>> = worlds.drain(..).map(Some).collect();
        open.resize_with(settings.len(), || None);
        let ask = |world: Option<World>, setting: &Setting| -> Result<(World, Build), Stopped> {
            inquiry.budget.check()?;
            let world = world.unwrap_or_else(|| World::open(inquiry.sources, texts, plan, setting));
            let build = inquiry.question(plan, inquiry.words).ask(&world)?;
            Ok((world, build))
        };
        let ask = &ask;
        let works = open.into_iter().zip(settings.iter()).map(|(world, setting)| move || ask(world, setting));
        let mut builds = Vec::new();
        for answer in at_once(works) {
            let (world, build) = answer??;
            worlds.push(world);
            builds.push(build);
        }
        Ok(builds)
    }

    /// Reads some files in crates that are put together in another way.
    fn ask_some(&self, inquiry: &Inquiry<'_>, plan: &Plan, some: &BTreeSet<FileId>) -> Result<Option<Build>, Failure> {
        let Some(setting) = self.settings.first() else { return Ok(None) };
        let files = inquiry.words.files.iter().filter(|(file, _)| some.contains(file));
        let files = files.map(|(file, (text, places))| (*file, (Cow::Borrowed(text.as_ref()), places.clone())));
        let words = Words { files: files.collect() };
        let texts = &self.texts;
        let build = deep(|| {
            let world = World::open(inquiry.sources, texts, plan, setting);
            inquiry.question(plan, &words).ask(&world)
        });
        Ok(Some(build??))
    }
}

/// What is asked of all builds.
struct Inquiry<'i> {
    sources: &'i dyn Sources,
    words: &'i Words<'i>,
    name: &'i str,
    hierarchy: Hierarchy,
    budget: &'i Budget<'i>,
}

impl Inquiry<'_> {
    fn question<'q>(&'q self, plan: &'q Plan, words: &'q Words<'q>) -> Question<'q> {
        Question { name: self.name, words, plan, hierarchy: self.hierarchy, budget: self.budget }
    }
}

/// A crate of a file that no other reaches.
fn alone(sources: &dyn Sources, file: FileId) -> Unit {
    let path = sources.file(file).map_or("", |file| file.path.as_str());
    let name = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".rs");
    Unit::alone(file, name.replace(['-', '.'], "_"), TargetKind::Other)
}

/// The files that no build reaches.
fn apart(builds: &[Build]) -> BTreeSet<FileId> {
    let is_apart = |sense: &Sense| matches!(sense, Sense::Unknown(_, Cause::Apart));
    let mut apart = BTreeSet::new();
    let mut reached = BTreeSet::new();
    for ((file, _), readings) in builds.iter().flat_map(|build| &build.tokens) {
        match readings.iter().any(|reading| is_apart(&reading.sense)) {
            true => apart.insert(*file),
            false
                if readings
                    .iter()
                    .all(|reading| matches!(reading.sense, Sense::Prose(_) | Sense::Foreign("a keyword"))) =>
            {
                false
            }
            false => reached.insert(*file),
        };
    }
    apart.difference(&reached).copied().collect()
}

impl Program for RustProgram<'_> {
    fn symbol_at(&self, file: FileId, at: usize) -> Result<Symbol, Unresolved> {
        let (name, range) = symbols::word_at(self.sources, file, at)?;
        let found = self.found(&name)?;
        symbols::at(&found.settled, &name, file, &range)
    }

    fn symbol_named(&self, qualified: &str) -> Result<Symbol, Unresolved> {
        let last = qualified.rsplit('.').next().unwrap_or(qualified);
        let found = self.found(last)?;
        symbols::named(&found.settled, qualified)
    }

    fn occurrences(&self, name: &str) -> Result<Occurrences, Stopped> {
        let found = self.found(name)?;
        Ok(Occurrences { found: found.settled.found.clone(), unparsed: found.unparsed.clone() })
    }

    fn spell(&self, symbol: &Symbol, new_name: &str) -> Result<String, Refusal> {
        spelling::spell(new_name, symbols::is_quoted(self.sources, symbol))
    }

    fn moves(&self, symbol: &Symbol, new_name: &str) -> Vec<FileMove> {
        let Ok(found) = self.found(&symbol.name) else { return Vec::new() };
        let names_a_file = found.settled.known.get(&symbol.entity).is_some_and(|known| known.names_a_file);
        if names_a_file { moves::of(self.sources, symbol, bare(new_name)) } else { Vec::new() }
    }

    fn clashes(&self, symbol: &Symbol, new_name: &str) -> Result<Vec<Clash>, Stopped> {
        let (own, other) = (self.found(&symbol.name)?, self.found(new_name)?);
        let mut clashes =
            symbols::clashes(&own.settled, &other.settled, symbol, bare(new_name), self.options.hierarchy);
        if !self.moves(symbol, new_name).is_empty() {
            let state = self.state.borrow();
            clashes.extend(moves::named_in_paths(self.sources, state.texts.files(), &symbol.name));
        }
        Ok(clashes)
    }

    fn edited<'e>(
        &self,
        sources: &'e dyn Sources,
        changed: &[FileId],
        budget: &'e Budget<'e>,
    ) -> Result<Box<dyn Program + 'e>, Stopped> {
        let mut state = self.state.take();
        budget.check()?;
        state.texts.update(sources, changed);
        state.plan = Plan::of(sources);
        let State { texts, plan, settings, worlds } = &mut state;
        for (world, setting) in worlds.iter_mut().zip(settings.iter()) {
            world.update(sources, texts, changed, plan, setting);
        }
        let state = RefCell::new(state);
        Ok(Box::new(RustProgram { sources, options: self.options, budget, state, last: RefCell::default() }))
    }
}

//! Everything that is spelled like a name.

use super::{bind::Binder, facts::Facts, world::World};
use crate::{
    language::{Binding, Doubt, Occurrence, Occurrences, Place, Prose, Role, Unparsed},
    limits::Stopped,
    sources::FileId,
    words::{Words, is_letter},
};

/// What looks a name up in what is linked or loaded: functions at run time, attributes of declarations.
const BY_NAME: &[&str] = &["dlsym(", "GetProcAddress(", "alias(", "weakref(", "ifunc("];

/// Words between `asm` and its bracket.
const ASSEMBLY_WORDS: &[&str] = &["volatile", "goto", "inline"];

/// The longest piece of assembly that is looked at, in bytes.
const MOST_ASSEMBLY: usize = 16_384;

pub(super) fn of(world: &World<'_>, name: &str) -> Result<Occurrences, Stopped> {
    let mut all = Occurrences::default();
    for file in world.holders(name)?.iter().copied() {
        world.files.check()?;
        match world.files.read(file) {
            Ok(facts) => add(&mut all, world, file, &facts, name),
            Err(reason) => all.unparsed.push((file, reason)),
        }
    }
    world.files.check()?;
    Ok(all)
}

fn add(all: &mut Occurrences, world: &World<'_>, file: FileId, facts: &Facts, name: &str) {
    let binder = Binder { world, file, facts, name };
    for token in facts.names(name) {
        let place = Place { file, range: token.span.range() };
        all.found.push(Occurrence::plain(place, token.role, binder.bind(token)));
    }
    let flaw = facts.flaws.iter().find(|(item, _)| facts.names(name).iter().any(|it| item.holds(it.span)));
    if let Some((_, at)) = flaw {
        let message = "a declaration or a function is not understood".to_owned();
        all.unparsed.push((file, Unparsed::Syntax { at: at.start as usize, message }));
    }
    add_prose(all, &binder);
}

/// The word in comments and strings.
fn add_prose(all: &mut Occurrences, binder: &Binder<'_, '_>) {
    let Ok(text) = binder.world.files.sources.text(binder.file) else { return };
    for range in Words::new(binder.name).of(&text) {
        let Some(prose) = binder.facts.prose_at(range.start) else { continue };
        let before = text.get(..range.start).unwrap_or_default();
        let is_asked = prose == Prose::String
            && (is_whole(&text, &range) && asks_by_name(before) || is_assembly(binder.facts, &text, range.start));
        let binding = if is_asked { asked(binder) } else { Binding::Prose(prose) };
        all.found.push(Occurrence::plain(Place { file: binder.file, range }, Role::Text, binding));
    }
}

fn is_whole(text: &str, range: &std::ops::Range<usize>) -> bool {
    let before = text.get(..range.start).is_some_and(|before| before.ends_with('"'));
    before && text.get(range.end..).is_some_and(|after| after.starts_with('"'))
}

fn asks_by_name(before: &str) -> bool {
    let line = before.rsplit('\n').next().unwrap_or(before);
    BY_NAME.iter().any(|call| line.contains(call))
}

/// Whether a string stands between the brackets of `asm("…")`.
fn is_assembly(facts: &Facts, text: &str, at: usize) -> bool {
    let from = at.saturating_sub(MOST_ASSEMBLY);
    let is_code = |at: &usize| facts.prose_at(*at).is_none();
    let bytes = text.as_bytes();
    // The bracket that holds it: the last that is not closed again.
    let mut open = 0_usize;
    let bracket = (from..at).rev().filter(is_code).find(|at| match bytes.get(*at) {
        Some(b')') => {
            open += 1;
            false
        }
        Some(b'(') if open > 0 => {
            open -= 1;
            false
        }
        Some(b'(') => true,
        _ => false,
    });
    let before = bracket.and_then(|at| text.get(from..at)).unwrap_or_default();
    let words = before.rsplit(|letter: char| !is_letter(letter)).filter(|word| !word.is_empty());
    let mut words = words.skip_while(|word| ASSEMBLY_WORDS.contains(&word.trim_matches('_')));
    words.next().is_some_and(|word| word.trim_matches('_') == "asm")
}

/// A string that names a symbol at run time.
fn asked(binder: &Binder<'_, '_>) -> Binding {
    let groups = binder.world.groups(binder.name);
    let external = (0..groups.defs.len()).filter(|at| groups.is_external(*at));
    let mut among: Vec<_> = external.filter_map(|at| groups.entity(at)).collect();
    among.sort();
    among.dedup();
    if among.is_empty() {
        return Binding::Prose(Prose::String);
    }
    let message = "it is looked up by this name, in what is linked or loaded".to_owned();
    Binding::Open { among, doubt: Doubt { code: "asked_by_name", message, likelihood: 60 } }
}

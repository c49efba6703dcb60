//! Everything that is spelled like a name.

use super::{
    bind::{Binder, needs_alias},
    doubts,
    facts::{Token, What},
    world::World,
};
use crate::{
    language::{Binding, Occurrence, Occurrences, Place, Role, Unparsed},
    sources::FileId,
    words::Words,
};

pub(super) fn of(world: &World<'_>, name: &str) -> Occurrences {
    let mut all = Occurrences::default();
    for file in world.holders(name).iter().copied() {
        match world.facts(file) {
            Ok(facts) => {
                let binder = Binder { world, file, facts: &facts };
                add(&mut all, &binder, name);
                if let Some((at, message)) = &facts.error {
                    all.unparsed.push((file, Unparsed::Syntax { at: *at, message: message.clone() }));
                }
            }
            Err(reason) => all.unparsed.push((file, reason)),
        }
        if world.check().is_err() {
            break;
        }
    }
    all
}

fn add(all: &mut Occurrences, binder: &Binder<'_, '_>, name: &str) {
    let mut known: Vec<(u32, u32)> = Vec::new();
    for token in binder.facts.tokens.iter().filter(|token| token.name == *name) {
        let place = place(binder.file, token);
        let binding = binder.bind(token);
        known.push((token.span.start, token.span.end));
        let mut occurrence = Occurrence::plain(place, token.role, binding);
        if needs_alias(binder, token) {
            occurrence.prefix = format!("{name} as ");
        }
        all.found.push(occurrence);
    }
    if let Some(private) = private_elsewhere(name) {
        add_private(all, binder, private);
    }
    add_prose(all, binder, name, &known);
}

fn place(file: FileId, token: &Token) -> Place {
    Place { file, range: token.span.start as usize..token.span.end as usize }
}

/// The word in comments and strings.
fn add_prose(all: &mut Occurrences, binder: &Binder<'_, '_>, name: &str, known: &[(u32, u32)]) {
    let Ok(text) = binder.world.sources.text(binder.file) else { return };
    // A file may hold the name 100,000 times: no two tokens overlap, so one look at the last that begins before tells.
    let mut known = known.to_vec();
    known.sort_unstable();
    for range in Words::new(name).of(&text) {
        let before = known.partition_point(|(start, _)| *start as usize <= range.start);
        let last = before.checked_sub(1).and_then(|index| known.get(index));
        if last.is_some_and(|(_, end)| range.end <= *end as usize) {
            continue;
        }
        if let Some(prose) = binder.facts.prose_at(range.start) {
            let place = Place { file: binder.file, range };
            all.found.push(Occurrence::plain(place, Role::Text, Binding::Prose(prose)));
        }
    }
}

/// `__x`, if it is private to a class, so that others write `_C__x`.
fn private_elsewhere(name: &str) -> Option<&str> {
    (name.starts_with("__") && !name.ends_with("__")).then_some(name)
}

/// `_C__x`: what is private in `C`, written out.
fn add_private(all: &mut Occurrences, binder: &Binder<'_, '_>, name: &str) {
    for token in &binder.facts.tokens {
        let Some(class) = token.name.strip_suffix(name).filter(|class| class.len() > 1 && class.starts_with('_'))
        else {
            continue;
        };
        let What::Attribute { .. } = token.what else { continue };
        let among = match binder.bind(token) {
            Binding::Bound(entity) => vec![entity],
            Binding::Open { among, .. } => among,
            Binding::Foreign(_) | Binding::Prose(_) => continue,
        };
        let start = token.span.start as usize + class.len();
        let place = Place { file: binder.file, range: start..token.span.end as usize };
        let binding = Binding::Open { among, doubt: doubts::private_elsewhere() };
        all.found.push(Occurrence::plain(place, token.role, binding));
    }
}

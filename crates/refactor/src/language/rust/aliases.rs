//! Which alias a token is written by, when its letters are not the name of what it leads to.

use super::{
    meaning::{Cause, Sense, Shape},
    reader::Alias,
    settle::Build,
};
use crate::{language::Entity, sources::FileId};

/// Replaces what leads to a definition of another name by the alias that makes it do so.
pub(super) fn resolve(build: &mut Build, aliases: &[Alias]) {
    for ((file, _), readings) in &mut build.tokens {
        for reading in readings {
            let candidates: Vec<&Alias> = match &reading.sense {
                Sense::Via(definition) => {
                    aliases.iter().filter(|alias| alias.definitions.contains(definition)).collect()
                }
                Sense::Unknown(Shape::Bare(None), Cause::Outside | Cause::Unresolved) => {
                    aliases.iter().filter(|alias| alias.definitions.is_empty() && alias.file == *file).collect()
                }
                _ => continue,
            };
            match (chosen(*file, &candidates), &reading.sense) {
                (Some(sense), _) => reading.sense = sense,
                (None, Sense::Via(_)) => reading.sense = Sense::Foreign("another name for it"),
                (None, _) => {}
            }
        }
    }
}

/// The only alias of a file, else the only one of all; several are one too many.
fn chosen(file: FileId, candidates: &[&Alias]) -> Option<Sense> {
    let here: Vec<&Entity> = candidates.iter().filter(|it| it.file == file).map(|it| &it.entity).collect();
    let all: Vec<&Entity> = candidates.iter().map(|it| &it.entity).collect();
    match (here.as_slice(), all.as_slice()) {
        ([], []) => None,
        ([only], _) | ([], [only]) => Some(Sense::Is((*only).clone())),
        (here, all) => {
            let several = if here.is_empty() { all } else { here };
            Some(Sense::Several(several.iter().map(|entity| (*entity).clone()).collect()))
        }
    }
}

//! Search: for a symbol that the manifest names, or for a word where there are no symbols.

use std::time::Instant;

use code::{kind::Kind, symbols::Symbol};

use super::{
    super::{
        api::Api,
        record::{Problem, Step},
        show,
        survey::Survey,
        wire::{Found, Match},
    },
    content,
};

/// Matches that are shown.
const SHOWN: usize = 3;
/// Files that are looked through for a word.
const LOOKED_AT: usize = 16;
/// As many matches as the service gives at once.
const LIMIT: &str = "1000";

/// What is looked for, and where it must be found.
pub(crate) struct Target {
    pub(crate) path: String,
    /// First and last line, either of which may hold it.
    pub(crate) lines: (u32, u32),
    pub(crate) text: String,
    pub(crate) symbol: Option<Symbol>,
}

pub(crate) async fn find(
    api: &Api,
    project: &str,
    survey: &Survey,
    step: &mut Step,
) -> Result<Option<Target>, Problem> {
    let Some(target) = target(api, project, survey).await? else {
        let found = ask(api, project, "anything", "").await?;
        step.say("there is no text to search");
        step.verify(found.matches.is_empty(), "a search finds nothing, and says so", || "it found something".into())?;
        return Ok(None);
    };
    let started = Instant::now();
    let found = ask(api, project, &target.text, "").await?;
    let time = show::duration(started.elapsed());
    // Where the limit cut the place off, it is asked for by its path.
    let narrow =
        if found.truncated { ask(api, project, &target.text, &target.path).await?.matches } else { Vec::new() };
    let place = found.matches.iter().chain(&narrow).find(|place| target.holds(place));
    tell(&target, &found, place, &time, step);
    let all = found.matches.iter().all(|place| place.snippet.contains(&target.text));
    step.verify(all, "each match holds it", || "one does not".into())?;
    let claim = "the place that the manifest names is among them";
    step.verify(place.is_some(), claim, || format!("{}:{} is not", target.path, target.lines.0))?;
    Ok(Some(target))
}

/// The place itself first: it is what a person looks for.
fn tell(target: &Target, found: &Found, place: Option<&Match>, time: &str, step: &mut Step) {
    let (many, files) = (found.matches.len() as u64, show::counted(found.files_searched, "file", "files"));
    let more = if found.truncated { " at least" } else { "" };
    let matches = show::counted(many, "match", "matches");
    step.say(format!("{:?}:{more} {matches} in {files}, {time}", target.text));
    let elsewhere = found.matches.iter().filter(|other| place.is_none_or(|place| !std::ptr::eq(place, *other)));
    place.into_iter().chain(elsewhere).take(SHOWN).for_each(|place| step.say(line(place)));
    step.saw("query", target.text.as_str());
    step.saw("matches", many);
    step.saw("truncated", found.truncated);
    step.saw("files_searched", found.files_searched);
}

impl Target {
    fn holds(&self, place: &Match) -> bool {
        let (first, last) = self.lines;
        place.path.bytes().is_ok_and(|path| path == self.path.as_bytes()) && (first..=last).contains(&place.line)
    }
}

async fn ask(api: &Api, project: &str, text: &str, path: &str) -> Result<Found, Problem> {
    let query = [("q", text), ("path", path), ("limit", LIMIT)];
    Ok(api.get(&format!("/api/v1/projects/{project}/search"), &query).await?)
}

async fn target(api: &Api, project: &str, survey: &Survey) -> Result<Option<Target>, Problem> {
    if let Some(picked) = survey.symbols.first() {
        let (path, symbol) = (picked.path.clone(), picked.symbol.clone());
        let lines = (symbol.range.start_line, symbol.range.end_line);
        return Ok(Some(Target { path, lines, text: symbol.name.clone(), symbol: Some(symbol) }));
    }
    let texts = survey.files.iter().filter(|file| file.kind == Kind::Text && (1..1 << 20).contains(&file.size));
    for file in texts.take(LOOKED_AT) {
        let Ok(path) = str::from_utf8(&file.path) else { continue };
        let (bytes, _) = content(api, project, &file.path).await?;
        if let Some((line, text)) = str::from_utf8(&bytes).ok().and_then(longest_word) {
            return Ok(Some(Target { path: path.to_owned(), lines: (line, line), text, symbol: None }));
        }
    }
    Ok(None)
}

/// The longest word of a text, the first of several, with its line.
fn longest_word(text: &str) -> Option<(u32, String)> {
    let words = (1..).zip(text.split('\n')).flat_map(|(line, content)| {
        content.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(move |word| (line, word))
    });
    let longest = words.filter(|(_, word)| word.len() <= 40).min_by_key(|(_, word)| std::cmp::Reverse(word.len()));
    longest.map(|(line, word)| (line, word.to_owned()))
}

fn line(Match { path, line, column, snippet }: &Match) -> String {
    let path = show::cut_path(&path.bytes().unwrap_or_default(), 44);
    format!("{path}:{line}:{column}  {}", show::cut(snippet.trim(), 90_usize.saturating_sub(path.chars().count())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_word_is_found_with_its_line() {
        assert_eq!(longest_word("a bcd\nefg é-hijkl\n"), Some((2, "hijkl".to_owned())));
        assert_eq!(longest_word(" -\n\n"), None);
    }
}

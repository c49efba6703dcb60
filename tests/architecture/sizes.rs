//! The picture of the house: how long its files and functions are. `scripts/house` shows it.

use super::{
    MOST_LINES_OF_A_FILE, MOST_LINES_OF_A_FUNCTION,
    source::{Source, all, production},
};

/// Something with a length and a place.
struct Measured {
    lines: usize,
    place: String,
}

#[test]
#[ignore = "it is a picture and no rule; scripts/house shows it"]
fn sizes_of_files_and_functions() {
    let mut text =
        String::from("| | number | median | p90 | longest | where |\n| --- | --- | --- | --- | --- | --- |\n");
    for home in ["src/", "crates/", "migration/", "tests/"] {
        let files = all().filter(|source| source.path.starts_with(home)).map(file).collect();
        text += &row(&format!("files of {home}"), files, MOST_LINES_OF_A_FILE);
    }
    for home in ["src/", "crates/", "migration/"] {
        let functions = production(home).flat_map(functions).collect();
        text += &row(&format!("functions of {home}"), functions, MOST_LINES_OF_A_FUNCTION);
    }
    println!("{text}");
}

fn file(source: &Source) -> Measured {
    Measured { lines: source.text.lines().count(), place: source.path.clone() }
}

fn functions(source: &'static Source) -> impl Iterator<Item = Measured> {
    let at = |(_, name, lines)| Measured { lines, place: format!("{}: {name}", source.path) };
    source.functions().into_iter().map(at)
}

/// One line of the table, and one for each that is over `limit`.
fn row(what: &str, mut measured: Vec<Measured>, limit: usize) -> String {
    measured.sort_by_key(|one| one.lines);
    let at = |percent: usize| measured.get((measured.len() * percent / 100).min(measured.len().saturating_sub(1)));
    let lines = |percent| at(percent).map_or(0, |one| one.lines);
    let longest = at(100).map_or("", |one| one.place.as_str());
    let (count, median, high, most) = (measured.len(), lines(50), lines(90), lines(100));
    let whole = format!("| {what} | {count} | {median} | {high} | {most} | {longest} |\n");
    let over = measured.iter().filter(|one| one.lines > limit);
    let over = over.map(|one| format!("| over {limit} lines | | | | {} | {} |\n", one.lines, one.place));
    std::iter::once(whole).chain(over).collect()
}

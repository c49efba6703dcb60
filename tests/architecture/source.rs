//! Reads the workspace's sources as a compiler would see them: without comments, literals and tests.

use std::{fs, path::Path, sync::LazyLock};

/// What breaks a rule, and where.
pub struct Fault {
    pub path: String,
    pub line: usize,
    pub what: String,
}

/// A file, and what of it is code that is shipped: comments, literals and tests are blank there.
pub struct Source {
    pub path: String,
    pub text: String,
    code: String,
}

impl Source {
    /// The module of the service that it belongs to.
    pub fn module(&self) -> &str {
        self.path.trim_start_matches("src/").split(['/', '.']).next().unwrap_or_default()
    }

    /// How many modules deep it is: 1 for `src/app.rs` and `src/http/mod.rs`, 2 for `src/http/error.rs`.
    pub fn depth(&self) -> usize {
        self.path.trim_end_matches("/mod.rs").matches('/').count()
    }

    pub fn fault(&self, at: usize, what: &str) -> Fault {
        let line = self.code.get(..at).unwrap_or_default().matches('\n').count() + 1;
        Fault { path: self.path.clone(), line, what: what.to_owned() }
    }

    /// Where `word` stands in code as a word of its own, with what follows it.
    pub fn mentions(&self, word: &str) -> Vec<Fault> {
        let (code, part_of_a_word) = (&self.code, |c: char| c.is_alphanumeric() || c == '_');
        let found = code.match_indices(word).filter(|(at, _)| {
            let before = code.get(..*at).and_then(|before| before.chars().next_back());
            let after = code.get(at + word.len()..).and_then(|after| after.chars().next());
            let goes_on_before = word.starts_with(part_of_a_word) && before.is_some_and(part_of_a_word);
            let goes_on_after = word.ends_with(part_of_a_word) && after.is_some_and(part_of_a_word);
            !goes_on_before && !goes_on_after
        });
        let rest = |at: usize| code.get(at..).unwrap_or_default().lines().next().unwrap_or_default().trim_end();
        found.map(|(at, _)| self.fault(at, rest(at))).collect()
    }

    /// What is imported from this crate, each as the path behind `crate::`.
    pub fn imports(&self) -> Vec<Fault> {
        let places = self.code.match_indices("crate::").map(|(at, word)| at + word.len());
        let imports = places.flat_map(|at| {
            let rest = self.code.get(at..).unwrap_or_default();
            let group = rest.strip_prefix('{').and_then(|_| block(rest));
            let items = group.map_or_else(
                || vec![(at, rest)],
                |group| items(group).map(|(offset, item)| (at + offset, item)).collect(),
            );
            items.into_iter().map(|(at, item)| {
                let path: String = item.chars().filter(|c| !c.is_whitespace()).take(60).collect();
                let end = path.find(|c: char| !c.is_alphanumeric() && !"_:".contains(c)).unwrap_or(path.len());
                self.fault(at, path.get(..end).unwrap_or_default())
            })
        });
        imports.filter(|import| !import.what.is_empty()).collect()
    }

    /// Where each function with a body is, its name, and how many lines of code its body has.
    pub fn functions(&self) -> Vec<(usize, String, usize)> {
        let functions = self.code.match_indices("fn ").filter_map(|(at, _)| {
            let before = self.code.get(..at)?.chars().next_back();
            let rest = self.code.get(at + 3..)?;
            let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let is_function = !name.is_empty() && before.is_none_or(|c| c.is_whitespace() || c == '(');
            let body = rest.get(is_function.then(|| body(rest))??..)?;
            let lines = block(body)?.lines().filter(|line| !line.trim().is_empty()).count();
            Some((at + 3, name, lines))
        });
        functions.collect()
    }
}

/// Where the body of a function begins whose signature `text` begins with; none without a body.
fn body(text: &str) -> Option<usize> {
    let mut depth = 0_i32;
    for (at, c) in text.char_indices() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            '{' if depth == 0 => return Some(at),
            ';' if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

/// The block that `text` begins with, with its braces.
fn block(text: &str) -> Option<&str> {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => return text.get(..=at),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// What stands between the commas of a block in braces, with the place of each in it.
fn items(group: &str) -> impl Iterator<Item = (usize, &str)> {
    let (mut depth, mut start, mut items) = (0, 1, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if (c == ',' && depth == 1) || depth == 0 {
            items.push((start, group.get(start..at).unwrap_or_default()));
            start = at + 1;
        }
    }
    items.into_iter().map(|(at, item)| (at + item.len() - item.trim_start().len(), item.trim()))
}

/// The text with comments and literals made blank.
fn without_words(text: &str) -> String {
    let (mut code, mut rest) = (String::new(), text);
    while let Some(first) = rest.chars().next() {
        let length = word_length(rest, code.chars().next_back()).unwrap_or(0);
        if length == 0 {
            code.push(first);
        }
        let (taken, after) = rest.split_at(length.max(first.len_utf8()));
        code.extend(taken.chars().take(length).map(|c| if c == '\n' { c } else { ' ' }));
        rest = after;
    }
    code
}

/// How long the comment or literal is that `text` begins with.
fn word_length(text: &str, before: Option<char>) -> Option<usize> {
    let until = |end: &str, from: usize| text.get(from..)?.find(end).map(|at| from + at + end.len());
    if text.starts_with("//") {
        return text.find('\n').or(Some(text.len()));
    }
    if text.starts_with("/*") {
        return comment_length(text);
    }
    let inside_a_word = before.is_some_and(|c| c.is_alphanumeric() && c != 'b' || c == '_');
    if let Some(raw) = text.strip_prefix('r').filter(|_| !inside_a_word) {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        return raw.get(hashes..)?.starts_with('"').then(|| until(&format!("\"{}", "#".repeat(hashes)), hashes + 2))?;
    }
    if text.starts_with('"') || text.starts_with("'\\") {
        let quote = text.chars().next()?;
        let mut chars = text.char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            match c {
                '\\' => drop(chars.next()),
                c if c == quote => return Some(at + 1),
                _ => {}
            }
        }
    }
    // One character between quotes; otherwise it is a lifetime.
    let (at, end) = text.char_indices().nth(2).filter(|_| text.starts_with('\''))?;
    (end == '\'').then_some(at + 1)
}

fn comment_length(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, _) in text.char_indices() {
        let rest = text.get(at..)?;
        if rest.starts_with("/*") {
            depth += 1;
        } else if rest.starts_with("*/") {
            depth -= 1;
            if depth == 0 {
                return Some(at + 2);
            }
        }
    }
    None
}

/// The code with what is compiled for tests only made blank.
fn without_tests(code: &str) -> String {
    let Some((before, rest)) = code.split_once("#[cfg(test)]") else { return code.to_owned() };
    let length = body(rest).and_then(|at| Some(at + block(rest.get(at..)?)?.len())).unwrap_or(0);
    let (tests, after) = rest.split_at(length);
    let blank: String = tests.chars().filter(|c| *c == '\n').collect();
    format!("{before}{blank}{}", without_tests(after))
}

/// Every source of the workspace whose path begins so, without those that are tests as a whole.
pub fn production(home: &str) -> impl Iterator<Item = &'static Source> {
    let tests = |path: &str| ["/tests", "/examples/", "/benches/"].iter().any(|part| path.contains(part));
    all().filter(move |it| it.path.starts_with(home) && !it.path.starts_with("tests/") && !tests(&it.path))
}

/// Where `word` stands in what is shipped, but for these places.
pub fn outside(homes: &[&str], word: &str) -> Vec<Fault> {
    let strangers = production("").filter(|source| !homes.iter().any(|home| source.path.starts_with(home)));
    strangers.flat_map(|source| source.mentions(word)).collect()
}

/// Every source of the workspace.
pub fn all() -> impl Iterator<Item = &'static Source> {
    static SOURCES: LazyLock<Vec<Source>> = LazyLock::new(|| {
        let mut paths = Vec::new();
        for folder in ["src", "crates", "migration", "tests"] {
            collect(folder, &mut paths);
        }
        paths.sort();
        let sources = paths.into_iter().map(|path| {
            let text = read(&path);
            Source { code: without_tests(&without_words(&text)), path, text }
        });
        sources.collect()
    });
    SOURCES.iter()
}

/// The `Cargo.toml` of every crate.
pub fn manifests_of_crates() -> Vec<String> {
    entries("crates").into_iter().map(|(folder, _)| format!("{folder}/Cargo.toml")).collect()
}

fn collect(folder: &str, paths: &mut Vec<String>) {
    for (path, is_folder) in entries(folder) {
        if is_folder {
            collect(&path, paths);
        } else if Path::new(&path).extension().is_some_and(|it| it == "rs") {
            paths.push(path);
        }
    }
}

/// What is in a folder, each with its path from the root, and whether it is a folder itself.
fn entries(folder: &str) -> Vec<(String, bool)> {
    let entries = fs::read_dir(root().join(folder)).unwrap().map(Result::unwrap);
    let entry = |it: fs::DirEntry| (it.file_name().to_str().unwrap().to_owned(), it.file_type().unwrap().is_dir());
    entries.map(entry).map(|(name, is_folder)| (format!("{folder}/{name}"), is_folder)).collect()
}

pub fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn comments_literals_and_tests_are_not_read_as_code() {
    let text = "let a = \"todo!\"; // todo!\nlet c = '\"'; /* todo! /* */ todo! */ 'l: loop {}\nlet r = r#\"todo!\"#;\n\
        #[cfg(test)]\nmod tests { fn x() { todo!() } }\nfn f(a: [u8; 2]) { todo!() }\n";
    let source = Source { path: "src/a.rs".into(), text: text.into(), code: without_tests(&without_words(text)) };
    let found: Vec<_> = source.mentions("todo!").iter().map(|fault| fault.line).collect();
    assert_eq!(found, [6]);
    assert_eq!(source.functions(), [(source.code.find("f(a").unwrap(), "f".to_owned(), 1)]);
}

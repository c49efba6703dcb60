//! Lines for Vim and Emacs that name the language of a file.

use std::sync::LazyLock;

use regex::bytes::Regex;

/// Lines at either end that are looked at, and how far they may reach.
const LINES: usize = 5;
const REACH: usize = 2 * 1024;

static VIM: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?-u)(?:^|[ \t])(?:vim?|Vim|ex)(?:[<=>]?\d+)?:(?:.*?[ \t:])?(?:filetype|ft|syntax)[ \t]*=[ \t]*(\w+)")
        .ok()
});
static EMACS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i-u)-\*-(?:.*?[ \t;])?mode[ \t]*:[ \t]*([^\s;]+?)[ \t;]*(?:[ \t;].*)?-\*-|-\*-[ \t]*([^\s;:]+)[ \t]*-\*-",
    )
    .ok()
});

/// The name that a modeline gives, as it is written there.
pub(super) fn named(content: &[u8]) -> Option<String> {
    let first = content.get(..REACH).unwrap_or(content);
    let last = content.get(content.len().saturating_sub(REACH)..).unwrap_or(content);
    let top = first.split(|byte| *byte == b'\n').take(LINES);
    let bottom = last.rsplit(|byte| *byte == b'\n').take(LINES + 1);
    top.chain(bottom).find_map(in_line)
}

fn in_line(line: &[u8]) -> Option<String> {
    // Most lines have neither mark: two searches for a few bytes are cheaper than two expressions.
    let emacs = memchr::memmem::find(line, b"-*-").and(EMACS.as_ref());
    let vim = memchr::memchr(b'=', line).and(VIM.as_ref());
    let found = [emacs, vim].into_iter().flatten().find_map(|pattern| pattern.captures(line))?;
    let name = found.get(1).or_else(|| found.get(2))?;
    std::str::from_utf8(name.as_bytes()).ok().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn modelines_of_both_editors_are_read_at_both_ends() {
        for (text, wanted) in [
            ("/* vim: set ft=cpp ts=4: */\n", Some("cpp")),
            ("# vim: ft=ruby\n", Some("ruby")),
            ("a\nb\nc\nd\ne\nf\ng\n// vim:syntax=go\n", Some("go")),
            ("// -*- C++ -*-\n", Some("C++")),
            ("# -*- mode: python; coding: utf-8 -*-\n", Some("python")),
            ("# -*- coding: utf-8 -*-\n", None),
            ("no line of that sort\n", None),
        ] {
            assert_eq!(named(text.as_bytes()).as_deref(), wanted, "{text}");
        }
    }
}

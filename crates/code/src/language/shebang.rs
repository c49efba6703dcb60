//! The interpreter that a `#!` line names.

/// The program's name, without folder, with the minor version cut: `python3` for `/usr/bin/python3.11`.
/// `env` is looked through, with its options and settings.
pub(super) fn interpreter(front: &[u8]) -> Option<String> {
    let line = front.strip_prefix(b"#!")?;
    let line = line.split(|byte| *byte == b'\n').next()?;
    let line = std::str::from_utf8(line.get(..512).unwrap_or(line)).ok()?;
    let mut words = line.split_ascii_whitespace();
    let mut program = base(words.next()?);
    if program == "env" {
        program = base(words.find(|word| !word.starts_with('-') && !word.contains('='))?);
    }
    let program = program.split_once('.').map_or(program, |(before, after)| {
        if before.ends_with(|last: char| last.is_ascii_digit()) && after.starts_with(|next: char| next.is_ascii_digit())
        {
            before
        } else {
            program
        }
    });
    (!program.is_empty()).then(|| program.to_owned())
}

fn base(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use super::interpreter;

    #[test]
    fn the_interpreter_is_found_behind_folders_env_and_versions() {
        for (line, wanted) in [
            ("#!/bin/sh\n", Some("sh")),
            ("#! /usr/bin/env python3.11\n", Some("python3")),
            ("#!/usr/bin/env -S LANG=C deno run\n", Some("deno")),
            ("#!/usr/bin/env\n", None),
            ("#!\n", None),
            ("# not one\n", None),
        ] {
            assert_eq!(interpreter(line.as_bytes()).as_deref(), wanted, "{line}");
        }
    }
}

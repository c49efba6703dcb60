//! Names that Git itself, on some file system, takes for `.git` or for a file that steers it.

/// Code points that HFS+ leaves out when it compares names.
const IGNORED: [char; 16] = [
    '\u{200c}', '\u{200d}', '\u{200e}', '\u{200f}', '\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}', '\u{202e}',
    '\u{206a}', '\u{206b}', '\u{206c}', '\u{206d}', '\u{206e}', '\u{206f}', '\u{feff}',
];

/// Whether one part of a path is `.git`, or begins like it, as any file system may see it: in another case, with code
/// points that HFS+ ignores, behind a backslash, by a short name of NTFS (`git~1`, `gitign~1`, `gi7eba~1`). With it go
/// the dots, spaces and streams (`.git::$INDEX_ALLOCATION`) that NTFS allows after it.
///
/// So `.gitignore`, `.gitattributes` and `.gitmodules` are protected too: they change what Git makes of other files.
pub(super) fn is_protected(part: &[u8]) -> bool {
    part.split(|byte| *byte == b'\\').any(|piece| {
        let piece: String = String::from_utf8_lossy(piece).chars().filter(|c| !IGNORED.contains(c)).collect();
        let piece = super::clash::folded(piece.as_bytes());
        piece.starts_with(b".git") || is_short_name(&piece)
    })
}

/// What NTFS makes up for names that begin with `.git`: up to six characters of the name, or two and a checksum's four
/// digits, then `~` and a number.
fn is_short_name(name: &[u8]) -> bool {
    let mut halves = name.splitn(2, |byte| *byte == b'~');
    let (Some(stem), Some(rest)) = (halves.next(), halves.next()) else { return false };
    let checksum = stem.strip_prefix(b"gi").filter(|it| it.len() == 4);
    let is_hashed = checksum.is_some_and(|it| it.iter().all(u8::is_ascii_hexdigit));
    rest.first().is_some_and(u8::is_ascii_digit) && stem.len() <= 6 && (stem.starts_with(b"git") || is_hashed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_git_is_protected_and_nothing_else() {
        for name in [
            ".git",
            ".GIT",
            ".gIt",
            ".git ",
            ".git.",
            ".git...",
            ".git::$INDEX_ALLOCATION",
            ".gitignore",
            ".gitmodules",
            ".GitAttributes",
            ".github",
            "git~1",
            "GIT~1",
            "git~2",
            "git~1 ",
            "gitmod~1",
            "GI7EBA~1",
            "gi250a~4",
            "a\\.git\\hooks",
            ".g\u{200c}it",
            "\u{feff}.git",
            ".g\u{131}t",
            ".gi\u{200d}tignore",
            "\u{200e}git~1",
        ] {
            assert!(is_protected(name.as_bytes()), "{name:?}");
        }
        for name in
            ["git", "a.git", "digit", "git.rs", "~git", "gitfoo", "git~", "git~x", "gi~1", "gizzzz~1", "..git", ""]
        {
            assert!(!is_protected(name.as_bytes()), "{name:?}");
        }
        assert!(is_protected(b".git\xff"));
        assert!(!is_protected(b"\xff.git"));
    }
}

//! What Git says, made safe to log and to show: no credentials, no paths of this machine, no control characters.

/// Most that is kept of a message, in bytes.
const MAX_MESSAGE: usize = 1_000;

/// Drops user information and queries from URLs, and puts `<path>` for absolute paths, whatever the words around them.
pub(crate) fn redact(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect();
    let clean = without_secrets(&clean);
    let mut out: String = clean.split_inclusive(is_boundary).map(without_path).collect();
    out.truncate(out.floor_char_boundary(MAX_MESSAGE));
    out.trim().to_owned()
}

/// Takes out `user:password@` and `?query` after each `://`.
fn without_secrets(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        out.push_str(before);
        out.push_str("://");
        let end = after.find(|c: char| c.is_whitespace() || c == '/').unwrap_or(after.len());
        let (authority, after) = after.split_at(end);
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        out.push_str(host.split_once('?').map_or(host, |(host, _)| host));
        let end = after.find(|c: char| c.is_whitespace() || c == '\'' || c == '"').unwrap_or(after.len());
        let (path, after) = after.split_at(end);
        out.push_str(path.split_once('?').map_or(path, |(path, _)| path));
        rest = after;
    }
    out.push_str(rest);
    out
}

fn is_boundary(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\'' | '"' | '`' | '(' | ')' | '<' | '>' | '=' | ',' | ';' | '[' | ']')
}

/// One word and the boundary that ends it.
fn without_path(word: &str) -> String {
    let bare = word.trim_end_matches(is_boundary);
    let end = word.strip_prefix(bare).unwrap_or_default();
    if bare.starts_with('/') || bare.starts_with("file://") {
        return format!("<path>{end}");
    }
    match bare.split_once('@') {
        // Without a scheme; `git@host:path` is no secret.
        Some((user, host)) if user.contains(':') => format!("{host}{end}"),
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::redact;

    #[test]
    fn credentials_and_paths_are_gone_and_the_rest_is_kept() {
        let said = "fatal: unable to access 'https://joe:s3cret@git.example.com/a/b.git/?token=abc': refused\x1b[K";
        assert_eq!(redact(said), "fatal: unable to access 'https://git.example.com/a/b.git/': refused [K");
        assert_eq!(
            redact("error: cannot lock ref in '/srv/data/x': exists"),
            "error: cannot lock ref in '<path>': exists"
        );
        assert_eq!(redact("git: --git-dir=/srv/x failed"), "git: --git-dir=<path> failed");
        assert_eq!(redact("joe:pw@host said git@host:a/b"), "host said git@host:a/b");
        assert_eq!(redact("read file:///srv/x/y"), "read <path>");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn a_password_of_any_characters_in_a_url_never_survives(odd in "[!-.:-~]{0,4}") {
            let said = redact(&format!("fatal: 'https://u:hunter2{odd}hunter2@h/x' failed"));
            prop_assert!(!said.contains("hunter2"), "{}", said);
        }

        #[test]
        fn a_password_in_a_url_never_survives(before in "[ -~]{0,20}", after in "\\PC{0,20}") {
            let text = format!("{before} https://u:hunter2hunter2@h/{after}");
            prop_assert!(!redact(&text).contains("hunter2"));
        }
    }
}

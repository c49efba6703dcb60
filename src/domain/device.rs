//! What a device says of itself when somebody signs in on it.

/// The most characters that are kept.
const MOST: usize = 200;

/// A `User-Agent`, shortened to what a person needs to know their devices by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserAgent(String);

impl UserAgent {
    /// At most 200 visible characters of the header; `None` when nothing is left.
    pub fn shortened(header: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(header);
        let visible: String = text.trim().chars().filter(|c| !c.is_control()).take(MOST).collect();
        (!visible.is_empty()).then_some(Self(visible))
    }

    /// The text.
    pub fn into_string(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_invisible_and_foreign_bytes_make_a_short_line() {
        let line = |bytes: &[u8]| UserAgent::shortened(bytes).map(UserAgent::into_string);
        assert_eq!(line(b" HiveSync/1.0 (iPhone)\x07 ").as_deref(), Some("HiveSync/1.0 (iPhone)"));
        assert_eq!(line(&[0xff, b'a']).as_deref(), Some("\u{fffd}a"));
        assert_eq!(line("é".repeat(900).as_bytes()).map(|line| line.chars().count()), Some(MOST));
        assert_eq!(line(b" \t\x00 "), None);
    }
}

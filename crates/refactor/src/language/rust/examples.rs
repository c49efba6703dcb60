//! The examples of documentation, as the code that they are: a file of a crate of its own, in which every byte of an example
//! stands where it stands in the documentation, and all else is blank.

/// What all examples of a file stand in, each in a block. It takes the place of what the file begins with, which is never
/// part of an example.
const OPEN: &str = "fn e(){";

/// The code of the examples of a text, each at its place; nothing if there is none.
pub(super) fn code(text: &str) -> Option<String> {
    if !text.contains("```") && !text.contains("~~~") {
        return None;
    }
    let mut pages =
        Pages { out: String::with_capacity(text.len() + 1), state: State::Outside, in_block: false, found: false };
    for line in text.split_inclusive('\n') {
        pages.line(line);
    }
    let Pages { mut out, found, .. } = pages;
    let head = out.get(..OPEN.len()).filter(|head| head.bytes().all(|byte| byte.is_ascii_whitespace()));
    let is_free = found && head.is_some();
    if !is_free {
        return None;
    }
    out.replace_range(..OPEN.len(), OPEN);
    out.push('}');
    Some(out)
}

/// The code in the making.
struct Pages {
    out: String,
    state: State,
    /// Whether the line is in a comment of several lines.
    in_block: bool,
    found: bool,
}

impl Pages {
    fn line(&mut self, line: &str) {
        let start = self.out.len();
        let Some(content) = self.content(line) else {
            // An example that is not closed ends with its comment.
            blank(&mut self.out, line);
            if matches!(self.state, State::Code) {
                self.put(start, '}');
            }
            self.state = State::Outside;
            return;
        };
        let inside = line.get(content..).unwrap_or_default();
        let info = ["```", "~~~"].into_iter().find_map(|fence| inside.trim_start().strip_prefix(fence));
        if let (State::Code, None) = (&self.state, info) {
            self.out.extend(std::iter::repeat_n(' ', content));
            shown(&mut self.out, inside);
            return;
        }
        blank(&mut self.out, line);
        match (&self.state, info) {
            (State::Outside, Some(info)) if is_compiled(info.trim()) => {
                self.put(start + line.trim_end().len() - 1, '{');
                self.found = true;
                self.state = State::Code;
            }
            (State::Outside, Some(_)) => self.state = State::Other,
            (State::Code, Some(_)) => {
                self.put(start + content, '}');
                self.state = State::Outside;
            }
            (State::Other, Some(_)) => self.state = State::Outside,
            (State::Outside | State::Code | State::Other, None) => {}
        }
    }

    /// Writes a sign over a blank.
    fn put(&mut self, at: usize, sign: char) {
        if self.out.get(at..).is_some_and(|rest| rest.starts_with([' ', '\n', '\r'])) {
            self.out.replace_range(at..=at, sign.encode_utf8(&mut [0; 4]));
        }
    }

    /// Where the text of a line of documentation begins; nothing for a line of code.
    fn content(&mut self, line: &str) -> Option<usize> {
        let trimmed = line.trim_start();
        if self.in_block {
            self.in_block = !line.contains("*/");
            let text = trimmed.strip_prefix('*').filter(|rest| rest.starts_with([' ', '\n'])).unwrap_or(line);
            return self.in_block.then(|| line.len() - text.len());
        }
        let opens = ["/**", "/*!"].into_iter().find_map(|mark| trimmed.strip_prefix(mark));
        if let Some(text) = opens.filter(|rest| !rest.starts_with(['*', '/']) && !rest.contains("*/")) {
            self.in_block = true;
            return Some(line.len() - text.len());
        }
        let text = ["///", "//!"].into_iter().find_map(|mark| trimmed.strip_prefix(mark))?;
        (!trimmed.starts_with("////")).then(|| line.len() - text.len())
    }
}

/// What the lines of a documentation are part of.
enum State {
    Outside,
    /// An example that is compiled.
    Code,
    /// A text between fences that is not.
    Other,
}

/// A line of an example; one that begins with `# ` is compiled but not shown.
fn shown(out: &mut String, line: &str) {
    let trimmed = line.trim_start();
    let hidden = trimmed.strip_prefix('#').filter(|rest| rest.is_empty() || rest.starts_with([' ', '\n', '\r']));
    match hidden {
        Some(rest) => {
            out.extend(std::iter::repeat_n(' ', line.len() - rest.len()));
            out.push_str(rest);
        }
        None => out.push_str(line),
    }
}

/// As many spaces as a line has bytes, with its end kept.
fn blank(out: &mut String, line: &str) {
    out.extend(line.bytes().map(|byte| if matches!(byte, b'\n' | b'\r') { char::from(byte) } else { ' ' }));
}

/// Whether an example is compiled, by what is written behind its fence.
pub(super) fn is_compiled(info: &str) -> bool {
    let mut words = info.split([',', ' ']).map(str::trim).filter(|word| !word.is_empty());
    words.all(|word| matches!(word, "rust" | "should_panic" | "no_run") || word.starts_with("edition"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used, reason = "a test that cannot go on should stop")]

    use super::{code, is_compiled};

    #[test]
    fn the_code_of_an_example_stands_where_it_stood() {
        let text = "/// Text.\n/// ```\n/// let é = f();\n/// # hidden(é);\n/// ```\nfn f() {}\n";
        let code = code(text).expect("there is an example");
        assert_eq!(code.len(), text.len() + 1);
        assert_eq!(code.find("f();"), text.find("f();"));
        assert_eq!(code.split_whitespace().collect::<String>(), "fne(){{leté=f();hidden(é);}}");
    }

    #[test]
    fn a_comment_of_several_lines_has_examples_too() {
        let text = "/*!\nText.\n```\nf();\n```\n*/\nfn f() {}\n";
        let code = code(text).expect("there is an example");
        assert_eq!(code.find("f();"), text.find("f();"));
        assert_eq!(code.split_whitespace().collect::<String>(), "fne(){{f();}}");
    }

    #[test]
    fn what_is_not_compiled_is_left_out() {
        assert_eq!(code("fn f() {}"), None);
        assert_eq!(code("/// ```text\n/// f\n/// ```\nfn f() {}"), None);
        assert_eq!(code("/// ```ignore\n/// f\n/// ```\nfn f() {}"), None);
    }

    #[test]
    fn an_example_that_is_not_closed_ends_with_its_comment() {
        let code = code("/// An example:\n/// ```\n/// f();\n  fn f() {}\n").expect("there is an example");
        assert_eq!(code.split_whitespace().collect::<String>(), "fne(){{f();}}");
    }

    #[test]
    fn an_example_is_compiled_unless_it_says_otherwise() {
        assert!(["", "rust", "rust,no_run", "should_panic, edition2021"].iter().all(|info| is_compiled(info)));
        assert!(["text", "ignore", "toml", "rust,ignore", "compile_fail"].iter().all(|info| !is_compiled(info)));
    }
}

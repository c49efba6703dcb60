//! A request's place in a trace across services (W3C Trace Context, level 1, the header `traceparent`).

use std::fmt;

const SAMPLED: u8 = 1;
/// Of `00-` and three fields: what later versions may only add to.
const LENGTH: usize = 55;

/// A trace, and the step of it that led here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trace {
    id: u128,
    span: u64,
    sampled: bool,
}

impl Trace {
    /// Reads the header's value; `None` for what is malformed, which the recommendation wants ignored.
    pub fn parse(text: &str) -> Option<Self> {
        let version = hex(text.get(..2)?)?;
        let more = text.get(LENGTH..)?;
        // A later version may go on behind another dash; this one ends here.
        let ends_well = more.is_empty() || version > 0 && more.starts_with('-');
        let dashes = [2, 35, 52].iter().all(|at| text.as_bytes().get(*at) == Some(&b'-'));
        let id = hex(text.get(3..35)?)?;
        let span = u64::try_from(hex(text.get(36..52)?)?).ok()?;
        let flags = u8::try_from(hex(text.get(53..LENGTH)?)?).ok()?;
        let known = version != 0xff && ends_well && dashes && id != 0 && span != 0;
        known.then_some(Self { id, span, sampled: flags & SAMPLED != 0 })
    }

    /// The next step of the same trace. `span` is a random number; 0, which names nothing, becomes 1.
    #[must_use]
    pub fn child(self, span: u64) -> Self {
        Self { span: span.max(1), ..self }
    }

    /// The trace's id, 32 hexadecimal digits.
    pub fn id(self) -> String {
        format!("{:032x}", self.id)
    }
}

/// The header's value, in version 00.
impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{:032x}-{:016x}-{:02x}", self.id, self.span, u8::from(self.sampled))
    }
}

/// Lower-case digits only, as the recommendation has them.
fn hex(digits: &str) -> Option<u128> {
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    u128::from_str_radix(digits, 16).ok().filter(|_| plain)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use proptest::prelude::*;

    use super::*;

    const GIVEN: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_child_stays_in_the_trace_and_has_a_span_of_its_own() {
        let trace = Trace::parse(GIVEN).unwrap();
        assert_eq!(trace.to_string(), GIVEN);
        assert_eq!(trace.id(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(trace.child(2).to_string(), "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000002-01");
        assert_eq!(trace.child(0).to_string(), "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000001-01");
    }

    #[test]
    fn a_later_version_is_read_as_far_as_it_is_known() {
        let later = GIVEN.replacen("00", "cc", 1);
        assert_eq!(Trace::parse(&later), Trace::parse(GIVEN));
        assert_eq!(Trace::parse(&format!("{later}-what-comes")), Trace::parse(GIVEN));
        assert_eq!(Trace::parse(&format!("{later}x")), None);
    }

    #[test]
    fn what_is_malformed_is_nothing() {
        for text in [
            "",
            "00",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00_4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7_01",
            "00-+bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ] {
            assert_eq!(Trace::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_trace_or_nothing(text: String, id: u128, span: u64) {
            let _ = Trace::parse(&text);
            let made = format!("00-{id:032x}-{span:016x}-00");
            prop_assert_eq!(Trace::parse(&made).map(|trace| trace.to_string()), (id > 0 && span > 0).then_some(made));
        }
    }
}

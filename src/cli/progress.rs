//! How far long work is, on standard error: a bar when a person watches, else a line now and then.

use std::{
    cell::RefCell,
    io::{self, IsTerminal},
    time::{Duration, Instant},
};

use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressStyle};

/// Lines come no faster, unless something else begins.
const LINE_EVERY: Duration = Duration::from_secs(2);
const TICK: Duration = Duration::from_millis(100);
const MEASURED: &str = "{spinner} {prefix:<16} {bar:32} {pos:>3} %  {msg}";
const UNMEASURED: &str = "{spinner} {prefix:<16} {msg}";

/// Where work is; each number as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reading {
    /// What is being done.
    pub stage: &'static str,
    /// Of the stage, 0 to 100.
    pub percent: Option<u8>,
    /// Of the stage.
    pub bytes: u64,
    /// Of the stage.
    pub items: u64,
    /// What the items are.
    pub unit: &'static str,
}

/// Shows how far one work is. A bar goes when this is dropped; lines stay.
#[derive(Debug)]
pub struct Progress(Form);

#[derive(Debug)]
enum Form {
    Bar(ProgressBar),
    Lines(RefCell<Lines>),
}

#[derive(Debug, Default)]
struct Lines {
    stage: &'static str,
    last: Option<Instant>,
}

impl Progress {
    /// A bar if a person watches standard error and nothing else is `shared` there, lines otherwise. Before the
    /// first reading a bar says `title`; lines say nothing.
    pub fn begin(title: &'static str, shared: bool) -> Self {
        if shared || !io::stderr().is_terminal() {
            return Self(Form::Lines(RefCell::default()));
        }
        let bar = ProgressBar::new(100).with_style(style("{spinner} {prefix}")).with_prefix(title);
        bar.enable_steady_tick(TICK);
        Self(Form::Bar(bar))
    }

    /// Where the work is now.
    pub fn show(&self, reading: &Reading) {
        match &self.0 {
            Form::Bar(bar) => {
                bar.set_style(style(if reading.percent.is_some() { MEASURED } else { UNMEASURED }));
                bar.set_prefix(reading.stage);
                bar.set_position(reading.percent.unwrap_or(0).into());
                bar.set_message(reading.amounts());
            }
            Form::Lines(lines) => {
                if lines.borrow_mut().is_due(reading.stage, Instant::now()) {
                    eprintln!("{}", reading.line());
                }
            }
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Form::Bar(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    // The templates are this file's own; a wrong one would show as a bar of the usual form.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

impl Lines {
    /// At once for what begins, and from then on every so often.
    fn is_due(&mut self, stage: &'static str, now: Instant) -> bool {
        let soon = self.last.is_some_and(|last| now.duration_since(last) < LINE_EVERY);
        if self.stage == stage && soon {
            return false;
        }
        *self = Self { stage, last: Some(now) };
        true
    }
}

impl Reading {
    fn amounts(&self) -> String {
        let items = (self.items > 0).then(|| format!("{} {}", HumanCount(self.items), self.unit));
        let bytes = (self.bytes > 0).then(|| HumanBytes(self.bytes).to_string());
        items.into_iter().chain(bytes).collect::<Vec<_>>().join(", ")
    }

    fn line(&self) -> String {
        let percent = self.percent.map(|percent| format!("{percent} %"));
        let amounts = Some(self.amounts()).filter(|text| !text.is_empty());
        let parts: Vec<_> = [Some(self.stage.to_owned()), percent, amounts].into_iter().flatten().collect();
        parts.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_comes_with_each_stage_and_then_every_two_seconds() {
        let (mut lines, start) = (Lines::default(), Instant::now());
        assert!(lines.is_due("fetching", start));
        assert!(!lines.is_due("fetching", start + Duration::from_millis(1_900)));
        assert!(lines.is_due("fetching", start + Duration::from_secs(2)));
        assert!(lines.is_due("reading", start + Duration::from_millis(2_100)));
    }

    #[test]
    fn a_line_says_only_what_is_known() {
        let reading = Reading { stage: "fetching", percent: Some(45), bytes: 1 << 20, items: 1_234, unit: "objects" };
        assert_eq!(reading.line(), "fetching, 45 %, 1,234 objects, 1.00 MiB");
        assert_eq!(Reading { stage: "waiting", ..Reading::default() }.line(), "waiting");
    }

    #[test]
    fn the_templates_are_well_formed() {
        for template in [MEASURED, UNMEASURED] {
            assert!(ProgressStyle::with_template(template).is_ok());
        }
    }
}

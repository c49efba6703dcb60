//! What was found: how it is, a code for machines, what was seen, what to do.

use std::fmt;

use serde::Serialize;

/// How something is; the last is the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    /// As it should be.
    Ok,
    /// The service runs with it, but somebody should know.
    Warning,
    /// The service does not run with it, or not well.
    Failed,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
pub(super) struct Finding {
    pub(super) name: &'static str,
    pub(super) status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) code: Option<&'static str>,
    /// Never a secret.
    pub(super) observed: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hint: Option<&'static str>,
}

impl Finding {
    pub(super) fn ok(name: &'static str, observed: impl Into<String>) -> Self {
        Self { name, status: Status::Ok, code: None, observed: observed.into(), hint: None }
    }

    pub(super) fn warning(
        name: &'static str,
        code: &'static str,
        observed: impl Into<String>,
        hint: &'static str,
    ) -> Self {
        Self { status: Status::Warning, ..Self::failed(name, code, observed, hint) }
    }

    pub(super) fn failed(
        name: &'static str,
        code: &'static str,
        observed: impl Into<String>,
        hint: &'static str,
    ) -> Self {
        Self { name, status: Status::Failed, code: Some(code), observed: observed.into(), hint: Some(hint) }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = match self.status {
            Status::Ok => "ok",
            Status::Warning => "warning",
            Status::Failed => "failed",
        };
        write!(f, "{status:<8} {:<18} {}", self.name, self.observed)?;
        match (self.code, self.hint) {
            (Some(code), Some(hint)) => write!(f, "\n{:27} {code}: {hint}", ""),
            _ => Ok(()),
        }
    }
}

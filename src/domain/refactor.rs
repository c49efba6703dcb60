//! A refactor's life, as clients see it, and what may be asked for.

use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    failure::{Conflict, Failure},
    job::{JobState, Task},
};

/// Longest name, in code points.
const LONGEST_NAME: usize = 255;
/// Longest path to a symbol, in bytes.
const LONGEST_QUALIFIED: usize = 1_000;

/// Where a refactor stands. `FAILED`, `CANCELLED` and `REVERTED` are ends.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    ToSchema,
    DeriveValueType,
    strum::Display,
    strum::EnumString,
)]
#[serde(rename_all = "UPPERCASE")]
#[strum(serialize_all = "UPPERCASE")]
#[sea_orm(value_type = "String")]
pub enum RefactorStatus {
    /// Waits for its turn, the first or a next one.
    Queued,
    /// Is computed.
    Running,
    /// The proposal is there, for somebody to approve.
    Success,
    /// It could not be computed; the error says why.
    Failed,
    /// Somebody ended it.
    Cancelled,
    /// What was approved is being committed.
    Applying,
    /// What was approved is a commit of the mirror.
    Applied,
    /// It is being taken back.
    Reverting,
    /// It was taken back.
    Reverted,
}

impl RefactorStatus {
    /// Somebody approves of the proposal.
    pub fn approve(self) -> Result<Self, Conflict> {
        match self {
            Self::Success => Ok(Self::Applying),
            Self::Queued | Self::Running => Err(Conflict::Other("the proposal is not there yet; wait for it")),
            Self::Applying => Err(Conflict::Other("the proposal is being applied already")),
            Self::Failed | Self::Cancelled | Self::Applied | Self::Reverting | Self::Reverted => {
                Err(Conflict::JobAlreadyCompleted)
            }
        }
    }

    /// Somebody wants it taken back.
    pub fn take_back(self) -> Result<Self, Conflict> {
        match self {
            Self::Applied => Ok(Self::Reverting),
            Self::Reverting => Err(Conflict::Other("the change is being reverted already")),
            Self::Queued | Self::Running | Self::Success | Self::Applying => Err(Conflict::Other(NOT_APPLIED)),
            Self::Failed | Self::Cancelled | Self::Reverted => Err(Conflict::JobAlreadyCompleted),
        }
    }

    /// Whether it may be pushed.
    pub fn push(self) -> Result<(), Conflict> {
        match self {
            Self::Applied => Ok(()),
            Self::Queued | Self::Running | Self::Success | Self::Applying => Err(Conflict::Other(NOT_APPLIED)),
            Self::Failed | Self::Cancelled | Self::Reverting | Self::Reverted => Err(Conflict::JobAlreadyCompleted),
        }
    }

    /// Whether there is work that can be ended.
    pub fn is_at_work(self) -> bool {
        matches!(self, Self::Queued | Self::Running | Self::Applying | Self::Reverting)
    }

    /// A run of `task` begins.
    #[must_use]
    pub fn begun(self, task: Task) -> Self {
        if task == Task::Compute { Self::Running } else { self }
    }

    /// A run of `task` came to `state`. What could not be applied is still a proposal, and what could not be taken back
    /// still applied.
    #[must_use]
    pub fn settled(self, task: Task, state: JobState) -> Self {
        let (done, waiting, undone) = match task {
            Task::Compute => (Self::Success, Self::Queued, Self::Failed),
            Task::Apply => (Self::Applied, Self::Applying, Self::Success),
            Task::Revert => (Self::Reverted, Self::Reverting, Self::Applied),
            Task::Sync | Task::Push => return self,
        };
        match state {
            JobState::Done => done,
            JobState::Queued | JobState::Running => waiting,
            JobState::Cancelled if task == Task::Compute => Self::Cancelled,
            JobState::Cancelled | JobState::Failed | JobState::Dead => undone,
        }
    }
}

const NOT_APPLIED: &str = "nothing was applied yet; apply the proposal first";

/// Where a push stands.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema, DeriveValueType, strum::Display, strum::EnumString,
)]
#[serde(rename_all = "UPPERCASE")]
#[strum(serialize_all = "UPPERCASE")]
#[sea_orm(value_type = "String")]
pub enum PushStatus {
    /// Waits for its turn, or is under way.
    Pending,
    /// The branch is at the remote.
    Success,
    /// It is not; the error says why.
    Failed,
}

impl PushStatus {
    /// What a run that came to `state` leaves.
    pub fn settled(state: JobState) -> Self {
        match state {
            JobState::Done => Self::Success,
            JobState::Queued | JobState::Running => Self::Pending,
            JobState::Failed | JobState::Cancelled | JobState::Dead => Self::Failed,
        }
    }
}

/// What kind of change is wanted.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    ToSchema,
    DeriveValueType,
    strum::Display,
    strum::EnumString,
)]
#[serde(rename_all = "UPPERCASE")]
#[strum(serialize_all = "UPPERCASE")]
#[sea_orm(value_type = "String")]
pub enum RefactorKind {
    /// Another name for a symbol.
    Rename,
}

/// How a symbol is named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum Target {
    /// By a place where it is written.
    Position {
        /// From the repository's root.
        path: String,
        /// From 1.
        line: u32,
        /// From 1, in code points.
        column: u32,
    },
    /// By the path of names that leads to it.
    Qualified {
        /// With `.` or `::` between the names.
        qualified_name: String,
    },
}

impl Target {
    /// A place, if it can be one.
    pub fn position(path: String, line: u32, column: u32) -> Result<Self, Failure> {
        for (name, number) in [("symbol.line", line), ("symbol.column", column)] {
            if number == 0 {
                return Err(Failure::invalid(name, "counts from 1"));
            }
        }
        if path.is_empty() {
            return Err(Failure::invalid("symbol.path", "must name a file"));
        }
        Ok(Self::Position { path, line, column })
    }

    /// A name, if it can be one.
    pub fn qualified(qualified_name: String) -> Result<Self, Failure> {
        if qualified_name.is_empty() || qualified_name.len() > LONGEST_QUALIFIED {
            return Err(Failure::invalid("symbol.qualified_name", format!("must have 1 to {LONGEST_QUALIFIED} bytes")));
        }
        Ok(Self::Qualified { qualified_name })
    }

    /// The same, as the engine takes it.
    pub fn wanted(&self) -> refactor::Target {
        match self.clone() {
            Self::Position { path, line, column } => refactor::Target::Position { path, line, column },
            Self::Qualified { qualified_name } => refactor::Target::Qualified(qualified_name),
        }
    }
}

/// A name that some language may allow; whether the symbol's does, only the engine knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NewName(String);

impl NewName {
    /// One word of 1 to 255 characters.
    pub fn parse(text: String) -> Result<Self, Failure> {
        let is_word = !text.chars().any(|character| character.is_whitespace() || character.is_control());
        if text.is_empty() || text.chars().count() > LONGEST_NAME || !is_word {
            let problem = format!("must be one word of 1 to {LONGEST_NAME} characters");
            return Err(Failure::invalid("new_name", problem));
        }
        Ok(Self(text))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What somebody asked for, as the job's row keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Which symbol.
    pub symbol: Target,
    /// What it is to be called.
    pub new_name: NewName,
    /// How far edits may go.
    pub scope: refactor::Scope,
    /// Choices on which people disagree.
    pub options: refactor::Options,
}

impl Asked {
    /// The same, as the engine takes it.
    pub fn wanted(&self) -> refactor::Rename {
        refactor::Rename {
            target: self.symbol.wanted(),
            new_name: self.new_name.as_str().to_owned(),
            scope: self.scope,
            options: self.options,
        }
    }

    /// What a commit of it is called.
    pub fn title(&self, symbol: Option<&str>) -> String {
        let old = symbol.or(match &self.symbol {
            Target::Position { .. } => None,
            Target::Qualified { qualified_name } => Some(qualified_name),
        });
        format!("Rename {} to {}", old.unwrap_or("a symbol"), self.new_name.as_str())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use super::*;
    use RefactorStatus::{Applied, Applying, Cancelled, Failed, Queued, Reverted, Reverting, Running, Success};

    const ALL: [RefactorStatus; 9] =
        [Queued, Running, Success, Failed, Cancelled, Applying, Applied, Reverting, Reverted];

    #[test]
    fn only_a_proposal_is_approved_and_only_what_was_applied_is_taken_back_or_pushed() {
        for status in ALL {
            assert_eq!(status.approve().ok(), (status == Success).then_some(Applying), "{status}");
            assert_eq!(status.take_back().ok(), (status == Applied).then_some(Reverting), "{status}");
            assert_eq!(status.push().is_ok(), status == Applied, "{status}");
        }
    }

    #[test]
    fn what_did_not_come_about_leaves_what_was_there_before() {
        for state in [JobState::Failed, JobState::Dead, JobState::Cancelled] {
            assert_eq!(Applying.settled(Task::Apply, state), Success);
            assert_eq!(Reverting.settled(Task::Revert, state), Applied);
            assert_eq!(Applied.settled(Task::Push, state), Applied);
        }
        assert_eq!(Running.settled(Task::Compute, JobState::Cancelled), Cancelled);
        assert_eq!(Running.settled(Task::Compute, JobState::Dead), Failed);
        assert_eq!(Running.settled(Task::Compute, JobState::Queued), Queued);
        assert_eq!(Applying.settled(Task::Apply, JobState::Queued), Applying);
    }

    #[test]
    fn a_name_is_one_word() {
        for text in ["", " ", "two words", "tab\there", "nul\0", &"a".repeat(256)] {
            assert!(NewName::parse(text.to_owned()).is_err(), "{text:?}");
        }
        for text in ["snake_case", "größe", "r#type", "operator+", &"é".repeat(255)] {
            assert_eq!(NewName::parse(text.to_owned()).unwrap().as_str(), text);
        }
    }

    #[test]
    fn what_was_asked_for_is_read_as_it_was_written() {
        for symbol in
            [Target::position("a/b.py".into(), 3, 7).unwrap(), Target::qualified("pkg.mod.Class".into()).unwrap()]
        {
            let asked = Asked {
                symbol,
                new_name: NewName::parse("other".into()).unwrap(),
                scope: refactor::Scope::Package,
                options: refactor::Options { comments: true, ..refactor::Options::default() },
            };
            let text = serde_json::to_string(&asked).unwrap();
            assert_eq!(serde_json::from_str::<Asked>(&text).unwrap(), asked);
        }
    }

    #[test]
    fn places_count_from_one() {
        assert!(Target::position("a.py".into(), 0, 1).is_err());
        assert!(Target::position("a.py".into(), 1, 0).is_err());
        assert!(Target::position(String::new(), 1, 1).is_err());
        assert!(Target::qualified("a".repeat(1_001)).is_err());
    }
}

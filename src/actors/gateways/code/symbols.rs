//! Which symbol stands somewhere in the files of the head: asked of an engine child, as heavy reads are.

use std::sync::Arc;

use actix::Message;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::Code;
use crate::{
    domain::{
        caller::Caller,
        failure::{Conflict, Failure, Missing},
        refactor::Target,
    },
    engine::{Answer, EngineError, Lack, LookRequest, Request},
    ids::ProjectId,
};

/// The symbol at a place.
#[derive(Message)]
#[rtype(result = "Result<Value, Failure>")]
pub struct FindSymbol {
    /// Who looks.
    pub by: Caller,
    /// Where.
    pub project: ProjectId,
    /// The place.
    pub symbol: Target,
}

impl Code {
    /// In the words of the refactor engine.
    pub(super) async fn symbol(&self, find: FindSymbol) -> Result<Value, Failure> {
        let project = self.synced(&find.by, find.project).await?;
        let head = project.head_commit.ok_or(Failure::NotFound(Missing::File))?;
        let commit = head.parse().map_err(Failure::internal)?;
        if !self.world.mirror(project.id).is_present() {
            return Err(Failure::Conflict(Conflict::RepoNotSynced));
        }
        let (code, limits) = self.world.code(project.id, commit, self.world.config.refactor.look_limit());
        let request = Request::Look(LookRequest { code, symbol: find.symbol });
        // Children take turns with other heavy reads; who waits no longer takes the child with it.
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        let answer = self.world.warm.run(&request, limits, &CancellationToken::new(), |_, _| ()).await;
        drop(turn);
        match answer.map_err(of_engine)? {
            Answer::Seen(symbol) => Ok(symbol),
            Answer::Unanswered(lack, message) => Err(of_lack(lack, message)),
            Answer::Made(_) | Answer::Proposed(_) => Err(Failure::internal(EngineError::Astray)),
        }
    }
}

fn of_lack(lack: Lack, message: String) -> Failure {
    match lack {
        Lack::NoFile => Failure::NotFound(Missing::File),
        Lack::NoSymbol | Lack::Ambiguous => Failure::NoSymbol(message),
        Lack::TimedOut => Failure::TimedOut,
        Lack::InvalidName | Lack::TooLarge => Failure::internal(message),
    }
}

fn of_engine(error: EngineError) -> Failure {
    match error {
        EngineError::TimedOut => Failure::TimedOut,
        EngineError::Cancelled
        | EngineError::Corrupt(_)
        | EngineError::Failed(_)
        | EngineError::Died(_)
        | EngineError::Astray
        | EngineError::Io(_) => Failure::internal(error),
    }
}

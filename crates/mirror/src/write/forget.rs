//! The end of changes that nobody asks for any more: their refs go, and housekeeping drops what only they led to.

use tokio_util::sync::CancellationToken;

use super::{ChangeName, CommitError};
use crate::{
    git::{Area, Git},
    sync::{Move, blocking, exclusively, is_present, move_refs, open},
};

/// Drops the refs of these names, all or none; how many there were.
pub(crate) async fn forget(
    git: Git,
    area: Area,
    names: Vec<ChangeName>,
    cancel: &CancellationToken,
) -> Result<usize, CommitError> {
    exclusively(area.clone(), cancel, |_| async move {
        let looked_at = area.clone();
        let moves = blocking(move || Ok(standing(&looked_at, names))).await??;
        if !moves.is_empty() {
            move_refs(&git, &area, &moves).await?;
        }
        Ok(moves.len())
    })
    .await
}

/// The way out for each ref that there is, each once.
fn standing(area: &Area, mut names: Vec<ChangeName>) -> Result<Vec<Move>, CommitError> {
    let mut moves = Vec::new();
    if !is_present(area) {
        return Ok(moves);
    }
    names.sort();
    names.dedup();
    let repo = open(area)?;
    for name in names {
        let found = repo.try_find_reference(&name.full()).map_err(CommitError::damaged)?;
        if let Some(id) = found.and_then(|it| it.target().try_id().map(ToOwned::to_owned)) {
            moves.push(Move { name: name.full().into(), from: Some(id), to: None });
        }
    }
    Ok(moves)
}

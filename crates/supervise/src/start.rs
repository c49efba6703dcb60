//! What a supervisor can start, over and over.

use actix::ArbiterHandle;

use crate::life::Birth;
use crate::report::Kind;
use crate::roster::Vacancy;

/// Knows how to begin a life of one child.
pub(crate) trait Start: Send + Sync {
    fn kind(&self) -> Kind;

    /// Begins a life on the thread of `arbiter`; `false` if that thread is gone.
    fn launch(&self, birth: Birth, arbiter: &ArbiterHandle) -> bool;

    /// Tells those who wait for the child what to expect until its next life.
    fn vacate(&self, vacancy: Vacancy);
}

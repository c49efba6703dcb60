//! The condition that begins a page of a list, newest first.

use sea_orm::{ColumnTrait, Condition};

use crate::domain::page::Place;

/// Only rows older than `before`; all rows without it.
pub fn older<C: ColumnTrait>(before: Option<Place>, created_at: C, id: C) -> Condition {
    let Some(Place { at, id: last }) = before else { return Condition::all() };
    let as_old = Condition::all().add(created_at.eq(at)).add(id.lt(last));
    Condition::any().add(created_at.lt(at)).add(as_old)
}

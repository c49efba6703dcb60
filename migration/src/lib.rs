//! The schema of HiveSync's database, one step after another, the same on PostgreSQL and SQLite.
//!
//! Conventions: ids are UUIDs; times are whole microseconds since 1970 (`bigint`); states and other closed
//! sets are text; documents are JSON in text. A step that was released is never edited.

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::*;

mod m0001_accounts;
mod m0002_projects;
mod m0003_work;
mod m0004_access;
mod m0005_invitations;
mod m0006_hooks;
mod m0007_idempotency;
mod m0008_credentials;
mod m0009_refactors;

/// Runs the steps in order.
///
/// It takes no lock: the caller makes sure that one process at a time migrates.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_accounts::Migration),
            Box::new(m0002_projects::Migration),
            Box::new(m0003_work::Migration),
            Box::new(m0004_access::Migration),
            Box::new(m0005_invitations::Migration),
            Box::new(m0006_hooks::Migration),
            Box::new(m0007_idempotency::Migration),
            Box::new(m0008_credentials::Migration),
            Box::new(m0009_refactors::Migration),
        ]
    }
}

/// `created_at` and `updated_at`, which every table has.
fn with_times(table: &mut TableCreateStatement) -> &mut TableCreateStatement {
    table.col(time("created_at")).col(time("updated_at"))
}

fn id(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).uuid().not_null().take()
}

fn optional_id(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).uuid().null().take()
}

fn text(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().not_null().take()
}

fn optional_text(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().null().take()
}

fn time(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().not_null().take()
}

fn optional_time(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().null().take()
}

fn number(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).integer().not_null().take()
}

fn flag(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).boolean().not_null().take()
}

/// A reference that goes with what it points at.
fn belongs_to(table: &'static str, column: &'static str, target: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().from(table, column).to(target, "id").on_delete(ForeignKeyAction::Cascade).take()
}

fn index(name: &'static str, table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create().name(name).table(table).take();
    for column in columns {
        index.col(*column);
    }
    index
}

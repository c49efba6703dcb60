//! What the tests stand on: the running service, its clients, its database, and repositories to mirror.

pub(crate) mod answer;
pub(crate) mod app;
pub(crate) mod client;
pub(crate) mod database;
pub(crate) mod gate;
pub(crate) mod kin;
pub(crate) mod process;
pub(crate) mod program;
pub(crate) mod projects;
pub(crate) mod raw;
pub(crate) mod repo;
pub(crate) mod wait;

pub(crate) use self::{
    answer::Answer,
    app::{KEYS, PASSWORD, TestApp},
    client::Client,
    database::Database,
    gate::Gate,
    repo::Repo,
    wait::wait_until,
};

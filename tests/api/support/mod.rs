//! What the tests stand on: the running service, its clients, its database, and repositories to mirror.

pub(crate) mod answer;
pub(crate) mod app;
pub(crate) mod client;
pub(crate) mod cluster;
pub(crate) mod database;
pub(crate) mod gate;
// The same remotes that the mirror's own tests talk to.
#[path = "../../../crates/mirror/tests/support/https.rs"]
pub(crate) mod https;
pub(crate) mod kin;
pub(crate) mod process;
pub(crate) mod program;
pub(crate) mod projects;
pub(crate) mod raw;
pub(crate) mod refactors;
pub(crate) mod repo;
pub(crate) mod small_disk;
#[path = "../../../crates/mirror/tests/support/sshd.rs"]
pub(crate) mod sshd;
pub(crate) mod wait;

pub(crate) use self::{
    answer::Answer,
    app::{KEYS, PASSWORD, TestApp},
    client::Client,
    cluster::Cluster,
    database::Database,
    gate::Gate,
    https::HttpsRemote,
    repo::Repo,
    small_disk::SmallDisk,
    sshd::Sshd,
    wait::wait_until,
};

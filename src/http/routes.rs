//! Every address, in the order of the contract.

use utoipa_actix_web::{scope, service_config::ServiceConfig};

use super::{accounts, files, health, manifest, notifications, projects, search, syncs};

/// Adds every route to the application, and to its description.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(health::alive)
        .service(health::ready)
        .service(health::deep)
        .service(health::workers)
        .service(health::actors)
        .service(
            scope("/api/v1")
                .service(accounts::register)
                .service(accounts::login)
                .service(accounts::refresh)
                .service(accounts::logout)
                .service(accounts::me)
                .service(projects::create)
                .service(projects::list)
                .service(projects::read)
                .service(projects::change)
                .service(projects::remove)
                .service(projects::link)
                .service(syncs::request)
                .service(syncs::list)
                .service(syncs::read)
                .service(syncs::cancel)
                .service(syncs::release)
                .service(manifest::read)
                .service(files::list)
                .service(files::read)
                .service(search::search)
                .service(notifications::list)
                .service(notifications::mark_read)
                .service(notifications::mark_all_read),
        );
}

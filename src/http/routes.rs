//! Every address, in the order of the contract.

use utoipa_actix_web::{scope, service_config::ServiceConfig};

use super::{
    accounts, credentials, diff, export, files, health, hooks, invitations, manifest, members, notifications, projects,
    refactors, search, sessions, symbols, syncs, tokens, users,
};

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
                .configure(accounts_of_people)
                .configure(projects_and_members)
                .configure(mirrors_and_code)
                .configure(renames)
                .configure(what_people_are_told),
        );
}

/// Who people are, and what proves it.
fn accounts_of_people(config: &mut ServiceConfig<'_>) {
    config
        .service(accounts::register)
        .service(sessions::login)
        .service(sessions::refresh)
        .service(sessions::logout)
        .service(accounts::me)
        .service(accounts::change)
        .service(accounts::end)
        .service(export::export)
        .service(sessions::list)
        .service(sessions::end)
        .service(tokens::list)
        .service(tokens::create)
        .service(tokens::end)
        .service(users::list)
        .service(users::create)
        .service(users::read)
        .service(users::change);
}

/// What belongs to whom, and which repository each mirrors.
fn projects_and_members(config: &mut ServiceConfig<'_>) {
    config
        .service(projects::create)
        .service(projects::list)
        .service(projects::read)
        .service(projects::change)
        .service(projects::remove)
        .service(members::list)
        .service(members::read)
        .service(members::appoint)
        .service(members::remove)
        .service(invitations::list)
        .service(invitations::create)
        .service(invitations::revoke)
        .service(invitations::accept)
        .service(projects::link)
        .service(credentials::list)
        .service(credentials::keep)
        .service(credentials::forget)
        .service(credentials::test);
}

/// Synchronisations, and what they bring.
fn mirrors_and_code(config: &mut ServiceConfig<'_>) {
    config
        .service(syncs::request)
        .service(syncs::list)
        .service(syncs::read)
        .service(syncs::cancel)
        .service(syncs::release)
        .service(manifest::read)
        .service(diff::read)
        .service(files::list)
        .service(files::read)
        .service(search::search)
        .service(hooks::deliver)
        .service(hooks::set_secret);
}

/// Renames, from the symbol to the pushed branch.
fn renames(config: &mut ServiceConfig<'_>) {
    config
        .service(symbols::at)
        .service(refactors::propose)
        .service(refactors::list)
        .service(refactors::read)
        .service(refactors::patch)
        .service(refactors::apply)
        .service(refactors::cancel)
        .service(refactors::revert)
        .service(refactors::push);
}

/// Notifications.
fn what_people_are_told(config: &mut ServiceConfig<'_>) {
    config.service(notifications::list).service(notifications::mark_read).service(notifications::mark_all_read);
}

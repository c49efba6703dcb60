//! What handlers talk to. A gateway owns a budget of questions in flight, not state: what it answers with comes
//! from rows, objects and mirrors, and is worked out on the work threads.

/// Makes a type an actor that answers each message by the method named for it, on the work threads.
macro_rules! answers {
    ($gateway:ty: $($message:ty => $method:ident),+ $(,)?) => {
        impl actix::Actor for $gateway {
            type Context = supervise::Context<Self>;
        }
        $(
            impl actix::Handler<$message> for $gateway {
                type Result = actix::ResponseFuture<<$message as actix::Message>::Result>;

                fn handle(&mut self, message: $message, _: &mut Self::Context) -> Self::Result {
                    fail::fail_point!(concat!("actor:", stringify!($gateway)));
                    let gateway = self.clone();
                    self.world.work.answer(async move {
                        crate::actors::world::breakpoint(concat!("work:", stringify!($gateway)));
                        gateway.$method(message).await
                    })
                }
            }
        )+
    };
}

mod access;
pub mod accounts;
mod admission;
pub mod code;
mod deed;
pub mod hashing;
pub mod hooks;
pub mod idempotency;
pub mod identity;
pub mod invitations;
mod live;
pub mod members;
pub mod notifier;
pub mod operations;
pub mod passwords;
pub mod projects;
pub mod refactors;
pub mod remotes;
pub mod sessions;
pub mod standings;
pub mod syncs;
pub mod tokens;
pub mod users;

pub use self::{
    accounts::Accounts, code::Code, hooks::Hooks, idempotency::Idempotency, identity::Identity,
    invitations::Invitations, members::Members, notifier::Notifier, operations::Operations, projects::Projects,
    refactors::Refactors, remotes::Remotes, sessions::Sessions, syncs::Syncs, tokens::Tokens, users::Users,
};

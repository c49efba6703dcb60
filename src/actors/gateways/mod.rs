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
pub mod code;
pub mod hashing;
pub mod notifier;
pub mod operations;
pub mod projects;
pub mod syncs;

pub use self::{
    accounts::Accounts, code::Code, notifier::Notifier, operations::Operations, projects::Projects, syncs::Syncs,
};

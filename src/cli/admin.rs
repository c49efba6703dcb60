//! `hivesync admin`: what an operator does at the machine itself, whether the service runs or not.

use std::io::{self, IsTerminal, Read};

use clap::{Args, Subcommand};
use secrecy::{ExposeSecret, SecretString};
use tokio::runtime::Handle;

use super::{DataDir, Failed, runtime};
use crate::{
    actors::{
        World,
        gateways::{accounts, users},
    },
    app,
    config::Config,
    domain::{
        failure::{Failure, FieldFault},
        password::{self, Hasher},
        profile::{DisplayName, Email},
        setup,
    },
    entities::users::{Model, NewUser},
    storage::keys,
};

/// Manage accounts at the machine itself.
#[derive(Debug, Args)]
pub struct Admin {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Make an account, whatever the registration policy.
    CreateUser(CreateUser),
    /// Print what the first account needs to register.
    SetupToken(DataDir),
    /// Give an account another password; its sessions and personal tokens end, its failed sign-ins are forgiven.
    ResetPassword(ResetPassword),
    /// Enable an account, and forgive its failed sign-ins.
    Unlock(Unlock),
}

#[derive(Debug, Args)]
struct CreateUser {
    /// Address of the account.
    #[arg(long)]
    email: String,
    /// What the person is called.
    #[arg(long)]
    name: Option<String>,
    /// The account administers the service.
    #[arg(long)]
    admin: bool,
    /// Read the password from standard input.
    #[arg(long, required = true)]
    password_stdin: bool,
    /// Print the account as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: DataDir,
}

#[derive(Debug, Args)]
struct ResetPassword {
    /// Address of the account.
    #[arg(long)]
    email: String,
    /// Read the password from standard input.
    #[arg(long, required = true)]
    password_stdin: bool,
    #[command(flatten)]
    data: DataDir,
}

#[derive(Debug, Args)]
struct Unlock {
    /// Address of the account.
    #[arg(long)]
    email: String,
    #[command(flatten)]
    data: DataDir,
}

impl Admin {
    pub(super) fn run(self) -> Result<(), Failed> {
        match self.task {
            Task::CreateUser(task) => task.run(),
            Task::SetupToken(data) => {
                let config = data.config()?;
                std::fs::create_dir_all(&config.data_dir)?;
                println!("{}", setup::token(&keys::load(&config)?).expose_secret());
                Ok(())
            }
            Task::ResetPassword(task) => task.run(),
            Task::Unlock(task) => task.run(),
        }
    }
}

impl CreateUser {
    fn run(self) -> Result<(), Failed> {
        let password = read_password()?;
        let email = Email::parse(&self.email).map_err(explained)?;
        let name = self.name.map(|name| DisplayName::parse("name", &name)).transpose().map_err(explained)?;
        let name = name.map(DisplayName::into_string);
        password::check(&password, &[email.as_str(), name.as_deref().unwrap_or_default()]).map_err(explained)?;
        let config = self.data.config()?;
        let password_hash = hash(&config, &password)?;
        let user = NewUser { email, display_name: name, password_hash, is_admin: self.admin };
        let user = at_work(config, |world| async move { accounts::create(&world, user, None).await })?;
        if self.json {
            println!("{}", serde_json::json!({ "id": user.id, "email": user.email, "is_admin": user.is_admin }));
        } else {
            println!("made the account {} ({})", user.email, user.id);
        }
        Ok(())
    }
}

impl ResetPassword {
    fn run(self) -> Result<(), Failed> {
        let password = read_password()?;
        let email = Email::parse(&self.email).map_err(explained)?;
        password::check(&password, &[email.as_str()]).map_err(explained)?;
        let config = self.data.config()?;
        let password_hash = hash(&config, &password)?;
        let user = at_work(config, |world| async move { users::reset_password(&world, &email, password_hash).await })?;
        println!("{} has another password; every device is signed out within five seconds", user.email);
        if user.disabled_at.is_some() {
            println!("the account is still disabled: `hivesync admin unlock` enables it");
        }
        Ok(())
    }
}

impl Unlock {
    fn run(self) -> Result<(), Failed> {
        let email = Email::parse(&self.email).map_err(explained)?;
        let user = at_work(self.data.config()?, |world| async move { users::unlock(&world, &email).await })?;
        println!("{} may sign in again", user.email);
        Ok(())
    }
}

fn hash(config: &Config, password: &SecretString) -> Result<String, Failed> {
    let hasher = Hasher::new(config.auth.hash_cost()).map_err(|error| error.to_string())?;
    Ok(hasher.hash(password).map_err(|error| error.to_string())?)
}

/// Does something to an account, beside a running service or without one.
fn at_work<F, Fut>(config: Config, deed: F) -> Result<Model, Failed>
where
    F: FnOnce(World) -> Fut,
    Fut: Future<Output = Result<Model, Failure>> + Send + 'static,
{
    runtime::run(|work: Handle| async move {
        let world = app::open(config, work).await?;
        let worker = world.work.clone();
        worker.run(deed(world)).await?.map_err(explained)
    })
}

/// The words for a person at a terminal: which field, and what to do.
fn explained(failure: Failure) -> Failed {
    let Failure::Invalid(faults) = failure else { return failure.into() };
    let texts = faults.iter().map(|FieldFault { path, problem, .. }| format!("the {path} {problem}"));
    texts.collect::<Vec<_>>().join("; ").into()
}

/// One line, without its end.
fn read_password() -> Result<SecretString, Failed> {
    if io::stdin().is_terminal() {
        eprintln!("password (it is shown as you type; better to pipe it in):");
    }
    let mut text = String::new();
    io::stdin().take(4_096).read_to_string(&mut text)?;
    Ok(text.lines().next().unwrap_or_default().into())
}

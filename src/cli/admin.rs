//! `hivesync admin`: what an operator does at the machine itself, whether the service runs or not.

use std::io::{self, IsTerminal, Read};

use clap::{Args, Subcommand};
use secrecy::{ExposeSecret, SecretString};
use tokio::runtime::Handle;

use super::{DataDir, Failed, runtime};
use crate::{
    actors::gateways::accounts,
    app,
    config::Config,
    domain::{
        failure::{Failure, FieldFault},
        password,
        profile::{DisplayName, Email},
        setup,
    },
    entities::users::NewUser,
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
        let password_hash = password::hash(&password).map_err(|error| error.to_string())?;
        let user = NewUser { email, display_name: name, password_hash, is_admin: self.admin };
        let config = self.data.config()?;
        let user = runtime::run(|work| create(config, work, user))?;
        if self.json {
            println!("{}", serde_json::json!({ "id": user.id, "email": user.email, "is_admin": user.is_admin }));
        } else {
            println!("made the account {} ({})", user.email, user.id);
        }
        Ok(())
    }
}

async fn create(config: Config, work: Handle, user: NewUser) -> Result<crate::entities::users::Model, Failed> {
    let world = app::open(config, work).await?;
    let worker = world.work.clone();
    let made = worker.run(async move { accounts::create(&world, user, None).await });
    made.await?.map_err(explained)
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

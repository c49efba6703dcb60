//! An account and a project, from the setup token on.

use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::super::{
    api::Api,
    journey::Plan,
    record::{Problem, Step},
    wire::{Project, Tokens, User},
};

/// Who signs in.
#[derive(Clone)]
pub(crate) struct Credentials {
    pub(crate) email: &'static str,
    pub(crate) password: SecretString,
}

impl Credentials {
    /// An account of this one trial.
    pub(crate) fn new() -> Self {
        let parts: [u32; 3] = rand::random();
        let password = parts.map(|part| format!("{part:08x}")).join("-");
        Self { email: "me@try.example", password: password.into() }
    }
}

/// Answers the project's id.
pub(crate) async fn make(
    api: &mut Api,
    plan: &Plan,
    setup_token: &SecretString,
    step: &mut Step,
) -> Result<String, Problem> {
    let refused = api.get::<User>("/api/v1/auth/me", &[]).await;
    let is_refused = refused.as_ref().is_err_and(|error| error.is("UNAUTHENTICATED"));
    step.verify(is_refused, "strangers are refused", || "a stranger was let in".into())?;
    let user = register(api, &plan.account, setup_token).await?;
    step.verify(user.is_admin, "the setup token makes the first account", || "it does not administer".into())?;
    let me: User = api.get("/api/v1/auth/me", &[]).await?;
    step.verify(me.id == user.id, format!("signed in as {}", me.email), || format!("as {} instead", me.email))?;
    let project: Project = api.post("/api/v1/projects", &json!({ "name": plan.source.name })).await?;
    let empty = project.head_commit.is_none() && project.manifest_version.is_none();
    step.verify(empty, format!("made the project {:?}", plan.source.name), || "it is not empty".into())?;
    step.saw("project_id", project.id.as_str());
    Ok(project.id)
}

async fn register(api: &mut Api, account: &Credentials, setup_token: &SecretString) -> Result<User, Problem> {
    let (email, password) = (account.email, account.password.expose_secret());
    let new = json!({ "email": email, "password": password, "setup_token": setup_token.expose_secret() });
    let user = api.post("/api/v1/auth/register", &new).await?;
    let known = json!({ "email": email, "password": password });
    let tokens: Tokens = api.post("/api/v1/auth/login", &known).await?;
    api.sign_in(tokens.access_token);
    Ok(user)
}

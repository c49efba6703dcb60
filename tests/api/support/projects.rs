//! Projects and their synchronisations, as a client goes about them.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Client, Repo, wait_until};

/// A synchronisation in a test is over by then.
const SYNC_LIMIT: Duration = Duration::from_mins(1);

impl Client {
    /// A new project's id.
    pub(crate) async fn project(&self, name: &str) -> String {
        id(&self.post("/projects", json!({ "name": name })).await.expect(201)["id"])
    }

    /// Links a repository; answers with the id of the first synchronisation.
    pub(crate) async fn link(&self, project: &str, repo_url: &str) -> String {
        let path = format!("/projects/{project}/link-repo");
        id(&self.post(&path, json!({ "repo_url": repo_url })).await.expect(202)["sync_id"])
    }

    /// Asks for a synchronisation; answers with its id.
    pub(crate) async fn sync(&self, project: &str) -> String {
        id(&self.post_nothing(&format!("/projects/{project}/sync-repo")).await.expect(202)["sync_id"])
    }

    /// A synchronisation as it stands.
    pub(crate) async fn sync_state(&self, project: &str, sync: &str) -> Value {
        self.get(&format!("/projects/{project}/syncs/{sync}")).await.expect(200).json
    }

    /// Waits until a synchronisation has one of these states.
    pub(crate) async fn sync_until(&self, project: &str, sync: &str, states: &[&str]) -> Value {
        let mut last = Value::Null;
        let what = format!("sync {sync} is {states:?}");
        let reached = wait_until(&what, SYNC_LIMIT, async || {
            last = self.sync_state(project, sync).await;
            let ended = ["SUCCESS", "FAILED", "CANCELLED"].iter().any(|end| last["status"] == *end);
            let reached = states.iter().any(|state| last["status"] == *state);
            assert!(reached || !ended, "not {states:?}: {last:#}");
            reached.then(|| last.clone())
        });
        reached.await
    }

    /// Links a repository and waits until the mirror stands where it stands.
    pub(crate) async fn synced(&self, project: &str, repo: &Repo) -> Value {
        let sync = self.link(project, &repo.url()).await;
        self.sync_until(project, &sync, &["SUCCESS"]).await
    }

    /// Synchronises a linked project and waits for the success.
    pub(crate) async fn synced_again(&self, project: &str) -> Value {
        let sync = self.sync(project).await;
        self.sync_until(project, &sync, &["SUCCESS"]).await
    }
}

fn id(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no id: {value}")).to_owned()
}

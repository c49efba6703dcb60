//! Refactors, as a client goes about them.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Answer, Client, wait_until};

/// A refactor's work in a test is over by then.
/// The largest inputs take builds that do not optimise some seconds each, and other tests compute meanwhile.
const WORK_LIMIT: Duration = Duration::from_mins(3);
const AT_WORK: [&str; 4] = ["QUEUED", "RUNNING", "APPLYING", "REVERTING"];

impl Client {
    /// Asks for a rename of what stands at a place, as in `src/a.py:3:5`.
    pub(crate) async fn rename(&self, project: &str, place: &str, new_name: &str) -> Answer {
        let mut parts = place.rsplitn(3, ':');
        let (column, line) = (parts.next().unwrap(), parts.next().unwrap());
        let number = |text: &str| text.parse::<u32>().unwrap();
        let symbol = json!({ "path": parts.next().unwrap(), "line": number(line), "column": number(column) });
        self.post("/refactor/jobs", json!({ "project_id": project, "symbol": symbol, "new_name": new_name })).await
    }

    /// The same; answers with the refactor once it has one of these states.
    pub(crate) async fn renamed(&self, project: &str, place: &str, new_name: &str, state: &str) -> Value {
        let accepted = self.rename(project, place, new_name).await.expect(202);
        assert_eq!(accepted["status"], "QUEUED");
        let id = accepted["job_id"].as_str().unwrap().to_owned();
        assert_eq!(accepted.header("location"), format!("/api/v1/refactor/jobs/{id}"));
        self.refactor_until(&id, state).await
    }

    /// A refactor as it stands.
    pub(crate) async fn refactor(&self, id: &str) -> Value {
        self.get(&format!("/refactor/jobs/{id}")).await.expect(200).json
    }

    /// Waits until a refactor has this state.
    pub(crate) async fn refactor_until(&self, id: &str, state: &str) -> Value {
        let what = format!("refactor {id} is {state}");
        let reached = wait_until(&what, WORK_LIMIT, async || {
            let seen = self.refactor(id).await;
            let reached = seen["status"] == state;
            let works = AT_WORK.iter().any(|status| seen["status"] == *status);
            assert!(reached || works, "not {state}: {seen:#}");
            reached.then_some(seen)
        });
        reached.await
    }

    /// Applies all of a proposal and waits until it is the head.
    pub(crate) async fn applied(&self, id: &str) -> Value {
        self.post(&format!("/refactor/jobs/{id}/apply"), json!({ "edits": "all" })).await.expect(202);
        self.refactor_until(id, "APPLIED").await
    }

    /// Takes an applied one back and waits for it.
    pub(crate) async fn reverted(&self, id: &str) -> Value {
        self.post_nothing(&format!("/refactor/jobs/{id}/revert")).await.expect(202);
        self.refactor_until(id, "REVERTED").await
    }

    /// A file's text at the head.
    pub(crate) async fn file(&self, project: &str, path: &str) -> String {
        let answer = self.get(&format!("/projects/{project}/files/{path}")).await.expect(200);
        answer["content"].as_str().unwrap().to_owned()
    }
}

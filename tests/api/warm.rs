//! Engine children that stay for the next question about the same mirror, and that end when there is none.

use std::time::Duration;

use serde_json::json;

use super::{
    refactors::python,
    support::{Client, TestApp, kin::Relative, wait_until},
};

const SOON: Duration = Duration::from_secs(20);

fn engines(app: &TestApp) -> Vec<Relative> {
    app.children().into_iter().filter(Relative::is_engine).collect()
}

async fn look(client: &Client, project: &str) -> serde_json::Value {
    let path = format!("/projects/{project}/symbols/at?path=pkg/core.py&line=1&column=5");
    client.get(&path).await.expect(200).json
}

#[tokio::test]
async fn a_child_stays_for_the_next_question_about_its_mirror() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (project, repo) = python(&admin).await;
    let seen = look(&admin, &project).await;
    let stayed = engines(&app);
    assert_eq!(stayed.len(), 1, "{stayed:?}");

    let done = admin.renamed(&project, "pkg/core.py:1:5", "read", "SUCCESS").await;
    repo.write("more.py", "from pkg.core import load\n\nload('z')\n");
    repo.commit("more");
    admin.synced_again(&project).await;
    let again = admin.renamed(&project, "pkg/core.py:1:5", "read", "SUCCESS").await;

    assert_eq!((&done["counts"]["edits"], &again["counts"]["edits"]), (&json!(4), &json!(6)));
    assert_eq!(look(&admin, &project).await, seen);
    assert!(stayed.iter().all(Relative::runs), "{stayed:?}");
    assert_eq!(engines(&app).len(), 1);
}

#[tokio::test]
async fn a_child_that_died_while_it_waited_is_replaced() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (project, _repo) = python(&admin).await;
    let seen = look(&admin, &project).await;

    engines(&app).iter().for_each(Relative::kill);

    assert_eq!(look(&admin, &project).await, seen);
}

#[tokio::test]
async fn another_mirror_gets_another_child_and_no_more_stay_than_may() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (one, repo) = python(&admin).await;
    let other = admin.project("other").await;
    admin.synced(&other, &repo).await;
    look(&admin, &one).await;
    let first = engines(&app);

    look(&admin, &other).await;

    let gone = async || first.iter().all(|child| !child.runs()).then_some(());
    wait_until("the first child is gone", SOON, gone).await;
    assert_eq!(engines(&app).len(), 1);
}

#[tokio::test]
async fn a_child_that_nobody_asks_ends() {
    let app = TestApp::with(&[("HIVESYNC_REFACTOR__WARM_S", "1")]).await;
    let admin = app.admin().await;
    let (project, _repo) = python(&admin).await;
    look(&admin, &project).await;

    let gone = async || engines(&app).is_empty().then_some(());
    wait_until("the child is gone", SOON, gone).await;

    look(&admin, &project).await;
}

#[tokio::test]
async fn no_child_stays_where_none_may() {
    let app = TestApp::with(&[("HIVESYNC_REFACTOR__WARM", "0")]).await;
    let admin = app.admin().await;
    let (project, _repo) = python(&admin).await;

    look(&admin, &project).await;

    assert!(engines(&app).is_empty());
}

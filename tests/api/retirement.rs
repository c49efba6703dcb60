//! What a deleted project leaves behind, when whoever deleted it did not live to clean up.

use std::{
    fs::{self, File},
    path::PathBuf,
    time::{Duration, SystemTime},
};

use super::support::{Repo, TestApp, wait_until};

const SOON: Duration = Duration::from_secs(20);

/// Everything below `mirrors/`.
fn mirrors(app: &TestApp) -> Vec<PathBuf> {
    let folder = fs::read_dir(app.program().data_dir().join("mirrors")).into_iter().flatten().flatten();
    folder.map(|entry| entry.path()).collect()
}

/// As if everything below `mirrors/` had last been touched an hour ago.
fn age(app: &TestApp) {
    for path in mirrors(app) {
        let long_ago = SystemTime::now() - Duration::from_hours(1);
        File::open(path).unwrap().set_modified(long_ago).unwrap();
    }
}

#[tokio::test]
async fn a_service_killed_between_a_projects_rows_and_its_files_removes_them_after_its_start() {
    let mut app = TestApp::with(&[("FAILPOINTS", "project-deleted=pause")]).await;
    let admin = app.admin().await;
    let repo = Repo::of(&[("a.rs", "fn main() {}\n")]);
    let (gone, kept) = (admin.project("gone").await, admin.project("kept").await);
    admin.synced(&gone, &repo).await;
    admin.synced(&kept, &repo).await;
    let stranger = app.program().data_dir().join("mirrors/README");
    fs::write(&stranger, "not the service's\n").unwrap();
    let path = format!("/projects/{gone}");
    tokio::select! {
        _ = admin.delete(&path) => panic!("it was not stopped"),
        () = wait_until("the rows are gone", SOON, async || {
            app.rows("SELECT name FROM projects WHERE name = 'gone'").await.is_empty().then_some(())
        }) => {}
    }
    let of_gone = |app: &TestApp| mirrors(app).iter().filter(|path| path.display().to_string().contains(&gone)).count();

    app.kill().await;
    assert!(of_gone(&app) >= 3, "repository, cache and lock: {:?}", mirrors(&app));
    fs::create_dir(app.program().data_dir().join(format!("mirrors/{gone}.scratch"))).unwrap();
    app.restart_with("FAILPOINTS", "").await;
    admin.synced_again(&kept).await;
    assert!(of_gone(&app) >= 3, "what was touched a moment ago may belong to a row that is not committed yet");
    age(&app);
    app.restart().await;

    wait_until("nothing of the deleted project is left", SOON, async || (of_gone(&app) == 0).then_some(())).await;
    admin.get(&format!("/projects/{kept}/files/a.rs")).await.expect(200);
    admin.synced_again(&kept).await;
    assert!(stranger.exists());
}

#[tokio::test]
async fn a_project_deleted_while_its_manifest_is_published_leaves_nothing_behind() {
    let app = TestApp::with(&[("FAILPOINTS", "publish=sleep(3000)")]).await;
    let admin = app.admin().await;
    let repo = Repo::of(&[("a.rs", "fn main() {}\n")]);
    let id = admin.project("p").await;
    admin.link(&id, &repo.url()).await;
    wait_until("it is about to be published", SOON, async || app.log().contains("come to a breakpoint").then_some(()))
        .await;

    admin.delete(&format!("/projects/{id}")).await.expect(204);

    wait_until("nothing is left", SOON, async || {
        let left = mirrors(&app).into_iter().filter(|path| path.extension().is_none_or(|it| it != "lock")).count();
        (left == 0 && app.workers().is_empty()).then_some(())
    })
    .await;
    for table in ["jobs", "repo_syncs", "project_manifests", "mirror_owners"] {
        assert!(app.rows(&format!("SELECT * FROM {table}")).await.is_empty(), "{table}");
    }
    let next = admin.project("next").await;
    admin.synced(&next, &repo).await;
}

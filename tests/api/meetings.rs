//! Requests that meet: each gets an answer that fits some order of them, and nothing is left between two states.

use futures::future::{join, join_all};
use serde_json::{Value, json};

use super::support::{Repo, TestApp};

const ROUNDS: usize = 12;

#[tokio::test]
async fn a_project_deleted_while_it_is_synchronised_leaves_nothing_that_holds_up_others() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (repo, kept) = (Repo::of(&[("a.txt", "a\n")]), admin.project("kept").await);
    admin.synced(&kept, &repo).await;
    for round in 0..ROUNDS {
        let id = admin.project(&format!("p{round}")).await;
        admin.synced(&id, &repo).await;
        let (project, sync) = (format!("/projects/{id}"), format!("/projects/{id}/sync-repo"));
        let asked = join_all((0..3).map(|_| admin.post(&sync, json!({ "force": true }))));
        let (deleted, asked) = join(admin.delete(&project), asked).await;
        deleted.expect(204);
        for answer in asked {
            // 503: the mirror's actor went while it was asked how far the synchronisation is.
            assert!([202, 404, 503].contains(&answer.status.as_u16()), "{answer:?}");
        }
        admin.get(&project).await.refused(404, "PROJECT_NOT_FOUND");
    }
    let orphans = "SELECT id FROM jobs WHERE tenant NOT IN (SELECT id FROM projects)";
    assert_eq!(app.rows(orphans).await, Vec::<Value>::new());
    admin.synced_again(&kept).await;
}

#[tokio::test]
async fn a_project_deleted_while_its_synchronisation_is_published_is_gone() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let repo = Repo::of(&[("a.txt", "a\n")]);
    for round in 0..ROUNDS {
        let id = admin.project(&format!("p{round}")).await;
        let linked =
            admin.post(&format!("/projects/{id}/link-repo"), json!({ "repo_url": repo.url() })).await.expect(202);
        let sync = format!("/projects/{id}/syncs/{}", linked["sync_id"].as_str().unwrap());
        // Anywhere between the fetch and the last row.
        loop {
            let sync = admin.get(&sync).await.expect(200);
            if sync["status"] == "SUCCESS"
                || ["updating_files", "finalizing"].contains(&sync["stage"].as_str().unwrap())
            {
                break;
            }
        }
        admin.delete(&format!("/projects/{id}")).await.expect(204);
    }
}

#[tokio::test]
async fn a_synchronisation_that_is_cancelled_while_it_ends_did_one_of_the_two() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (id, repo) = (admin.project("p").await, Repo::of(&[("a.txt", "a\n")]));
    admin.synced(&id, &repo).await;
    for _ in 0..ROUNDS {
        let path = format!("/projects/{id}/sync-repo");
        let sync = admin.post(&path, json!({ "force": true })).await.expect(202)["sync_id"].clone();
        let one = format!("/projects/{id}/syncs/{}", sync.as_str().unwrap());
        let cancel = format!("{one}/cancel");
        while admin.get(&one).await.expect(200)["finished_at"].is_null() {
            let answer = admin.post_nothing(&cancel).await;
            assert!([200, 409].contains(&answer.status.as_u16()), "{answer:?}");
        }
    }
    let torn = "SELECT s.id FROM repo_syncs s JOIN jobs j ON j.subject = s.id \
        WHERE (s.status = 'CANCELLED') <> (j.state = 'cancelled') OR (s.status = 'CANCELLED' AND s.commit_after IS NOT NULL)";
    assert_eq!(app.rows(torn).await, Vec::<Value>::new());
}

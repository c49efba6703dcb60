//! Random kills, again and again, with a checker: nothing that was acknowledged is lost, nothing is done twice, nothing
//! is left behind. `scripts/soak` does the same for longer.

use std::{
    collections::BTreeMap,
    env, fs,
    time::{Duration, Instant},
};

use rand::{Rng, RngExt, SeedableRng, rngs::StdRng};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::sleep_until;

use super::support::{Client, Repo, TestApp, wait_until};

const ROUNDS: u32 = 20;
const PROJECTS: usize = 3;
/// The lease of a dead instance, and the longest delay between attempts, with some time for a slow machine.
const SETTLED: Duration = Duration::from_mins(3);
const SOON: Duration = Duration::from_secs(30);

/// A project, what its owner was promised, and what was seen of it.
struct Watched {
    id: String,
    repo: Repo,
    commits: u32,
    acknowledged: Vec<String>,
    version: i64,
}

impl Watched {
    async fn new(admin: &Client, number: usize) -> Self {
        let repo = Repo::of(&[("a.rs", "fn main() {}\n")]);
        let id = admin.project(&format!("p{number}")).await;
        let sync = admin.link(&id, &repo.url()).await;
        Self { id, repo, commits: 1, acknowledged: vec![sync], version: 0 }
    }

    /// Something changes at the remote, and a sync is asked for; one that was answered must come to an end.
    async fn changes(&mut self, client: &Client, random: &mut impl Rng) {
        self.commits += 1;
        self.repo.write(format!("f{}.rs", random.random_range(0..20)), format!("fn f{}() {{}}\n", self.commits));
        self.repo.commit("more");
        let path = format!("/projects/{}/sync-repo", self.id);
        let request = client.request(Method::POST, &path).timeout(Duration::from_secs(5)).send();
        if let Ok(answer) = request.await
            && answer.status() == 202
            && let Ok(accepted) = answer.json::<Value>().await
        {
            self.acknowledged.push(accepted["sync_id"].as_str().expect("an id").to_owned());
        }
    }

    /// What can be seen at any moment: versions grow one by one, and never fall.
    async fn check_versions(&mut self, app: &TestApp) {
        let id = self.id.replace('-', "");
        let sql = "SELECT lower(hex(project_id)) AS project, version FROM project_manifests ORDER BY version";
        let sql = if app.is_embedded() { sql } else { &sql.replace("lower(hex(project_id))", "project_id::text") };
        let rows = app.rows(sql).await;
        let own = rows.iter().filter(|row| row["project"].as_str().unwrap().replace('-', "") == id);
        let versions: Vec<_> = own.map(|row| row["version"].as_i64().unwrap()).collect();
        assert_eq!(versions, (1..=versions.len()).map(|it| i64::try_from(it).unwrap()).collect::<Vec<_>>());
        let newest = versions.last().copied().unwrap_or(0);
        assert!(newest >= self.version, "version {} was seen, now it is {newest}", self.version);
        self.version = newest;
    }
}

fn number(name: &str) -> Option<u64> {
    env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

/// At most one job of a mirror runs, whoever says so.
async fn check_running(app: &TestApp) {
    let twice = "SELECT key FROM jobs WHERE state = 'running' GROUP BY key HAVING count(*) > 1";
    assert_eq!(app.rows(twice).await, [] as [Value; 0]);
}

/// One life of the service: changes, syncs, and the end at a random moment.
async fn live_and_die(app: &mut TestApp, client: &Client, projects: &mut [Watched], random: &mut StdRng) {
    let end = Instant::now() + Duration::from_millis(random.random_range(50..2_500));
    let work = async {
        loop {
            let chosen = random.random_range(0..projects.len());
            projects[chosen].changes(client, random).await;
        }
    };
    tokio::select! {
        () = work => {}
        () = sleep_until(end.into()) => {}
    }
    app.kill().await;
    check_running(app).await;
    for project in projects {
        project.check_versions(app).await;
    }
    app.restart().await;
}

#[tokio::test]
async fn a_service_that_is_killed_again_and_again_loses_nothing_and_leaves_nothing_behind() {
    let rounds = number("HIVESYNC_SOAK_ROUNDS").map_or(ROUNDS, |rounds| u32::try_from(rounds).unwrap());
    let seed = number("HIVESYNC_SOAK_SEED").unwrap_or(1);
    eprintln!("{rounds} rounds with HIVESYNC_SOAK_SEED={seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let mut app = TestApp::start().await;
    let admin = app.admin().await;
    let mut projects = Vec::new();
    for number in 0..PROJECTS {
        projects.push(Watched::new(&admin, number).await);
    }

    for _ in 0..rounds {
        live_and_die(&mut app, &admin, &mut projects, &mut random).await;
    }

    let admin = app.admin().await;
    let ends = settle(&admin, &projects).await;
    eprintln!("{} syncs were acknowledged: {ends:?}", projects.iter().map(|it| it.acknowledged.len()).sum::<usize>());
    for project in &mut projects {
        project.check_versions(&app).await;
        admin.synced_again(&project.id).await;
        is_like_a_fresh_one(&admin, project).await;
    }
    check_running(&app).await;
    wait_until("no process is left", SOON, async || app.workers().is_empty().then_some(())).await;
    assert_eq!(leftovers(&app), [] as [String; 0]);
}

/// Waits until every sync that was acknowledged has ended; answers with how many ended how.
async fn settle(client: &Client, projects: &[Watched]) -> BTreeMap<String, usize> {
    let mut ends = BTreeMap::new();
    for project in projects {
        for sync in &project.acknowledged {
            let what = format!("sync {sync} has ended");
            let ended = wait_until(&what, SETTLED, async || {
                let state = client.sync_state(&project.id, sync).await;
                ["SUCCESS", "FAILED", "CANCELLED"].iter().any(|end| state["status"] == *end).then_some(state)
            });
            let ended = ended.await;
            // Three workers died over it, as the contract says; any other failure is the service's.
            let given_up = ended["status"] == "FAILED" && ended["error"] == "WORKER_CRASHED";
            assert!(ended["status"] == "SUCCESS" || given_up, "{ended:#}");
            *ends.entry(ended["status"].as_str().unwrap().to_owned()).or_default() += 1;
        }
    }
    ends
}

/// A project of the same repository, mirrored in one go, has the same manifest.
async fn is_like_a_fresh_one(client: &Client, project: &Watched) {
    let fresh = client.project("fresh").await;
    client.synced(&fresh, &project.repo).await;
    let manifest = async |id: &str| client.get(&format!("/projects/{id}/manifest?fields=files")).await.expect(200).json;
    let (made, expected) = (manifest(&project.id).await, manifest(&fresh).await);
    assert_eq!(made["commit"], project.repo.head());
    assert_eq!(made["manifest_digest"], expected["manifest_digest"]);
    assert_eq!(made["version"], json!(project.version.max(made["version"].as_i64().unwrap())));
}

/// What a sync keeps on the disk only while it runs.
fn leftovers(app: &TestApp) -> Vec<String> {
    let mirrors = app.program().data_dir().join("mirrors");
    let entries = fs::read_dir(mirrors).unwrap().map(|entry| entry.unwrap().path());
    let left = entries.filter(|path| path.extension().is_some_and(|it| it == "scratch") || path.join("out").exists());
    left.map(|path| path.display().to_string()).collect()
}

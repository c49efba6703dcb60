//! A running service with a folder and a database of its own.

use std::{path::PathBuf, process::ExitStatus, sync::Arc, thread, time::Duration};

use reqwest::Url;
use rustix::process::Signal;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use super::{
    Client,
    client::{Address, Secrets},
    database::{Database, OtherWriter},
    process::Process,
    program::{Program, Ran},
};

/// The service's master keys, so that a test can forge tokens.
pub(crate) const KEYS: &str = "t1:4be7150f0a9d3c62f8871e5b9c24d06a73d9518e2fc640ab95f1387d6e02c4b1";
/// Everybody's password.
pub(crate) const PASSWORD: &str = "orchid-tram-velvet-9";

const STOP_LIMIT: Duration = Duration::from_secs(30);
const LOG_TAIL: usize = 25;

/// What tests want unless they say otherwise.
const SETTINGS: [(&str, &str); 9] = [
    ("HIVESYNC_SECRETS__KEYS", KEYS),
    ("HIVESYNC_GIT__PROTOCOLS", "https,ssh,file,git,http"),
    ("HIVESYNC_GIT__ALLOW_PRIVATE_HOSTS", "true"),
    ("HIVESYNC_LIMITS__SYNC_INTERVAL_S", "0"),
    ("HIVESYNC_DATABASE__MAX_CONNECTIONS", "8"),
    // All of a test's people share one address, and none of them waits.
    ("HIVESYNC_LIMITS__AUTH_PER_MINUTE", "100000"),
    ("HIVESYNC_LIMITS__READ_PER_MINUTE", "1000000"),
    ("HIVESYNC_LIMITS__WRITE_PER_MINUTE", "1000000"),
    ("HIVESYNC_LIMITS__SYNC_PER_MINUTE", "100000"),
];

/// A service. Dropped, it is stopped, and must have gone well: exit code 0, no panic and no secret in its log, no job
/// left running.
pub(crate) struct TestApp {
    process: Option<Process>,
    // Before the folder and after the process: fields are dropped in this order.
    database: Database,
    address: Address,
    secrets: Secrets,
    has_admin: OnceCell<()>,
    lives: u32,
    panics_expected: bool,
    program: Program,
    _folder: TempDir,
}

impl TestApp {
    /// A service with the usual settings.
    pub(crate) async fn start() -> Self {
        Self::with(&[]).await
    }

    /// A service with these variables in its environment besides the usual ones. `FAILPOINTS` is one of them.
    pub(crate) async fn with(variables: &[(&str, &str)]) -> Self {
        Self::on(None, variables).await
    }

    /// A service whose rows are on this server of `PostgreSQL`, whatever database other tests use.
    pub(crate) async fn on_server(server: &Url, variables: &[(&str, &str)]) -> Self {
        Self::on(Some(server), variables).await
    }

    async fn on(server: Option<&Url>, variables: &[(&str, &str)]) -> Self {
        let breaks = variables.iter().any(|(name, _)| *name == "FAILPOINTS");
        assert!(!breaks || cfg!(feature = "failpoints"), "run this test with `--features failpoints`");
        let folder = TempDir::new().expect("a temporary folder");
        let mut program = Program::at(folder.path());
        for (name, value) in SETTINGS.into_iter().chain(variables.iter().copied()) {
            program = program.with(name, value);
        }
        let database = match server {
            Some(server) => Database::on_server(server.clone(), folder.path()).await,
            None => Database::new(&program.data_dir(), folder.path()).await,
        };
        if let Some(url) = database.url() {
            program = program.with("HIVESYNC_DATABASE__URL", &url);
        }
        let mut app = Self {
            process: None,
            database,
            address: Address::default(),
            secrets: Secrets::default(),
            has_admin: OnceCell::new(),
            lives: 0,
            panics_expected: false,
            program,
            _folder: folder,
        };
        app.serve().await;
        app
    }

    async fn serve(&mut self) {
        self.lives += 1;
        let process = self.process.insert(Process::serve(&self.program, self.lives));
        let address = process.address().await;
        *self.address.lock().expect("nobody panicked over it") = address;
    }

    fn running(&self) -> &Process {
        self.process.as_ref().expect("the service runs")
    }

    /// Somebody who has not signed in.
    pub(crate) fn anonymous(&self) -> Client {
        Client::new(Arc::clone(&self.address), Arc::clone(&self.secrets))
    }

    /// The administrator `admin@example.org`, who is the first account, signed in on one more device.
    pub(crate) async fn admin(&self) -> Client {
        self.has_admin.get_or_init(|| self.register_admin()).await;
        self.anonymous().sign_in("admin@example.org", PASSWORD).await
    }

    async fn register_admin(&self) {
        let token = self.setup_token().await;
        let account = json!({ "email": "admin@example.org", "password": PASSWORD, "setup_token": token });
        self.anonymous().post("/auth/register", account).await.expect(201);
    }

    /// A new person, `name@example.org`, signed in. The administrator exists before.
    pub(crate) async fn user(&self, name: &str) -> Client {
        self.has_admin.get_or_init(|| self.register_admin()).await;
        let email = format!("{name}@example.org");
        let made = self.run_with(&["admin", "create-user", "--email", &email, "--password-stdin"], PASSWORD).await;
        made.succeeded();
        self.anonymous().sign_in(&email, PASSWORD).await
    }

    /// What the first account needs, as the service printed it.
    pub(crate) async fn setup_token(&self) -> String {
        self.running().setup_token().await
    }

    /// Runs another command of the program with the same settings.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Ran {
        self.program.run(arguments).await
    }

    /// The same with something on its standard input.
    pub(crate) async fn run_with(&self, arguments: &[&str], input: &str) -> Ran {
        self.program.run_with(arguments, input).await
    }

    /// The command with its settings, for what `run` cannot do.
    pub(crate) fn program(&self) -> &Program {
        &self.program
    }

    /// Where the service keeps its files.
    pub(crate) fn data_dir(&self) -> PathBuf {
        self.program.data_dir()
    }

    /// The rows that `sql` finds in the service's database.
    pub(crate) async fn rows(&self, sql: &str) -> Vec<Value> {
        self.database.rows(sql).await
    }

    /// Whether its rows are in a file of its own.
    pub(crate) fn is_embedded(&self) -> bool {
        self.database.url().is_none()
    }

    /// Somebody else who writes to the embedded database and does not end; `None` where it is not embedded.
    pub(crate) async fn other_writer(&self) -> Option<OtherWriter> {
        self.database.other_writer().await
    }

    /// Changes rows behind the service's back, as time or another instance does; answers with how many.
    pub(crate) async fn alter(&self, sql: &str) -> u64 {
        self.database.alter(sql).await
    }

    /// What the present process logged so far.
    pub(crate) fn log(&self) -> String {
        self.running().log()
    }

    pub(crate) fn pid(&self) -> i32 {
        self.running().pid().as_raw_nonzero().get()
    }

    /// From now on panics in the log are what the test wants.
    pub(crate) fn expects_panics(&mut self) {
        self.panics_expected = true;
    }

    /// Sends a signal and does not wait.
    pub(crate) fn signal(&self, signal: Signal) {
        self.running().signal(signal);
    }

    /// Stops the service as an operator does; it must end in time and with exit code 0.
    pub(crate) async fn terminate(&mut self) {
        let process = self.process.take().expect("the service runs");
        process.stop();
        let status = process.ends(STOP_LIMIT).await;
        self.judge(&process, status);
    }

    /// Stops the service as a power cut does.
    pub(crate) async fn kill(&mut self) {
        let process = self.process.take().expect("the service runs");
        process.signal(Signal::KILL);
        process.ends(STOP_LIMIT).await.expect("nothing survives this signal");
    }

    /// Waits until the service has ended, however it does.
    pub(crate) async fn ends(&mut self) -> ExitStatus {
        let process = self.process.take().expect("the service runs");
        process.ends(STOP_LIMIT).await.expect("the service ends in time")
    }

    /// Starts the service again, with the same data and settings; one that still runs is stopped first.
    pub(crate) async fn restart(&mut self) {
        if self.process.is_some() {
            self.terminate().await;
        }
        self.serve().await;
    }

    /// Starts the service again with one setting changed.
    pub(crate) async fn restart_with(&mut self, name: &str, value: &str) {
        self.program = self.program.clone().with(name, value);
        self.restart().await;
    }

    #[track_caller]
    fn judge(&self, process: &Process, status: Option<ExitStatus>) {
        let log = process.log();
        let code = status.map(|status| status.code());
        assert_eq!(code, Some(Some(0)), "the service did not stop well: {status:?}\n{}", tail(&log));
        let panicked = log.lines().find(|line| is_panic(line));
        assert!(self.panics_expected || panicked.is_none(), "the service panicked: {}", panicked.unwrap_or_default());
        self.judge_log(&log);
    }

    /// What was sent to the service, or by it, in confidence stands in no line of its log; nor does its key.
    #[track_caller]
    fn judge_log(&self, log: &str) {
        let key = KEYS.split_once(':').map_or(KEYS, |(_, digits)| digits);
        let secrets = self.secrets.lock().expect("nobody panicked over it");
        for secret in secrets.iter().map(String::as_str).chain([key]) {
            let told = log.lines().find(|line| line.contains(secret));
            assert!(told.is_none(), "{secret:?} is in the log: {}", told.unwrap_or_default());
        }
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        let Some(process) = self.process.take() else { return };
        if thread::panicking() {
            eprintln!("the service's log ends with:\n{}", tail(&process.log()));
            return;
        }
        process.stop();
        let status = process.ended(STOP_LIMIT);
        self.judge(&process, status);
        let running = self.database.rows_now("SELECT id, attempt, error FROM jobs WHERE state = 'running'");
        assert!(running.is_empty(), "jobs are left running: {running:?}");
    }
}

fn is_panic(line: &str) -> bool {
    let line: Value = serde_json::from_str(line).unwrap_or_default();
    line["message"] == "panic"
}

fn tail(log: &str) -> String {
    let lines: Vec<_> = log.lines().collect();
    lines[lines.len().saturating_sub(LOG_TAIL)..].join("\n")
}

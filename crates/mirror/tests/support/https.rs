//! A real `git http-backend` behind TLS with basic authentication, on a free port of this machine: one thread a
//! connection, one request a connection, a certificate of an authority of its own.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    dead_code,
    missing_docs,
    unreachable_pub,
    reason = "a test that cannot go on should stop, starts real servers, and uses only some of this"
)]

use std::{
    collections::BTreeMap,
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Arc, Mutex, MutexGuard, atomic::AtomicBool, atomic::Ordering},
    thread::{self, JoinHandle},
    time::Duration,
};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
};
use tempfile::TempDir;

/// Names that the certificate is for, besides 127.0.0.1.
const NAMES: [&str; 2] = ["localhost", "git.example.test"];

/// Longest line of a request, in bytes.
const MAX_LINE: u64 = 16 << 10;

type Stream = BufReader<StreamOwned<ServerConnection, TcpStream>>;

/// The server. Stopped when dropped; connections under way end by themselves.
pub struct HttpsRemote {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
    dir: TempDir,
}

#[derive(Default)]
struct Shared {
    /// Below it are the repositories.
    root: PathBuf,
    rules: Mutex<Rules>,
    requests: Mutex<Vec<Request>>,
    connections: Mutex<usize>,
    stopped: AtomicBool,
}

#[derive(Default)]
struct Rules {
    /// What opens it; none is open to all.
    login: Option<(String, String)>,
    /// Paths, and where they redirect to.
    redirects: BTreeMap<String, String>,
    /// Whether answers wait.
    held: bool,
    /// Whether whoever gets in may only read.
    read_only: bool,
}

/// A request as it came.
#[derive(Debug, Clone, Default)]
pub struct Request {
    pub method: String,
    /// Without the query.
    pub path: String,
    pub query: String,
    pub headers: BTreeMap<String, String>,
}

impl HttpsRemote {
    /// Serves the repositories below `root` to everybody.
    pub fn serving(root: &Path) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let tls = Arc::new(identity(dir.path()));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared { root: root.to_owned(), ..Shared::default() });
        let accepting = Some(thread::spawn({
            let shared = Arc::clone(&shared);
            move || accept(&listener, &tls, &shared)
        }));
        Self { address, shared, accepting, dir }
    }

    /// Asks for this user name and token from now on.
    pub fn require(&self, username: &str, token: &str) {
        self.rules().login = Some((username.into(), token.into()));
    }

    /// Lets nobody write from now on.
    pub fn make_read_only(&self) {
        self.rules().read_only = true;
    }

    /// Answers what is at this path, as in `/p`, and below it with a redirect to another address.
    pub fn redirect(&self, path: &str, to: impl Into<String>) {
        self.rules().redirects.insert(path.into(), to.into());
    }

    /// Holds every answer up until the answer is dropped.
    pub fn hold(&self) -> Hold<'_> {
        self.rules().held = true;
        Hold(self)
    }

    /// The address of a repository below the root.
    pub fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.origin())
    }

    pub fn origin(&self) -> String {
        format!("https://127.0.0.1:{}", self.port())
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The certificate of the authority that vouches for it.
    pub fn ca_file(&self) -> PathBuf {
        self.dir.path().join("ca.pem")
    }

    /// The requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.requests.lock().unwrap().clone()
    }

    /// How many connections were made, also those that asked for nothing.
    pub fn connections(&self) -> usize {
        *self.shared.connections.lock().unwrap()
    }

    fn rules(&self) -> MutexGuard<'_, Rules> {
        self.shared.rules.lock().unwrap()
    }
}

impl Drop for HttpsRemote {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        self.rules().held = false;
        // Wakes the thread that waits for the next one.
        let _ = TcpStream::connect(self.address);
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
    }
}

/// Answers wait while this lives.
pub struct Hold<'a>(&'a HttpsRemote);

impl Drop for Hold<'_> {
    fn drop(&mut self) {
        self.0.rules().held = false;
    }
}

/// Makes an authority, writes its certificate, and has it vouch for the server.
fn identity(dir: &Path) -> ServerConfig {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.distinguished_name.push(DnType::CommonName, "tests of a mirror");
    let authority_key = KeyPair::generate().unwrap();
    let certificate = authority.self_signed(&authority_key).unwrap();
    std::fs::write(dir.join("ca.pem"), certificate.pem()).unwrap();

    let key = KeyPair::generate().unwrap();
    let names = NAMES.iter().copied().chain(["127.0.0.1"]).map(String::from);
    let server = CertificateParams::new(names.collect::<Vec<_>>()).unwrap();
    let server = server.signed_by(&key, &Issuer::new(authority, authority_key)).unwrap();
    let chain = vec![CertificateDer::from(server.der().to_vec())];
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    config.with_no_client_auth().with_single_cert(chain, key).unwrap()
}

fn accept(listener: &TcpListener, tls: &Arc<ServerConfig>, shared: &Arc<Shared>) {
    for stream in listener.incoming().flatten() {
        if shared.stopped.load(Ordering::SeqCst) {
            return;
        }
        *shared.connections.lock().unwrap() += 1;
        let (tls, shared) = (Arc::clone(tls), Arc::clone(shared));
        // A client that breaks off is its own affair.
        thread::spawn(move || drop(serve(stream, tls, &shared)));
    }
}

fn serve(stream: TcpStream, tls: Arc<ServerConfig>, shared: &Shared) -> io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_mins(1)))?;
    let connection = ServerConnection::new(tls).map_err(io::Error::other)?;
    let mut stream = BufReader::new(StreamOwned::new(connection, stream));
    let request = Request::read(&mut stream)?;
    let body = request.body(&mut stream)?;
    shared.requests.lock().unwrap().push(request.clone());
    while shared.rules.lock().unwrap().held {
        thread::park_timeout(Duration::from_millis(5));
    }
    let refusal = shared.rules.lock().unwrap().refusal(&request);
    match refusal {
        Some(refusal) => stream.get_mut().write_all(refusal.as_bytes())?,
        None => run_git(&shared.root, &request, &body, stream.get_mut())?,
    }
    let stream = stream.get_mut();
    stream.conn.send_close_notify();
    stream.flush()
}

impl Rules {
    /// What is answered without asking Git.
    fn refusal(&self, request: &Request) -> Option<String> {
        let is_below = |path: &str| request.path.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'));
        if let Some((path, to)) = self.redirects.iter().find(|(path, _)| is_below(path)) {
            let rest = request.path.strip_prefix(path.as_str()).unwrap();
            let query = &request.query;
            return Some(answer("301 Moved Permanently", &format!("Location: {to}{rest}?{query}\r\n")));
        }
        if self.read_only && (request.query.contains("receive-pack") || request.path.ends_with("receive-pack")) {
            return Some(answer("403 Forbidden", ""));
        }
        let (username, token) = self.login.as_ref()?;
        let wanted = format!("Basic {}", base64(format!("{username}:{token}").as_bytes()));
        if request.headers.get("authorization") == Some(&wanted) {
            return None;
        }
        Some(answer("401 Unauthorized", "WWW-Authenticate: Basic realm=\"tests\"\r\n"))
    }
}

fn answer(status: &str, headers: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: 0\r\nConnection: close\r\n\r\n")
}

impl Request {
    fn read(stream: &mut Stream) -> io::Result<Self> {
        let first = line(stream)?;
        let mut words = first.split(' ').map(str::to_owned);
        let method = words.next().unwrap_or_default();
        let target = words.next().unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let mut request = Self { method, path: path.into(), query: query.into(), headers: BTreeMap::new() };
        loop {
            let header = line(stream)?;
            match header.split_once(':') {
                Some((name, value)) => request.headers.insert(name.to_ascii_lowercase(), value.trim().to_owned()),
                None => return Ok(request),
            };
        }
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// The whole body: of a known length, in chunks (RFC 9112), or none.
    fn body(&self, stream: &mut Stream) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        if self.header("expect").eq_ignore_ascii_case("100-continue") {
            stream.get_mut().write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        if !self.header("transfer-encoding").eq_ignore_ascii_case("chunked") {
            let length = self.header("content-length").parse().unwrap_or(0);
            stream.take(length).read_to_end(&mut body)?;
            return Ok(body);
        }
        loop {
            let length = u64::from_str_radix(line(stream)?.trim(), 16).map_err(io::Error::other)?;
            stream.take(length).read_to_end(&mut body)?;
            line(stream)?;
            if length == 0 {
                return Ok(body);
            }
        }
    }
}

fn line(stream: &mut Stream) -> io::Result<String> {
    let mut line = String::new();
    if stream.take(MAX_LINE).read_line(&mut line)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(line.trim_end().to_owned())
}

/// Runs the CGI program (RFC 3875, git-http-backend(1)) and passes its answer on as it comes.
fn run_git(root: &Path, request: &Request, body: &[u8], stream: &mut impl Write) -> io::Result<()> {
    let mut git = Command::new("git");
    git.arg("http-backend").env_clear().env("PATH", std::env::var_os("PATH").unwrap());
    git.env("GIT_PROJECT_ROOT", root).env("GIT_HTTP_EXPORT_ALL", "1");
    git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    git.env("REQUEST_METHOD", &request.method).env("PATH_INFO", &request.path).env("QUERY_STRING", &request.query);
    git.env("CONTENT_TYPE", request.header("content-type")).env("CONTENT_LENGTH", body.len().to_string());
    git.env("HTTP_CONTENT_ENCODING", request.header("content-encoding"));
    git.env("GIT_PROTOCOL", request.header("git-protocol"));
    let mut child = git.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let mut stdin = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let passed = thread::scope(|scope| {
        scope.spawn(move || drop(stdin.write_all(body)));
        pass_on(&mut output, stream)
    });
    let _ = child.kill();
    child.wait()?;
    passed
}

fn pass_on(output: &mut impl BufRead, stream: &mut impl Write) -> io::Result<()> {
    let (mut status, mut headers) = ("200 OK".to_owned(), Vec::new());
    loop {
        let mut line = String::new();
        output.read_line(&mut line)?;
        match line.trim_end().split_once(": ") {
            Some(("Status", value)) => value.clone_into(&mut status),
            Some((name, value)) => headers.push(format!("{name}: {value}\r\n")),
            None => break,
        }
    }
    // Without a length: it ends with the connection.
    write!(stream, "HTTP/1.1 {status}\r\n{}Connection: close\r\n\r\n", headers.concat())?;
    io::copy(output, stream)?;
    Ok(())
}

/// RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        for place in 0..4 {
            let digit = bits >> (18 - 6 * place) & 63;
            text.push(if place > group.len() { '=' } else { ALPHABET[digit as usize] as char });
        }
    }
    text
}

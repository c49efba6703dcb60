//! Remotes that answer by a script, byte by byte, over Git's own protocol (gitprotocol-pack(5)) or over HTTP.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::Duration,
};

use mirror::RemoteUrl;

use super::policy;

/// The commit that every script claims to have.
pub const CLAIMED: &str = "1111111111111111111111111111111111111111";

/// A remote that gives each who connects to the same script, until it is dropped.
pub struct Served {
    port: u16,
    /// Scripts that want to go on silent wait for its end.
    _open: mpsc::Sender<()>,
}

/// One side of a talk.
pub struct Talk {
    stream: TcpStream,
}

impl Served {
    /// Runs `script` for every connection, on threads of its own. The connection ends with it.
    pub fn by(script: impl Fn(&mut Talk) + Clone + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (open, ended) = mpsc::channel();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if ended.try_recv() == Err(mpsc::TryRecvError::Disconnected) {
                    return;
                }
                let script = script.clone();
                std::thread::spawn(move || script(&mut Talk { stream }));
            }
        });
        Self { port, _open: open }
    }

    pub fn git(&self) -> RemoteUrl {
        self.url("git")
    }

    pub fn http(&self) -> RemoteUrl {
        self.url("http")
    }

    fn url(&self, scheme: &str) -> RemoteUrl {
        RemoteUrl::parse(&format!("{scheme}://127.0.0.1:{}/a.git", self.port), &policy()).unwrap()
    }
}

impl Talk {
    /// Sends bytes; that the other side has gone is nothing to a remote.
    pub fn say(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.stream.write_all(bytes.as_ref());
    }

    /// Says no more, and holds the line until the other side has left.
    pub fn hold(&mut self) {
        while self.stream.read(&mut [0; 1_024]).is_ok_and(|read| read > 0) {}
    }

    /// Says nothing for a while.
    pub fn pause(&mut self, time: Duration) {
        self.stream.set_read_timeout(Some(time)).unwrap();
        let _ = self.stream.read(&mut [0; 1_024]);
    }

    /// Hears until the words have been said; all of it.
    pub fn hear(&mut self, words: &[u8]) -> Vec<u8> {
        let (mut heard, mut piece) = (Vec::new(), [0; 4_096]);
        while !heard.windows(words.len()).any(|it| it == words) {
            match self.stream.read(&mut piece) {
                Ok(read) if read > 0 => heard.extend_from_slice(&piece[..read]),
                _ => break,
            }
        }
        heard
    }

    /// Hears what is asked for, and tells of one branch.
    pub fn advertise(&mut self) {
        self.hear(b"host=");
        let first = format!("{CLAIMED} HEAD\0ofs-delta symref=HEAD:refs/heads/main agent=script/1\n");
        let second = format!("{CLAIMED} refs/heads/main\n");
        self.say(line(&first) + &line(&second) + "0000");
    }

    /// As far as where the pack begins.
    pub fn negotiate(&mut self) {
        self.advertise();
        self.hear(b"done");
        self.say(line("NAK\n"));
    }

    /// The path that is asked for over HTTP.
    pub fn request(&mut self) -> String {
        let heard = self.hear(b"\r\n\r\n");
        String::from_utf8_lossy(&heard).split(' ').nth(1).unwrap_or_default().to_owned()
    }

    /// Hears a request over HTTP, and answers.
    pub fn respond(&mut self, status: &str, headers: &str, body: &str) {
        self.request();
        self.answer(status, headers, body.as_bytes());
    }

    pub fn answer(&mut self, status: &str, headers: &str, body: &[u8]) {
        let length = body.len();
        self.say(format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n"));
        self.say(body);
    }
}

/// A packet line.
pub fn line(text: &str) -> String {
    format!("{:04x}{text}", text.len() + 4)
}

/// A pack of objects as [`object`] makes them (gitformat-pack(5)).
pub fn pack(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut pack = b"PACK\0\0\0\x02".to_vec();
    pack.extend_from_slice(&u32::try_from(objects.len()).unwrap().to_be_bytes());
    pack.extend(objects.concat());
    let mut hasher = gix::hash::hasher(gix::hash::Kind::Sha1);
    hasher.update(&pack);
    pack.extend_from_slice(hasher.try_finalize().unwrap().as_slice());
    pack
}

/// A blob of a pack, not compressed.
pub fn blob(content: &[u8]) -> Vec<u8> {
    object(3, content.len(), &[], content)
}

/// An object that is a difference from the one `distance` bytes before it.
pub fn difference(distance: usize, instructions: &[u8]) -> Vec<u8> {
    let mut rest = distance;
    let mut bytes = vec![(rest & 0x7f) as u8];
    while rest >> 7 > 0 {
        rest = (rest >> 7) - 1;
        bytes.insert(0, (rest & 0x7f) as u8 | 0x80);
    }
    object(6, instructions.len(), &bytes, instructions)
}

/// A difference from an object of this name, which need not be in the pack.
pub fn difference_from(name: [u8; 20], instructions: &[u8]) -> Vec<u8> {
    object(7, instructions.len(), &name, instructions)
}

/// A number as differences begin with two of: the sizes of the base and of what becomes of it.
pub fn size(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

fn object(kind: u8, size: usize, base: &[u8], content: &[u8]) -> Vec<u8> {
    let (mut first, mut rest) = (kind << 4 | (size & 0x0f) as u8, size >> 4);
    let mut bytes = Vec::new();
    while rest > 0 {
        bytes.push(first | 0x80);
        first = (rest & 0x7f) as u8;
        rest >>= 7;
    }
    bytes.push(first);
    bytes.extend_from_slice(base);
    bytes.extend(stored(content));
    bytes
}

/// A zlib stream (RFC 1950) of blocks that are not compressed.
fn stored(content: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let mut blocks = content.chunks(0xffff).peekable();
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).unwrap();
        stream.push(u8::from(blocks.peek().is_none()));
        stream.extend_from_slice(&length.to_le_bytes());
        stream.extend_from_slice(&(!length).to_le_bytes());
        stream.extend_from_slice(block);
    }
    let (mut low, mut high) = (1_u32, 0_u32);
    for byte in content {
        low = (low + u32::from(*byte)) % 65_521;
        high = (high + low) % 65_521;
    }
    stream.extend_from_slice(&(high << 16 | low).to_be_bytes());
    stream
}

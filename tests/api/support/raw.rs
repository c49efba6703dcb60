//! Requests to the letter, for what an HTTP library would tidy up before it sends it.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::interval,
};

use super::Client;

impl Client {
    /// Sends `GET target` as it is written; answers with the status and the body.
    pub(crate) async fn get_to_the_letter(&self, target: &str) -> (u16, String) {
        let token = self.access_token();
        let head = format!("GET {target} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n");
        self.say(&format!("{head}Connection: close\r\n\r\n")).await
    }

    /// Sends these bytes and no more; answers with the status and the body.
    pub(crate) async fn say(&self, request: &str) -> (u16, String) {
        let mut socket = self.connect().await;
        socket.write_all(request.as_bytes()).await.expect("the service reads");
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer).await.expect("the service answers");
        read(&answer)
    }

    /// Sends `head` and then one space after another, so long apart, until there is an answer.
    pub(crate) async fn drip(&self, head: &str, pause: Duration) -> (u16, String) {
        let (mut reading, mut writing) = self.connect().await.into_split();
        writing.write_all(head.as_bytes()).await.expect("the service reads");
        let drip = async {
            let mut pause = interval(pause);
            loop {
                pause.tick().await;
                if writing.write_all(b" ").await.is_err() {
                    std::future::pending::<()>().await;
                }
            }
        };
        let mut answer = Vec::new();
        tokio::select! {
            read = reading.read_to_end(&mut answer) => drop(read),
            () = drip => {}
        }
        read(&answer)
    }

    async fn connect(&self) -> TcpStream {
        let address = self.address();
        let host = address.strip_prefix("http://").expect("an address of the service");
        TcpStream::connect(host).await.expect("the service accepts")
    }
}

fn read(answer: &[u8]) -> (u16, String) {
    let answer = String::from_utf8_lossy(answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    (status.unwrap_or_else(|| panic!("no status in {head}")), body.to_owned())
}

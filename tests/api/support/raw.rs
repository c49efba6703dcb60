//! Requests to the letter, for what an HTTP library would tidy up before it sends it.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
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
        let address = self.address();
        let host = address.strip_prefix("http://").expect("an address of the service");
        let mut socket = TcpStream::connect(host).await.expect("the service accepts");
        socket.write_all(request.as_bytes()).await.expect("the service reads");
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer).await.expect("the service answers");
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        (status.unwrap_or_else(|| panic!("no status in {head}")), body.to_owned())
    }
}

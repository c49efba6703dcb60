//! The least that actix-web can answer, to measure `/health` against: one route, one JSON body, nothing round it.
//!
//! `cargo run --release --example bare -- 127.0.0.1:8081`

#![allow(clippy::print_stdout, reason = "it says where it listens, as the service does")]

use std::io;

use actix_web::{App, HttpServer, get, web::Json};
use serde::Serialize;

/// The same two members as the service's own answer.
#[derive(Serialize)]
struct Alive {
    status: &'static str,
    version: &'static str,
}

#[get("/health")]
async fn alive() -> Json<Alive> {
    Json(Alive { status: "ok", version: env!("CARGO_PKG_VERSION") })
}

#[actix_web::main]
async fn main() -> io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:0".into());
    let server = HttpServer::new(|| App::new().service(alive)).bind(address)?;
    for address in server.addrs() {
        println!("listening on http://{address}");
    }
    server.run().await
}

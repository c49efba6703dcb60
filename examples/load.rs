//! An open load on one address: so many requests a second, each begun when it is due whether the others have ended or
//! not, and timed from then. So a server that stalls is seen to stall.
//!
//! `cargo run --release --example load -- http://127.0.0.1:8080/health RATE SECONDS [AUTHORIZATION]`
//!
//! Prints one JSON object: how many were asked and answered well, and the percentiles of their times in milliseconds.

#![allow(clippy::print_stdout, reason = "its figures are what it is for")]

use std::{error::Error, time::Duration};

use reqwest::{Client, Url, header::AUTHORIZATION};
use tokio::{
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval, timeout},
};

/// One that takes longer counts as this long, and as not answered.
const LIMIT: Duration = Duration::from_secs(10);

struct Load {
    url: Url,
    rate: u32,
    seconds: u32,
    authorization: Option<String>,
}

impl Load {
    fn from_arguments() -> Option<Self> {
        let mut arguments = std::env::args().skip(1);
        let url = arguments.next()?.parse().ok()?;
        let rate = arguments.next()?.parse().ok().filter(|rate| *rate > 0)?;
        let seconds = arguments.next()?.parse().ok()?;
        Some(Self { url, rate, seconds, authorization: arguments.next() })
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let load =
        Load::from_arguments().ok_or("give an address, a rate, seconds, and an Authorization header or nothing")?;
    let client = Client::builder().no_proxy().pool_max_idle_per_host(256).build()?;
    let mut ticks = interval(Duration::from_secs(1) / load.rate);
    // What was missed is caught up with, and timed from when it was due.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut asked = JoinSet::new();
    for _ in 0..load.rate.saturating_mul(load.seconds) {
        let due = ticks.tick().await;
        let mut request = client.get(load.url.clone());
        if let Some(authorization) = &load.authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        asked.spawn(async move {
            let answered = timeout(LIMIT, async { request.send().await?.error_for_status()?.bytes().await });
            let well = matches!(answered.await, Ok(Ok(_)));
            (well, Instant::now().duration_since(due))
        });
    }
    let answers = asked.join_all().await;
    let well = answers.iter().filter(|(well, _)| *well).count();
    let mut times: Vec<_> = answers.iter().map(|(_, time)| time.as_secs_f64() * 1e3).collect();
    times.sort_by(f64::total_cmp);
    let at = |thousandth: usize| times.get((times.len() * thousandth / 1_000).min(times.len().saturating_sub(1)));
    println!(
        "{}",
        serde_json::json!({
            "asked": times.len(), "answered": well,
            "p50_ms": at(500), "p90_ms": at(900), "p99_ms": at(990), "longest_ms": at(1_000),
        })
    );
    Ok(())
}

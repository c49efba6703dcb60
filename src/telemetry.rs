//! What the process says of itself: log lines, and numbers for Prometheus.

use std::{
    backtrace::{Backtrace, BacktraceStatus},
    fs::File,
    io::{self, IsTerminal},
    net::SocketAddr,
    panic,
    sync::Mutex,
};

use metrics_exporter_prometheus::PrometheusBuilder;
use supervise::{Event, What};
use tracing_subscriber::{EnvFilter, fmt::writer::MakeWriterExt};

/// Logs to standard error: JSON for machines, plain lines when a person watches. Panics become log lines too.
///
/// # Errors
/// A filter that cannot be read.
pub fn log(filter: &str) -> Result<(), tracing_subscriber::filter::ParseError> {
    let lines = tracing_subscriber::fmt().with_env_filter(telling(filter)?).with_writer(io::stderr);
    // An error means that somebody logs already, as in a test.
    drop(if io::stderr().is_terminal() {
        lines.compact().try_init()
    } else {
        lines.json().flatten_event(true).with_current_span(false).try_init()
    });
    log_panics();
    Ok(())
}

/// Logs plain lines to `file`, and to standard error as well if they are to be `shown`.
///
/// # Errors
/// A filter that cannot be read.
pub fn log_to(file: File, shown: bool, filter: &str) -> Result<(), tracing_subscriber::filter::ParseError> {
    let writer = Mutex::new(file).and(io::stderr.with_filter(move |_| shown));
    let lines = tracing_subscriber::fmt().with_env_filter(telling(filter)?).with_writer(writer);
    drop(lines.with_ansi(false).compact().try_init());
    log_panics();
    Ok(())
}

/// What is asked for, without what clients can fill a log with: that a request is not HTTP is no error of ours.
fn telling(filter: &str) -> Result<EnvFilter, tracing_subscriber::filter::ParseError> {
    EnvFilter::try_new(format!("actix_http::h1::dispatcher=off,{filter}"))
}

fn log_panics() {
    panic::set_hook(Box::new(|panic| {
        let backtrace = Backtrace::capture();
        let backtrace = (backtrace.status() == BacktraceStatus::Captured).then(|| backtrace.to_string());
        let location = panic.location().map(ToString::to_string);
        let cause = panic.payload_as_str().unwrap_or("no message");
        tracing::error!(cause, location, backtrace, "panic");
    }));
}

/// Serves `/metrics` at `listen`, on the present runtime.
///
/// # Errors
/// The address is taken, or numbers are collected already.
pub fn serve_metrics(listen: SocketAddr) -> Result<(), metrics_exporter_prometheus::BuildError> {
    PrometheusBuilder::new().with_http_listener(listen).install()
}

/// Counts what happens in the supervision tree. Paths are not labels: mirrors would make too many.
pub fn count(event: &Event) {
    let what = match event.what {
        What::Started => "started",
        What::Exited(_) => "exited",
        What::BackingOff(_) => "backing_off",
        What::RestartAsked => "restart_asked",
        What::ThreadAbandoned => "thread_abandoned",
        What::Quarantined(_) => "quarantined",
        What::Recovered => "recovered",
        What::Escalated(_) => "escalated",
        _ => "other",
    };
    metrics::counter!("hivesync_supervision_events_total", "what" => what).increment(1);
}

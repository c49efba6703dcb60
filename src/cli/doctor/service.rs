//! The address that the service listens at: free for it, or answered by it.

use std::{net::TcpListener, time::Duration};

use serde_json::Value;

use super::Finding;
use crate::{cli::healthcheck::reachable, config::Config};

const NAME: &str = "listener";
const LIMIT: Duration = Duration::from_secs(3);

pub(super) async fn listen(config: &Config, running: bool) -> Finding {
    let wanted = config.http.listen;
    if wanted.port() == 0 {
        return Finding::ok(NAME, "any free port");
    }
    match answer(&format!("http://{}/health", reachable(wanted))).await {
        Ok(Some(version)) => Finding::ok(NAME, format!("a service of version {version} answers at {wanted}")),
        Ok(None) => {
            let hint = "stop the other program, or set http.listen to another address";
            Finding::failed(NAME, "LISTENER_TAKEN", format!("something else answers at {wanted}"), hint)
        }
        Err(_) if running => {
            let seen = format!("a service runs on the data directory, and none answers at {wanted}");
            let hint = "it may have been given another --listen; its first line says which";
            Finding::warning(NAME, "LISTENER_SILENT", seen, hint)
        }
        Err(_) => match TcpListener::bind(wanted) {
            Ok(_) => Finding::ok(NAME, format!("{wanted} is free")),
            Err(error) => {
                let hint = "set http.listen to an address of this machine, with a port that its user may take";
                Finding::failed(NAME, "LISTENER_IMPOSSIBLE", format!("{wanted}: {error}"), hint)
            }
        },
    }
}

/// The version of the service that answers; `None` when it is something else that does.
async fn answer(url: &str) -> reqwest::Result<Option<String>> {
    let client = reqwest::Client::builder().no_proxy().timeout(LIMIT).build()?;
    let body = match client.get(url).send().await {
        Ok(response) => response.json::<Value>().await.unwrap_or_default(),
        Err(error) if error.is_connect() => return Err(error),
        // It took the connection, and then did not speak as we do.
        Err(_) => Value::Null,
    };
    let is_ours = body.get("status").is_some_and(|status| status == "ok");
    let version = body.get("version").and_then(Value::as_str).map(str::to_owned);
    Ok(version.filter(|_| is_ours))
}

//! The committed description of the interface, and what the server itself looks up in it.
//!
//! Made anew at each start it would hold twenty megabytes; a test compares it with the handlers instead.

use std::{collections::HashMap, sync::LazyLock};

use serde::{Deserialize, de::IgnoredAny};

/// OpenAPI 3.1, as JSON.
pub const DESCRIPTION: &str = include_str!("../../openapi.json");

/// The methods of every address, by its pattern.
static PATHS: LazyLock<HashMap<String, Methods>> = LazyLock::new(|| {
    let parsed = serde_json::from_str::<Paths>(DESCRIPTION);
    parsed.map(|description| description.paths).unwrap_or_default()
});

#[derive(Deserialize)]
struct Paths {
    paths: HashMap<String, Methods>,
}

#[derive(Deserialize)]
struct Methods {
    get: Option<IgnoredAny>,
    put: Option<IgnoredAny>,
    post: Option<Operation>,
    patch: Option<IgnoredAny>,
    delete: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Operation {
    /// Said only where it differs from the usual: a token.
    security: Option<IgnoredAny>,
}

/// The methods that an address takes, as `Allow` lists them (RFC 9110, 10.2.1); `None` if there is no such address.
pub fn allowed(pattern: &str) -> Option<String> {
    let methods = of(pattern)?;
    let known = [
        ("GET, HEAD", methods.get.is_some()),
        ("PUT", methods.put.is_some()),
        ("POST", methods.post.is_some()),
        ("PATCH", methods.patch.is_some()),
        ("DELETE", methods.delete.is_some()),
    ];
    Some(known.iter().filter(|(_, takes)| *takes).map(|(name, _)| *name).collect::<Vec<_>>().join(", "))
}

/// Whether an address takes a POST of somebody who shows a token.
pub fn takes_post(pattern: &str) -> bool {
    of(pattern).and_then(|methods| methods.post.as_ref()).is_some_and(|post| post.security.is_none())
}

/// By the router's pattern, in which a parameter may say what it takes.
fn of(pattern: &str) -> Option<&'static Methods> {
    PATHS.get(&pattern.replace(":.*", ""))
}

//! The architecture, as rules that are read off the sources: who may know whom, and what stands nowhere.
//!
//! `docs/ARCHITECTURE.md` says why. What the compiler can check by name alone is in `clippy.toml`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    unreachable_pub,
    reason = "a test that cannot go on should stop; its modules are no library"
)]

mod sizes;
mod source;

use std::fmt::Write as _;

use source::{Fault, Source, all, manifests_of_crates, outside, production, read};

/// Layers of the service, outermost first. A module imports from layers below its own, never from its own or above.
const LAYERS: [&[&str]; 7] = [
    &["cli"],
    &["app"],
    &["http"],
    &["actors"],
    &["ai", "engine", "entities", "storage"],
    &["domain"],
    &["clock", "config", "ids", "telemetry"],
];

const MOST_LINES_OF_A_FILE: usize = 400;
const MOST_LINES_OF_A_FUNCTION: usize = 60;

/// What a rule lets pass, and why. One that is no longer needed fails its rule.
struct Exception {
    rule: &'static str,
    /// The file, from the root of the workspace.
    path: &'static str,
    /// How what it does begins.
    what: &'static str,
    reason: &'static str,
}

const EXCEPTIONS: &[Exception] = &[
    Exception {
        rule: "direction",
        path: "src/entities/",
        what: "storage::transport",
        reason: "a committed transaction gives its hints itself, so none is given too early or forgotten",
    },
    Exception {
        rule: "status",
        path: "src/cli/try/",
        what: "StatusCode",
        reason: "`try` is a client: it reads the statuses that clients are given",
    },
    Exception {
        rule: "values",
        path: "src/ids.rs",
        what: "sea_orm::TryFromU64",
        reason: "sea-orm asks it of the type of a primary key; ours always refuses",
    },
    Exception { rule: "values", path: "src/ids.rs", what: "sea_orm::DbErr", reason: "the refusal of that conversion" },
];

/// Fails with every fault that no exception covers, and with every exception that covers none.
fn holds(rule: &str, saying: &str, faults: impl IntoIterator<Item = Fault>) {
    let exceptions: Vec<_> = EXCEPTIONS.iter().filter(|exception| exception.rule == rule).collect();
    let mut used = vec![false; exceptions.len()];
    let mut text = String::new();
    for Fault { path, line, what } in faults {
        let covers = |it: &&Exception| path.starts_with(it.path) && what.starts_with(it.what);
        match exceptions.iter().position(covers) {
            Some(at) => used.iter_mut().skip(at).take(1).for_each(|used| *used = true),
            None => writeln!(text, "{path}:{line}: `{what}`: {saying}").unwrap(),
        }
    }
    for (Exception { path, what, reason, .. }, _) in exceptions.iter().zip(used).filter(|(_, used)| !used) {
        writeln!(text, "{path}: `{what}` is not there any more; its exception ({reason}) can go").unwrap();
    }
    assert!(text.is_empty(), "\n{text}");
}

#[test]
fn imports_go_from_the_command_line_inward() {
    let layer = |module: &str| LAYERS.iter().position(|layer| layer.contains(&module));
    let faults = production("src/").flat_map(|source| {
        let own = layer(source.module());
        let outward = |import: &Fault| {
            let target = import.what.split("::").next().unwrap_or_default();
            target != source.module() && own.is_some_and(|own| layer(target).is_none_or(|target| target <= own))
        };
        source.imports().into_iter().filter(outward).collect::<Vec<_>>()
    });
    holds("direction", "it stands outside of what imports it, or is in no layer", faults);
}

#[test]
fn every_module_stands_in_a_layer() {
    let known = |source: &Source| LAYERS.concat().contains(&source.module());
    let strangers = production("src/").filter(|source| !known(source));
    let strangers = strangers.filter(|source| !["src/lib.rs", "src/main.rs"].contains(&source.path.as_str()));
    holds("layers", "give the module a layer", strangers.map(|source| source.fault(0, source.module())));
}

#[test]
fn no_module_leaves_its_layer_by_super() {
    let faults = production("src/").flat_map(|source| {
        let steps = |path: &str| path.split("super::").take_while(|before| before.is_empty()).count();
        let leaves = |fault: &Fault| steps(&fault.what) >= source.depth();
        source.mentions("super::").into_iter().filter(leaves).collect::<Vec<_>>()
    });
    holds("super", "name the module from `crate::`", faults);
}

#[test]
fn actix_is_known_only_where_actors_live() {
    let homes = ["src/actors/", "src/app.rs", "crates/supervise/"];
    holds("actix", "ask through a gateway's slot", outside(&homes, "actix::"));
}

#[test]
fn actix_web_is_known_only_at_the_front_door() {
    let homes = ["src/http/", "src/app.rs", "src/cli/runtime.rs"];
    holds("actix-web", "it belongs to the front door", outside(&homes, "actix_web::"));
}

#[test]
fn only_http_knows_status_codes() {
    let words = ["StatusCode", "HttpResponse"];
    let faults = words.iter().flat_map(|word| outside(&["src/http/"], word));
    holds("status", "say what failed; `http/error.rs` knows the status", faults);
}

#[test]
fn no_handler_opens_a_transaction_or_asks_the_database() {
    let words = ["begin(", "sea_orm", "Txn", "Db"];
    let faults = words.iter().flat_map(|word| production("src/http/").flat_map(|it| it.mentions(word)));
    holds("handlers", "a gateway does that", faults);
}

#[test]
fn nothing_in_domain_awaits_or_touches_the_world() {
    let words = ["async", ".await", "tokio", "std::fs", "std::env", "std::net", "Instant::now", "SystemTime", "rand"];
    let faults = words.iter().flat_map(|word| production("src/domain/").flat_map(|it| it.mentions(word)));
    holds("domain", "rules are pure: the world comes in as arguments", faults);
}

#[test]
fn inner_layers_use_sea_orm_only_to_derive_value_types() {
    let inner = ["src/domain/", "src/ids.rs", "src/clock.rs", "src/config/", "src/telemetry.rs"];
    let faults = inner.iter().flat_map(|home| production(home)).flat_map(|source| source.mentions("sea_orm"));
    let derives =
        |fault: &Fault| ["sea_orm::DeriveValueType", "sea_orm(value_type"].iter().any(|it| fault.what.starts_with(it));
    holds("values", "rows and queries are for `entities`", faults.filter(|fault| !derives(fault)));
}

#[test]
fn queries_are_written_only_in_entities() {
    let words = ["Entity", "Statement", "query_one_raw", "query_all_raw", "execute_raw", "execute_unprepared"];
    let faults = words.iter().flat_map(|word| outside(&["src/entities/", "migration/", "crates/"], word));
    holds("queries", "a query lives with its table", faults);
}

#[test]
fn manifests_are_written_only_behind_a_fence() {
    let faults = production("src/entities/manifests.rs").flat_map(|source| source.mentions("Txn"));
    holds("fence", "take a `Fence`, which proves that the mirror is still ours", faults);
}

#[test]
fn crates_know_nothing_of_the_service_nor_of_its_frameworks() {
    let frameworks = ["hivesync", "migration", "actix-web", "sea-orm", "reqwest"];
    let mut faults = Vec::new();
    for path in manifests_of_crates() {
        for (at, line) in read(&path).lines().enumerate() {
            let dependency = line.split(['.', ' ', '=']).next().unwrap_or_default();
            let stray_actix = dependency == "actix" && path != "crates/supervise/Cargo.toml";
            if stray_actix || frameworks.contains(&dependency) {
                faults.push(Fault { path: path.clone(), line: at + 1, what: line.to_owned() });
            }
        }
    }
    holds("crates", "a crate is usable without the service", faults);
}

#[test]
fn no_file_is_longer_than_four_hundred_lines() {
    let long = all().filter_map(|source| {
        let lines = source.text.lines().count();
        (lines > MOST_LINES_OF_A_FILE).then(|| source.fault(0, &format!("{lines} lines")))
    });
    holds("files", "a file has one subject", long);
}

#[test]
fn no_function_is_longer_than_sixty_lines() {
    let long = production("").flat_map(|source| {
        let functions = source.functions();
        let long = functions.into_iter().filter(|(_, _, lines)| *lines > MOST_LINES_OF_A_FUNCTION);
        long.map(|(at, name, lines)| source.fault(at, &format!("{name}: {lines} lines"))).collect::<Vec<_>>()
    });
    holds("functions", "a function has one job", long);
}

#[test]
fn nothing_is_left_to_be_done_or_to_panic() {
    let words = ["todo!", "unimplemented!", ".unwrap()", "dbg!"];
    let faults = words.iter().flat_map(|word| production("").flat_map(|it| it.mentions(word)));
    holds("panics", "finish it, or say how it fails", faults);
}

#[test]
fn every_file_says_what_it_is_for() {
    let says = |source: &Source| source.text.starts_with("//!") || source.text.starts_with("#![doc = include_str!");
    let silent = all().filter(|source| !says(source)).map(|source| source.fault(0, "no `//!`"));
    holds("doc", "begin it with `//!`", silent);
}

#[test]
fn no_file_is_named_for_nothing() {
    let empty = ["util", "utils", "common", "helper", "helpers", "manager", "misc"];
    let faults = all().filter(|source| {
        let mut parts = source.path.trim_end_matches(".rs").split('/');
        parts.any(|part| empty.contains(&part))
    });
    holds("names", "name it for what it holds", faults.map(|source| source.fault(0, "name")));
}

#[test]
fn the_readme_names_only_settings_that_there_are() {
    let reference = read("docs/CONFIGURATION.md");
    let readme = read("README.md");
    let named = readme.lines().filter_map(|line| line.strip_prefix("| `HIVESYNC_")?.split_once('`'));
    let named: Vec<_> = named.map(|(name, _)| format!("`HIVESYNC_{name}`")).collect();
    assert!(named.len() > 5, "the table of settings in README.md is gone");
    for variable in named {
        assert!(reference.contains(&variable), "README.md names {variable}, which docs/CONFIGURATION.md does not");
    }
}

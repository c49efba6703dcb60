//! The description of the interface: committed, served, sound.

use std::{collections::HashSet, fs, path::Path};

use serde_json::{Map, Value};

use super::support::{Repo, TestApp};

fn committed() -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    fs::read_to_string(file).unwrap_or_default()
}

fn description() -> Value {
    serde_json::from_str(&committed()).expect("openapi.json is JSON")
}

/// Every operation, with its method and path.
fn operations(description: &Value) -> Vec<(String, &Value)> {
    let paths = description["paths"].as_object().unwrap();
    let of_path = |(path, item): (&String, _)| {
        let operations = Value::as_object(item).unwrap().iter();
        operations.map(|(method, operation)| (format!("{method} {path}"), operation)).collect::<Vec<_>>()
    };
    paths.iter().flat_map(of_path).collect()
}

/// What a value says, or what it refers to says.
fn resolved<'d>(description: &'d Value, value: &'d Value) -> &'d Value {
    let Some(reference) = value["$ref"].as_str() else { return value };
    description.pointer(reference.trim_start_matches('#')).unwrap_or(&Value::Null)
}

fn each_value(value: &Value, look: &mut impl FnMut(&Value)) {
    look(value);
    match value {
        Value::Array(items) => {
            for item in items {
                each_value(item, look);
            }
        }
        Value::Object(members) => {
            for member in members.values() {
                each_value(member, look);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[tokio::test]
async fn the_committed_description_is_the_present_one() {
    let app = TestApp::start().await;
    let printed = app.run(&["openapi"]).await.succeeded().stdout;
    assert!(
        printed == committed(),
        "openapi.json is out of date; run `cargo run -- openapi > new.json && mv new.json openapi.json`"
    );
    let served = app.anonymous().get("/api/v1/openapi.json").await.expect(200);
    assert_eq!(served.json, description());
}

#[test]
fn the_description_is_of_version_3_1_and_every_reference_leads_somewhere() {
    let description = description();
    assert!(description["openapi"].as_str().unwrap().starts_with("3.1."));
    assert_eq!(description["info"]["version"], env!("CARGO_PKG_VERSION"));
    let mut references = 0;
    each_value(&description, &mut |value| {
        let Some(reference) = value.get("$ref").and_then(Value::as_str) else { return };
        references += 1;
        let pointer = reference.strip_prefix('#').unwrap_or_else(|| panic!("{reference} leads outside"));
        assert!(description.pointer(pointer).is_some(), "{reference} leads nowhere");
    });
    assert!(references > 50);
}

#[test]
fn every_operation_has_its_own_name_a_summary_and_answers() {
    let description = description();
    let mut names = HashSet::new();
    for (place, operation) in operations(&description) {
        assert!(names.insert(operation["operationId"].as_str().unwrap()), "{place}: the name is taken");
        assert!(operation["summary"].as_str().is_some_and(|summary| !summary.is_empty()), "{place}");
        let answers = operation["responses"].as_object().unwrap();
        assert!(answers.keys().any(|status| status.starts_with('2')), "{place}: no success");
        for (status, answer) in answers {
            let answer = resolved(&description, answer);
            assert!(answer["description"].is_string(), "{place}: {status} without a description");
        }
    }
}

#[test]
fn every_part_of_a_path_is_a_parameter_and_every_parameter_is_described() {
    let description = description();
    for (place, operation) in operations(&description) {
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        for name in place.split('{').skip(1).filter_map(|part| part.split('}').next()) {
            let described = parameters.iter().any(|parameter| parameter["name"] == name && parameter["in"] == "path");
            assert!(described, "{place}: {name}");
        }
        for parameter in parameters {
            assert!(parameter["schema"].is_object(), "{place}: {parameter}");
            assert!(parameter["description"].is_string(), "{place}: {parameter}");
        }
    }
}

#[test]
fn operations_that_take_a_body_describe_it() {
    let description = description();
    let without = |place: &str| {
        ["/logout", "/cancel", "/release", "/revert", "/read", "/read-all", "/accept"]
            .iter()
            .any(|end| place.ends_with(end))
    };
    for (place, operation) in operations(&description) {
        let ends_account = place == "delete /api/v1/auth/me";
        let method = ["post ", "patch ", "put "].iter().any(|method| place.starts_with(method));
        let takes = ends_account || method && !without(&place);
        assert_eq!(operation["requestBody"].is_object(), takes, "{place}");
    }
}

#[tokio::test]
async fn every_described_operation_exists_and_asks_for_a_token_where_it_says_so() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    for (place, operation) in operations(&description()) {
        let (method, path) = place.split_once(' ').unwrap();
        let id = "019a0000-0000-7000-8000-000000000000";
        let path = path.replace("{path}", "a").replace("/search", "/search?q=a").replace("/diff", "/diff?from=1");
        let path = path.split('/').map(|part| if part.starts_with('{') { id } else { part }).collect::<Vec<_>>();
        let path = path.join("/");
        let method = reqwest::Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
        let request = client.request(method, &path).header("content-type", "application/json").body("{}");
        let answer = client.send(request).await;
        if operation["security"].is_array() {
            assert_ne!(answer.status, 404, "{place}");
        } else {
            answer.refused(401, "UNAUTHENTICATED");
        }
    }
}

/// Says where a value is not what its schema describes; each member has to be described.
fn fault(description: &Value, schema: &Value, value: &Value, place: &str) -> Option<String> {
    let schema = resolved(description, schema);
    if let Some(ways) = schema["oneOf"].as_array() {
        let mut faults = ways.iter().map(|way| fault(description, way, value, place));
        return faults
            .by_ref()
            .find(Option::is_none)
            .unwrap_or_else(|| Some(format!("{place} is in no described form")));
    }
    match value {
        Value::Object(members) => {
            let mut known = Map::new();
            describe(description, schema, &mut known);
            let missing = known.iter().find(|(name, form)| form["required"] == true && !members.contains_key(*name));
            let missing = missing.map(|(name, _)| format!("{place}.{name} is missing"));
            missing.or_else(|| {
                members.iter().find_map(|(name, member)| {
                    let form = known.get(name).map_or(&schema["additionalProperties"], |form| &form["schema"]);
                    fault(description, form, member, &format!("{place}.{name}"))
                })
            })
        }
        Value::Array(items) if schema["type"] == "array" => {
            items.iter().find_map(|item| fault(description, &schema["items"], item, &format!("{place}[]")))
        }
        Value::Array(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            let types = schema["type"].as_array().cloned().unwrap_or_else(|| vec![schema["type"].clone()]);
            let is_named = schema["enum"].as_array().is_none_or(|names| names.contains(value));
            let fits = is_named && types.iter().any(|one| one.as_str().is_some_and(|one| is_of(one, value)));
            (!fits).then(|| format!("{place} is {value}, described as {schema}"))
        }
    }
}

/// The members of a schema and of those that it is put together from: `{name: {schema, required}}`.
fn describe(description: &Value, schema: &Value, members: &mut Map<String, Value>) {
    for part in schema["allOf"].as_array().into_iter().flatten() {
        describe(description, resolved(description, part), members);
    }
    for (name, schema_of_it) in schema["properties"].as_object().into_iter().flatten() {
        let required = schema["required"].as_array().is_some_and(|names| names.iter().any(|one| one == name));
        members.insert(name.clone(), serde_json::json!({ "schema": schema_of_it, "required": required }));
    }
}

fn is_of(name: &str, value: &Value) -> bool {
    match name {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        _ => false,
    }
}

#[tokio::test]
async fn refactors_and_symbols_have_the_form_that_is_described() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let project = admin.project("p").await;
    // Something for each list of a proposal.
    let files = [
        (
            "hive.py",
            "import os\n\n\nclass Hive:\n    def fill(self):\n        return os\n\n    def full(self):\n        pass\n",
        ),
        ("user.py", "from hive import Hive\n\n\ndef use(it):\n    it.fill()\n    return Hive().fill()\n"),
        ("broken.py", "it.fill(\n"),
        ("notes.txt", "fill it\n"),
    ];
    admin.synced(&project, &Repo::of(&files)).await;
    let description = description();
    let schema = |name: &str| description["components"]["schemas"][name].clone();
    let (proposed, renamable) = (schema("ProposedView"), schema("RenamableView"));

    let doubtful = admin.renamed(&project, "hive.py:5:9", "full", "SUCCESS").await;
    let refused = admin.renamed(&project, "hive.py:1:8", "x", "SUCCESS").await;
    let failed = admin.renamed(&project, "notes.txt:1:1", "x", "FAILED").await;

    for list in ["files", "needs_review", "conflicts", "mentions", "unparsed"] {
        let found = doubtful["proposal"][list].as_array().unwrap();
        assert!(!found.is_empty(), "nothing in {list}: {:#}", doubtful["proposal"]);
    }
    assert_eq!(refused["proposal"]["verdict"], "REFUSED");
    for seen in [&doubtful, &refused, &failed] {
        assert_eq!(fault(&description, &proposed, seen, "refactor"), None, "{seen:#}");
    }
    for line in [1, 4] {
        let path = format!("/projects/{project}/symbols/at?path=hive.py&line={line}&column=8");
        let symbol = admin.get(&path).await.expect(200);
        assert_eq!(symbol["can_rename"], line == 4, "{:#}", symbol.json);
        assert_eq!(fault(&description, &renamable, &symbol.json, "symbol"), None, "{:#}", symbol.json);
    }
}

#[tokio::test]
async fn the_page_to_read_it_loads_nothing_from_elsewhere() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    let page = client.get("/docs/").await.expect(200);
    assert!(page.header("content-type").starts_with("text/html"));
    let text = page.text();
    let loaded: Vec<_> =
        text.split(['"', '\'']).filter(|part| part.contains("://") || part.starts_with("//")).collect();
    assert!(loaded.is_empty(), "{loaded:?}");
    for script in text.split("src=\"").skip(1).filter_map(|part| part.split('"').next()) {
        client.get(&format!("/docs/{}", script.trim_start_matches("./"))).await.expect(200);
    }
    assert_eq!(client.get("/docs").await.expect(200).text(), text);
}

//! The supervision tree as the service reports it, in a few columns.

use serde_json::json;

use super::super::{
    api::Api,
    record::{Problem, Step},
    show,
    wire::Node,
};

pub(crate) async fn look(api: &Api, step: &mut Step) -> Result<(), Problem> {
    let root: Node = api.get("/health/actors", &[]).await?;
    let mut children = Vec::new();
    flatten(&root, &mut children);
    let head = ["path", "state", "restarts", "answered", "p99"].map(str::to_owned);
    // Those that were asked nothing have nothing to show, as long as they run.
    let shown = children.iter().filter(|node| node.handled > 0 || !is_well(node));
    for line in show::table(&[head].into_iter().chain(shown.map(|node| row(node))).collect::<Vec<_>>()) {
        step.say(line.trim_end());
    }
    let seen = children.iter().map(|node| {
        let Node { path, state, restarts, handled, handle_p99_us, .. } = node;
        json!({ "path": path, "state": state, "restarts": restarts, "handled": handled, "handle_p99_us": handle_p99_us })
    });
    step.saw("tree", seen.collect::<Vec<_>>());
    let fallen = children.iter().find(|node| !is_well(node));
    let claim = format!("all {} run, their supervisors too; none was restarted", children.len());
    step.verify(fallen.is_none(), claim, || {
        let fallen = fallen.map(|node| format!("{} is {} after {} restarts", node.path, node.state, node.restarts));
        fallen.unwrap_or_default()
    })
}

fn is_well(node: &Node) -> bool {
    node.state == "running" && node.restarts == 0
}

fn flatten<'n>(node: &'n Node, into: &mut Vec<&'n Node>) {
    into.push(node);
    for child in &node.children {
        flatten(child, into);
    }
}

fn row(node: &Node) -> [String; 5] {
    // Below `mirrors` names are ids, whose front says enough.
    let name = show::cut(node.path.trim_start_matches("root/"), 22);
    let answered = if node.handled > 0 { node.handled.to_string() } else { String::new() };
    let slow = node.handle_p99_us.map_or_else(String::new, |micros| {
        let tenths = micros / 100;
        format!("{}.{} ms", tenths / 10, tenths % 10)
    });
    [name, node.state.replace('_', " "), node.restarts.to_string(), answered, slow]
}

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
    flatten(&root, 0, &mut children);
    let head = ["", "state", "restarts", "answered", "p99"].map(str::to_owned);
    let rows: Vec<_> = [head].into_iter().chain(children.iter().map(|(depth, node)| row(*depth, node))).collect();
    show::table(&rows).into_iter().for_each(|line| step.say(line.trim_end()));
    let seen = children.iter().map(|(_, node)| {
        let Node { path, state, restarts, handled, handle_p99_us, .. } = node;
        json!({ "path": path, "state": state, "restarts": restarts, "handled": handled, "handle_p99_us": handle_p99_us })
    });
    step.saw("tree", seen.collect::<Vec<_>>());
    let fallen = children.iter().find(|(_, node)| node.state != "running" || node.restarts > 0);
    let claim = format!("all {} live, and none was ever restarted", children.len());
    step.verify(fallen.is_none(), claim, || {
        let fallen =
            fallen.map(|(_, node)| format!("{} is {} after {} restarts", node.path, node.state, node.restarts));
        fallen.unwrap_or_default()
    })
}

fn flatten<'n>(node: &'n Node, depth: usize, into: &mut Vec<(usize, &'n Node)>) {
    into.push((depth, node));
    for child in &node.children {
        flatten(child, depth + 1, into);
    }
}

fn row(depth: usize, node: &Node) -> [String; 5] {
    let name = node.path.rsplit('/').next().unwrap_or_default();
    // Below `mirrors` names are ids.
    let name =
        if name.len() > 20 { format!("{}…", name.chars().take(8).collect::<String>()) } else { name.to_owned() };
    let answered = if node.handled > 0 { node.handled.to_string() } else { String::new() };
    let slow = node.handle_p99_us.map_or_else(String::new, |micros| {
        let tenths = micros / 100;
        format!("{}.{} ms", tenths / 10, tenths % 10)
    });
    [format!("{}{name}", "  ".repeat(depth)), node.state.replace('_', " "), node.restarts.to_string(), answered, slow]
}

//! Panics and slowness in the service: one caller is told, and everybody else goes on.

use std::time::Duration;

use serde_json::Value;

use super::support::{Client, TestApp, wait_until};

/// Where the part at `path` stands in the supervision tree.
async fn part(admin: &Client, path: &str) -> Value {
    let tree = admin.get("/health/actors").await.expect(200).json;
    find(&tree, path).unwrap_or_else(|| panic!("no {path}"))
}

fn find(report: &Value, path: &str) -> Option<Value> {
    if report["path"] == path {
        return Some(report.clone());
    }
    report["children"].as_array()?.iter().find_map(|child| find(child, path))
}

#[tokio::test]
async fn a_panic_in_a_handler_is_answered_and_the_next_request_works() {
    let mut app = TestApp::with(&[("FAILPOINTS", "handler=1*panic(the handler broke)->off")]).await;
    app.expects_panics();
    let answer = app.anonymous().get("/health").await;
    assert!(!answer.text().contains("broke"), "{}", answer.text());
    answer.refused(500, "INTERNAL_ERROR");
    app.anonymous().get("/health").await.expect(200);
    let logged = app.log();
    let line = logged.lines().find(|line| line.contains("the handler broke")).expect("a line in the log");
    let line: Value = serde_json::from_str(line).expect("JSON");
    assert_eq!(line["message"], "panic", "{line}");
    assert_eq!(line["level"], "ERROR");
    assert!(line["location"].as_str().is_some_and(|place| place.contains(':')), "{line}");
}

#[tokio::test]
async fn a_panic_in_a_gateways_work_fails_one_question_and_leaves_the_actor_alone() {
    let mut app = TestApp::with(&[("FAILPOINTS", "work:Notifier=1*panic->off")]).await;
    app.expects_panics();
    let admin = app.admin().await;
    admin.get("/notifications").await.refused(500, "INTERNAL_ERROR");
    admin.get("/notifications").await.expect(200);
    let notifier = part(&admin, "root/gateways/notifier").await;
    assert_eq!((&notifier["state"], &notifier["restarts"]), (&"running".into(), &0.into()), "{notifier}");
}

#[tokio::test]
async fn a_panic_in_a_gateways_actor_is_told_to_its_caller_and_the_actor_starts_again() {
    let mut app = TestApp::with(&[("FAILPOINTS", "actor:Notifier=1*panic->off")]).await;
    app.expects_panics();
    let admin = app.admin().await;
    let answer = admin.get("/notifications").await;
    assert!(!answer.header("retry-after").is_empty());
    answer.refused(503, "OVERLOADED");
    wait_until("the gateway answers again", Duration::from_secs(10), async || {
        (admin.get("/notifications").await.status == 200).then_some(())
    })
    .await;
    let notifier = part(&admin, "root/gateways/notifier").await;
    assert_eq!((&notifier["state"], &notifier["restarts"]), (&"running".into(), &1.into()), "{notifier}");
    assert!(notifier["last_exit"].to_string().contains("panicked"), "{notifier}");
    let other = part(&admin, "root/gateways/projects").await;
    assert_eq!(other["restarts"], 0, "the others are left alone");
}

#[tokio::test]
async fn an_answer_that_does_not_come_in_time_is_not_waited_for() {
    let slow = ("FAILPOINTS", "work:Notifier=1*sleep(7000)->off");
    let app = TestApp::with(&[slow, ("HIVESYNC_HTTP__REQUEST_TIMEOUT_S", "3")]).await;
    let admin = app.admin().await;
    admin.get("/notifications").await.refused(504, "TIMEOUT");
    admin.get("/notifications").await.expect(200);
}

#[tokio::test]
async fn a_gateway_that_works_slowly_holds_up_no_other() {
    let app = TestApp::with(&[("FAILPOINTS", "work:Notifier=1*sleep(4000)->off")]).await;
    let admin = app.admin().await;
    let quick = async {
        for _ in 0..10 {
            admin.get("/auth/me").await.expect(200);
            admin.get("/projects").await.expect(200);
        }
    };
    tokio::select! {
        biased;
        _ = admin.get("/notifications") => panic!("the quick ones waited for the slow one"),
        () = quick => {}
    }
}

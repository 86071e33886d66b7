//! `ctx.scheduler` and `_scheduled_functions`.

use std::time::Duration;

use convex_local::functions::FunctionCall;
use serde_json::{Value as Json, json};

use crate::support::{App, app};

impl App {
    async fn later(&self, name: &str, args: Json, after_ms: u32) -> Json {
        let args = json!({ "name": name, "args": args, "after": after_ms });
        self.mutation("jobs:later", args).await.expect("schedules")
    }

    async fn job(&self, id: &Json) -> Json {
        let row = self.query("jobs:one", json!({ "id": id })).await;
        row.expect("reads")
    }

    /// Waits until a job's state is of this kind, and returns the row.
    pub(crate) async fn until(&self, id: &Json, kind: &str) -> Json {
        for _ in 0..600 {
            let row = self.job(id).await;
            if row["state"]["kind"] == kind {
                return row;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("never {kind}: {}", self.job(id).await);
    }
}

#[tokio::test]
async fn a_job_is_a_row_from_beginning_to_end() {
    let app = app().await;
    let id = app.later("count", json!({ "name": "row" }), 1_500).await;
    let row = app.job(&id).await;
    assert_eq!(row["_id"], id);
    assert_eq!(row["name"], "jobs.js:count");
    assert_eq!(row["args"], json!([{ "name": "row" }]));
    assert_eq!(row["state"], json!({ "kind": "pending" }));
    let created = row["_creationTime"].as_f64().expect("a number");
    let due = row["scheduledTime"].as_f64().expect("a number");
    assert!((due - created - 1_500.0).abs() < 1_000.0, "{row}");
    assert_eq!(row.as_object().expect("a row").len(), 6, "{row}");
    let row = app.until(&id, "success").await;
    assert!(row["completedTime"].as_f64().expect("a number") >= due);
    assert!((app.counter("row").await - 1.0).abs() < f64::EPSILON);
    let all = app.query("jobs:all", json!({})).await.expect("reads");
    assert_eq!(all, json!([row]));
}

#[tokio::test]
async fn scheduled_functions_and_those_they_call_know_the_row() {
    let app = app().await;
    let id = app.later("tellsItsRow", json!({}), 0).await;
    app.until(&id, "success").await;
    let id = id.as_str().expect("an id");
    assert_eq!(app.bodies().await, [id, id]);
    let called = app.mutation("jobs:tellsRow", json!({})).await;
    assert_eq!(called, Ok(Json::Null), "nobody scheduled it");
}

#[tokio::test]
async fn a_mutation_sees_its_own_job_in_progress() {
    let app = app().await;
    let id = app.later("looksAtItself", json!({}), 0).await;
    app.until(&id, "success").await;
    assert_eq!(app.bodies().await, ["inProgress"]);
}

#[tokio::test]
async fn a_failed_mutation_says_why_and_leaves_nothing() {
    let app = app().await;
    let id = app.later("fails", json!({}), 0).await;
    let row = app.until(&id, "failed").await;
    let error = row["state"]["error"].as_str().expect("a text");
    assert!(error.contains("no luck"), "{error}");
    assert!(row["completedTime"].is_number());
    assert!(app.bodies().await.is_empty());
}

#[tokio::test]
async fn cancelled_jobs_do_not_run() {
    let app = app().await;
    let ids = [
        app.later("count", json!({ "name": "never" }), 3_600_000)
            .await,
        app.later("count", json!({ "name": "never" }), 3_600_000)
            .await,
    ];
    let cancel = json!({ "id": ids[0] });
    app.mutation("jobs:cancel", cancel.clone())
        .await
        .expect("cancels");
    app.action("jobs:cancelByAction", json!({ "id": ids[1] }))
        .await
        .expect("cancels");
    for id in &ids {
        let row = app.job(id).await;
        assert_eq!(row["state"], json!({ "kind": "canceled" }));
        assert!(row["completedTime"].is_number());
    }
    app.mutation("jobs:cancel", cancel).await.expect("no error");
    let args = json!({ "author": "ann", "body": "no job" });
    let id = app.mutation("messages:add", args).await.expect("add");
    app.mutation("jobs:cancel", json!({ "id": id }))
        .await
        .expect_err("the id of another table");
}

#[tokio::test]
async fn what_a_cancelled_action_schedules_is_cancelled() {
    let app = app().await;
    let id = app.later("schedulesLate", json!({ "ms": 2_000 }), 0).await;
    app.until(&id, "inProgress").await;
    let cancelled = app.mutation("jobs:cancel", json!({ "id": id })).await;
    cancelled.expect("cancels");
    for _ in 0..600 {
        let all = app.query("jobs:all", json!({})).await.expect("reads");
        let all = all.as_array().expect("a list").clone();
        if all.len() == 3 {
            let canceled = json!({ "kind": "canceled" });
            assert!(all.iter().all(|row| row["state"] == canceled), "{all:?}");
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it scheduled nothing");
}

#[tokio::test]
async fn a_mutation_does_not_cancel_itself() {
    let app = app().await;
    let id = app.later("cancelsItself", json!({}), 0).await;
    app.until(&id, "success").await;
    let all = app.query("jobs:all", json!({})).await.expect("reads");
    app.until(&all[1]["_id"], "success").await;
}

#[tokio::test]
async fn calls_that_are_rolled_back_schedule_nothing() {
    let app = app().await;
    let args = json!({ "name": "rolled", "fail": true });
    app.mutation("counters:incrementLater", args)
        .await
        .expect_err("fails");
    app.mutation("jobs:survives", json!({ "name": "rolled" }))
        .await
        .expect("catches");
    let all = app.query("jobs:all", json!({})).await.expect("reads");
    assert_eq!(all.as_array().map(Vec::len), Some(1), "{all}");
    app.until(&all[0]["_id"], "success").await;
    assert!((app.counter("rolled").await - 1.0).abs() < f64::EPSILON);
}

#[tokio::test]
async fn actions_schedule_and_are_scheduled() {
    let app = app().await;
    let args = json!({ "name": "acts", "args": { "name": "acted", "ms": 0 }, "after": 0 });
    let id = app
        .action("jobs:laterByAction", args)
        .await
        .expect("schedules");
    app.until(&id, "success").await;
    assert!((app.counter("acted").await - 1.0).abs() < f64::EPSILON);
}

#[tokio::test]
async fn after_a_restart_an_interrupted_action_has_failed_and_a_pending_mutation_runs() {
    let app = app().await;
    let action = app
        .later("acts", json!({ "name": "once", "ms": 600_000 }), 0)
        .await;
    let mutation = app.later("count", json!({ "name": "after" }), 4_000).await;
    app.until(&action, "inProgress").await;
    let app = app.restart().await;
    let row = app.until(&action, "failed").await;
    assert_eq!(
        row["state"]["error"],
        "Transient error while executing action"
    );
    app.until(&mutation, "success").await;
    assert!((app.counter("after").await - 1.0).abs() < f64::EPSILON);
    assert!(app.counter("once").await < 1.5, "at most once");
}

#[tokio::test]
async fn a_function_of_a_component_can_be_scheduled() {
    let app = app().await;
    let args = json!({ "text": "milk" });
    let id = app
        .mutation("jobs:inComponent", args)
        .await
        .expect("schedules");
    let row = app.until(&id, "success").await;
    assert_eq!(row["name"], "notes.js:add");
    assert!(row.get("_component").is_none(), "{row}");
    let archived = app.query("jobs:archived", json!({})).await;
    assert_eq!(archived.expect("reads"), json!(["old: milk"]));
}

#[tokio::test]
async fn other_tables_of_the_backend_are_out_of_reach() {
    let app = app().await;
    let error = app.query_error("jobs:hidden", json!({})).await;
    assert!(error.contains("Table _cron_jobs not found."), "{error}");
}

#[tokio::test]
async fn a_mutation_schedules_a_thousand_functions_at_most() {
    let app = app().await;
    let error = app
        .mutation("jobs:tooMany", json!({ "count": 1_001 }))
        .await;
    let error = error.expect_err("too many").message;
    assert!(error.contains("Too many functions scheduled"), "{error}");
    app.mutation("jobs:tooMany", json!({ "count": 1_000 }))
        .await
        .expect("just enough");
}

#[tokio::test]
async fn the_end_of_a_job_invalidates_queries_of_it() {
    let app = app().await;
    let id = app.later("count", json!({ "name": "told" }), 500).await;
    let one = FunctionCall::public("jobs:one", json!({ "id": id }));
    let before = app.functions.query(one).await;
    let mut commits = app.store.commits();
    app.until(&id, "success").await;
    let mut touched = false;
    while let Ok(commit) = commits.try_recv() {
        touched |= before.read_set.invalidated_by(&commit);
    }
    assert!(touched);
}

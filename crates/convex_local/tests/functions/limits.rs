//! Functions that do not end, and a process that does.

use std::time::Duration;

use convex_local::functions::FunctionsConfig;
use futures::future::join;
use serde_json::json;

use crate::support::{app_with, copy_of_app, try_app};

#[tokio::test]
async fn a_function_that_never_answers_times_out_alone() {
    let app = app_with(|config| config.limits.transaction = Duration::from_millis(300)).await;
    assert_eq!(
        app.query_error("surroundings:waitsForever", json!({}))
            .await,
        "Function execution timed out (maximum duration: 0.3s)"
    );
    assert_eq!(app.bodies().await.len(), 0);
}

#[tokio::test]
async fn an_endless_loop_is_stopped_and_everything_else_recovers() {
    let app = app_with(|config| config.limits.stall = Duration::from_millis(1200)).await;
    let sleeping = app.action("surroundings:sleeps", json!({ "ms": 60_000 }));
    let looping = app.query("surroundings:loops", json!({}));
    let (sleeping, looping) = join(sleeping, looping).await;
    for result in [sleeping, looping] {
        let message = result.expect_err("an error").message;
        assert!(message.contains("ended unexpectedly"), "{message}");
    }
    assert_eq!(
        app.bodies().await.len(),
        0,
        "the next call waits for the new process"
    );
}

#[tokio::test]
async fn a_crash_while_the_folder_is_broken_brings_the_last_good_version_back() {
    let dir = copy_of_app("revive");
    let limits = |config: &mut FunctionsConfig| config.limits.stall = Duration::from_millis(1200);
    let app = try_app(&dir, limits).await.expect("loads");
    std::fs::write(dir.join("oops.ts"), "export const b = ;\n").expect("write");
    app.query("surroundings:loops", json!({}))
        .await
        .expect_err("is stopped");
    assert_eq!(app.bodies().await.len(), 0);
}

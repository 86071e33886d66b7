//! The limit of the memory that a call holds.

use std::time::Duration;

use convex_local::functions::FunctionsConfig;
use futures::future::{join, join_all};
use serde_json::json;

use crate::support::{app_with, copy_of_app, try_app};

const TOO_MUCH: &str = "JavaScript execution ran out of memory (maximum memory usage: 64 MB)";

/// Raises the time limits, so that only memory is limited, however busy the machine is.
fn patient(config: &mut FunctionsConfig) {
    config.limits.computing = Duration::from_secs(600);
    config.limits.stall = Duration::from_secs(600);
    config.limits.transaction = Duration::from_secs(600);
}

#[tokio::test]
async fn a_call_that_holds_too_much_fails_alone_with_convexs_message() {
    let app = app_with(|config| {
        config.workers = 1;
        patient(config);
    });
    let app = app.await;
    let waiting = app.action("surroundings:sleeps", json!({ "ms": 2000 }));
    let too_much = app.query_error("memory:holdsBuffer", json!({ "mebibytes": 100 }));
    let (waiting, too_much) = join(waiting, too_much).await;
    assert_eq!(too_much, TOO_MUCH);
    assert_eq!(waiting.expect("it is in the same process"), "awake");
}

#[tokio::test]
async fn actions_are_limited_and_so_is_memory_that_grows_step_by_step() {
    let too_many = json!({ "mebibytes": 100 });
    let app = app_with(patient).await;
    let action = app.action("memory:holdsBufferInAction", too_many.clone());
    assert_eq!(action.await.expect_err("too much").message, TOO_MUCH);
    // Without crons, so that none runs meanwhile.
    let dir = copy_of_app("memory");
    std::fs::remove_file(dir.join("crons.ts")).expect("is there");
    let app = try_app(&dir, patient).await.expect("loads");
    let steps = app.query_error("memory:holds", too_many);
    assert_eq!(steps.await, TOO_MUCH);
}

#[tokio::test]
async fn memory_that_a_call_dropped_or_that_others_hold_does_not_count() {
    let app = app_with(patient).await;
    let drops = app.query("memory:drops", json!({ "mebibytes": 150 }));
    assert_eq!(drops.await.expect("one at a time"), json!(131_072));
    let drops = app.query("memory:dropsBuffers", json!({}));
    assert_eq!(drops.await.expect("few at a time"), json!(20));
    let holds = || app.query("memory:holds", json!({ "mebibytes": 30 }));
    for held in join_all((0..6).map(|_| holds())).await {
        assert_eq!(held.expect("less than it may"), json!(30));
    }
}

#[tokio::test]
async fn a_call_that_fills_the_memory_without_giving_way_is_stopped_and_named() {
    let app = app_with(patient).await;
    let fills = app.query_error("memory:fills", json!({})).await;
    assert!(
        fills.starts_with(&format!("{TOO_MUCH}\n    at ")),
        "{fills}"
    );
    assert!(fills.contains("convex/memory.ts:"), "{fills}");
    // The next call waits for the new process.
    assert_eq!(app.bodies().await.len(), 0);
}

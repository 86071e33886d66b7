//! The time limits of functions, and what happens beyond the capacity of their process.

use std::time::Duration;

use convex_local::functions::FunctionsConfig;
use futures::future::join_all;
use serde_json::json;

use crate::support::{app_with, copy_of_app, try_app};

#[tokio::test]
async fn a_function_whose_promise_never_settles_is_named_and_times_out_alone() {
    let app = app_with(|config| config.limits.transaction = Duration::from_millis(1500)).await;
    assert_eq!(
        app.query_error("surroundings:waitsForever", json!({}))
            .await,
        "Returned promise will never resolve: surroundings:waitsForever awaits something that never \
         settles (given up after 1.5s)"
    );
    let nested = app
        .mutation("surroundings:waitsForAnother", json!({}))
        .await;
    let nested = nested.expect_err("an error").message;
    assert!(
        nested.starts_with("Returned promise will never resolve: surroundings:waitsForever awaits"),
        "{nested}"
    );
    // A function that keeps asking for data is only slow.
    let slow = app.query_error("surroundings:asksForever", json!({})).await;
    assert_eq!(
        slow,
        "Function execution timed out (maximum duration: 1.5s)"
    );
    assert_eq!(app.bodies().await.len(), 0);
}

#[tokio::test]
async fn calls_that_never_settle_leave_nothing_in_their_process() {
    let app = app_with(|config| {
        config.workers = 2;
        config.limits.transaction = Duration::from_millis(300);
    });
    let app = app.await;
    let where_it_runs = || app.action("deep/nodes:whereItRuns", json!({ "ms": 0 }));
    let first = where_it_runs().await;
    for _ in 0..10 {
        let waited = app.mutation("surroundings:waitsForAnother", json!({}));
        waited.await.expect_err("it never settles");
    }
    // With so many calls in it, the process would get help.
    assert_eq!(where_it_runs().await, first);
    tokio::time::sleep(Duration::from_secs(3)).await;
    for _ in 0..10 {
        assert_eq!(where_it_runs().await, first, "one process is enough");
    }
}

#[tokio::test]
async fn a_function_in_an_endless_loop_is_stopped_and_the_place_is_named() {
    let app = app_with(impatient).await;
    let looping = app.query_error("surroundings:loops", json!({})).await;
    assert_eq!(
        looping,
        "Function execution timed out (maximum duration: 1.2s)\n    \
         at spin (../convex/surroundings.ts:44:3)\n    \
         at handler (../convex/surroundings.ts:47:55)"
    );
    let nested = app.mutation("surroundings:loopsLater", json!({})).await;
    let nested = nested.expect_err("an error").message;
    assert!(
        nested.starts_with("Function execution timed out (maximum duration: 1.2s)\n    at spin "),
        "{nested}"
    );
    assert_eq!(
        app.bodies().await.len(),
        0,
        "the next call waits for the new process"
    );
}

#[tokio::test]
async fn computing_times_of_concurrent_calls_do_not_add_up() {
    let app = app_with(|config| {
        config.limits.stall = Duration::from_secs(4);
        config.workers = 1;
    })
    .await;
    let one = || app.action("surroundings:computes", json!({ "ms": 1500 }));
    for result in join_all((0..4).map(|_| one())).await {
        assert_eq!(result.expect("long, but not too long"), "done");
    }
}

#[tokio::test]
async fn a_crash_while_the_folder_is_broken_brings_the_last_good_version_back() {
    let dir = copy_of_app("revive");
    let app = try_app(&dir, impatient).await.expect("loads");
    std::fs::write(dir.join("oops.ts"), "export const b = ;\n").expect("write");
    app.query("surroundings:loops", json!({}))
        .await
        .expect_err("is stopped");
    assert_eq!(app.bodies().await.len(), 0);
}

fn impatient(config: &mut FunctionsConfig) {
    config.limits.stall = Duration::from_millis(1200);
    config.limits.computing = Duration::from_millis(1200);
}

#[tokio::test]
async fn a_query_or_mutation_that_computes_for_too_long_in_steps_fails_alone() {
    let app = app_with(|config| {
        config.workers = 1;
        config.limits.computing = Duration::from_millis(300);
    });
    let app = app.await;
    let waiting = app.action("surroundings:sleeps", json!({ "ms": 3000 }));
    let others = async {
        let too_long = "Function execution timed out (maximum duration: 300ms)";
        // Short steps, because on a busy machine a long one would count as an endless loop.
        let steps = json!({ "steps": 400, "rounds": 1_000_000 });
        let query = app.query_error("surroundings:computesInSteps", steps.clone());
        assert_eq!(query.await, too_long);
        let mutation = app.mutation("surroundings:addsAndComputes", steps).await;
        assert_eq!(mutation.expect_err("too long").message, too_long);
        assert_eq!(app.bodies().await.len(), 0, "its writes are undone");
        // Neither waiting for data nor the time of actions counts.
        let asks = json!({ "steps": 200, "rounds": 1 });
        let asks = app.query("surroundings:computesInSteps", asks).await;
        assert_eq!(asks.expect("it computes little"), "done");
        let action = app.action("surroundings:computes", json!({ "ms": 600 }));
        assert_eq!(action.await.expect("an action"), "done");
    };
    let (waiting, ()) = futures::future::join(waiting, others).await;
    assert_eq!(waiting.expect("it is in the same process"), "awake");
}

#[tokio::test]
async fn calls_beyond_capacity_wait_or_are_refused_with_a_reason() {
    let app = app_with(|config| {
        config.workers = 1;
        config.limits.queue = Duration::from_millis(300);
    });
    let app = app.await;
    let computes = || app.query("surroundings:counts", json!({ "rounds": 2_000_000 }));
    let answers = join_all((0..500).map(|_| computes())).await;
    assert_eq!(answers.len(), 500);
    assert!(answers.iter().any(Result::is_ok), "some are served");
    for error in answers.into_iter().filter_map(Result::err) {
        let text = &error.message;
        assert!(text.starts_with("Too many concurrent requests."), "{text}");
        assert!(error.interrupted, "calling again may help");
    }
    // Afterwards calls are served as before.
    assert!(computes().await.is_ok());
}

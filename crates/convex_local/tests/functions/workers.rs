//! Several processes: calls are spread over them, and the end of one affects only its own calls.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use convex_local::functions::FunctionsConfig;
use futures::future::{join, join_all};
use serde_json::json;

use crate::support::{App, app_with, copy_of_app, loads_a_new_file, try_app};

fn workers(count: usize) -> impl FnOnce(&mut FunctionsConfig) {
    move |config| {
        config.workers = count;
        config.limits.stall = Duration::from_millis(1200);
    }
}

/// Returns the processes that run many concurrent calls.
async fn processes(app: &App) -> BTreeSet<u64> {
    let one = || app.action("deep/nodes:whereItRuns", json!({ "ms": 50 }));
    let all = join_all((0..40).map(|_| one())).await;
    let all = all.into_iter().map(|pid| pid.expect("an action").as_u64());
    all.map(|pid| pid.expect("a number")).collect()
}

/// Makes calls until more than one process runs them, and returns the processes.
async fn crowd(app: &App) -> BTreeSet<u64> {
    for _ in 0..200 {
        let found = processes(app).await;
        if found.len() > 1 {
            return found;
        }
    }
    panic!("all calls run in one process");
}

#[tokio::test]
async fn many_calls_get_more_processes_and_few_get_one() {
    let app = app_with(workers(2)).await;
    let first = app
        .action("deep/nodes:whereItRuns", json!({ "ms": 0 }))
        .await;
    for _ in 0..20 {
        let next = app
            .action("deep/nodes:whereItRuns", json!({ "ms": 0 }))
            .await;
        assert_eq!(next, first, "one call after the other needs one process");
    }
    assert_eq!(crowd(&app).await.len(), 2);
    assert_eq!(processes(&app).await.len(), 2, "two is the limit");
}

#[tokio::test]
async fn while_one_loops_the_others_serve() {
    let app = app_with(|config| {
        config.workers = 2;
        config.limits.stall = Duration::from_secs(600);
        config.limits.computing = Duration::from_secs(600);
    });
    let app = app.await;
    let looping = app.query("surroundings:loops", json!({}));
    let meanwhile = async {
        // By now the backend knows that its only process is stuck in a loop.
        tokio::time::sleep(Duration::from_secs(1)).await;
        for body in ["one", "two", "three"] {
            let args = json!({ "author": "ann", "body": body });
            app.mutation("messages:add", args).await.expect("add");
        }
        assert_eq!(app.bodies().await, ["one", "two", "three"]);
    };
    tokio::select! {
        biased;
        ended = looping => panic!("the others waited for the loop: {ended:?}"),
        () = meanwhile => {}
    }
}

#[tokio::test]
async fn calls_in_the_process_of_a_runaway_run_again_or_fail() {
    let app = app_with(workers(1)).await;
    let waiting = app.action("deep/nodes:whereItRuns", json!({ "ms": 60_000 }));
    let looping = app.query("surroundings:loops", json!({}));
    let args = json!({ "author": "ann", "body": "kept" });
    let adding = app.mutation("messages:add", args);
    let ((waiting, looping), adding) = join(join(waiting, looping), adding).await;
    adding.expect("the mutation runs in the next process");
    assert_eq!(app.bodies().await, ["kept"], "it took effect once");
    let looping = looping.expect_err("is stopped").message;
    assert!(
        looping.starts_with("Function execution timed out"),
        "{looping}"
    );
    let waiting = waiting.expect_err("an action may have had effects").message;
    assert_eq!(
        waiting,
        "The process that ran this function ended unexpectedly; it is being restarted. Try again."
    );
}

#[tokio::test]
async fn a_process_that_dies_is_replaced_while_the_other_serves() {
    let app = app_with(workers(2)).await;
    let before = crowd(&app).await;
    let died = app.action("deep/nodes:dies", json!({})).await;
    let died = died.expect_err("nobody can answer").message;
    assert!(died.contains("ended unexpectedly"), "{died}");
    assert_eq!(app.bodies().await.len(), 0);
    let after = crowd(&app).await;
    assert_eq!(
        before.intersection(&after).count(),
        1,
        "{before:?} {after:?}"
    );
}

#[tokio::test]
async fn a_reload_replaces_all_processes() {
    let dir = copy_of_app("workers");
    let file = dir.join("changing.ts");
    let version = |n: u32| {
        let text = format!(
            "import {{ query }} from \"./_generated/server\";\n\
             export const version = query({{ args: {{}}, handler: () => {n} }});\n"
        );
        fs::write(&file, text).expect("write");
    };
    version(1);
    let app = try_app(&dir, |config| {
        workers(2)(config);
        config.watch = true;
    });
    let app = app.await.expect("loads");
    let before = crowd(&app).await;
    let mut generation = app.functions.generation();
    generation.borrow_and_update();
    version(2);
    let grown = tokio::time::timeout(Duration::from_secs(20), generation.changed()).await;
    grown.expect("reloads in time").expect("reloads");
    let after = crowd(&app).await;
    assert!(before.is_disjoint(&after), "{before:?} {after:?}");
    let ask = || app.query("changing:version", json!({}));
    for answer in join_all((0..20).map(|_| ask())).await {
        assert_eq!(answer.expect("an answer"), json!(2));
    }
}

#[tokio::test]
async fn a_change_is_loaded_although_the_last_process_cannot_be_replaced() {
    let dir = copy_of_app("irreplaceable");
    let data = tempfile::tempdir().expect("a folder");
    let app = try_app(&dir, |config| {
        config.watch = true;
        config.data_dir = data.path().to_owned();
    });
    let app = app.await.expect("loads");
    for entry in fs::read_dir(data.path().join("functions")).expect("builds") {
        let entry = entry.expect("an entry");
        if entry.file_name().to_string_lossy().starts_with("build-") {
            fs::remove_dir_all(entry.path()).expect("removes the build");
        }
    }
    let died = app.action("deep/nodes:dies", json!({})).await;
    died.expect_err("nobody can answer");
    // By now another process has not started.
    tokio::time::sleep(Duration::from_secs(1)).await;
    loads_a_new_file(&app, &dir, Duration::from_secs(60)).await;
}

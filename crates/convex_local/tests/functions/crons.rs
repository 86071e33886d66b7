//! `crons.ts`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use convex_local::functions::StartError;

use crate::support::{App, Stopped, copy_of_app, try_app};

/// Returns a copy of the app with these lines in `crons.ts`.
fn app_with_crons(name: &str, lines: &str) -> PathBuf {
    let dir = copy_of_app(name);
    write_crons(&dir, lines);
    dir
}

fn write_crons(dir: &Path, lines: &str) {
    let text = format!(
        "import {{ anyApi, cronJobs }} from \"convex/server\";\nconst crons = cronJobs();\n\
         const {{ counters, jobs }} = anyApi;\n{lines}\nexport default crons;\n"
    );
    std::fs::write(dir.join("crons.ts"), text).expect("write");
}

async fn start(dir: &Path) -> App {
    try_app(dir, |_| {}).await.expect("loads")
}

async fn until(app: &App, counter: &str, value: f64) {
    for _ in 0..600 {
        if app.counter(counter).await >= value {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{counter} never reached {value}");
}

impl Stopped {
    /// Makes every cron due long ago.
    fn miss_crons(&self) {
        let file = self.data.path().join("data.sqlite3");
        let database = rusqlite::Connection::open(file).expect("opens");
        let changed = database.execute(
            "UPDATE documents SET json = json_set(json, '$.nextTime', 1000) \
             WHERE json_extract(json, '$.spec') IS NOT NULL",
            [],
        );
        assert_eq!(changed, Ok(1), "there is one cron");
    }
}

const HOURLY: &str =
    r#"crons.interval("count", { hours: 1 }, counters.increment, { name: "cron" });"#;

#[tokio::test]
async fn a_cron_runs_again_and_again() {
    let lines =
        r#"crons.interval("often", { seconds: 1 }, counters.increment, { name: "often" });"#;
    let app = start(&app_with_crons("crons-often", lines)).await;
    until(&app, "often", 3.0).await;
}

#[tokio::test]
async fn a_restart_repeats_no_run_and_makes_up_for_missed_ones_once() {
    let app = start(&app_with_crons("crons-restart", HOURLY)).await;
    until(&app, "cron", 1.0).await;
    let app = app.restart().await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(app.counter("cron").await < 1.5, "not due for an hour");
    let stopped = app.stop().await;
    stopped.miss_crons();
    let app = stopped.start().await;
    until(&app, "cron", 2.0).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(
        app.counter("cron").await < 2.5,
        "many runs were missed, one makes up for them"
    );
}

#[tokio::test]
async fn a_cron_waits_for_itself() {
    let lines = r#"crons.interval("slow", { seconds: 1 }, jobs.takesTime, {});"#;
    let app = start(&app_with_crons("crons-slow", lines)).await;
    for _ in 0..600 {
        if app.bodies().await.len() >= 5 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let bodies = app.bodies().await;
    let expected = ["begins", "ends", "begins", "ends", "begins"];
    assert_eq!(bodies[..5], expected);
}

#[tokio::test]
async fn a_changed_file_changes_the_crons() {
    let dir = app_with_crons("crons-change", HOURLY);
    let app = try_app(&dir, |config| config.watch = true)
        .await
        .expect("loads");
    until(&app, "cron", 1.0).await;
    let other = HOURLY
        .replace("\"count\"", "\"another\"")
        .replace("\"cron\"", "\"other\"");
    write_crons(&dir, &other);
    until(&app, "other", 1.0).await;
    assert!(app.counter("cron").await < 1.5);
}

#[tokio::test]
async fn a_cron_with_other_arguments_keeps_its_time() {
    let dir = app_with_crons("crons-arguments", HOURLY);
    let app = try_app(&dir, |config| config.watch = true)
        .await
        .expect("loads");
    until(&app, "cron", 1.0).await;
    let mut generation = app.functions.generation();
    generation.borrow_and_update();
    write_crons(&dir, &HOURLY.replace("\"cron\"", "\"other\""));
    let reloaded = tokio::time::timeout(Duration::from_secs(20), generation.changed()).await;
    reloaded.expect("reloads in time").expect("reloads");
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(app.counter("other").await < 0.5, "not due for an hour");
}

#[tokio::test]
async fn a_failing_cron_is_run_again_next_time() {
    let lines = r#"crons.interval("fails", { seconds: 1 }, jobs.fails, {});
        crons.interval("works", { seconds: 1 }, counters.increment, { name: "works" });"#;
    let app = start(&app_with_crons("crons-fail", lines)).await;
    until(&app, "works", 3.0).await;
    assert!(app.bodies().await.is_empty());
}

#[tokio::test]
async fn crons_that_cannot_run_are_refused_with_the_folder() {
    for (lines, expected) in [
        (
            r#"crons.interval("count", { hours: 1 }, counters.nothing, {});"#,
            "which does not exist",
        ),
        (
            r#"crons.interval("count", { hours: 1 }, counters.get, { name: "x" });"#,
            "which is a query",
        ),
        (
            r#"crons.cron("count", "61 * * * *", counters.increment, { name: "x" });"#,
            "is not understood",
        ),
    ] {
        let dir = app_with_crons("crons-bad", lines);
        let Err(StartError::Load(error)) = try_app(&dir, |_| {}).await else {
            panic!("must not start: {lines}");
        };
        let error = error.to_string();
        assert!(
            error.contains("crons: \"count\"") && error.contains(expected),
            "{error}"
        );
    }
}

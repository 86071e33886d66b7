//! The Node.js processes of a backend that was killed.

use std::time::{Duration, Instant};

use crate::process::{Backend, Process, client};

/// How long a process may take to end.
const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test]
async fn an_idle_runner_ends_with_its_backend() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let backend = Backend::start(data.path());
    let runners = backend.children();
    assert!(runners.iter().any(Process::lives), "there is a runner");
    backend.kill();
    all_end(&runners).await;
}

/// JavaScript in an endless loop does not notice that the socket was closed.
#[tokio::test]
async fn a_runner_in_an_endless_loop_ends_with_its_backend() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let backend = Backend::start(data.path());
    let runners = backend.children();
    let body = serde_json::json!({ "path": "load:loops", "args": {}, "format": "json" });
    let loops = client()
        .post(format!("{}/api/query", backend.url))
        .json(&body);
    let loops = tokio::spawn(loops.send());
    // Long enough to be in the loop, not so long that the backend stops it.
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(!loops.is_finished(), "it loops");
    assert!(runners.iter().any(Process::lives), "there is a runner");
    backend.kill();
    all_end(&runners).await;
}

async fn all_end(runners: &[Process]) {
    let started = Instant::now();
    while runners.iter().any(Process::lives) {
        assert!(started.elapsed() < PATIENCE, "still there: {runners:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

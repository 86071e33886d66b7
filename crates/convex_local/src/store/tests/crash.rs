//! What must hold when the process is killed in the middle of its work.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::*;

/// The variable with the folder for the process that will be killed.
const FOLDER: &str = "CONVEX_LOCAL_CRASH_TEST_FOLDER";
const WRITER: &str = "store::tests::crash::writes_until_it_is_killed";
/// How often the writer is killed.
const ROUNDS: u64 = 20;

/// Not a test of its own: the process that `every_acknowledged_commit_survives_a_kill` kills.
#[tokio::test]
async fn writes_until_it_is_killed() {
    let Ok(folder) = std::env::var(FOLDER) else {
        return;
    };
    let store = Store::open(Path::new(&folder), StoreOptions::default()).expect("opens");
    let writers = (0..8).map(|writer| {
        let store = store.clone();
        tokio::spawn(async move {
            for rank in 0.. {
                let mut tx = store.begin();
                let left = tx.add(&format!("left {writer}"), rank);
                let right = tx.add(&format!("right {writer}"), rank);
                store.commit(tx).await.expect("commits");
                println!("done {left} {right}.");
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.expect("writes until the end");
    }
}

#[test]
fn every_acknowledged_commit_survives_a_kill() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let mut acknowledged = Vec::new();
    for round in 0..ROUNDS {
        acknowledged.extend(write_and_kill(
            dir.path(),
            Duration::from_millis(60 + round * 37 % 170),
        ));
        let store = Store::open(dir.path(), StoreOptions::default()).expect("opens after a kill");
        for id in &acknowledged {
            // Each by itself: together they can be more than one transaction may read.
            let found = store.begin().call("get", json!({ "id": id }));
            let document = found.expect("reads");
            assert_eq!(document["_id"], id.as_str(), "lost in round {round}");
        }
        let documents: usize = store.tables(&root()).iter().map(|(_, count)| count).sum();
        assert_eq!(documents % 2, 0, "half a commit in round {round}");
    }
    assert!(!acknowledged.is_empty(), "nothing was ever written");
}

/// Starts the writer and kills it after a while. Returns the ids whose commits were acknowledged before.
fn write_and_kill(folder: &Path, after: Duration) -> Vec<String> {
    let mut writer = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", WRITER, "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("starts");
    let output = writer.stdout.take().expect("is piped");
    let lines = std::thread::spawn(move || {
        BufReader::new(output)
            .lines()
            .map_while(Result::ok)
            .collect::<Vec<_>>()
    });
    std::thread::sleep(after);
    writer.kill().expect("is killed");
    writer.wait().expect("has ended");
    let lines = lines.join().expect("reads");
    let done = lines.iter().filter_map(|line| {
        // The last line may have been cut off; only a whole one ends in a full stop.
        line.strip_prefix("done ")?
            .strip_suffix('.')?
            .split_once(' ')
    });
    done.flat_map(|(left, right)| [left.to_owned(), right.to_owned()])
        .collect()
}

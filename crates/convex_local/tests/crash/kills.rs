//! The durability of writes: after a `kill -9` each acknowledged one is there, and no other is there in part.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::Value as Json;

use crate::check::{self, Undecided};
use crate::load::{self, Writer};
use crate::process::Backend;

/// The variable for the number of kills, if it is not the default of 20.
const ROUNDS: &str = "CONVEX_LOCAL_CRASH_ROUNDS";
/// The variable for the seed that the times of the kills come from, to repeat a run.
const SEED: &str = "CONVEX_LOCAL_CRASH_SEED";
/// How long the first answer may take, and how long the scheduled functions may take to catch up.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn every_acknowledged_write_survives_and_no_other_is_there_in_part() {
    let rounds = from_environment(ROUNDS).unwrap_or(20);
    let seed = from_environment(SEED).unwrap_or_else(rand::random);
    println!("{rounds} rounds, {SEED}={seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let data = tempfile::tempdir().expect("a temporary folder");
    let writers = load::writers();
    let mut total = Undecided::default();
    for round in 0..rounds {
        let backend = Backend::start(data.path());
        let undecided = check::consistent(&backend.query("load:everything").await, &writers);
        total.committed += undecided.committed;
        total.lost += undecided.lost;
        let everything = until_followed(&backend).await;
        check::consistent(&everything, &writers);
        check::catch_up(&everything, &writers);

        let before = acknowledged(&writers);
        let mut load = load::write(&backend.url, &writers);
        // In every other round, waits until something is written, however slow the machine is.
        let started = Instant::now();
        while round % 2 == 0 && acknowledged(&writers) == before {
            assert!(started.elapsed() < PATIENCE, "nothing is acknowledged");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let moment = Duration::from_micros(random.random_range(5_000..250_000));
        tokio::time::sleep(moment).await;
        backend.kill();
        while let Some(ended) = load.join_next().await {
            ended.unwrap_or_else(|error| panic!("round {round}: {error}"));
        }
    }
    let backend = Backend::start(data.path());
    check::consistent(&until_followed(&backend).await, &writers);
    backend.kill();
    sound(data.path());
    let steps = acknowledged(&writers);
    println!(
        "{steps} steps; when it was killed, {} were committed and not acknowledged, {} not committed",
        total.committed, total.lost
    );
    assert!(steps >= rounds.div_ceil(2), "almost nothing was written");
}

/// Returns how many steps were acknowledged.
fn acknowledged(writers: &[Arc<Writer>]) -> u64 {
    let steps = writers.iter();
    steps.map(|w| w.acknowledged.load(Ordering::SeqCst)).sum()
}

async fn until_followed(backend: &Backend) -> Json {
    let started = Instant::now();
    loop {
        let everything = backend.query("load:everything").await;
        if check::all_followed(&everything) {
            return everything;
        }
        assert!(
            started.elapsed() < PATIENCE,
            "scheduled functions are missing: {everything}"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Checks that SQLite finds nothing wrong with its file.
fn sound(data: &std::path::Path) {
    let database = rusqlite::Connection::open(data.join("data.sqlite3")).expect("opens");
    let ask = |pragma| database.pragma_query_value(None, pragma, |row| row.get::<_, String>(0));
    assert_eq!(ask("integrity_check").as_deref(), Ok("ok"));
    assert_eq!(ask("journal_mode").as_deref(), Ok("wal"));
}

fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

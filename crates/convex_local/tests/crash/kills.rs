//! Every acknowledged write is there after a `kill -9`, and no half of an unacknowledged one.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::Value as Json;

use crate::check::{self, Undecided};
use crate::load::{self, Writer};
use crate::process::Backend;

/// How many kills, when it should not be the few of every test run.
const ROUNDS: &str = "CONVEX_LOCAL_CRASH_ROUNDS";
/// Where the moments of the kills come from, to have the same once more.
const SEED: &str = "CONVEX_LOCAL_CRASH_SEED";
/// How long a first answer, and scheduled functions to catch up, may take.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn every_acknowledged_write_survives_and_no_half_of_another() {
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
        // In every other round something is written for sure, however slow the machine is.
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
    assert!(steps >= rounds.div_ceil(2), "next to nothing was written");
}

/// How many steps the writers know to be taken.
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

/// SQLite itself finds nothing wrong.
fn sound(data: &std::path::Path) {
    let database = rusqlite::Connection::open(data.join("data.sqlite3")).expect("opens");
    let ask = |pragma| database.pragma_query_value(None, pragma, |row| row.get::<_, String>(0));
    assert_eq!(ask("integrity_check").as_deref(), Ok("ok"));
    assert_eq!(ask("journal_mode").as_deref(), Ok("wal"));
}

fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

//! Calls per second, with one client and with many.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::Result;
use serde::Serialize;

use super::backend::Backend;
use super::client::{Call, Client, Over};
use crate::load::percentile;

/// What the clients of a row do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum What {
    /// All the same query.
    Cached,
    /// A query that nobody has asked.
    Uncached,
    /// A mutation, each client of a document of its own.
    Mutation,
}

/// A row of the result.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Row {
    pub(crate) what: What,
    pub(crate) over: Over,
    pub(crate) clients: usize,
    pub(crate) per_second: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
}

/// Warms up for a second, then measures.
///
/// # Errors
/// When a call fails.
pub(crate) async fn run(
    backend: &Backend,
    what: What,
    over: Over,
    clients: usize,
    seconds: Duration,
) -> Result<Row> {
    spread(backend, what, over, clients, Duration::from_secs(1)).await?;
    let start = Instant::now();
    let mut times = spread(backend, what, over, clients, seconds).await?;
    let took = start.elapsed().as_secs_f64();
    times.sort_unstable();
    Ok(Row {
        what,
        over,
        clients,
        per_second: times.len() as f64 / took,
        p50_ms: percentile(&times, 0.50),
        p99_ms: percentile(&times, 0.99),
    })
}

/// Runs the clients side by side; the times of all calls, in microseconds.
async fn spread(
    backend: &Backend,
    what: What,
    over: Over,
    clients: usize,
    seconds: Duration,
) -> Result<Vec<u32>> {
    thread_local! {
        /// Never the same again, whatever was measured before.
        static SALT: Rc<Cell<u64>> = Rc::default();
    }
    let salt = SALT.with(Rc::clone);
    let mut tasks = Vec::new();
    let mut opened = Vec::new();
    for _ in 0..clients {
        opened.push(Client::open(backend.addr(), over).await?);
    }
    let until = Instant::now() + seconds;
    for (client, key) in opened.into_iter().zip(0..) {
        let (mut client, salt) = (client, Rc::clone(&salt));
        tasks.push(tokio::task::spawn_local(async move {
            let mut times = Vec::new();
            while Instant::now() < until {
                salt.set(salt.get() + 1);
                let call = match what {
                    What::Cached => Call::Read { key: 0, salt: None },
                    What::Uncached => Call::Read {
                        key,
                        salt: Some(salt.get()),
                    },
                    What::Mutation => Call::Bump { key },
                };
                let start = Instant::now();
                client.call(call).await?;
                times.push(u32::try_from(start.elapsed().as_micros()).unwrap_or(u32::MAX));
            }
            anyhow::Ok(times)
        }));
    }
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await??);
    }
    Ok(times)
}

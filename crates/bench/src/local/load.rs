//! Calls per second, with one client and with many.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::Result;
use serde::Serialize;

use super::backend::Backend;
use super::client::{Call, Client, Over, Realm};
use crate::load::percentile;

/// The calls of a row's clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum What {
    /// The same query by all clients.
    Cached,
    /// A query with arguments that were never used before.
    Uncached,
    /// A mutation, with a separate document for each client.
    Mutation,
    /// [`What::Uncached`] in a context that is kept for the next call.
    KeptUncached,
    /// [`What::Mutation`] in a context that is kept for the next call.
    KeptMutation,
    /// A mutation of one document by all clients.
    OneCounter,
}

impl What {
    fn realm(self) -> Realm {
        match self {
            Self::KeptUncached | Self::KeptMutation => Realm::Kept,
            Self::Cached | Self::Uncached | Self::Mutation | Self::OneCounter => Realm::Own,
        }
    }
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
    /// Calls that failed; only [`What::OneCounter`] may have some.
    pub(crate) failed: usize,
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
    let Calls { mut times, failed } = spread(backend, what, over, clients, seconds).await?;
    let took = start.elapsed().as_secs_f64();
    times.sort_unstable();
    Ok(Row {
        what,
        over,
        clients,
        per_second: times.len() as f64 / took,
        p50_ms: percentile(&times, 0.50),
        p99_ms: percentile(&times, 0.99),
        failed,
    })
}

/// The results of a row's calls.
#[derive(Default)]
struct Calls {
    /// The times of successful calls, in microseconds.
    times: Vec<u32>,
    failed: usize,
}

/// Runs the clients concurrently.
async fn spread(
    backend: &Backend,
    what: What,
    over: Over,
    clients: usize,
    seconds: Duration,
) -> Result<Calls> {
    thread_local! {
        /// The last value. No measurement uses a value again.
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
            let mut calls = Calls::default();
            while Instant::now() < until {
                salt.set(salt.get() + 1);
                let call = match what {
                    What::Cached => Call::read(0),
                    What::Uncached | What::KeptUncached => Call::Read {
                        key,
                        salt: Some(salt.get()),
                        realm: what.realm(),
                    },
                    What::Mutation | What::KeptMutation => Call::Bump {
                        key,
                        realm: what.realm(),
                    },
                    What::OneCounter => Call::bump(0),
                };
                let start = Instant::now();
                match client.call(call).await {
                    Ok(()) => {
                        let took = start.elapsed().as_micros();
                        calls.times.push(u32::try_from(took).unwrap_or(u32::MAX));
                    }
                    Err(_) if what == What::OneCounter => calls.failed += 1,
                    Err(error) => return Err(error),
                }
            }
            anyhow::Ok(calls)
        }));
    }
    let mut all = Calls::default();
    for task in tasks {
        let Calls { times, failed } = task.await??;
        all.times.extend(times);
        all.failed += failed;
    }
    Ok(all)
}

//! The time from a mutation to those who subscribe to what it changes.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use serde::Serialize;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::backend::Backend;
use super::client::{Call, Client, Over, Socket};
use crate::load::percentile;

pub(crate) const SUBSCRIBERS: usize = 1_000;
/// Changes of the one document, and of the many.
const ROUNDS: [usize; 2] = [20, 200];
/// Between two changes: each is measured alone.
const PAUSE: Duration = Duration::from_millis(20);

/// Milliseconds, from before the mutation is sent until a subscriber has the new value.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Push {
    /// Of all subscribers to one document.
    pub(crate) same_p50_ms: f64,
    pub(crate) same_p99_ms: f64,
    /// Until the last of them has it, as a rule (median).
    pub(crate) same_all_ms: f64,
    /// Of the one subscriber to a document, with all the others beside it.
    pub(crate) different_p50_ms: f64,
    pub(crate) different_p99_ms: f64,
}

/// # Errors
/// When a subscription or a mutation fails.
pub(crate) async fn measure(backend: &Backend) -> Result<Push> {
    let mut audience = Audience::gather(backend, |_| 0).await?;
    let (mut all, mut last) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS[0] {
        let times = audience.after(Call::bump(0), SUBSCRIBERS).await?;
        last.extend(times.iter().max());
        all.extend(times);
    }
    audience.leave();
    let mut audience = Audience::gather(backend, |number| number).await?;
    let mut alone = Vec::new();
    for round in 0..ROUNDS[1] {
        // Steps of a prime visit all of them in no order.
        let key = (round * 617 % SUBSCRIBERS) as u64;
        alone.extend(audience.after(Call::bump(key), 1).await?);
    }
    audience.leave();
    for times in [&mut all, &mut last, &mut alone] {
        times.sort_unstable();
    }
    Ok(Push {
        same_p50_ms: percentile(&all, 0.50),
        same_p99_ms: percentile(&all, 0.99),
        same_all_ms: percentile(&last, 0.50),
        different_p50_ms: percentile(&alone, 0.50),
        different_p99_ms: percentile(&alone, 0.99),
    })
}

/// Subscribers on sockets of their own, and somebody who changes things.
struct Audience {
    tasks: Vec<JoinHandle<Result<()>>>,
    /// When each of them got something new.
    heard: mpsc::UnboundedReceiver<Instant>,
    author: Client,
}

impl Audience {
    async fn gather(backend: &Backend, key_of: impl Fn(u64) -> u64) -> Result<Self> {
        let (tell, heard) = mpsc::unbounded_channel();
        let mut tasks = Vec::new();
        for number in 0..SUBSCRIBERS as u64 {
            let mut socket = Socket::open(backend.addr()).await?;
            let (key, tell) = (key_of(number), tell.clone());
            socket.subscribe(Call::read(key)).await?;
            tasks.push(tokio::task::spawn_local(async move {
                loop {
                    socket.update().await?;
                    tell.send(Instant::now())?;
                }
            }));
        }
        Ok(Self {
            tasks,
            heard,
            author: Client::open(backend.addr(), Over::Http).await?,
        })
    }

    /// Measures the microseconds after which `count` subscribers have heard of what `call` does.
    async fn after(&mut self, call: Call, count: usize) -> Result<Vec<u32>> {
        let start = Instant::now();
        self.author.call(call).await?;
        let mut times = Vec::new();
        for _ in 0..count {
            let next = tokio::time::timeout(Duration::from_secs(20), self.heard.recv()).await;
            let at = next
                .context("a subscriber hears nothing")?
                .context("all subscribers are gone")?;
            times.push(u32::try_from((at - start).as_micros()).unwrap_or(u32::MAX));
        }
        tokio::time::sleep(PAUSE).await;
        Ok(times)
    }

    fn leave(self) {
        for task in self.tasks {
            task.abort();
        }
    }
}

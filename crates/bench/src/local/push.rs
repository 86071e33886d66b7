//! The time from a mutation to the subscribers of its document.

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
/// The pause between two changes, so that each is measured separately.
const PAUSE: Duration = Duration::from_millis(20);

/// Milliseconds, from before the mutation is sent until a subscriber has the new value.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Push {
    /// Of all subscribers to one document.
    pub(crate) same_p50_ms: f64,
    pub(crate) same_p99_ms: f64,
    /// Until the last of them has it (median).
    pub(crate) same_all_ms: f64,
    /// Of the one subscriber to a document, while all the others are connected.
    pub(crate) different_p50_ms: f64,
    pub(crate) different_p99_ms: f64,
}

/// Measures both kinds of subscribers.
///
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
        // Steps by a prime visit all of them in an irregular order.
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

/// Subscribers on separate sockets, and a client that makes changes.
struct Audience {
    tasks: Vec<JoinHandle<Result<()>>>,
    /// When each of them received something new.
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

    /// Measures the microseconds after which `count` subscribers have received the effect of `call`.
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

//! The task that holds the subscriptions and keeps [`Answers`] up to date.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, Weak},
    time::{Duration, Instant},
};

use convex::{
    ConvexClient, ConvexClientBuilder, FunctionResult, QueryResults, QuerySubscription,
    WebSocketState,
};
use futures::{FutureExt as _, StreamExt as _};
use tokio::sync::mpsc;

use super::{Wanted, answers::Answers, convert, lock};
use crate::call::QueryKey;

/// How many changes of the connection may wait to be handled.
const STATES: usize = 16;

/// A subscription and its last result.
struct Held {
    subscription: QuerySubscription,
    seen: Option<FunctionResult>,
}

struct Worker {
    client: ConvexClient,
    held: HashMap<QueryKey, Held>,
    connected: bool,
}

/// Subscribes to the queries that arrive through `wanted`, until the last client of `answers` is gone.
pub(super) async fn run(
    deployment: String,
    idle: Duration,
    answers: Weak<Mutex<Answers>>,
    mut wanted: mpsc::UnboundedReceiver<Wanted>,
) {
    let (on_state, mut states) = mpsc::channel(STATES);
    let built = ConvexClientBuilder::new(&deployment)
        .with_client_id(super::super::CLIENT_HEADER)
        .with_on_state_change(on_state)
        .build()
        .await;
    let client = match built {
        Ok(client) => client,
        Err(error) => {
            // Without a subscription every call goes over HTTP.
            tracing::warn!(error = format!("{error:#}"), "no live queries");
            return;
        }
    };
    let mut results = client.watch_all();
    let mut sweep = tokio::time::interval(idle.max(Duration::from_millis(10)) / 2);
    let mut worker = Worker {
        client,
        held: HashMap::new(),
        connected: false,
    };
    loop {
        // Results come first: those of a lost connection must not count as results of the next one.
        tokio::select! {
            biased;
            Some(results) = results.next() => {
                let Some(answers) = answers.upgrade() else { return };
                worker.take(&results, &answers);
            }
            Some(state) = states.recv() => {
                let Some(answers) = answers.upgrade() else { return };
                worker.connection(&state, &answers);
            }
            query = wanted.recv() => {
                let (Some(query), Some(answers)) = (query, answers.upgrade()) else { return };
                worker.subscribe(query, &answers).await;
            }
            _ = sweep.tick() => {
                let Some(answers) = answers.upgrade() else { return };
                for key in lock(&answers).give_up_idle(idle, Instant::now()) {
                    worker.held.remove(&key);
                }
            }
        }
    }
}

impl Worker {
    async fn subscribe(&mut self, Wanted { key, args }: Wanted, answers: &Arc<Mutex<Answers>>) {
        let args = convert::arguments(&args);
        match self.client.subscribe(key.path(), args).await {
            Ok(mut subscription) => {
                // The result may have arrived while the request was pending. Nothing would report it again.
                let seen = (subscription.next().now_or_never()).flatten();
                let held = Held { subscription, seen };
                if let (Some(seen), true) = (&held.seen, self.connected) {
                    lock(answers).set(&key, convert::result(seen));
                }
                self.held.insert(key, held);
            }
            Err(error) => {
                tracing::warn!(error = format!("{error:#}"), query = key.path(), "not live");
                lock(answers).give_up(&key);
            }
        }
    }

    fn connection(&mut self, state: &WebSocketState, answers: &Mutex<Answers>) {
        self.connected = matches!(state, WebSocketState::Connected);
        if !self.connected {
            lock(answers).forget_results();
            for held in self.held.values_mut() {
                held.seen = None;
            }
        }
    }

    /// Stores one transition: all results of one moment.
    fn take(&mut self, results: &QueryResults, answers: &Mutex<Answers>) {
        if !self.connected {
            return;
        }
        let changed: Vec<_> = self
            .held
            .iter_mut()
            .filter_map(|(key, held)| {
                let result = results.get(&held.subscription)?;
                if held.seen.as_ref() == Some(result) {
                    return None;
                }
                held.seen = Some(result.clone());
                Some((key, convert::result(result)))
            })
            .collect();
        let mut answers = lock(answers);
        for (key, result) in changed {
            answers.set(key, result);
        }
    }
}

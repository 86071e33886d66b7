//! One subscriber of a query. Dropping it unsubscribes.

use std::sync::{Arc, Mutex};

use futures::channel::oneshot;
use leptos::prelude::*;

use super::{ConvexClient, outlet::QuerySignal};
use crate::{
    call::{CallError, QueryKey},
    lock::lock,
    sync::{Event, QueryResult},
    value::Encoded,
    worker::Worker,
};

pub(crate) struct Subscription {
    worker: Arc<Worker>,
    key: QueryKey,
    signal: QuerySignal,
}

impl ConvexClient {
    /// Subscribes together with all other queries of this turn of the event loop.
    pub(crate) fn subscribe(&self, key: QueryKey) -> Subscription {
        let signal = self.worker.outlet.join(&key);
        self.worker.push_soon(Event::Subscribe(key.clone()));
        Subscription {
            worker: Arc::clone(&self.worker),
            key,
            signal,
        }
    }

    /// Does what [`ConvexClient::subscribe`] does, but ends at once if there is no live client.
    pub(crate) fn subscribe_now(&self, key: QueryKey) -> Subscription {
        let subscription = self.subscribe(key);
        if !self.worker.platform.is_live() {
            subscription.signal.set(Some(Err(CallError::Closed)));
        }
        subscription
    }
}

impl Subscription {
    /// Returns the current result; tracks.
    pub(crate) fn get(&self) -> Option<QueryResult> {
        self.signal.get()
    }

    /// Reads the current result; tracks.
    pub(crate) fn with<R>(&self, read: impl FnOnce(Option<&QueryResult>) -> R) -> R {
        self.signal.with(|result| read(result.as_ref()))
    }

    /// Returns the first result that arrives.
    pub(crate) async fn first(self) -> Result<Encoded, CallError> {
        let (sender, receiver) = oneshot::channel();
        let sender = Mutex::new(Some(sender));
        let signal = self.signal.clone();
        let effect = ImmediateEffect::new_isomorphic(move || {
            if let Some(result) = signal.get()
                && let Some(sender) = lock(&sender).take()
            {
                drop(sender.send(result));
            }
        });
        let result = receiver.await.unwrap_or(Err(CallError::Closed));
        drop(effect);
        result
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.worker.outlet.leave(&self.key);
        if !self.worker.platform.is_live() {
            // The worker is gone, so nothing else will reset the signal.
            self.worker.outlet.forget(&self.key);
        }
        self.worker.push_soon(Event::Unsubscribe(self.key.clone()));
    }
}

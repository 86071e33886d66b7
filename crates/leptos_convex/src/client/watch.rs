//! Queries and optimistic updates outside of components.

use std::{fmt, future::Future, sync::Arc};

use futures::channel::oneshot;
use leptos::prelude::*;
use serde::de::DeserializeOwned;

use super::{ConvexClient, Subscription};
use crate::{
    call::{CallError, Mutation, Query},
    sync::{OptimisticStore, OptimisticUpdate, RequestKind},
};

/// A live query outside of components; made by [`ConvexClient::watch`]. The subscription ends when the last clone and
/// the last [`OnUpdate`] are dropped.
pub struct Watch<T> {
    query: Query<T>,
    subscription: Result<Arc<Subscription>, CallError>,
}

impl<T> Clone for Watch<T> {
    fn clone(&self) -> Self {
        Self {
            query: self.query.clone(),
            subscription: self.subscription.clone(),
        }
    }
}

impl<T> fmt::Debug for Watch<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch")
            .field("query", &self.query)
            .finish_non_exhaustive()
    }
}

impl<T: DeserializeOwned + 'static> Watch<T> {
    /// Returns the current result, optimistic updates included; `None` while it is not known. Does not track.
    #[must_use]
    pub fn result(&self) -> Option<Result<T, CallError>> {
        match &self.subscription {
            Ok(subscription) => untrack(|| read(&self.query, subscription)),
            Err(error) => Some(Err(error.clone())),
        }
    }

    /// Calls `callback` with the result: now, if it is known, and on each change. Dropping the returned [`OnUpdate`]
    /// ends the calls. On the server the result never changes.
    #[must_use = "dropping it ends the updates"]
    pub fn on_update<F>(&self, callback: F) -> OnUpdate
    where
        F: Fn(Result<T, CallError>) + Send + Sync + 'static,
    {
        let watch = self.clone();
        OnUpdate {
            effect: ImmediateEffect::new_isomorphic(move || {
                let result = match &watch.subscription {
                    Ok(subscription) => read(&watch.query, subscription),
                    Err(error) => Some(Err(error.clone())),
                };
                if let Some(result) = result {
                    untrack(|| callback(result));
                }
            }),
        }
    }
}

/// Returns the current result; tracks.
fn read<T: DeserializeOwned + 'static>(
    query: &Query<T>,
    subscription: &Subscription,
) -> Option<Result<T, CallError>> {
    let read = subscription.get()?.and_then(|value| query.read(&value));
    Some(read)
}

/// The registration of a callback of [`Watch::on_update`]. Dropping it ends the calls.
pub struct OnUpdate {
    #[expect(dead_code, reason = "it is there to be dropped")]
    effect: ImmediateEffect,
}

impl fmt::Debug for OnUpdate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnUpdate")
    }
}

impl ConvexClient {
    /// Subscribes to `query` outside of a component: `watchQuery` of `convex/react`, `onUpdate` of
    /// `convex/browser`. In a component, use [`use_query`](crate::use_query).
    ///
    /// ```
    /// use leptos_convex::{ConvexClient, Query};
    ///
    /// # let client = ConvexClient::new("https://happy-animal-123.convex.cloud");
    /// let count = client.watch(&Query::<f64>::new("todos:count", ()));
    /// let updates = count.on_update(|result| leptos::logging::log!("{result:?}"));
    /// // … and when that is enough:
    /// drop(updates);
    /// ```
    #[must_use]
    pub fn watch<T>(&self, query: &Query<T>) -> Watch<T> {
        let key = query.key();
        Watch {
            subscription: key.map(|key| Arc::new(self.subscribe(key))),
            query: query.clone(),
        }
    }

    /// Runs `mutation`. Until the answer has arrived, the page's queries show what `update` makes of them:
    /// `optimisticUpdate` of `convex/browser`. In a component, see [`UseMutation`](crate::UseMutation).
    ///
    /// # Errors
    /// As [`ConvexClient::mutation`].
    pub fn mutation_with_optimistic_update<T, F>(
        &self,
        mutation: Mutation<T>,
        update: F,
    ) -> impl Future<Output = Result<T, CallError>> + Send + use<T, F>
    where
        T: DeserializeOwned + 'static,
        F: Fn(&mut OptimisticStore<'_>) + Send + Sync + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        let kind = RequestKind::Mutation;
        // The receiver may have been dropped.
        let update = OptimisticUpdate::new(update);
        self.submit(kind, &mutation, Some(update), |result| {
            drop(sender.send(result));
        });
        async move { mutation.read(&receiver.await.unwrap_or(Err(CallError::Closed))?) }
    }
}

//! What mutations and actions have in common: a function to call, and signals of how it goes.

use std::{future::Future, sync::Arc};

use futures::channel::oneshot;
use leptos::prelude::*;
use serde::de::DeserializeOwned;

use crate::{
    call::{Call, CallError},
    client::ConvexClient,
    sync::{OptimisticStore, OptimisticUpdate, RequestKind},
    value::Value,
};

type MakeCall<K, A, T> = Arc<dyn Fn(A) -> Call<K, T> + Send + Sync>;
type MakeUpdate<A> = Arc<dyn Fn(&A) -> OptimisticUpdate + Send + Sync>;

/// A mutation or action ready to be called, with signals of how it goes.
///
/// Copy it into as many closures as needed. See [`use_mutation`](crate::use_mutation) and
/// [`use_action`](crate::use_action).
#[derive(Debug)]
pub struct UseCall<K: 'static, A: 'static, T: Send + Sync + 'static> {
    client: StoredValue<ConvexClient>,
    make: StoredValue<MakeCall<K, A, T>>,
    optimistic: StoredValue<Option<MakeUpdate<A>>>,
    kind: RequestKind,
    pending: RwSignal<usize>,
    value: RwSignal<Option<T>>,
    error: RwSignal<Option<CallError>>,
}

impl<K, A, T: Send + Sync> Clone for UseCall<K, A, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, A, T: Send + Sync> Copy for UseCall<K, A, T> {}

impl<K, A, T> UseCall<K, A, T>
where
    K: 'static,
    A: 'static,
    T: DeserializeOwned + Clone + Send + Sync + 'static,
{
    pub(super) fn new(
        client: ConvexClient,
        kind: RequestKind,
        make: impl Fn(A) -> Call<K, T> + Send + Sync + 'static,
    ) -> Self {
        Self {
            client: StoredValue::new(client),
            make: StoredValue::new(Arc::new(make)),
            optimistic: StoredValue::new(None),
            kind,
            pending: RwSignal::new(0),
            value: RwSignal::new(None),
            error: RwSignal::new(None),
        }
    }

    pub(super) fn set_optimistic(
        &self,
        update: impl Fn(&mut OptimisticStore<'_>, &A) + Send + Sync + 'static,
    ) where
        A: Clone + Send + Sync,
    {
        let update = Arc::new(update);
        self.optimistic.set_value(Some(Arc::new(move |args: &A| {
            let (update, args) = (Arc::clone(&update), args.clone());
            OptimisticUpdate::new(move |store| update(store, &args))
        })));
    }

    /// Calls the function; the future gives the result.
    ///
    /// The request leaves at the call, and goes on when the future is dropped.
    ///
    /// # Errors
    /// See [`ConvexClient::mutation`] and [`ConvexClient::action`].
    pub fn call(&self, args: A) -> impl Future<Output = Result<T, CallError>> + Send + 'static {
        let (sender, receiver) = oneshot::channel();
        // Nobody may be waiting any more.
        self.start(args, move |result| drop(sender.send(result)));
        async move { receiver.await.unwrap_or(Err(CallError::Closed)) }
    }

    /// Calls the function; the signals tell how it goes.
    pub fn dispatch(&self, args: A) {
        self.start(args, |_| ());
    }

    fn start(&self, args: A, done: impl FnOnce(Result<T, CallError>) + Send + 'static) {
        // The component may be gone while a closure of it still runs.
        let (Some(client), Some(make)) = (self.client.try_get_value(), self.make.try_get_value())
        else {
            return done(Err(CallError::Closed));
        };
        let optimistic = self
            .optimistic
            .try_get_value()
            .flatten()
            .map(|make| make(&args));
        let call = make(args);
        let (pending, value, error) = (self.pending, self.value, self.error);
        pending.try_update(|pending| *pending += 1);
        error.try_set(None);
        let decode = call.clone();
        client.submit(
            self.kind,
            &call,
            optimistic,
            move |result: Result<Value, CallError>| {
                let result = result.and_then(|result| decode.decode(result));
                match &result {
                    Ok(result) => drop(value.try_set(Some(result.clone()))),
                    Err(failure) => drop(error.try_set(Some(failure.clone()))),
                }
                pending.try_update(|pending| *pending = pending.saturating_sub(1));
                done(result);
            },
        );
    }

    /// Whether a call is under way. Tracks.
    #[must_use]
    pub fn pending(&self) -> Signal<bool> {
        let pending = self.pending;
        Signal::derive(move || pending.get() > 0)
    }

    /// The last result. Tracks.
    #[must_use]
    pub fn value(&self) -> ReadSignal<Option<T>> {
        self.value.read_only()
    }

    /// The last call's error; cleared by the next call. Tracks.
    #[must_use]
    pub fn error(&self) -> ReadSignal<Option<CallError>> {
        self.error.read_only()
    }
}

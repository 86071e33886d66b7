//! What mutations and actions have in common: a function to call, and signals of how it goes.

use std::{
    fmt,
    future::Future,
    sync::{Arc, Mutex},
};

use futures::channel::oneshot;
use leptos::prelude::*;
use serde::de::DeserializeOwned;

use crate::{
    call::{Call, CallError},
    client::ConvexClient,
    sync::{OptimisticStore, OptimisticUpdate, RequestKind},
    value::Encoded,
    worker::lock,
};

type MakeUpdate<A> = Box<dyn Fn(&A) -> OptimisticUpdate + Send + Sync>;

/// What a call takes, stored as one: each type of stored value is code of its own.
struct Caller<K, A, T> {
    client: ConvexClient,
    kind: RequestKind,
    make: Box<dyn Fn(A) -> Call<K, T> + Send + Sync>,
    optimistic: Mutex<Option<MakeUpdate<A>>>,
}

/// A mutation or action ready to be called, with signals of how it goes.
///
/// Copy it into as many closures as needed. See [`use_mutation`](crate::use_mutation) and
/// [`use_action`](crate::use_action).
pub struct UseCall<K: 'static, A: 'static, T: Send + Sync + 'static> {
    caller: StoredValue<Arc<Caller<K, A, T>>>,
    pending: RwSignal<usize>,
    value: RwSignal<Option<T>>,
    error: RwSignal<Option<CallError>>,
}

impl<K, A, T: Send + Sync> fmt::Debug for UseCall<K, A, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UseCall").finish_non_exhaustive()
    }
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
        let caller = Caller {
            client,
            kind,
            make: Box::new(make),
            optimistic: Mutex::new(None),
        };
        Self {
            caller: StoredValue::new(Arc::new(caller)),
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
        let make: MakeUpdate<A> = Box::new(move |args| {
            let (update, args) = (Arc::clone(&update), args.clone());
            OptimisticUpdate::new(move |store| update(store, &args))
        });
        if let Some(caller) = self.caller.try_get_value() {
            *lock(&caller.optimistic) = Some(make);
        }
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
        let Some(caller) = self.caller.try_get_value() else {
            return done(Err(CallError::Closed));
        };
        let optimistic = lock(&caller.optimistic).as_ref().map(|make| make(&args));
        let call = (caller.make)(args);
        let (pending, value, error) = (self.pending, self.value, self.error);
        pending.try_update(|pending| *pending += 1);
        error.try_set(None);
        let decode = call.clone();
        caller.client.submit(
            caller.kind,
            &call,
            optimistic,
            move |result: Result<Encoded, CallError>| {
                let result = result.and_then(|result| decode.read(&result));
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

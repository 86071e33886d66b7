//! The common part of mutations and actions: a function to call, and signals of the call's progress.

use std::{
    fmt,
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use futures::channel::oneshot;
use leptos::prelude::*;
use serde::de::DeserializeOwned;

use crate::{
    call::{Call, CallError},
    client::ConvexClient,
    sync::{OptimisticStore, OptimisticUpdate, RequestKind},
    value::Encoded,
};

type MakeCall<K, A, T> = Arc<dyn Fn(A) -> Call<K, T> + Send + Sync>;
type MakeUpdate<A> = Arc<dyn Fn(&A) -> OptimisticUpdate + Send + Sync>;

/// The parts of a call, stored as one value: each type of stored value adds its own code to the page.
struct Caller<K, A, T> {
    client: ConvexClient,
    kind: RequestKind,
    make: MakeCall<K, A, T>,
    optimistic: Option<MakeUpdate<A>>,
    calls: Arc<Calls>,
}

/// Numbers calls, so that an earlier call that ends later does not count as the last one.
#[derive(Default)]
struct Calls {
    /// The latest call.
    made: AtomicU32,
    /// The latest call whose result is shown.
    shown: AtomicU32,
}

/// A mutation or action to call, with signals of the call's progress.
///
/// Copy it into as many closures as needed. See [`use_mutation`](crate::use_mutation) and
/// [`use_action`](crate::use_action).
pub struct UseCall<K: 'static, A: 'static, T: Send + Sync + 'static> {
    caller: StoredValue<Arc<Caller<K, A, T>>>,
    signals: CallSignals<T>,
}

struct CallSignals<T: Send + Sync + 'static> {
    running: RwSignal<usize>,
    pending: Signal<bool>,
    value: ReadSignal<Option<T>>,
    set_value: WriteSignal<Option<T>>,
    error: ReadSignal<Option<CallError>>,
    set_error: WriteSignal<Option<CallError>>,
}

impl<T: Send + Sync> Clone for CallSignals<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync> Copy for CallSignals<T> {}

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

impl<K, A, T: Send + Sync> UseCall<K, A, T> {
    /// Returns whether a call is under way.
    #[must_use]
    pub const fn pending(&self) -> Signal<bool> {
        self.signals.pending
    }

    /// Returns the last result. An earlier call that ends later does not replace the result of a later call.
    #[must_use]
    pub const fn value(&self) -> ReadSignal<Option<T>> {
        self.signals.value
    }

    /// Returns the last call's error; cleared by the next call. If an earlier call fails later, only the future of
    /// [`UseCall::call`] reports that.
    #[must_use]
    pub const fn error(&self) -> ReadSignal<Option<CallError>> {
        self.signals.error
    }
}

impl<K, A, T> UseCall<K, A, T>
where
    K: 'static,
    A: 'static,
    T: DeserializeOwned + Send + Sync + 'static,
{
    #[track_caller]
    pub(super) fn new(
        client: ConvexClient,
        kind: RequestKind,
        make: impl Fn(A) -> Call<K, T> + Send + Sync + 'static,
    ) -> Self {
        let caller = Caller {
            client,
            kind,
            make: Arc::new(make),
            optimistic: None,
            calls: Arc::default(),
        };
        let running = RwSignal::new(0);
        let (value, set_value) = signal(None);
        let (error, set_error) = signal(None);
        Self {
            caller: StoredValue::new(Arc::new(caller)),
            signals: CallSignals {
                running,
                pending: Signal::derive(move || running.get() > 0),
                value,
                set_value,
                error,
                set_error,
            },
        }
    }

    /// Returns a handle that calls with `update` and shares the signals. Existing copies do not change.
    pub(super) fn with_optimistic(
        self,
        update: impl Fn(&mut OptimisticStore<'_>, &A) + Send + Sync + 'static,
    ) -> Self
    where
        A: Clone + Send + Sync,
    {
        let update = Arc::new(update);
        let make: MakeUpdate<A> = Arc::new(move |args| {
            let (update, args) = (Arc::clone(&update), args.clone());
            OptimisticUpdate::new(move |store| update(store, &args))
        });
        let Some(caller) = self.caller.try_get_value() else {
            return self;
        };
        let caller = Caller {
            client: caller.client.clone(),
            kind: caller.kind,
            make: Arc::clone(&caller.make),
            optimistic: Some(make),
            calls: Arc::clone(&caller.calls),
        };
        Self {
            caller: StoredValue::new(Arc::new(caller)),
            signals: self.signals,
        }
    }

    /// Calls the function. The future gives the result.
    ///
    /// The request is sent at the call, and it continues when the future is dropped.
    ///
    /// # Errors
    /// See [`ConvexClient::mutation`] and [`ConvexClient::action`].
    pub fn call(&self, args: A) -> impl Future<Output = Result<T, CallError>> + Send + 'static {
        let (sender, receiver) = oneshot::channel();
        // The receiver may have been dropped.
        self.start(args, move |result| drop(sender.send(result())));
        async move { receiver.await.unwrap_or(Err(CallError::Closed)) }
    }

    /// Calls the function. The signals show progress and result.
    pub fn dispatch(&self, args: A) {
        self.start(args, |_| ());
    }

    /// Calls the function. `done` can read the result a second time from its text, so that it need not be cloned.
    fn start(
        &self,
        args: A,
        done: impl FnOnce(&dyn Fn() -> Result<T, CallError>) + Send + 'static,
    ) {
        // The component may be gone while one of its closures still runs.
        let Some(caller) = self.caller.try_get_value() else {
            return done(&|| Err(CallError::Closed));
        };
        let optimistic = caller.optimistic.as_ref().map(|make| make(&args));
        let call = (caller.make)(args);
        let signals = self.signals;
        let calls = Arc::clone(&caller.calls);
        let number = calls.made.fetch_add(1, Ordering::Relaxed) + 1;
        signals.running.try_update(|running| *running += 1);
        signals.set_error.try_set(None);
        let decode = call.clone();
        caller.client.submit(
            caller.kind,
            &call,
            optimistic,
            move |result: Result<Encoded, CallError>| {
                let read = || decode.read(result.as_ref().map_err(CallError::clone)?);
                match read() {
                    Ok(value) if calls.shown.fetch_max(number, Ordering::Relaxed) < number => {
                        signals.set_value.try_set(Some(value));
                    }
                    Err(error) if calls.made.load(Ordering::Relaxed) == number => {
                        signals.set_error.try_set(Some(error));
                    }
                    _ => {}
                }
                let end = |running: &mut usize| *running = running.saturating_sub(1);
                signals.running.try_update(end);
                done(&read);
            },
        );
    }
}

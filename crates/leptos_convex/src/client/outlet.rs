//! The client's output to the app: signals and answers.

use std::sync::{Mutex, OnceLock};

use leptos::prelude::*;

use crate::{
    call::{CallError, QueryKey},
    lock::lock,
    sync::{AuthSnapshot, AuthStatus, ConnectionState, InitialAuth, QueryResult, RequestId},
    value::Encoded,
    vec_map::VecMap,
};

/// A query's result, shared by all its readers; `None` while it is not known.
pub(crate) type QuerySignal = ArcRwSignal<Option<QueryResult>>;
/// A callback for the answer to a request.
pub(crate) type Done = Box<dyn FnOnce(Result<Encoded, CallError>) + Send>;

/// A query's signal and the number of subscriptions that hold it.
struct Shared {
    signal: QuerySignal,
    subscriptions: usize,
}

#[derive(Default)]
pub(crate) struct Outlet {
    queries: Mutex<VecMap<QueryKey, Shared>>,
    answers: Mutex<VecMap<RequestId, Done>>,
    auth: ArcRwSignal<AuthSnapshot>,
    /// The user the server rendered the page for: the first one that the app set.
    rendered_auth: OnceLock<AuthSnapshot>,
    connection: ArcRwSignal<ConnectionState>,
    /// Set while the page is being hydrated and hooks show what the server rendered.
    hydrating: ArcRwSignal<bool>,
}

impl Outlet {
    /// Returns the signal of a query, shared by all its subscriptions. Each subscription must end with
    /// [`Outlet::leave`].
    pub(crate) fn join(&self, key: &QueryKey) -> QuerySignal {
        let mut queries = lock(&self.queries);
        let new = || Shared {
            signal: ArcRwSignal::new(None),
            subscriptions: 0,
        };
        let shared = queries.get_or_insert_with(key.clone(), new);
        shared.subscriptions += 1;
        shared.signal.clone()
    }

    #[cfg(test)]
    pub(crate) fn queries(&self) -> usize {
        lock(&self.queries).keys().count()
    }

    pub(crate) fn leave(&self, key: &QueryKey) {
        if let Some(shared) = lock(&self.queries).get_mut(key) {
            shared.subscriptions = shared.subscriptions.saturating_sub(1);
        }
    }

    /// Publishes results. All values are in place before the first reader runs: effects run later, and memos compute
    /// when they are read.
    pub(crate) fn publish(&self, changes: Vec<(QueryKey, Option<QueryResult>)>) {
        let mut signals = Vec::with_capacity(changes.len());
        {
            let queries = lock(&self.queries);
            for (key, result) in changes {
                if let Some(Shared { signal, .. }) = queries.get(&key) {
                    *signal.write_untracked() = result;
                    signals.push(signal.clone());
                }
            }
        }
        for signal in signals {
            signal.notify();
        }
    }

    /// Notes that the query is gone. A new subscription may have joined that the state machine does not know of yet;
    /// its signal is reset, too.
    pub(crate) fn forget(&self, key: &QueryKey) {
        let mut queries = lock(&self.queries);
        if let Some(Shared { signal, .. }) =
            queries.get(key).filter(|shared| shared.subscriptions > 0)
        {
            let signal = signal.clone();
            drop(queries);
            signal.set(None);
        } else {
            queries.remove(key);
        }
    }

    pub(crate) fn expect_answer(&self, id: RequestId, done: Done) {
        lock(&self.answers).insert(id, done);
    }

    pub(crate) fn answer(&self, id: RequestId, result: Result<Encoded, CallError>) {
        let done = lock(&self.answers).remove(&id);
        if let Some(done) = done {
            done(result);
        }
    }

    pub(crate) fn auth(&self) -> ArcRwSignal<AuthSnapshot> {
        self.auth.clone()
    }

    pub(crate) fn epoch(&self) -> u32 {
        self.auth.with_untracked(|auth| auth.epoch)
    }

    pub(crate) fn set_auth(&self, snapshot: AuthSnapshot) {
        self.auth.set(snapshot);
    }

    /// Notes that the app has set the user. It set the same user on the server.
    pub(crate) fn note_rendered_auth(&self) {
        self.rendered_auth.get_or_init(|| self.auth.get_untracked());
    }

    pub(crate) fn rendered_auth(&self) -> AuthSnapshot {
        self.rendered_auth.get().cloned().unwrap_or_default()
    }

    /// Shows what the server rendered until [`Outlet::release`]. Returns a signal that is true until then, and
    /// whether this call started the wait.
    pub(crate) fn hold(&self) -> (ArcRwSignal<bool>, bool) {
        let is_new = !self.hydrating.get_untracked();
        if is_new {
            self.hydrating.set(true);
        }
        (self.hydrating.clone(), is_new)
    }

    /// Notes that the page is hydrated.
    pub(crate) fn release(&self) {
        if self.hydrating.get_untracked() {
            self.hydrating.set(false);
        }
    }

    /// Sets the signed-in state on the server, where the user known at the start never changes.
    pub(crate) fn seed_auth(&self, initial: &InitialAuth) {
        let status = match initial {
            InitialAuth::Unknown => AuthStatus::Loading,
            InitialAuth::SignedOut => AuthStatus::Unauthenticated,
            InitialAuth::Token(_) => AuthStatus::Authenticated,
        };
        self.auth.set(AuthSnapshot {
            status,
            ..AuthSnapshot::default()
        });
    }

    pub(crate) fn connection(&self) -> ArcRwSignal<ConnectionState> {
        self.connection.clone()
    }

    pub(crate) fn set_connection(&self, state: ConnectionState) {
        self.connection.set(state);
    }
}

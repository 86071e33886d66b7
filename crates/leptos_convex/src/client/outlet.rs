//! What the app sees of the client: signals and answers.

use std::{collections::HashMap, sync::Mutex};

use leptos::prelude::*;

use crate::{
    call::{CallError, QueryKey},
    sync::{AuthSnapshot, AuthStatus, ConnectionState, InitialAuth, QueryResult, RequestId},
    value::Value,
    worker::lock,
};

/// A query's result as everybody interested in it reads it; `None` while it is not known.
pub(crate) type QuerySignal = ArcRwSignal<Option<QueryResult>>;
/// Gets the answer to a request.
pub(crate) type Done = Box<dyn FnOnce(Result<Value, CallError>) + Send>;

#[derive(Default)]
pub(crate) struct Outlet {
    queries: Mutex<HashMap<QueryKey, QuerySignal>>,
    answers: Mutex<HashMap<RequestId, Done>>,
    auth: ArcRwSignal<AuthSnapshot>,
    connection: ArcRwSignal<ConnectionState>,
}

impl Outlet {
    /// The signal of a query, shared by all its subscribers.
    pub(crate) fn query(&self, key: &QueryKey) -> QuerySignal {
        lock(&self.queries)
            .entry(key.clone())
            .or_insert_with(|| ArcRwSignal::new(None))
            .clone()
    }

    /// All values are in place before the first reader runs: effects run later, and memos compute when read.
    pub(crate) fn publish(&self, changes: Vec<(QueryKey, Option<QueryResult>)>) {
        let mut signals = Vec::with_capacity(changes.len());
        {
            let queries = lock(&self.queries);
            for (key, result) in changes {
                if let Some(signal) = queries.get(&key) {
                    *signal.write_untracked() = result;
                    signals.push(signal.clone());
                }
            }
        }
        for signal in signals {
            signal.notify();
        }
    }

    /// Whoever still reads the signal keeps it; the next subscriber gets a new one.
    pub(crate) fn forget(&self, key: &QueryKey) {
        lock(&self.queries).remove(key);
    }

    pub(crate) fn expect_answer(&self, id: RequestId, done: Done) {
        lock(&self.answers).insert(id, done);
    }

    pub(crate) fn answer(&self, id: RequestId, result: Result<Value, CallError>) {
        let done = lock(&self.answers).remove(&id);
        if let Some(done) = done {
            done(result);
        }
    }

    pub(crate) fn auth(&self) -> ArcRwSignal<AuthSnapshot> {
        self.auth.clone()
    }

    pub(crate) fn set_auth(&self, snapshot: AuthSnapshot) {
        self.auth.set(snapshot);
    }

    /// On the server: what the page knows about the user is all there will be.
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

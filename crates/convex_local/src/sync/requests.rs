//! The mutations of client sessions. Each runs once, however often it is sent.
//!
//! A client that loses its socket does not know whether its pending mutations took effect, so it sends them again
//! under the same session and request id. It then gets the first answer again; if the first run has not ended, it
//! waits for it. Answers of committed mutations outlive this process: they are read from disk when an unknown session
//! connects.

use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value as Json;
use tokio::sync::OnceCell;
use uuid::Uuid;

use super::answer::AnswerError;
use crate::functions::FunctionError;
use crate::store::{RequestKey, RequestRecord, Store, Timestamp};

/// The most answers that are kept in memory for one session. A client waits for far fewer at once.
const REQUESTS_PER_SESSION: usize = 1_000;
/// How long a session stays in memory without a request.
const SESSION_LIFE: Duration = Duration::from_secs(60 * 60);

/// The outcome of a mutation.
#[derive(Debug, Clone)]
pub(crate) struct MutationReply {
    pub(crate) result: Result<Json, AnswerError>,
    pub(crate) logs: Vec<String>,
    /// When the writes became visible; `None` for a failed mutation.
    pub(crate) ts: Option<u64>,
}

impl MutationReply {
    /// Creates the reply for a mutation that never ran.
    pub(crate) fn failed(error: FunctionError) -> Self {
        Self {
            result: Err(error.into()),
            logs: vec![],
            ts: None,
        }
    }

    fn kept(record: RequestRecord, ts: Timestamp) -> Self {
        let value = serde_json::from_str(&record.result);
        let damaged = |error| FunctionError::new(format!("The kept answer is damaged: {error}"));
        Self {
            result: value.map_err(|error| damaged(error).into()),
            logs: record.logs,
            ts: Some(ts.into()),
        }
    }
}

type Reply = Arc<OnceCell<MutationReply>>;

/// The sessions seen lately and their mutations.
#[derive(Debug, Default)]
pub(crate) struct SessionRequests {
    sessions: Mutex<HashMap<Uuid, Arc<Session>>>,
}

#[derive(Debug)]
struct Session {
    /// Set when its stored answers have been read.
    read: OnceCell<()>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    replies: BTreeMap<RequestKey, Reply>,
    last_used: Instant,
}

impl SessionRequests {
    /// Runs `mutation`, or returns the reply of the earlier run under the same key.
    pub(crate) async fn once(
        &self,
        store: &Store,
        key: RequestKey,
        mutation: impl Future<Output = MutationReply>,
    ) -> MutationReply {
        let session = self.session(key.session);
        let read = session
            .read
            .get_or_try_init(|| session.read_back(store, key.session));
        if let Err(error) = read.await {
            // The mutation may have run before, so it must not run again.
            return MutationReply::failed(FunctionError::new(error.to_string()));
        }
        session.reply(key).get_or_init(|| mutation).await.clone()
    }

    fn session(&self, id: Uuid) -> Arc<Session> {
        let mut sessions = lock(&self.sessions);
        if !sessions.contains_key(&id) {
            sessions.retain(|_, session| !session.is_idle());
        }
        let session = sessions.entry(id).or_insert_with(|| {
            Arc::new(Session {
                read: OnceCell::new(),
                state: Mutex::new(State {
                    replies: BTreeMap::new(),
                    last_used: Instant::now(),
                }),
            })
        });
        session.clone()
    }
}

impl Session {
    fn is_idle(&self) -> bool {
        lock(&self.state).last_used.elapsed() >= SESSION_LIFE
    }

    async fn read_back(&self, store: &Store, id: Uuid) -> Result<(), crate::store::MetaError> {
        let kept = store.requests(id).await?;
        let mut state = lock(&self.state);
        for (record, ts) in kept {
            let key = record.key.clone();
            let reply = OnceCell::new_with(Some(MutationReply::kept(record, ts)));
            state.replies.insert(key, Arc::new(reply));
        }
        Ok(())
    }

    fn reply(&self, key: RequestKey) -> Reply {
        let mut state = lock(&self.state);
        state.last_used = Instant::now();
        let reply = state.replies.entry(key).or_default().clone();
        while state.replies.len() > REQUESTS_PER_SESSION {
            state.replies.pop_first();
        }
        reply
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use crate::store::StoreOptions;

    use super::*;

    fn reply(text: &str) -> MutationReply {
        MutationReply {
            result: Ok(text.into()),
            logs: vec![],
            ts: Some(1),
        }
    }

    fn key(session: Uuid, request: u32) -> RequestKey {
        RequestKey { session, request }
    }

    #[tokio::test]
    async fn a_mutation_sent_twice_runs_once() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let store = Store::open(dir.path(), StoreOptions::default()).expect("opens");
        let requests = SessionRequests::default();
        let session = Uuid::new_v4();
        let ask = async |key, text| {
            requests
                .once(&store, key, async { reply(text) })
                .await
                .result
        };
        let first = ask(key(session, 0), "first").await;
        assert_eq!(ask(key(session, 0), "again").await, first);
        for other in [key(session, 1), key(Uuid::new_v4(), 0)] {
            assert_eq!(ask(other, "other").await, Ok("other".into()));
        }
    }
}

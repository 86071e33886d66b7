//! The mutations of client sessions. Each runs once, however often it is sent.
//!
//! A client that loses its socket does not know whether its pending mutations took effect, so it sends them again
//! under the same session and request id. It then gets the first answer again; if the first run has not ended, it
//! waits for it. Answers of committed mutations outlive this process: they are read from disk when an unknown session
//! connects. A mutation that failed has changed nothing, so its answer is not kept, and it may run again.

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
/// The most sessions that stay in memory. Anybody can begin one.
const SESSIONS: usize = 2_000;
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
        let kept = session.reply(&key);
        let reply = kept.get_or_init(|| mutation).await.clone();
        if reply.result.is_err() {
            session.forget(&key, &kept);
        }
        reply
    }

    fn session(&self, id: Uuid) -> Arc<Session> {
        let mut sessions = lock(&self.sessions);
        if !sessions.contains_key(&id) {
            sessions.retain(|_, session| !session.is_idle());
            if sessions.len() >= SESSIONS {
                // The answers of the others are read from disk again when they are needed.
                sessions.retain(|_, session| Arc::strong_count(session) > 1);
            }
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

    fn reply(&self, key: &RequestKey) -> Reply {
        let mut state = lock(&self.state);
        state.last_used = Instant::now();
        let reply = state.replies.entry(key.clone()).or_default().clone();
        while state.replies.len() > REQUESTS_PER_SESSION {
            state.replies.pop_first();
        }
        reply
    }

    /// Forgets a reply, unless another one is in its place.
    fn forget(&self, key: &RequestKey, reply: &Reply) {
        let mut state = lock(&self.state);
        if state
            .replies
            .get(key)
            .is_some_and(|kept| Arc::ptr_eq(kept, reply))
        {
            state.replies.remove(key);
        }
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

    #[tokio::test]
    async fn the_answer_of_a_failed_mutation_is_not_kept() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let store = Store::open(dir.path(), StoreOptions::default()).expect("opens");
        let requests = SessionRequests::default();
        let key = key(Uuid::new_v4(), 0);
        let failed = MutationReply::failed(FunctionError::new("too many requests"));
        let failed = requests.once(&store, key.clone(), async { failed }).await;
        assert!(failed.result.is_err());
        let session = requests.session(key.session);
        assert!(lock(&session.state).replies.is_empty());
        let again = requests.once(&store, key, async { reply("again") }).await;
        assert_eq!(again.result, Ok("again".into()));
    }

    #[test]
    fn a_limited_number_of_sessions_is_kept_and_those_in_use_are_among_them() {
        let requests = SessionRequests::default();
        let used = Uuid::new_v4();
        let in_use = requests.session(used);
        for _ in 0..SESSIONS {
            requests.session(Uuid::new_v4());
        }
        assert!(lock(&requests.sessions).len() <= SESSIONS);
        assert!(Arc::ptr_eq(&in_use, &requests.session(used)));
    }
}

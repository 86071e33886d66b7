//! Mutations of a client session, each run once however often it is sent.
//!
//! A client that loses its socket does not know whether the mutations it waited for took effect, so
//! it sends them again under the same session and request id. The answer of the first time is then
//! given again; a run still under way is waited for.

use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value as Json;
use tokio::sync::OnceCell;
use uuid::Uuid;

use super::answer::AnswerError;
use crate::functions::FunctionError;

/// Answers kept for one session; a client waits for far fewer at once.
const REQUESTS_PER_SESSION: usize = 1_000;
/// A client that was gone for longer starts a new session.
const SESSION_LIFE: Duration = Duration::from_secs(60 * 60);

/// What a mutation answered.
#[derive(Debug, Clone)]
pub(crate) struct MutationReply {
    pub(crate) result: Result<Json, AnswerError>,
    pub(crate) logs: Vec<String>,
    /// When the writes became visible; `None` for a failed mutation.
    pub(crate) ts: Option<u64>,
}

impl MutationReply {
    /// The mutation never ran.
    pub(crate) fn failed(error: FunctionError) -> Self {
        Self {
            result: Err(error.into()),
            logs: vec![],
            ts: None,
        }
    }
}

type Reply = Arc<OnceCell<MutationReply>>;

/// The sessions seen lately and their mutations.
#[derive(Debug, Default)]
pub(crate) struct SessionRequests {
    sessions: Mutex<HashMap<Uuid, Session>>,
}

#[derive(Debug)]
struct Session {
    replies: BTreeMap<u32, Reply>,
    last_used: Instant,
}

impl SessionRequests {
    /// Runs `mutation`, or gives the reply of the earlier run under the same ids.
    pub(crate) async fn once(
        &self,
        session: Uuid,
        request: u32,
        mutation: impl Future<Output = MutationReply>,
    ) -> MutationReply {
        let reply = self.reply(session, request);
        reply.get_or_init(|| mutation).await.clone()
    }

    fn reply(&self, session: Uuid, request: u32) -> Reply {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        if !sessions.contains_key(&session) {
            sessions.retain(|_, session| session.last_used.elapsed() < SESSION_LIFE);
        }
        let session = sessions.entry(session).or_insert_with(|| Session {
            replies: BTreeMap::new(),
            last_used: Instant::now(),
        });
        session.last_used = Instant::now();
        let reply = session.replies.entry(request).or_default().clone();
        while session.replies.len() > REQUESTS_PER_SESSION {
            session.replies.pop_first();
        }
        reply
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(text: &str) -> MutationReply {
        MutationReply {
            result: Ok(text.into()),
            logs: vec![],
            ts: Some(1),
        }
    }

    #[tokio::test]
    async fn a_mutation_sent_twice_runs_once() {
        let requests = SessionRequests::default();
        let session = Uuid::new_v4();
        let first = requests.once(session, 0, async { reply("first") }).await;
        let again = requests
            .once(session, 0, async { unreachable!("ran twice") })
            .await;
        assert_eq!(first.result, again.result);
        let other = requests.once(session, 1, async { reply("second") }).await;
        assert_ne!(first.result, other.result);
        let stranger = requests
            .once(Uuid::new_v4(), 0, async { reply("third") })
            .await;
        assert_eq!(stranger.result, Ok("third".into()));
    }
}

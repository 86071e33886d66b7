//! Pending mutations and actions.
//!
//! As in `request_manager.ts` of npm `convex`: mutations are sent again on every new connection (the server runs each
//! only once, by session and number), and end only when their writes are visible. Actions are sent once.

use std::sync::Arc;

use super::{
    ConnectionState, RequestId, RequestKind,
    wire::{self, ClientMessage, Response, Timestamp},
};
use crate::{
    call::CallError,
    value::{Encoded, Value},
    vec_map::VecMap,
};

pub(super) type Answer = (RequestId, Result<Encoded, CallError>);

struct Entry {
    kind: RequestKind,
    path: String,
    args: Arc<Value>,
    /// When it was made, in milliseconds since 1970.
    made: f64,
    /// The person for whom it was made.
    epoch: u32,
    /// The request must be sent (again).
    unsent: bool,
    /// The request may have reached a server.
    tried: bool,
    /// The request was sent before the current connection.
    old: bool,
    /// The result, and the time from which its writes are visible.
    done: Option<(Encoded, Timestamp)>,
}

#[derive(Default)]
pub(super) struct Requests(VecMap<RequestId, Entry>);

impl Requests {
    pub(super) fn add(&mut self, request: super::Request, made: f64, epoch: u32) {
        let super::Request {
            id,
            kind,
            path,
            args,
            ..
        } = request;
        let entry = Entry {
            kind,
            path,
            args,
            made,
            epoch,
            unsent: true,
            tried: false,
            old: false,
            done: None,
        };
        self.0.insert(id, entry);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the function of a request for messages to the developer: `M` or `A`, and the path. Returns `None` if
    /// the request was already answered: after reconnects answers can arrive twice.
    pub(super) fn source(&self, id: RequestId) -> Option<(char, &str)> {
        let entry = self.0.get(&id).filter(|entry| entry.done.is_none())?;
        let kind = match entry.kind {
            RequestKind::Mutation => 'M',
            RequestKind::Action => 'A',
        };
        Some((kind, &entry.path))
    }

    /// Returns the requests to send now, in the order of the calls, and those that cannot be sent.
    pub(super) fn unsent(&mut self) -> (Vec<String>, Vec<Answer>) {
        let (mut messages, mut failed) = (Vec::new(), Vec::new());
        for (id, entry) in self.0.iter_mut().filter(|(_, entry)| entry.unsent) {
            entry.unsent = false;
            entry.tried = true;
            match message(*id, entry) {
                Some(message) => messages.push(message),
                None => failed.push((*id, Err(no_function(&entry.path)))),
            }
        }
        self.drop_answered(&failed);
        (messages, failed)
    }

    /// Ends the actions that were sent on a lost connection, since their outcome is unknown.
    pub(super) fn disconnect(&mut self) -> Vec<Answer> {
        self.fail(
            |entry| entry.kind == RequestKind::Action && entry.tried,
            &CallError::ConnectionLost,
        )
    }

    /// Begins a new connection for the person of `epoch`.
    pub(super) fn restart(&mut self, epoch: u32) -> Vec<Answer> {
        let mut failed = self.disconnect();
        // Whether the server has this request is unknown. If it does not, the request would now run for the wrong
        // person.
        failed.extend(self.fail(
            |entry| entry.epoch != epoch && entry.done.is_none(),
            &CallError::UserChanged,
        ));
        for entry in self.0.values_mut() {
            entry.unsent = entry.epoch == epoch;
            entry.old = true;
        }
        failed
    }

    /// Ends requests that were not sent yet. They must not be sent in another person's name.
    pub(super) fn change_person(&mut self) -> Vec<Answer> {
        self.fail(
            |entry| entry.unsent && entry.done.is_none(),
            &CallError::UserChanged,
        )
    }

    /// Stores an answer. A failure is final, and so is an action's result. A mutation's result waits for
    /// [`Requests::observe`].
    pub(super) fn respond(&mut self, response: Response) -> Option<Answer> {
        let Response { id, result, ts, .. } = response;
        // After reconnects answers can arrive twice, even for requests that ended long ago.
        let entry = self.0.get_mut(&id).filter(|entry| entry.done.is_none())?;
        match (result, ts) {
            (Ok(value), Some(ts)) if entry.kind == RequestKind::Mutation => {
                entry.done = Some((value, ts));
                None
            }
            (result, _) => {
                self.0.remove(&id);
                Some((id, result))
            }
        }
    }

    /// Answers the mutations whose writes are visible: everything up to `ts`.
    pub(super) fn observe(&mut self, ts: Timestamp) -> Vec<Answer> {
        let visible = |entry: &Entry| {
            entry
                .done
                .as_ref()
                .is_some_and(|(_, written)| *written <= ts)
        };
        let ids: Vec<_> = self
            .0
            .iter()
            .filter(|(_, entry)| visible(entry))
            .map(|(id, _)| *id)
            .collect();
        let done = |id| Some((id, Ok(self.0.remove(&id)?.done?.0)));
        ids.into_iter().filter_map(done).collect()
    }

    /// Returns whether a server may have run a request whose answer has not arrived.
    pub(super) fn may_have_run(&self) -> bool {
        let mut entries = self.0.values();
        entries.any(|entry| entry.tried && entry.done.is_none())
    }

    /// Ends all requests.
    pub(super) fn close(&mut self, error: &CallError) -> Vec<Answer> {
        self.fail(|_| true, error)
    }

    /// Returns whether every request from before the current connection is answered.
    pub(super) fn is_synced(&self) -> bool {
        !self.0.values().any(|entry| entry.old)
    }

    pub(super) fn describe(&self, state: &mut ConnectionState) {
        let count = |kind| self.0.values().filter(|entry| entry.kind == kind).count();
        state.inflight_mutations = count(RequestKind::Mutation);
        state.inflight_actions = count(RequestKind::Action);
        let open = self.0.values().filter(|entry| entry.done.is_none());
        state.oldest_inflight_request = open.map(|entry| entry.made).min_by(f64::total_cmp);
    }

    fn fail(&mut self, which: impl Fn(&Entry) -> bool, error: &CallError) -> Vec<Answer> {
        let failed: Vec<Answer> = self
            .0
            .iter()
            .filter(|(_, entry)| which(entry))
            .map(|(id, _)| (*id, Err(error.clone())))
            .collect();
        self.drop_answered(&failed);
        failed
    }

    fn drop_answered(&mut self, answers: &[Answer]) {
        for (id, _) in answers {
            self.0.remove(id);
        }
    }
}

fn no_function(path: &str) -> CallError {
    CallError::Server {
        message: ["`", path, "` is not a function path"].concat(),
    }
}

fn message(id: RequestId, entry: &Entry) -> Option<String> {
    let Entry {
        kind, path, args, ..
    } = entry;
    wire::is_path(path).then(|| {
        ClientMessage::Request {
            kind: *kind,
            id,
            path,
            args,
        }
        .encode()
    })
}

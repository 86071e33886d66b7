//! One run of a call.

use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use serde_json::Value as Json;
use tokio::sync::{mpsc, oneshot};

use super::call::{Call, What};
use super::txn::Txn;
use crate::files::Intake;
use crate::functions::error::FunctionError;
use crate::functions::process::wire::{Head, ToRunner};
use crate::lock::lock;
use crate::store::Savepoint;

/// One run of a function or HTTP action.
#[derive(Debug)]
pub(crate) struct Run {
    /// Its number in its process.
    pub(crate) id: u64,
    pub(crate) call: Call,
    /// The result of `Date.now()` in a query or mutation, milliseconds since 1970. Nested calls share
    /// their caller's.
    pub(crate) now: u64,
    /// The transaction of a query or mutation; nested calls share their caller's.
    pub(crate) txn: Option<Arc<Mutex<Txn>>>,
    /// Query streams by the number that the runner gave them.
    pub(crate) streams: Mutex<HashMap<u64, Result<u64, FunctionError>>>,
    /// Content that is being written for `ctx.storage.store()`, by its path.
    pub(crate) intakes: Mutex<HashMap<String, Intake>>,
    /// Whether it has paginated a query, which a function may do once.
    pub(crate) paginated: AtomicBool,
    finish: Mutex<Option<Finish>>,
}

/// The receiver of the end of a run.
#[derive(Debug)]
pub(crate) enum Finish {
    /// A future of this process.
    Root(oneshot::Sender<Result<Json, FunctionError>>),
    /// A function that called this one within its transaction.
    Nested {
        /// The number of the run of that function.
        caller: u64,
        /// The system call that the end of the nested call answers.
        sequence: u64,
        /// The savepoint to return to if the run fails.
        savepoint: Savepoint,
    },
    /// An HTTP exchange; the parts of the response go there.
    Http(mpsc::UnboundedSender<HttpPart>),
}

/// A part of an HTTP action's response.
#[derive(Debug)]
pub(crate) enum HttpPart {
    Head(Head),
    Chunk(bytes::Bytes),
    End,
    Failed(FunctionError),
}

impl Run {
    /// Creates a run that has not begun.
    pub(crate) fn new(
        id: u64,
        call: Call,
        now: u64,
        txn: Option<Arc<Mutex<Txn>>>,
        finish: Finish,
    ) -> Arc<Self> {
        Arc::new(Self {
            id,
            call,
            now,
            txn,
            streams: Mutex::default(),
            intakes: Mutex::default(),
            paginated: AtomicBool::default(),
            finish: Mutex::new(Some(finish)),
        })
    }

    /// Returns the message that starts it in its process.
    pub(super) fn message(&self) -> ToRunner<'_> {
        match &self.call.what {
            What::Function(function, args) => ToRunner::Call {
                id: self.id,
                now: self.now,
                kind: function.kind,
                definition: function.definition,
                mount: &function.mount,
                path: &function.path,
                args,
            },
            What::Http(action) => ToRunner::Http {
                id: self.id,
                definition: action.definition,
                mount: &action.mount,
                route: &action.route,
                request: &action.request,
            },
        }
    }

    /// Notes that the result depends on the time.
    pub(crate) fn note_clock(&self) {
        if let Some(txn) = &self.txn {
            lock(txn).used_clock = true;
        }
    }

    /// Takes the receiver of the end; `None` the second time.
    pub(crate) fn take_finish(&self) -> Option<Finish> {
        lock(&self.finish).take()
    }

    /// Returns whether the run with this number called it within its transaction, and it has not ended.
    pub(super) fn is_called_by(&self, id: u64) -> bool {
        matches!(&*lock(&self.finish), Some(Finish::Nested { caller, .. }) if *caller == id)
    }

    /// Forwards a part of an HTTP response.
    pub(crate) fn send_part(&self, part: HttpPart) {
        if let Some(Finish::Http(parts)) = &*lock(&self.finish) {
            let _ = parts.send(part);
        }
    }

    /// Ends it with an error of the backend. A caller in the same transaction ends the same way.
    pub(crate) fn fail(&self, error: FunctionError) {
        match self.take_finish() {
            Some(Finish::Root(done)) => {
                let _ = done.send(Err(error));
            }
            Some(Finish::Http(parts)) => {
                let _ = parts.send(HttpPart::Failed(error));
            }
            Some(Finish::Nested { .. }) | None => {}
        }
    }
}

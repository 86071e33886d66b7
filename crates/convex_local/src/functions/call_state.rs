//! A call while it runs.

use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value as Json;
use tokio::sync::{mpsc, oneshot};

use super::FunctionError;
use super::catalog::Function;
use super::request::Request;
use super::storage::Intakes;
use crate::auth::Identity;
use crate::store::{ComponentPath, Savepoint, Transaction};

/// Locks even if a panic has poisoned the lock: the data are plain values, valid at any time.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One running function or HTTP action.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) id: u64,
    pub(crate) what: What,
    pub(crate) identity: Option<Identity>,
    pub(crate) request: Request,
    /// What `Date.now()` says in a query or mutation, milliseconds since 1970. Nested calls share
    /// their caller's.
    pub(crate) now: u64,
    /// The transaction of a query or mutation; nested calls share their caller's.
    pub(crate) txn: Option<Arc<Mutex<Txn>>>,
    /// Query streams by the number the runner gave them.
    pub(crate) streams: Mutex<HashMap<u64, Result<Json, FunctionError>>>,
    /// Content that an action is writing for `ctx.storage.store()`.
    pub(crate) intakes: Intakes,
    /// Whether it has paginated a query: a function may do so once.
    pub(crate) paginated: AtomicBool,
    /// How many calls are around this one.
    pub(crate) depth: usize,
    pub(crate) finish: Mutex<Option<Finish>>,
}

/// What runs.
#[derive(Debug)]
pub(crate) enum What {
    /// A function that has a path.
    Function(Arc<Function>),
    /// An HTTP action, named by method and route.
    Http {
        component: ComponentPath,
        mount: String,
        label: String,
    },
}

impl Call {
    pub(crate) fn mount(&self) -> &str {
        match &self.what {
            What::Function(function) => &function.mount,
            What::Http { mount, .. } => mount,
        }
    }

    pub(crate) fn component(&self) -> &ComponentPath {
        match &self.what {
            What::Function(function) => &function.component,
            What::Http { component, .. } => component,
        }
    }

    pub(crate) fn label(&self) -> String {
        match &self.what {
            What::Function(function) => function.label(),
            What::Http { label, .. } => label.clone(),
        }
    }

    pub(crate) fn kind(&self) -> Option<super::Kind> {
        match &self.what {
            What::Function(function) => Some(function.kind),
            What::Http { .. } => None,
        }
    }
}

/// Who waits for the end of a call.
#[derive(Debug)]
pub(crate) enum Finish {
    /// A future of this process.
    Root(oneshot::Sender<Result<Json, FunctionError>>),
    /// A function that called this one within its transaction.
    Nested(Nested),
    /// An HTTP exchange; the parts of the response go there.
    Http(mpsc::UnboundedSender<HttpPart>),
}

/// The caller of a nested call.
#[derive(Debug)]
pub(crate) struct Nested {
    /// The system call that the end of the nested call answers.
    pub(crate) sequence: u64,
    /// Where to return to when it fails.
    pub(crate) savepoint: Savepoint,
}

/// A part of an HTTP action's response.
#[derive(Debug)]
pub(crate) enum HttpPart {
    Head {
        status: u16,
        headers: Vec<(String, String)>,
    },
    Chunk(bytes::Bytes),
    End,
    Failed(FunctionError),
}

/// The transaction of a query or mutation with what is decided only when it is over.
#[derive(Debug)]
pub(crate) struct Txn {
    /// Taken out at the end; a system call after that is too late.
    pub(crate) tx: Option<Transaction>,
    pub(crate) used_identity: bool,
    pub(crate) journal: Journal,
}

impl Txn {
    pub(crate) fn new(tx: Transaction, journal: Option<String>) -> Arc<Mutex<Self>> {
        Arc::new(Mutex::new(Self {
            tx: Some(tx),
            used_identity: false,
            journal: Journal {
                given: journal,
                written: None,
            },
        }))
    }

    pub(crate) fn open(&mut self) -> Result<&mut Transaction, FunctionError> {
        self.tx.as_mut().ok_or_else(closed)
    }

    /// Ends the function's access.
    pub(crate) fn take(&mut self) -> Result<Transaction, FunctionError> {
        self.tx.take().ok_or_else(closed)
    }
}

fn closed() -> FunctionError {
    FunctionError::new(
        "The function has already returned, so the database is out of its reach. \
         Did it forget to `await` a promise?",
    )
}

/// Where a page of a paginated query ended, so that running it again gives the same page.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    pub(crate) given: Option<String>,
    pub(crate) written: Option<String>,
}

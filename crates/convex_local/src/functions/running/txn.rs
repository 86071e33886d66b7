//! The transaction of a query or mutation.

use std::sync::{Arc, Mutex};

use crate::files::Uncommitted;
use crate::functions::error::FunctionError;
use crate::store::Transaction;

/// The transaction of a query or mutation with the facts that its end depends on.
#[derive(Debug)]
pub(crate) struct Txn {
    /// `None` after the end; system calls then fail.
    tx: Option<Transaction>,
    pub(crate) used_identity: bool,
    /// Whether the function read the clock.
    pub(crate) used_clock: bool,
    pub(crate) journal: Journal,
    /// Content of files that it has stored.
    pub(crate) stored: Vec<Uncommitted>,
}

/// Where a page of a paginated query ended, so that running it again gives the same page.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    pub(crate) given: Option<String>,
    pub(crate) written: Option<String>,
}

impl Txn {
    /// Creates the state of a new run, with the `journal` of an earlier run if there was one.
    pub(crate) fn new(tx: Transaction, journal: Option<String>) -> Arc<Mutex<Self>> {
        Arc::new(Mutex::new(Self {
            tx: Some(tx),
            used_identity: false,
            used_clock: false,
            journal: Journal {
                given: journal,
                written: None,
            },
            stored: vec![],
        }))
    }

    /// Returns the transaction, while the function may use it.
    ///
    /// # Errors
    /// When the function has returned.
    pub(crate) fn open(&mut self) -> Result<&mut Transaction, FunctionError> {
        self.tx.as_mut().ok_or_else(closed)
    }

    /// Ends the function's access.
    ///
    /// # Errors
    /// When that has happened already.
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

//! What everything that runs for one request shares.

use std::fmt;
use std::sync::{Arc, Mutex};

use rand::Rng as _;

/// Lines of `console.*`.
pub(crate) type Logs = Arc<Mutex<Vec<String>>>;

/// Names a request in logs and in the errors that clients see: sixteen hexadecimal digits, as on
/// Convex.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestId(u64);

impl RequestId {
    pub(crate) fn new() -> Self {
        Self(rand::rng().random())
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// One request: a call from outside with all the calls it makes.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) id: RequestId,
    pub(crate) logs: Logs,
}

impl Request {
    pub(crate) fn new() -> Self {
        Self {
            id: RequestId::new(),
            logs: Logs::default(),
        }
    }
}

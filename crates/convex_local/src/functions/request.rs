//! The request that everything which runs for it shares.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::origin::Origin;
use super::request_id::RequestId;
use crate::lock::lock;

/// Lines of `console.*`.
pub(crate) type Logs = Arc<Mutex<Vec<String>>>;

/// One request: a call from outside with all the calls it makes.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) id: RequestId,
    pub(crate) logs: Logs,
    pub(crate) origin: Arc<Origin>,
    /// When one of its calls last asked for something or said something.
    heard: Arc<Mutex<Instant>>,
}

impl Request {
    pub(crate) fn new(origin: Arc<Origin>) -> Self {
        Self {
            id: origin.request_id.unwrap_or_else(RequestId::new),
            logs: Logs::default(),
            origin,
            heard: Arc::new(Mutex::new(Instant::now())),
        }
    }

    /// Notes that one of its calls shows that it goes on.
    pub(crate) fn listen(&self) {
        *lock(&self.heard) = Instant::now();
    }

    /// Returns how long its calls have been still.
    pub(crate) fn silence(&self) -> Duration {
        lock(&self.heard).elapsed()
    }
}

/// Shows a line of `console.*` in the backend's log.
pub(crate) fn print_line(level: &str, function: &str, request: Option<RequestId>, text: &str) {
    let request = request.map(tracing::field::display);
    match level {
        "ERROR" => tracing::error!(target: "convex_local::functions", %function, request, "{text}"),
        "WARN" => tracing::warn!(target: "convex_local::functions", %function, request, "{text}"),
        "DEBUG" => tracing::debug!(target: "convex_local::functions", %function, request, "{text}"),
        _ => tracing::info!(target: "convex_local::functions", %function, request, "{text}"),
    }
}

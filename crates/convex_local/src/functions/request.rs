//! The request, which is shared by all calls that run for it.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::origin::Origin;
use super::request_id::RequestId;
use crate::lock::lock;
use crate::store::JobKey;

/// Lines of `console.*`.
pub(crate) type Logs = Arc<Mutex<Vec<String>>>;

/// One request: a call from outside with all the calls it makes.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) id: RequestId,
    pub(crate) logs: Logs,
    pub(crate) origin: Arc<Origin>,
    /// The scheduled function that it runs for.
    pub(crate) job: Option<JobKey>,
    /// The time of the last system call or log line of one of its calls.
    heard: Arc<Mutex<Instant>>,
}

impl Request {
    pub(crate) fn new(origin: Arc<Origin>) -> Self {
        Self {
            id: origin.request_id.unwrap_or_else(RequestId::new),
            logs: Logs::default(),
            origin,
            job: None,
            heard: Arc::new(Mutex::new(Instant::now())),
        }
    }

    /// Returns the request of a scheduled function.
    pub(crate) fn of_job(self, job: Option<JobKey>) -> Self {
        Self { job, ..self }
    }

    /// Notes a sign of life of one of its calls.
    pub(crate) fn listen(&self) {
        *lock(&self.heard) = Instant::now();
    }

    /// Returns how long its calls have been silent.
    pub(crate) fn silence(&self) -> Duration {
        lock(&self.heard).elapsed()
    }
}

/// Writes a line of `console.*` to the backend's log.
pub(crate) fn print_line(level: &str, function: &str, request: Option<RequestId>, text: &str) {
    let request = request.map(tracing::field::display);
    match level {
        "ERROR" => tracing::error!(target: "convex_local::functions", %function, request, "{text}"),
        "WARN" => tracing::warn!(target: "convex_local::functions", %function, request, "{text}"),
        "DEBUG" => tracing::debug!(target: "convex_local::functions", %function, request, "{text}"),
        _ => tracing::info!(target: "convex_local::functions", %function, request, "{text}"),
    }
}

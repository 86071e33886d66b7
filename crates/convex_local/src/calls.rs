//! What was called lately, for the status page.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

const KEPT: usize = 100;

/// The kinds of functions a client can call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Query,
    Mutation,
    Action,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Mutation => "mutation",
            Self::Action => "action",
        }
    }
}

/// One call, without arguments and results: those may be private.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) kind: Kind,
    pub(crate) path: String,
    pub(crate) at: SystemTime,
    pub(crate) took: Duration,
    pub(crate) ok: bool,
}

/// The last calls, newest last.
#[derive(Debug, Default)]
pub(crate) struct CallLog {
    calls: Mutex<VecDeque<Call>>,
}

impl CallLog {
    pub(crate) fn record(&self, kind: Kind, path: &str, started: Instant, ok: bool) {
        let took = started.elapsed();
        tracing::debug!(kind = kind.name(), path, ?took, ok, "call");
        let call = Call {
            kind,
            path: path.to_owned(),
            at: SystemTime::now(),
            took,
            ok,
        };
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        if calls.len() == KEPT {
            calls.pop_front();
        }
        calls.push_back(call);
    }

    pub(crate) fn newest_first(&self) -> Vec<Call> {
        let calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls.iter().rev().cloned().collect()
    }
}

//! The log of recent calls, for the status page and, with their log lines, for `npx convex logs`.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::watch;

use crate::clock::now_ms;

const KEPT: usize = 100;
/// The most bytes of log lines that are kept for one call, and of its error.
const LOGS_KEPT: usize = 64 << 10;

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
    /// The lines of `console.*`. Only for callers with the admin key.
    pub(crate) logs: Vec<String>,
    /// The error, if the call failed. Only for callers with the admin key.
    pub(crate) error: Option<String>,
    /// Grows with every call, also across restarts.
    number: u64,
}

/// The last calls, newest last.
#[derive(Debug)]
pub(crate) struct CallLog {
    calls: Mutex<VecDeque<Call>>,
    /// The number of the next call.
    next: watch::Sender<u64>,
}

impl Default for CallLog {
    fn default() -> Self {
        Self {
            calls: Mutex::default(),
            next: watch::Sender::new(now_ms()),
        }
    }
}

impl CallLog {
    /// Notes a call that has just ended.
    pub(crate) fn record(
        &self,
        kind: Kind,
        path: &str,
        started: Instant,
        error: Option<String>,
        logs: &[String],
    ) {
        let took = started.elapsed();
        let ok = error.is_none();
        tracing::debug!(kind = kind.name(), path, ?took, ok, "call");
        let mut bytes = 0;
        let short = logs.iter().take_while(|line| {
            bytes += line.len();
            bytes <= LOGS_KEPT
        });
        let mut calls = self.calls();
        let number = *self.next.borrow();
        if calls.len() == KEPT {
            calls.pop_front();
        }
        calls.push_back(Call {
            kind,
            path: path.to_owned(),
            at: SystemTime::now(),
            took,
            logs: short.cloned().collect(),
            error: error.map(cut),
            number,
        });
        self.next.send_replace((number + 1).max(now_ms()));
    }

    fn calls(&self) -> MutexGuard<'_, VecDeque<Call>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn newest_first(&self) -> Vec<Call> {
        self.calls().iter().rev().cloned().collect()
    }

    /// Returns the calls from number `from` on, and the number for the next request. If there are none, waits for
    /// one, up to `patience`.
    pub(crate) async fn following(&self, from: u64, patience: Duration) -> (Vec<Call>, u64) {
        let mut next = self.next.subscribe();
        // The sender lives as long as `self`. A timeout is not an error.
        let _ = tokio::time::timeout(patience, next.wait_for(|next| *next > from)).await;
        let calls = self.calls();
        let new = calls.iter().filter(|call| call.number >= from).cloned();
        (new.collect(), *self.next.borrow())
    }
}

/// Cuts a text that is too long to be kept.
fn cut(text: String) -> String {
    match text.len() > LOGS_KEPT {
        true => text[..text.floor_char_boundary(LOGS_KEPT)].to_owned(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_follower_misses_no_call_and_sees_none_twice() {
        let log = CallLog::default();
        let record = |path| log.record(Kind::Query, path, Instant::now(), None, &[]);
        record("before");
        let (calls, from) = log.following(0, Duration::ZERO).await;
        assert_eq!(calls.len(), 1);
        let (none, same) = log.following(from, Duration::ZERO).await;
        assert_eq!((none.len(), same), (0, from));
        record("one");
        record("two");
        let (calls, from) = log.following(from, Duration::from_secs(60)).await;
        let paths: Vec<_> = calls.iter().map(|call| call.path.as_str()).collect();
        assert_eq!(paths, ["one", "two"]);
        assert!(log.following(from, Duration::ZERO).await.0.is_empty());
    }

    #[test]
    fn a_flood_of_lines_is_cut() {
        let log = CallLog::default();
        let lines = vec!["x".repeat(1 << 10); 100];
        log.record(Kind::Action, "a", Instant::now(), None, &lines);
        assert_eq!(log.newest_first()[0].logs.len(), 64);
    }

    #[test]
    fn a_long_error_is_cut_between_characters() {
        let log = CallLog::default();
        let error = Some(format!("x{}", "é".repeat(1 << 20)));
        log.record(Kind::Action, "a", Instant::now(), error, &[]);
        let kept = log.newest_first()[0].error.clone().expect("an error");
        assert_eq!(kept.len(), LOGS_KEPT - 1);
    }
}

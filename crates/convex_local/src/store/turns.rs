//! The turns of transactions, so that conflicting ones all commit in the end.
//!
//! Transactions run at the same time and the first to commit wins. A loser joins a line with those that do the same
//! work (the same function with the same arguments), and while there is a line, newcomers join it. A transaction that
//! has lost [`MAX_LOSSES`] times runs while no other commits, and so cannot lose.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, Weak};

use tokio::sync::{
    Mutex as Line, OwnedMutexGuard, OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock,
};

use crate::lock::lock;

/// How often a transaction may lose before it runs alone.
const MAX_LOSSES: u32 = 3;

/// A kind of work: transactions of one kind probably touch the same documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct WorkKind(u64);

impl WorkKind {
    /// Creates the kind from a hash of `work`. A collision does no harm.
    pub(crate) fn of(work: &impl std::hash::Hash) -> Self {
        use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
        Self(BuildHasherDefault::<DefaultHasher>::new().hash_one(work))
    }
}

/// The order of all transactions of a store.
#[derive(Debug, Default)]
pub(super) struct Turns {
    /// Commits share it; a transaction that runs alone holds it exclusively. First come, first served.
    gate: Arc<RwLock<()>>,
    lines: Mutex<HashMap<WorkKind, Weak<Line<()>>>>,
}

/// The permission that a transaction holds until it is decided whether it commits.
#[derive(Debug)]
pub(super) struct Pass {
    line: Option<OwnedMutexGuard<()>>,
    /// `None` until the transaction is about to commit.
    gate: Option<Gate>,
}

#[derive(Debug)]
enum Gate {
    Together(#[expect(dead_code, reason = "held, not read")] OwnedRwLockReadGuard<()>),
    Alone(#[expect(dead_code, reason = "held, not read")] OwnedRwLockWriteGuard<()>),
}

/// One transaction's place, over all its runs.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    turns: &'a Turns,
    kind: Option<WorkKind>,
    losses: u32,
}

impl Turns {
    /// Waits for a place for a transaction that begins.
    pub(super) fn turn(&self, kind: Option<WorkKind>) -> Turn<'_> {
        Turn {
            turns: self,
            kind,
            losses: 0,
        }
    }

    /// Waits for permission to commit.
    pub(super) async fn pass(&self) -> Pass {
        Pass {
            line: None,
            gate: Some(self.together().await),
        }
    }

    async fn together(&self) -> Gate {
        Gate::Together(self.gate.clone().read_owned().await)
    }

    /// Returns the line of a kind. With `lost`, creates it if there is none.
    fn line(&self, kind: WorkKind, lost: bool) -> Option<Arc<Line<()>>> {
        let mut lines = lock(&self.lines);
        if let Some(line) = lines.get(&kind).and_then(Weak::upgrade) {
            return Some(line);
        }
        if !lost {
            return None;
        }
        lines.retain(|_, line| line.strong_count() > 0);
        let line = Arc::new(Line::new(()));
        lines.insert(kind, Arc::downgrade(&line));
        Some(line)
    }
}

impl Turn<'_> {
    /// Waits until the transaction may run.
    pub(super) async fn wait(&self) -> Pass {
        if self.losses >= MAX_LOSSES {
            let guard = self.turns.gate.clone().write_owned().await;
            return Pass {
                line: None,
                gate: Some(Gate::Alone(guard)),
            };
        }
        let line = self
            .kind
            .and_then(|kind| self.turns.line(kind, self.losses > 0));
        Pass {
            line: match line {
                Some(line) => Some(line.lock_owned().await),
                None => None,
            },
            gate: None,
        }
    }

    /// Returns whether a line of its kind has formed since the transaction was let in without one.
    pub(super) fn must_join_line(&self, pass: &Pass) -> bool {
        let kind = self
            .kind
            .filter(|_| pass.line.is_none() && pass.gate.is_none());
        kind.is_some_and(|kind| self.turns.line(kind, false).is_some())
    }

    /// Waits until the transaction may commit.
    pub(super) async fn through(&self, pass: Pass) -> Pass {
        let gate = match pass.gate {
            Some(gate) => gate,
            None => self.turns.together().await,
        };
        Pass {
            line: pass.line,
            gate: Some(gate),
        }
    }

    /// Notes that another transaction committed first.
    pub(super) fn lost(&mut self) {
        self.losses += 1;
    }
}

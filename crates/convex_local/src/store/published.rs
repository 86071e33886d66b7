//! The published data: the newest snapshot, those before it, and the commits between.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use tokio::sync::{broadcast, watch};

use super::model::{Commit, Timestamp};
use super::snapshot::Snapshot;
use crate::lock::lock;

/// The most snapshots that can be requested.
const HISTORY: usize = 1024;
/// How long a snapshot can be requested.
const HISTORY_AGE: Duration = Duration::from_secs(60);
/// How many commits a follower may lag behind before it is told that it missed some.
const FOLLOWER_LAG: usize = 4096;

/// Grows each time commits that were accepted turn out not to be on disk.
pub(super) type Epoch = u64;

/// The data with the commits that wait for the disk. Transactions that write begin here.
#[derive(Clone, Debug)]
pub(super) struct Accepted {
    pub(super) epoch: Epoch,
    pub(super) head: Snapshot,
}

#[derive(Debug)]
pub(super) struct Published {
    /// On disk; queries read this.
    newest: RwLock<Snapshot>,
    accepted: Mutex<Accepted>,
    /// Snapshots before the newest, oldest first, with the time they were replaced.
    former: Mutex<VecDeque<(Instant, Snapshot)>>,
    meta: Mutex<BTreeMap<String, String>>,
    commits: broadcast::Sender<Arc<Commit>>,
    /// The timestamp up to which commits are on disk, and the epoch.
    durable: watch::Sender<(Epoch, Timestamp)>,
}

impl Published {
    pub(super) fn new(snapshot: Snapshot, meta: BTreeMap<String, String>) -> Self {
        Self {
            accepted: Mutex::new(Accepted {
                epoch: 0,
                head: snapshot.clone(),
            }),
            durable: watch::Sender::new((0, snapshot.ts)),
            newest: RwLock::new(snapshot),
            former: Mutex::default(),
            meta: Mutex::new(meta),
            commits: broadcast::channel(FOLLOWER_LAG).0,
        }
    }

    pub(super) fn newest(&self) -> Snapshot {
        self.newest
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Returns the snapshot that was the newest at `ts`.
    pub(super) fn at(&self, ts: Timestamp) -> Option<Snapshot> {
        let newest = self.newest();
        if newest.ts <= ts {
            return Some(newest);
        }
        let former = lock(&self.former);
        let mut former = former.iter().rev();
        former
            .find(|(_, snapshot)| snapshot.ts <= ts)
            .map(|(_, s)| s.clone())
    }

    pub(super) fn accepted(&self) -> Accepted {
        lock(&self.accepted).clone()
    }

    /// Lets transactions begin on `head`, unless the epoch has changed. `then` runs before the epoch can change.
    pub(super) fn accept(&self, epoch: Epoch, head: &Snapshot, then: impl FnOnce()) -> bool {
        let mut accepted = lock(&self.accepted);
        if accepted.epoch != epoch {
            return false;
        }
        accepted.head = head.clone();
        then();
        true
    }

    /// Publishes a commit that is on disk.
    pub(super) fn publish(&self, commit: Arc<Commit>, snapshot: Snapshot) {
        let ts = commit.ts;
        self.show(snapshot);
        // Sending fails if nobody follows; the commit is still valid.
        let _ = self.commits.send(commit);
        self.durable.send_modify(|(_, durable)| *durable = ts);
    }

    /// Makes `snapshot` the newest.
    pub(super) fn show(&self, snapshot: Snapshot) {
        let former = {
            let mut newest = self.newest.write().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *newest, snapshot)
        };
        lock(&self.former).push_back((Instant::now(), former));
        self.forget_former();
    }

    /// Drops the snapshots that can no longer be requested.
    pub(super) fn forget_former(&self) {
        let mut history = lock(&self.former);
        let over = |(replaced, _): &(Instant, Snapshot)| replaced.elapsed() > HISTORY_AGE;
        while history.len() > HISTORY || history.front().is_some_and(over) {
            history.pop_front();
        }
    }

    /// Takes back all commits that are not on disk and never will be. Returns the new epoch.
    pub(super) fn take_back(&self) -> Epoch {
        let mut accepted = lock(&self.accepted);
        accepted.epoch += 1;
        accepted.head = self.newest();
        let epoch = accepted.epoch;
        drop(accepted);
        self.durable.send_modify(|(now, _)| *now = epoch);
        epoch
    }

    /// Waits until all commits up to `ts` are on disk; `false` if they were taken back.
    pub(super) async fn is_durable(&self, epoch: Epoch, ts: Timestamp) -> bool {
        let settled = |(now, durable): &(Epoch, Timestamp)| *now != epoch || *durable >= ts;
        let mut durable = self.durable.subscribe();
        // The sender lives as long as `self`, so the wait cannot fail.
        let settled = durable.wait_for(settled).await;
        settled.is_ok_and(|settled| settled.0 == epoch)
    }

    pub(super) fn follow(&self) -> broadcast::Receiver<Arc<Commit>> {
        self.commits.subscribe()
    }

    pub(super) fn meta(&self, key: &str) -> Option<String> {
        lock(&self.meta).get(key).cloned()
    }

    pub(super) fn set_meta(&self, key: String, value: String) {
        lock(&self.meta).insert(key, value);
    }
}

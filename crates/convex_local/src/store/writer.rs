//! The thread that writes accepted commits to disk, publishes them and answers.

use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::changes::document_changes;
use super::disk::{Change, Disk};
use super::error::CommitError;
use super::model::{Commit, Timestamp};
use super::published::{Epoch, Published};
use super::requests::RequestRecord;
use super::snapshot::Snapshot;
use crate::lock::lock;

/// The most commits in one write to disk.
const BATCH: usize = 256;
/// How often old snapshots are dropped while the thread is idle.
const IDLE: Duration = Duration::from_secs(10);
/// How often old requests are deleted.
const SWEEP: Duration = Duration::from_secs(600);

/// A step of the thread.
pub(super) enum Step {
    Write(Pending),
    /// Report that all steps before are done.
    Reach(mpsc::SyncSender<()>),
}

/// A commit that waits for the disk.
pub(super) struct Pending {
    pub(super) epoch: Epoch,
    pub(super) commit: Arc<Commit>,
    pub(super) request: Option<RequestRecord>,
    /// The data with it.
    pub(super) snapshot: Snapshot,
    pub(super) answer: oneshot::Sender<Result<Timestamp, CommitError>>,
}

/// Performs steps until the channel closes.
pub(super) fn run(disk: &Mutex<Disk>, published: &Published, steps: &mpsc::Receiver<Step>) {
    let mut writer = Writer {
        disk,
        published,
        epoch: 0,
        refusal: CommitError::Closed,
        swept: Instant::now(),
    };
    loop {
        match steps.recv_timeout(IDLE) {
            Ok(first) => writer.work(first, steps),
            Err(mpsc::RecvTimeoutError::Timeout) => published.forget_former(),
            Err(mpsc::RecvTimeoutError::Disconnected) => return,
        }
    }
}

struct Writer<'a> {
    disk: &'a Mutex<Disk>,
    published: &'a Published,
    /// Commits of earlier epochs build on one that was not written.
    epoch: Epoch,
    /// The error of that write.
    refusal: CommitError,
    /// When old requests were last deleted.
    swept: Instant,
}

impl Writer<'_> {
    /// Performs all waiting steps, with as few writes as possible.
    fn work(&mut self, first: Step, steps: &mpsc::Receiver<Step>) {
        let mut batch = Vec::new();
        let mut next = Some(first);
        while let Some(step) = next {
            match step {
                Step::Write(pending) => batch.push(pending),
                Step::Reach(reached) => {
                    self.write(std::mem::take(&mut batch));
                    // The receiver may be gone.
                    let _ = reached.send(());
                }
            }
            next = if batch.len() < BATCH {
                steps.try_recv().ok()
            } else {
                None
            };
        }
        self.write(batch);
        self.forget_requests();
    }

    fn write(&mut self, batch: Vec<Pending>) {
        let (batch, lost): (Vec<_>, Vec<_>) = batch
            .into_iter()
            .partition(|pending| pending.epoch == self.epoch);
        self.refuse(lost);
        let Some(ts) = batch.last().map(|pending| pending.commit.ts) else {
            return;
        };
        let changes = batch.iter().flat_map(changes);
        let mut disk = lock(self.disk);
        let written = disk.write(ts, changes);
        drop(disk);
        if let Err(error) = written {
            tracing::error!(%error, "a commit could not be written to disk");
            self.refusal = error;
            self.epoch = self.published.take_back();
            return self.refuse(batch);
        }
        for Pending {
            commit,
            snapshot,
            answer,
            ..
        } in batch
        {
            let ts = commit.ts;
            self.published.publish(commit, snapshot);
            // The caller may be gone; the commit is still valid.
            let _ = answer.send(Ok(ts));
        }
    }

    fn refuse(&self, batch: Vec<Pending>) {
        for Pending { answer, .. } in batch {
            drop(answer.send(Err(self.refusal.clone())));
        }
    }

    /// Deletes, from time to time, results for clients that will not come back.
    fn forget_requests(&mut self) {
        if self.swept.elapsed() < SWEEP {
            return;
        }
        self.swept = Instant::now();
        let disk = lock(self.disk);
        if let Err(error) = disk.forget_requests(Timestamp(0).next()) {
            tracing::debug!(%error, "old requests are forgotten later");
        }
    }
}

/// Returns the changes of a commit on disk.
fn changes(pending: &Pending) -> Vec<Change> {
    let Pending {
        commit,
        snapshot,
        request,
        ..
    } = pending;
    let record = request.clone().map(Box::new);
    let record = record.map(|record| Change::Request(record, commit.ts));
    let mut changes: Vec<Change> = record.into_iter().collect();
    changes.extend(document_changes(snapshot, &commit.writes));
    changes
}

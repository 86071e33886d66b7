//! The two threads of commits: one accepts them in order, the other writes them to disk.
//!
//! The first checks a transaction for conflicts with everything accepted before it and applies it to the head, where
//! the next writing transactions begin. The second ([`writer`](super::writer)) writes the accepted commits as one
//! SQLite transaction, and only then publishes and answers them. So every reported result is durable, and successive
//! transactions on one document need not each wait for the disk.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::disk::{Disk, Failure, Loaded};
use super::error::CommitError;
use super::model::{Commit, Parsed, Timestamp, Write};
use super::published::Published;
use super::read_set::ReadSet;
use super::snapshot::Snapshot;
use super::transaction::{Counters, Parts, Transaction};
use super::turns::Pass;
use super::writer::{self, Pending, Step};
use crate::lock::lock;
use crate::value::{COMMIT_TS, Value};

/// The most commits that may have been accepted since a transaction began.
const HISTORY: usize = 16_384;
/// The longest time since a transaction began: longer than any function runs.
const HISTORY_AGE: Duration = Duration::from_secs(60);

/// A request to the thread.
enum Request {
    Commit(Box<Offer>),
    /// Work that needs exclusive access to the data and the disk.
    Alone(Box<dyn FnOnce(&mut Exclusive<'_>) + Send>),
}

/// A transaction to commit.
struct Offer {
    tx: Transaction,
    /// Returned as soon as it is decided whether the transaction commits.
    pass: Pass,
    answer: oneshot::Sender<Result<Timestamp, CommitError>>,
}

/// The store is shutting down.
#[derive(Debug)]
pub(super) struct Closed;

/// The handle to the threads, and the data that they publish.
#[derive(Debug)]
pub(crate) struct Committer {
    requests: Mutex<Option<mpsc::Sender<Request>>>,
    pub(super) published: Arc<Published>,
    pub(super) counters: Arc<Counters>,
    pub(super) disk_failure: Failure,
    thread: Option<JoinHandle<()>>,
}

impl Committer {
    pub(super) fn start(disk: Disk, loaded: Loaded) -> Self {
        let counters = Arc::new(Counters::new(loaded.highest_table, loaded.newest_creation));
        let floor = loaded.snapshot.ts;
        let published = Arc::new(Published::new(loaded.snapshot, loaded.meta));
        let (requests, incoming) = mpsc::channel();
        let disk_failure = disk.failure();
        let acceptor = Acceptor {
            disk: Arc::new(Mutex::new(disk)),
            published: published.clone(),
            counters: counters.clone(),
            recent: Recent {
                commits: VecDeque::new(),
                floor,
            },
            epoch: 0,
        };
        // Without the thread every request is answered with `Closed`.
        let thread = std::thread::Builder::new()
            .name("convex-local-commit".into())
            .spawn(move || acceptor.run(&incoming))
            .ok();
        Self {
            requests: Mutex::new(Some(requests)),
            published,
            counters,
            disk_failure,
            thread,
        }
    }

    /// Commits a transaction that has written something.
    pub(super) async fn commit(
        &self,
        tx: Transaction,
        pass: Pass,
    ) -> Result<Timestamp, CommitError> {
        let (answer, answered) = oneshot::channel();
        let offer = Box::new(Offer { tx, pass, answer });
        let closed = |Closed| CommitError::Closed;
        self.send(Request::Commit(offer)).map_err(closed)?;
        answered.await.map_err(|_| CommitError::Closed)?
    }

    /// Runs `work` while nothing commits. It runs even if nobody waits for its end.
    pub(super) async fn alone<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Exclusive<'_>) -> T + Send + 'static,
    ) -> Result<T, Closed> {
        let (answer, answered) = oneshot::channel();
        let work = move |exclusive: &mut Exclusive<'_>| drop(answer.send(work(exclusive)));
        self.send(Request::Alone(Box::new(work)))?;
        answered.await.map_err(|_| Closed)
    }

    /// Does the same as [`Self::alone`] on a thread that may block.
    pub(super) fn alone_blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Exclusive<'_>) -> T + Send + 'static,
    ) -> Result<T, Closed> {
        let (answer, answered) = mpsc::sync_channel(1);
        let work = move |exclusive: &mut Exclusive<'_>| drop(answer.send(work(exclusive)));
        self.send(Request::Alone(Box::new(work)))?;
        answered.recv().map_err(|_| Closed)
    }

    fn send(&self, request: Request) -> Result<(), Closed> {
        let requests = lock(&self.requests);
        let requests = requests.as_ref().ok_or(Closed)?;
        requests.send(request).map_err(|_| Closed)
    }
}

impl Drop for Committer {
    /// Lets the threads finish their requests, so that the file is closed when this returns.
    fn drop(&mut self) {
        lock(&self.requests).take();
        if let Some(thread) = self.thread.take() {
            // If the thread panicked, it has printed that.
            let _ = thread.join();
        }
    }
}

/// The data and the disk while nothing else commits.
pub(super) struct Exclusive<'a> {
    pub(super) disk: &'a mut Disk,
    pub(super) published: &'a Published,
    pub(super) counters: &'a Counters,
    recent: &'a mut Recent,
    epoch: u64,
}

impl Exclusive<'_> {
    /// Publishes a commit that is on disk.
    pub(super) fn publish(&mut self, commit: Commit, snapshot: Snapshot) {
        let commit = Arc::new(commit);
        self.recent.push(commit.clone());
        self.published.accept(self.epoch, &snapshot, || ());
        self.published.publish(commit, snapshot);
    }

    /// Makes `snapshot` the newest. Its documents must be those of the newest.
    pub(super) fn show(&mut self, snapshot: Snapshot) {
        self.published.accept(self.epoch, &snapshot, || ());
        self.published.show(snapshot);
    }
}

struct Acceptor {
    /// The writer locks it while it writes.
    disk: Arc<Mutex<Disk>>,
    published: Arc<Published>,
    counters: Arc<Counters>,
    recent: Recent,
    /// The epoch of `recent`.
    epoch: u64,
}

/// The last commits that were accepted, for the check for conflicts.
struct Recent {
    /// Oldest first, with the time they were accepted.
    commits: VecDeque<(Instant, Arc<Commit>)>,
    /// All commits after this moment are there.
    floor: Timestamp,
}

impl Acceptor {
    fn run(mut self, incoming: &mpsc::Receiver<Request>) {
        let (steps, accepted) = mpsc::channel();
        let disk = self.disk.clone();
        let published = self.published.clone();
        let writer = std::thread::Builder::new()
            .name("convex-local-write".into())
            .spawn(move || writer::run(&disk, &published, &accepted));
        let Ok(writer) = writer else { return };
        while let Ok(request) = incoming.recv() {
            match request {
                Request::Commit(offer) => self.take(*offer, &steps),
                Request::Alone(work) => self.alone(work, &steps),
            }
        }
        drop(steps);
        // If the thread panicked, it has printed that.
        let _ = writer.join();
    }

    /// Decides whether a transaction commits, and hands it to the writer.
    fn take(&mut self, offer: Offer, steps: &mpsc::Sender<Step>) {
        let Offer { tx, pass, answer } = offer;
        let mut accepted = self.published.accepted();
        self.follow(accepted.epoch, accepted.head.ts);
        let based_on = tx.epoch();
        let prepared = match based_on {
            // It read data that were never written to disk.
            Some(epoch) if epoch != self.epoch => Err(CommitError::Conflict),
            _ => prepare(&mut accepted.head, tx, &self.recent),
        };
        let (commit, request) = match prepared {
            Ok(prepared) => prepared,
            Err(error) => return drop(answer.send(Err(error))),
        };
        let commit = Arc::new(commit);
        let mut pending = Some(Pending {
            epoch: self.epoch,
            commit: commit.clone(),
            request,
            snapshot: accepted.head.clone(),
            answer,
        });
        let hand_over = || {
            if let Some(pending) = pending.take() {
                // The writer lives as long as this thread.
                let _ = steps.send(Step::Write(pending));
            }
        };
        if self.published.accept(self.epoch, &accepted.head, hand_over) {
            self.recent.push(commit);
        } else if let Some(Pending { answer, .. }) = pending {
            // The disk has just refused a commit that this one builds on.
            drop(answer.send(Err(CommitError::Conflict)));
        }
        drop(pass);
    }

    fn alone(
        &mut self,
        work: Box<dyn FnOnce(&mut Exclusive<'_>) + Send>,
        steps: &mpsc::Sender<Step>,
    ) {
        // The writer reaches this step when it has nothing else to do.
        let (reached, reach) = mpsc::sync_channel(1);
        if steps.send(Step::Reach(reached)).is_err() || reach.recv().is_err() {
            return;
        }
        let accepted = self.published.accepted();
        self.follow(accepted.epoch, accepted.head.ts);
        work(&mut Exclusive {
            disk: &mut lock(&self.disk),
            published: &self.published,
            counters: &self.counters,
            recent: &mut self.recent,
            epoch: self.epoch,
        });
    }

    /// Forgets the commits that were taken back, if any were.
    fn follow(&mut self, epoch: u64, head: Timestamp) {
        if self.epoch != epoch {
            self.epoch = epoch;
            self.recent.commits.retain(|(_, commit)| commit.ts <= head);
        }
    }
}

impl Recent {
    fn push(&mut self, commit: Arc<Commit>) {
        self.commits.push_back((Instant::now(), commit));
        let over = |(at, _): &(Instant, Arc<Commit>)| at.elapsed() > HISTORY_AGE;
        while self.commits.len() > HISTORY || self.commits.front().is_some_and(over) {
            if let Some((_, oldest)) = self.commits.pop_front() {
                self.floor = oldest.ts;
            }
        }
    }

    /// Returns whether the data that were read are known to be unchanged since `began`.
    fn permit(&self, began: Timestamp, reads: &ReadSet) -> bool {
        let commits = self.commits.iter().rev().map(|(_, commit)| commit);
        let mut since = commits.take_while(|commit| commit.ts > began);
        began >= self.floor && !since.any(|commit| reads.invalidated_by(commit))
    }
}

/// Returns whether a document was checked against the validator in force in `head`.
fn checked_as_in(head: &Snapshot, view: &Snapshot, write: &Write) -> bool {
    let (now, then) = (head.schema(&write.component), view.schema(&write.component));
    let same = now.map(Arc::as_ptr) == then.map(Arc::as_ptr);
    let now = now.and_then(|schema| schema.document(&write.table));
    same || now == then.and_then(|schema| schema.document(&write.table))
}

/// Returns whether a document may contain the time of its commit, judged by its text alone.
fn may_await_commit(write: &Write) -> bool {
    let new = write.new.as_ref();
    new.is_some_and(|document| document.text().contains(COMMIT_TS))
}

/// Puts the time of the commit into a document that contains its placeholder.
fn stamped(document: Parsed, ts: Timestamp) -> Parsed {
    let Parsed { document, fields } = document;
    match fields {
        Value::Object(mut fields) if fields.values().any(Value::awaits_commit) => {
            let ts = i64::try_from(u64::from(ts)).unwrap_or(i64::MAX);
            fields.values_mut().for_each(|field| field.commit_at(ts));
            Parsed::new(document.id, fields)
        }
        fields => Parsed { document, fields },
    }
}

/// Checks a transaction against everything since its snapshot and applies it to `head`.
fn prepare(
    head: &mut Snapshot,
    tx: Transaction,
    recent: &Recent,
) -> Result<(Commit, Option<super::requests::RequestRecord>), CommitError> {
    let began = tx.snapshot();
    let Parts {
        view,
        reads,
        mut writes,
        request,
    } = tx.into_parts();
    if head.is_base_of(&view) && !writes.iter().any(may_await_commit) {
        // No commit came between, so the transaction's view becomes the head.
        let ts = head.ts.next();
        *head = view;
        head.ts = ts;
        return Ok((Commit { ts, writes }, request));
    }
    if !recent.permit(began, &reads) {
        return Err(CommitError::Conflict);
    }
    if !writes.iter().all(|write| checked_as_in(head, &view, write)) {
        return Err(CommitError::Conflict);
    }
    for write in &writes {
        let number = view
            .table(&write.component, &write.table)
            .map_or(0, |table| table.number);
        match head.table(&write.component, &write.table) {
            // Two transactions made the same table, each with a number of its own.
            Some(table) if table.number != number => return Err(CommitError::Conflict),
            Some(_) => {}
            // An import has brought a table with the number that this one was given.
            None if head.table_numbered(&write.component, number).is_some() => {
                return Err(CommitError::Conflict);
            }
            None => head.ensure_table(&write.component, &write.table, number),
        }
    }
    let ts = head.ts.next();
    head.ts = ts;
    for write in &mut writes {
        let old = write.old.as_ref().map(Parsed::of);
        let new = write.new.as_ref();
        let new = new.map(|document| stamped(Parsed::of(document), ts));
        head.replace(&write.component, &write.table, old.as_ref(), new.as_ref());
        write.new = new.map(|new| new.document);
    }
    Ok((Commit { ts, writes }, request))
}

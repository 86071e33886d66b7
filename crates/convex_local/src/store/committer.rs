//! The one thread that commits: it checks for conflicts, writes to disk, then shows the result.
//!
//! Requests wait in a channel. The thread takes all that are there, tries each against the data as
//! the ones before left them, writes the batch as one SQLite transaction and only then publishes
//! it, so that what anybody sees is durable and a failed write leaves no trace.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::sync::{broadcast, oneshot};
use uuid::Uuid;

use super::changes::{document_changes, table_changes};
use super::disk::{Change, Disk, Loaded};
use super::read_set::ReadSet;
use super::requests::RequestRecord;
use super::restore::{Fresh, Restore, RestoreError};
use super::schema::{Schema, SchemaError, check_documents};
use super::snapshot::Snapshot;
use super::transaction::{Counters, Parts};
use super::{Commit, CommitError, ComponentPath, MetaError, Timestamp, Transaction, Write};

/// How many commits back a transaction may have begun, and a snapshot may be asked for.
const HISTORY: usize = 1024;
/// How long a snapshot can be asked for.
const HISTORY_AGE: Duration = Duration::from_secs(60);
/// Most commits in one write to disk.
const BATCH: usize = 256;
/// How often old requests are thrown out.
const SWEEP: Duration = Duration::from_secs(600);
/// Commits that a slow follower may lag behind before it is told that it missed some.
const FOLLOWER_LAG: usize = 4096;

/// What the thread is asked to do.
pub(crate) enum Request {
    Commit {
        tx: Box<Transaction>,
        answer: Answer,
    },
    Schema {
        component: ComponentPath,
        schema: Option<Arc<Schema>>,
        answer: mpsc::SyncSender<Result<(), SchemaError>>,
    },
    Restore {
        restore: Box<Restore>,
        answer: oneshot::Sender<Result<Timestamp, RestoreError>>,
    },
    Meta {
        key: String,
        value: String,
        answer: mpsc::SyncSender<Result<(), MetaError>>,
    },
    Session {
        session: Uuid,
        answer: oneshot::Sender<Result<Vec<(RequestRecord, Timestamp)>, MetaError>>,
    },
}

/// Who waits for a commit.
type Answer = oneshot::Sender<Result<Timestamp, CommitError>>;

/// The handle to the thread, and what it publishes.
#[derive(Debug)]
pub(crate) struct Committer {
    requests: Mutex<Option<mpsc::Sender<Request>>>,
    published: Arc<Published>,
    counters: Arc<Counters>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Published {
    newest: RwLock<Snapshot>,
    /// Snapshots before the newest, oldest first, with the time they were replaced.
    former: Mutex<VecDeque<(Instant, Snapshot)>>,
    meta: Mutex<BTreeMap<String, String>>,
    commits: broadcast::Sender<Arc<Commit>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Committer {
    pub(crate) fn start(disk: Disk, loaded: Loaded) -> Self {
        let counters = Arc::new(Counters::new(loaded.highest_table, loaded.newest_creation));
        let published = Arc::new(Published {
            newest: RwLock::new(loaded.snapshot),
            former: Mutex::default(),
            meta: Mutex::new(loaded.meta),
            commits: broadcast::channel(FOLLOWER_LAG).0,
        });
        let (requests, incoming) = mpsc::channel();
        let mut worker = Worker {
            disk,
            published: published.clone(),
            counters: counters.clone(),
            recent: VecDeque::new(),
            swept: Instant::now(),
        };
        let run = move || worker.run(&incoming);
        // Without the thread every request is answered with `Closed`.
        let thread = std::thread::Builder::new()
            .name("convex-local-commit".into())
            .spawn(run)
            .ok();
        Self {
            requests: Mutex::new(Some(requests)),
            published,
            counters,
            thread,
        }
    }

    pub(crate) fn send(&self, request: Request) -> Result<(), ()> {
        let requests = lock(&self.requests);
        requests.as_ref().ok_or(())?.send(request).map_err(|_| ())
    }

    pub(crate) fn newest(&self) -> Snapshot {
        self.published
            .newest
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The snapshot that was the newest at `ts`.
    pub(crate) fn snapshot_at(&self, ts: Timestamp) -> Option<Snapshot> {
        let newest = self.newest();
        if newest.ts <= ts {
            return Some(newest);
        }
        let former = lock(&self.published.former);
        former
            .iter()
            .rev()
            .find(|(_, snapshot)| snapshot.ts <= ts)
            .map(|(_, s)| s.clone())
    }

    pub(crate) fn counters(&self) -> Arc<Counters> {
        self.counters.clone()
    }

    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Arc<Commit>> {
        self.published.commits.subscribe()
    }

    pub(crate) fn meta(&self, key: &str) -> Option<String> {
        lock(&self.published.meta).get(key).cloned()
    }
}

impl Drop for Committer {
    /// Lets the thread finish what it was given, so that the file is closed when this returns.
    fn drop(&mut self) {
        lock(&self.requests).take();
        if let Some(thread) = self.thread.take() {
            // A panic there was printed by the thread itself.
            let _ = thread.join();
        }
    }
}

struct Worker {
    disk: Disk,
    published: Arc<Published>,
    counters: Arc<Counters>,
    /// The last commits, oldest first, for the check for conflicts.
    recent: VecDeque<Arc<Commit>>,
    /// When old requests were last thrown out.
    swept: Instant,
}

/// A commit that waits for the disk.
struct Pending {
    commit: Arc<Commit>,
    request: Option<RequestRecord>,
    snapshot: Snapshot,
    answer: Answer,
}

impl Worker {
    fn run(&mut self, incoming: &mpsc::Receiver<Request>) {
        while let Ok(first) = incoming.recv() {
            let mut batch = Vec::new();
            let mut next = Some(first);
            while let Some(request) = next {
                match request {
                    Request::Commit { tx, answer } => batch.push((tx, answer)),
                    other => {
                        self.commit_batch(std::mem::take(&mut batch));
                        self.settle(other);
                    }
                }
                next = if batch.len() < BATCH {
                    incoming.try_recv().ok()
                } else {
                    None
                };
            }
            self.commit_batch(batch);
            self.forget_requests();
        }
    }

    /// Now and then, throws out what is kept for clients that will not come back.
    fn forget_requests(&mut self) {
        if self.swept.elapsed() < SWEEP {
            return;
        }
        self.swept = Instant::now();
        if let Err(error) = self.disk.forget_requests(next_timestamp(Timestamp(0))) {
            tracing::debug!(%error, "old requests are forgotten later");
        }
    }

    fn settle(&mut self, request: Request) {
        match request {
            // Commits go through `commit_batch`.
            Request::Commit { .. } => {}
            Request::Schema {
                component,
                schema,
                answer,
            } => {
                // Whoever asked may have gone; the schema is in force all the same.
                let _ = answer.send(self.set_schema(&component, schema.as_ref()));
            }
            Request::Restore { restore, answer } => {
                // Whoever asked may have gone; the tables are in place all the same.
                let _ = answer.send(self.restore(*restore));
            }
            Request::Meta { key, value, answer } => {
                let kept = self.disk.set_meta(&key, &value);
                if kept.is_ok() {
                    lock(&self.published.meta).insert(key, value);
                }
                let _ = answer.send(kept.map_err(|e| MetaError::Storage(e.to_string())));
            }
            Request::Session { session, answer } => {
                let found = self.disk.requests(session);
                drop(answer.send(found.map_err(|e| MetaError::Storage(e.to_string()))));
            }
        }
    }

    fn newest(&self) -> Snapshot {
        self.published
            .newest
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn commit_batch(&mut self, batch: Vec<(Box<Transaction>, Answer)>) {
        let mut head = self.newest();
        let mut pending: Vec<Pending> = Vec::new();
        for (tx, answer) in batch {
            match self.prepare(&mut head, *tx, &pending) {
                Ok((commit, request)) => {
                    pending.push(Pending {
                        commit,
                        request,
                        snapshot: head.clone(),
                        answer,
                    });
                }
                Err(error) => drop(answer.send(Err(error))),
            }
        }
        if pending.is_empty() {
            return;
        }
        let changes = pending.iter().flat_map(changes);
        match self.disk.write(head.ts, changes) {
            Ok(()) => {
                for Pending {
                    commit,
                    snapshot,
                    answer,
                    ..
                } in pending
                {
                    let ts = commit.ts;
                    self.publish(commit, snapshot);
                    // The caller may have gone; the commit stands.
                    let _ = answer.send(Ok(ts));
                }
            }
            Err(error) => {
                tracing::error!(%error, "a commit could not be written to disk");
                for Pending { answer, .. } in pending {
                    drop(answer.send(Err(CommitError::Storage(error.to_string()))));
                }
            }
        }
    }

    /// Checks a transaction against everything since its snapshot and applies it to `head`.
    fn prepare(
        &self,
        head: &mut Snapshot,
        tx: Transaction,
        pending: &[Pending],
    ) -> Result<(Arc<Commit>, Option<RequestRecord>), CommitError> {
        let began = tx.snapshot();
        let Parts {
            view,
            reads,
            writes,
            request,
        } = tx.into_parts();
        self.check(began, &reads, pending)?;
        // The documents were checked against the schema of the snapshot.
        let same_schema = |write: &Write| {
            let of = |snapshot: &Snapshot| snapshot.schema(&write.component).map(Arc::as_ptr);
            of(&view) == of(head)
        };
        if !writes.iter().all(same_schema) {
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
                None => head.ensure_table(&write.component, &write.table, number),
            }
        }
        for Write {
            component,
            table,
            old,
            new,
        } in &writes
        {
            head.replace(component, table, old.as_deref(), new.as_ref());
        }
        head.ts = next_timestamp(head.ts);
        let ts = head.ts;
        Ok((Arc::new(Commit { ts, writes }), request))
    }

    fn check(
        &self,
        began: Timestamp,
        reads: &ReadSet,
        pending: &[Pending],
    ) -> Result<(), CommitError> {
        let since = self
            .recent
            .iter()
            .rev()
            .take_while(|commit| commit.ts > began);
        let mut since = since.chain(pending.iter().map(|pending| &pending.commit));
        // Older than the history: what it missed is not known.
        let too_old = self.recent.len() == HISTORY
            && self.recent.front().is_some_and(|oldest| oldest.ts > began);
        if too_old || since.any(|commit| reads.invalidated_by(commit)) {
            return Err(CommitError::Conflict);
        }
        Ok(())
    }

    fn publish(&mut self, commit: Arc<Commit>, snapshot: Snapshot) {
        self.show(snapshot);
        if self.recent.len() == HISTORY {
            self.recent.pop_front();
        }
        self.recent.push_back(commit.clone());
        // Nobody may be following; the commit stands.
        let _ = self.published.commits.send(commit);
    }

    /// Puts whole tables in place.
    fn restore(&mut self, restore: Restore) -> Result<Timestamp, RestoreError> {
        let named: Vec<_> = restore.tables.iter().map(|t| t.component.clone()).collect();
        let mut head = self.newest();
        let fresh = Fresh {
            table_number: &|| self.counters.table_number(),
            creation_time: &|| self.counters.creation_time(),
        };
        let writes = restore.apply(&mut head, &fresh)?;
        let numbers = head.components.values().flat_map(|c| c.tables.values());
        self.counters
            .reserve(numbers.map(|table| table.number).max().unwrap_or(0));
        head.ts = next_timestamp(head.ts);
        let mut all = table_changes(&head, &writes, &named);
        all.extend(document_changes(&head, &writes));
        self.disk
            .write(head.ts, all)
            .map_err(|error| RestoreError::Storage(error.to_string()))?;
        let ts = head.ts;
        self.publish(Arc::new(Commit { ts, writes }), head);
        Ok(ts)
    }

    fn show(&self, snapshot: Snapshot) {
        let former = {
            let mut newest = self
                .published
                .newest
                .write()
                .unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *newest, snapshot)
        };
        let mut history = lock(&self.published.former);
        history.push_back((Instant::now(), former));
        let over = |(replaced, _): &(Instant, Snapshot)| replaced.elapsed() > HISTORY_AGE;
        while history.len() > HISTORY || history.front().is_some_and(over) {
            history.pop_front();
        }
    }

    fn set_schema(
        &mut self,
        component: &ComponentPath,
        schema: Option<&Arc<Schema>>,
    ) -> Result<(), SchemaError> {
        let mut head = self.newest();
        head.set_schema(component, schema, || self.counters.table_number());
        check_documents(&head, component, schema.map(Arc::as_ref))?;
        let tables = head
            .components
            .get(component)
            .into_iter()
            .flat_map(|c| &c.tables);
        let changes = tables.map(|(name, table)| Change::Table {
            component: component.clone(),
            name: name.clone(),
            number: table.number,
        });
        let changes: Vec<_> = changes.collect();
        self.disk
            .write(head.ts, changes)
            .map_err(|error| SchemaError::Storage(error.to_string()))?;
        self.show(head);
        Ok(())
    }
}

/// What a commit changes on disk.
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

fn next_timestamp(last: Timestamp) -> Timestamp {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let now = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX);
    Timestamp(now.max(last.0 + 1))
}

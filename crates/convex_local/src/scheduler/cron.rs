//! The crons of `crons.ts`: their list, their due times and their runs.
//!
//! A cron never overlaps itself. Of the runs that were due during a run, or while no backend ran, only one takes place
//! (`crates/application/src/cron_jobs` of the original).

use std::collections::HashMap;

use serde_json::{Value as Json, json};

use super::job::{PAUSE, Runner, runs_again};
use super::when::{Schedule, shown};
use super::{MAX_ATTEMPTS, now_ms};
use crate::functions::{Around, Cron, FunctionError, Kind};
use crate::store::{ComponentPath, CronRow, NewJob, Transaction};

/// The key of a cron: its component and its name there.
pub(super) type CronKey = (ComponentPath, String);

/// A cron of the folder that serves.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    key: CronKey,
    what: NewJob,
    spec: String,
    schedule: Schedule,
}

/// The crons of the folder that serves.
#[derive(Debug, Default)]
pub(super) struct Crons {
    entries: HashMap<CronKey, Entry>,
}

impl Entry {
    fn new(cron: &Cron) -> Option<Self> {
        // A folder with invalid schedules is not served.
        let schedule = Schedule::parse(&cron.schedule).ok()?;
        let component = ComponentPath::new(&cron.component);
        Some(Self {
            key: (component, cron.identifier.clone()),
            // The schedule comes first, see `have_same_schedule`.
            spec: json!([cron.schedule, cron.path, cron.args]).to_string(),
            what: NewJob {
                mount: cron.component.clone(),
                path: cron.path.clone(),
                args: cron.args.clone(),
                due_ms: 0.0,
            },
            schedule,
        })
    }

    fn row(&self, now: f64) -> CronRow {
        let (component, name) = self.key.clone();
        CronRow {
            component,
            name,
            spec: self.spec.clone(),
            last_ms: None,
            next_ms: self.schedule.first(now),
            running: false,
        }
    }

    /// Returns the row after the run that was due.
    fn advanced(&self, row: CronRow) -> CronRow {
        let now = now_ms();
        let due = row.next_ms.unwrap_or(now);
        CronRow {
            last_ms: Some(due),
            next_ms: self.schedule.after(due, now),
            running: false,
            ..row
        }
    }

    fn name(&self) -> &str {
        &self.key.1
    }
}

impl Crons {
    /// Brings the stored crons in line with the folder: adds new ones, reschedules changed ones and deletes the others.
    /// Runs of this process (`running`) continue.
    pub(super) async fn sync(runner: &Runner, running: impl Fn(&CronKey) -> bool) -> Self {
        let crons = runner.functions.crons();
        let entries: Vec<Entry> = crons.iter().filter_map(Entry::new).collect();
        let take_over = |tx: &mut Transaction| -> Result<(), FunctionError> {
            let now = now_ms();
            let rows = runner.store.crons();
            for entry in &entries {
                entry.note(tx, now, running(&entry.key))?;
            }
            let wanted = |row: &CronRow| entries.iter().any(|entry| entry.is(row));
            for row in rows.iter().filter(|row| !wanted(row)) {
                tx.remove_cron(row).map_err(failed)?;
            }
            Ok(())
        };
        let step = |tx: &mut Transaction| take_over(tx).is_ok();
        runner.note("the crons", step).await;
        let entries = entries.into_iter().map(|entry| (entry.key.clone(), entry));
        Self {
            entries: entries.collect(),
        }
    }

    /// Returns the crons that are due at `now` and not `busy`, and when the next one is.
    pub(super) fn due(
        &self,
        runner: &Runner,
        now: f64,
        busy: impl Fn(&CronKey) -> bool,
    ) -> (Vec<Entry>, f64) {
        let mut due = Vec::new();
        let mut next = f64::INFINITY;
        if self.entries.is_empty() {
            return (due, next);
        }
        for row in runner.store.crons() {
            let key = (row.component, row.name);
            let (Some(entry), Some(at)) = (self.entries.get(&key), row.next_ms) else {
                continue;
            };
            if busy(&key) {
                continue;
            }
            if at <= now {
                due.push(entry.clone());
            } else {
                next = next.min(at);
            }
        }
        (due, next)
    }
}

impl Entry {
    fn is(&self, row: &CronRow) -> bool {
        self.key.0 == row.component && self.key.1 == row.name
    }

    fn note(&self, tx: &mut Transaction, now: f64, running: bool) -> Result<(), FunctionError> {
        let noted = tx.cron(&self.key.0, &self.key.1);
        let row = match noted {
            Some(row) if row.spec == self.spec && (running || !row.running) => return Ok(()),
            Some(row) if row.spec == self.spec => {
                tracing::warn!(
                    "cron \"{}\" did not end before the backend did: it has failed",
                    self.name()
                );
                self.advanced(row)
            }
            // As on Convex, another function or other arguments do not change the time of the next run.
            Some(row) if !row.running && have_same_schedule(&row.spec, &self.spec) => CronRow {
                spec: self.spec.clone(),
                ..row
            },
            _ => {
                let row = self.row(now);
                let next = row.next_ms.map_or_else(|| "never".to_owned(), shown);
                tracing::info!("cron \"{}\" runs next at {next}", self.name());
                row
            }
        };
        tx.put_cron(&row).map_err(failed)
    }

    pub(super) fn key(&self) -> CronKey {
        self.key.clone()
    }

    /// Runs the cron once and stores when it runs next.
    pub(super) async fn run(&self, runner: &Runner) {
        let path = &self.what.path;
        tracing::info!("cron \"{}\" runs {path}", self.name());
        let kind = loop {
            match runner.functions.kind_of(&self.what).await {
                Err(error) if error.blameless => tokio::time::sleep(PAUSE).await,
                kind => break kind,
            }
        };
        let result = match kind {
            Ok(Kind::Mutation) => self.mutate(runner).await,
            Ok(Kind::Action) => self.act(runner).await,
            Ok(Kind::Query) => Err(FunctionError::new("Queries cannot be scheduled")),
            Err(error) => Err(error),
        };
        match result {
            // The mutation's own commit has stored it.
            Ok(()) => {}
            Err(error) => {
                let name = self.name();
                tracing::error!(target: "convex_local::functions", "cron \"{name}\" failed ({path}): {error}");
                self.advance(runner).await;
            }
        }
    }

    /// Runs the mutation, and tries again if the backend is to blame, because then nothing has been written.
    async fn mutate(&self, runner: &Runner) -> Result<(), FunctionError> {
        let mut attempts = 0;
        loop {
            attempts += 1;
            let run = runner.functions.scheduled_mutation(&self.what, None, self);
            match run.await {
                Err(error) if runs_again(&error, attempts >= MAX_ATTEMPTS) => {
                    tokio::time::sleep(PAUSE).await;
                }
                result => return result.map(drop),
            }
        }
    }

    async fn act(&self, runner: &Runner) -> Result<(), FunctionError> {
        let begin = |tx: &mut Transaction| match self.current(tx) {
            Some(row) => {
                let running = CronRow {
                    running: true,
                    ..row
                };
                tx.put_cron(&running).is_ok()
            }
            None => false,
        };
        if !runner.note("that a cron has begun", begin).await {
            return Ok(());
        }
        runner.functions.scheduled_action(&self.what, None).await?;
        self.advance(runner).await;
        Ok(())
    }

    async fn advance(&self, runner: &Runner) {
        let step = |tx: &mut Transaction| self.end(tx).is_ok();
        runner.note("that a cron has run", step).await;
    }

    /// Stores the end of the run that was due.
    fn end(&self, tx: &mut Transaction) -> Result<(), FunctionError> {
        let row = self.current(tx).ok_or_else(gone)?;
        tx.put_cron(&self.advanced(row)).map_err(failed)
    }

    /// Returns the row, if the cron is still the one that began.
    fn current(&self, tx: &mut Transaction) -> Option<CronRow> {
        let row = tx.cron(&self.key.0, &self.key.1)?;
        (row.spec == self.spec).then_some(row)
    }
}

impl Around for Entry {
    fn before(&self, tx: &mut Transaction) -> Result<(), FunctionError> {
        self.current(tx).map(drop).ok_or_else(gone)
    }

    fn after(
        &self,
        tx: &mut Transaction,
        _value: &Json,
        _logs: &[String],
    ) -> Result<(), FunctionError> {
        self.end(tx)
    }
}

/// Returns whether two specifications begin with the same schedule.
fn have_same_schedule(one: &str, other: &str) -> bool {
    let schedule = |spec: &str| {
        let spec: Option<Json> = serde_json::from_str(spec).ok();
        spec.and_then(|spec| spec.get(0).cloned())
    };
    schedule(one).is_some_and(|one| schedule(other) == Some(one))
}

fn gone() -> FunctionError {
    FunctionError::new("The cron is not in crons.ts any more")
}

fn failed(error: impl std::fmt::Display) -> FunctionError {
    FunctionError::new(error.to_string())
}

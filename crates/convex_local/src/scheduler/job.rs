//! The execution of one job.
//!
//! The job of a mutation ends in the mutation's own commit, so it takes effect exactly once. The job of an action is
//! marked as begun before the action runs, so it runs at most once; an action that was running when the process ended
//! has failed. (`crates/application/src/scheduled_jobs` of the original.)

use std::time::Duration;

use serde_json::Value as Json;

use super::now_ms;
use crate::functions::{Around, FunctionError, Functions, Kind};
use crate::store::{CommitError, Job, JobKey, JobState, Store, Transaction};

/// The error of an action's job that was running when the process ended, as on Convex.
const INTERRUPTED: &str = "Transient error while executing action";
/// The pause between two tries to store how a job ended, while the disk refuses.
pub(super) const PAUSE: Duration = Duration::from_secs(1);

/// Everything that is needed to run jobs.
pub(super) struct Runner {
    pub(super) functions: Functions,
    pub(super) store: Store,
}

/// The outcome of running a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It is over or was cancelled.
    Over,
    /// The backend failed it; it is still pending.
    Again,
}

impl Runner {
    /// Runs a pending job. On the `last` try, a failure of the backend counts as a failure of the job if the job may
    /// be the cause.
    pub(super) async fn run(&self, job: &Job, last: bool) -> Outcome {
        let result = match self.functions.kind_of(&job.what).await {
            Ok(Kind::Mutation) => self.mutation(job).await,
            Ok(Kind::Action) => return self.action(job).await,
            Ok(Kind::Query) => Err(FunctionError::new("Queries cannot be scheduled")),
            Err(error) => Err(error),
        };
        match result {
            Ok(()) => Outcome::Over,
            Err(error) if runs_again(&error, last) => {
                tracing::warn!("scheduled function {} is run again: {error}", job.what.path);
                Outcome::Again
            }
            Err(error) => {
                self.end(job, Err(error)).await;
                Outcome::Over
            }
        }
    }

    async fn mutation(&self, job: &Job) -> Result<(), FunctionError> {
        let around = EndsWithCommit(&job.key);
        let run = self
            .functions
            .scheduled_mutation(&job.what, Some(&job.key), &around);
        run.await.map(drop)
    }

    async fn action(&self, job: &Job) -> Outcome {
        if !self.change(&job.key, &JobState::InProgress).await {
            return Outcome::Over;
        }
        let result = self.functions.scheduled_action(&job.what, Some(&job.key));
        let result = result.await;
        self.end(job, result.map(drop)).await;
        Outcome::Over
    }

    /// Stores how a job ended. A job that was cancelled in the meantime stays cancelled.
    async fn end(&self, job: &Job, result: Result<(), FunctionError>) {
        let state = match result {
            Ok(()) => JobState::Success,
            Err(error) => JobState::Failed(error.message),
        };
        let changed = self.change(&job.key, &state).await;
        if let JobState::Failed(error) = &state
            && changed
        {
            let path = &job.what.path;
            tracing::error!(target: "convex_local::functions", "scheduled function {path} failed: {error}");
        }
    }

    /// Sets the `state` of an unfinished job. Returns `false` if the job is over or forgotten.
    async fn change(&self, job: &JobKey, state: &JobState) -> bool {
        let step = |tx: &mut Transaction| {
            let from = tx.job_state(job);
            let open = match state {
                JobState::InProgress => from == Some(JobState::Pending),
                _ => from.is_some_and(|from| !from.is_over()),
            };
            open && tx.set_job_state(job, state, now_ms()).is_ok()
        };
        self.note("the state of a scheduled function", step).await
    }

    /// Commits the writes of `step`, and tries again for as long as the disk refuses. Returns `false` if `step`
    /// declines or the store is closed.
    pub(super) async fn note(&self, what: &str, step: impl Fn(&mut Transaction) -> bool) -> bool {
        let step = |tx: &mut Transaction| match step(tx) {
            true => Ok(()),
            false => Err(NotNoted::Unwanted),
        };
        loop {
            match self.store.write(step).await {
                Ok(()) => return true,
                Err(NotNoted::Unwanted | NotNoted::Refused(CommitError::Closed)) => return false,
                Err(NotNoted::Refused(error)) => {
                    tracing::error!("cannot note {what}: {error}");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    /// Fails the actions that were running when the process before this one ended.
    pub(super) async fn fail_interrupted_actions(&self) {
        for key in self.store.jobs_in_progress() {
            tracing::warn!("a scheduled action did not end before the backend did: it has failed");
            let failed = JobState::Failed(INTERRUPTED.to_owned());
            self.change(&key, &failed).await;
        }
    }
}

/// Returns whether a mutation that has failed like this runs again. On the `last` try it does so only if no function
/// can be the cause, as when the disk is full.
pub(super) fn runs_again(error: &FunctionError, last: bool) -> bool {
    error.interrupted && (error.blameless || !last)
}

/// The reasons why a step was not committed.
enum NotNoted {
    /// The step declined.
    Unwanted,
    Refused(CommitError),
}

impl From<CommitError> for NotNoted {
    fn from(error: CommitError) -> Self {
        Self::Refused(error)
    }
}

/// Ends a job in the commit of its mutation.
struct EndsWithCommit<'a>(&'a JobKey);

impl Around for EndsWithCommit<'_> {
    fn before(&self, tx: &mut Transaction) -> Result<(), FunctionError> {
        if tx.job_state(self.0) != Some(JobState::Pending) {
            return Err(FunctionError::new("The scheduled function was cancelled"));
        }
        // Only this transaction sees this state: before its commit the job is pending, afterwards it is over.
        set(tx, self.0, &JobState::InProgress)
    }

    fn after(
        &self,
        tx: &mut Transaction,
        _value: &Json,
        _logs: &[String],
    ) -> Result<(), FunctionError> {
        set(tx, self.0, &JobState::Success)
    }
}

fn set(tx: &mut Transaction, job: &JobKey, state: &JobState) -> Result<(), FunctionError> {
    tx.set_job_state(job, state, now_ms())
        .map_err(|error| FunctionError::new(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mutation_is_not_given_up_while_the_disk_is_full() {
        let full = FunctionError::from(CommitError::Storage("the disk is full".to_owned()));
        assert!(runs_again(&full, false));
        assert!(runs_again(&full, true));
        // The function may have ended the process.
        let died = FunctionError::process_died("the process ended");
        assert!(runs_again(&died, false));
        assert!(!runs_again(&died, true));
        assert!(!runs_again(&FunctionError::new("no luck"), false));
    }
}

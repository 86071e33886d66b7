//! The retry of transactions: begin, run, commit, and again after a conflict.

use std::future::{Future, ready};

use super::Store;
use super::error::CommitError;
use super::model::Timestamp;
use super::transaction::Transaction;
use super::turns::WorkKind;

/// A resource that work needs to run, and must not hold while it waits in line.
pub(crate) trait Admittance<E>: Sync {
    /// Waits until the work may run. Called before each run.
    ///
    /// # Errors
    /// The reason why it may not run.
    fn enter(&self) -> impl Future<Output = Result<(), E>> + Send;

    /// Gives back the resource of [`Self::enter`], because the work waits in line first.
    fn leave(&self);
}

/// Work that needs no resource.
pub(crate) struct Free;

impl<E> Admittance<E> for Free {
    async fn enter(&self) -> Result<(), E> {
        Ok(())
    }

    fn leave(&self) {}
}

impl Store {
    /// Runs `work` in a transaction until it is committed or has failed by itself. The result is that of the last
    /// run. Each run begins with the newest data, even before they are on disk; this returns when they are.
    /// `admittance` is asked just before the work begins, once the work no longer waits in line.
    ///
    /// # Errors
    /// The error of `work` or `admittance`, or a [`CommitError`] other than a conflict.
    pub(crate) async fn transact<T, E, F>(
        &self,
        kind: Option<WorkKind>,
        admittance: &impl Admittance<E>,
        mut work: impl FnMut(Transaction) -> F,
    ) -> Result<(T, Timestamp), E>
    where
        E: From<CommitError>,
        F: Future<Output = Result<(T, Transaction), E>>,
    {
        let mut turn = self.turns.turn(kind);
        loop {
            let pass = turn.wait().await;
            admittance.enter().await?;
            if turn.must_join_line(&pass) {
                admittance.leave();
                continue;
            }
            let accepted = self.committer.published.accepted();
            let (epoch, began) = (accepted.epoch, accepted.head.ts);
            let result = work(self.begin_on(accepted)).await;
            let result = match result {
                Ok((value, tx)) if tx.has_writes() => {
                    let pass = turn.through(pass).await;
                    match self.committer.commit(tx, pass).await {
                        Ok(ts) => return Ok((value, ts)),
                        Err(CommitError::Conflict) => {
                            turn.lost();
                            continue;
                        }
                        Err(error) => return Err(error.into()),
                    }
                }
                Ok((value, _)) => Ok((value, began)),
                Err(error) => Err(error),
            };
            drop(pass);
            // The data that the result depends on must be durable.
            if self.committer.published.is_durable(epoch, began).await {
                return result;
            }
        }
    }

    /// Runs work that needs no admittance.
    ///
    /// # Errors
    /// Those of [`Self::transact`].
    pub(crate) async fn write<T, E: From<CommitError>>(
        &self,
        mut work: impl FnMut(&mut Transaction) -> Result<T, E>,
    ) -> Result<T, E> {
        let run = |mut tx: Transaction| ready(work(&mut tx).map(|value| (value, tx)));
        self.transact(None, &Free, run)
            .await
            .map(|(value, _)| value)
    }
}

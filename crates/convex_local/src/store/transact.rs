//! Begin, do, commit; and all over again while somebody else is first.

use std::future::{Future, ready};

use super::Store;
use super::error::CommitError;
use super::model::Timestamp;
use super::transaction::Transaction;
use super::turns::WorkKind;

impl Store {
    /// Runs `work` in a transaction until it is committed or has failed by itself. What it answers
    /// is of the run that counts. Each run begins with the newest data, even before they are on
    /// disk; this returns when they are.
    ///
    /// # Errors
    /// What `work` fails with, or [`CommitError`] but for conflicts.
    pub(crate) async fn transact<T, E, F>(
        &self,
        kind: Option<WorkKind>,
        mut work: impl FnMut(Transaction) -> F,
    ) -> Result<(T, Timestamp), E>
    where
        E: From<CommitError>,
        F: Future<Output = Result<(T, Transaction), E>>,
    {
        let mut turn = self.turns.turn(kind);
        loop {
            let pass = turn.wait().await;
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
            // What it is made of must not vanish.
            if self.committer.published.is_durable(epoch, began).await {
                return result;
            }
        }
    }

    /// The same for work that waits for nothing.
    ///
    /// # Errors
    /// As there.
    pub(crate) async fn write<T, E: From<CommitError>>(
        &self,
        mut work: impl FnMut(&mut Transaction) -> Result<T, E>,
    ) -> Result<T, E> {
        let run = |mut tx: Transaction| ready(work(&mut tx).map(|value| (value, tx)));
        self.transact(None, run).await.map(|(value, _)| value)
    }
}

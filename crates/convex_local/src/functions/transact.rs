//! Transactions that are begun again after a conflict.

use std::time::Duration;

use super::error::FunctionError;
use crate::store::{CommitError, Store, Transaction};

/// Does `work` in a transaction of its own and commits it, again after each conflict.
///
/// # Errors
/// Those of `work`, and when nothing can be committed.
pub(crate) async fn transact<T>(
    store: &Store,
    work: impl Fn(&mut Transaction) -> Result<T, FunctionError>,
) -> Result<T, FunctionError> {
    let mut attempt = 0;
    loop {
        let mut tx = store.begin();
        let done = work(&mut tx)?;
        match store.commit(tx).await {
            Ok(_) => return Ok(done),
            Err(CommitError::Conflict) => tokio::time::sleep(backoff(attempt)).await,
            Err(error) => return Err(FunctionError::interrupted(error.to_string())),
        }
        attempt += 1;
    }
}

/// How long to wait before trying again after a write conflict.
pub(crate) fn backoff(attempt: u32) -> Duration {
    let ceiling = 1_u64 << attempt.min(6);
    Duration::from_millis(rand::random_range(0..=ceiling))
}

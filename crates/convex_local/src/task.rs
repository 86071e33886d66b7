//! Tasks that outlive their callers, and blocking work.

use std::future::{Future, pending};

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::{JoinError, JoinSet};

/// Runs `work` to its end, even if the returned future is dropped, so that the request of a client that disconnects
/// still takes effect.
pub(crate) async fn to_the_end<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> T {
    outcome(tokio::spawn(work).await).await
}

/// Runs `work` for as long as the returned future exists, even if the future is not polled, so that `work` gives back
/// shared resources in time.
pub(crate) fn while_wanted<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> impl Future<Output = T> + Send + 'static {
    let mut task = JoinSet::new();
    task.spawn(work);
    async move {
        match task.join_next().await {
            Some(done) => outcome(done).await,
            None => pending().await,
        }
    }
}

async fn outcome<T>(done: Result<T, JoinError>) -> T {
    match done {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is shutting down, which cancels this task as well.
            Err(_) => pending().await,
        },
    }
}

/// Runs blocking work. On a runtime with several threads, other tasks of this thread move elsewhere.
pub(crate) fn in_place<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn work_goes_on_without_being_polled_and_ends_with_its_future() {
        let (done, is_done) = oneshot::channel();
        let unseen = while_wanted(async move { done.send(()) });
        assert!(is_done.await.is_ok());
        assert!(unseen.await.is_ok());

        let (held, is_dropped) = oneshot::channel::<()>();
        let unwanted = while_wanted(async move {
            let _held = held;
            pending::<()>().await;
        });
        drop(unwanted);
        assert!(is_dropped.await.is_err());
    }
}

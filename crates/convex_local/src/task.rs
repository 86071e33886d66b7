//! Work that goes on when whoever waits for it leaves.

use std::future::{Future, pending};

/// Runs `work` to its end, even if the future that is returned is dropped: a client that goes away
/// does not undo what it has asked for.
pub(crate) async fn to_the_end<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> T {
    match tokio::spawn(work).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // Cancelled: the runtime is going down, and this task with it.
            Err(_) => pending().await,
        },
    }
}

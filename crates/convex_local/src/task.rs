//! Work that goes on when whoever waits for it leaves, and work that blocks.

use std::future::{Future, pending};

use tokio::runtime::{Handle, RuntimeFlavor};

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

/// Does what blocks, and lets other tasks of this thread go on elsewhere where there are other threads.
pub(crate) fn in_place<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}

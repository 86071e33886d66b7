//! The end of the process: the signal to stop, and a limit for running tasks.

use std::{future::Future, io, time::Duration};

use tokio::runtime::Runtime;

/// How long other tasks may continue after `work` has ended.
const LEFT: Duration = Duration::from_secs(2);

/// Runs `work` and returns its output. Tasks that are still running then have two seconds, so a file being compressed,
/// or a task that never yields, does not keep the process alive.
///
/// # Errors
///
/// When the system has no threads.
pub fn run_to_end<T>(work: impl Future<Output = T>) -> io::Result<T> {
    let runtime = Runtime::new()?;
    let output = runtime.block_on(work);
    runtime.shutdown_timeout(LEFT);
    Ok(output)
}

/// Completes on SIGINT (Ctrl-C) or, on Unix, SIGTERM.
pub async fn signal() {
    let interrupt = async {
        // Without a handler, the default action ends the process.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = interrupt => {}
        () = terminate() => {}
    }
}

#[cfg(unix)]
async fn terminate() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut stream) => {
            stream.recv().await;
        }
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn terminate() {
    std::future::pending().await
}

//! The end of a process that does not give way.

use std::sync::Weak;
use std::time::Duration;

use super::runner::Runner;
use crate::functions::process::wire::ToRunner;

/// How often a process with running calls is asked whether it still listens.
const PING_INTERVAL: Duration = Duration::from_millis(200);
/// How much longer than it should a process may be deaf: by then it has told which call is to blame,
/// if it can.
const GRACE: Duration = Duration::from_secs(2);

/// Kills a process that neither says anything nor answers for too long: user code that loops.
pub(crate) async fn watch(runner: Weak<Runner>) {
    loop {
        tokio::time::sleep(PING_INTERVAL).await;
        let Some(runner) = runner.upgrade() else {
            return;
        };
        if runner.is_dead() {
            return;
        }
        if runner.is_idle() {
            continue;
        }
        let limit = runner.context.host.config.limits.stall + GRACE;
        if runner.silence() >= limit {
            tracing::error!(
                "a functions runner does not give way for {limit:?} and is stopped (running: {})",
                runner.labels().join(", "),
            );
            runner.kill();
        } else {
            // The answer, like everything the process says, counts as a sign of life.
            runner.tell(&ToRunner::Ping);
        }
    }
}

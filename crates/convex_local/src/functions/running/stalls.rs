//! The end of a process that does not yield.

use std::sync::Weak;
use std::time::Duration;

use super::runner::Runner;
use crate::functions::process::wire::ToRunner;

/// How often a process with running calls is asked whether it still listens.
const PING_INTERVAL: Duration = Duration::from_millis(200);
/// The extra time for a process that does not respond. By then it has reported which call is to blame, if it can.
const GRACE: Duration = Duration::from_secs(2);

/// Kills a process that has been silent for too long because user code loops.
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
            // The answer, like every message of the process, counts as a sign of life.
            runner.tell(&ToRunner::Ping);
        }
    }
}

//! What the scheduler runs: functions by component and path, on behalf of nobody.

use std::sync::Arc;

use serde_json::Value as Json;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::live::Live;
use super::request::Request;
use super::run::{self, Around, Invocation};
use super::{FunctionError, Functions, Kind};
use crate::scheduler;
use crate::store::NewJob;

/// A function that `crons.ts` wants run again and again.
#[derive(Clone, Debug)]
pub struct Cron {
    /// Its name, unique within its component.
    pub identifier: String,
    /// The component it belongs to, `""` for the app.
    pub component: String,
    /// `module:export`.
    pub path: String,
    /// The argument object in Convex's JSON encoding.
    pub args: Json,
    /// As `crons.ts` gives it: `{ "type": "interval", "minutes": 5 }`, `"hourly"`, `"daily"`,
    /// `"weekly"`, `"monthly"` with their fields, or `{ "type": "cron", "cron": "15 7 * * *" }`.
    pub schedule: Json,
}

impl Functions {
    /// Runs what `ctx.scheduler` was asked for, by this process or an earlier one on the same
    /// data, until `stop`. A mutation that is running then is given up, and run when this is called
    /// the next time.
    pub fn run_scheduled(&self, stop: CancellationToken) -> JoinHandle<()> {
        scheduler::start(self, &self.inner.shared.store, stop)
    }

    /// What kind of function is scheduled there, if it (still) exists.
    pub(crate) async fn kind_of(&self, what: &NewJob) -> Result<Kind, FunctionError> {
        let live = self.inner.live().await?;
        Ok(live.catalog.find_in(&what.mount, &what.path)?.kind)
    }

    /// Runs a mutation, and what is `around` it in the same transaction.
    pub(crate) async fn scheduled_mutation(
        &self,
        what: &NewJob,
        around: &dyn Around,
    ) -> Result<Json, FunctionError> {
        let (live, invocation) = self.scheduled(what, Kind::Mutation).await?;
        let done = run::mutation(&live, &invocation, around).await?;
        Ok(done.0)
    }

    /// Runs an action, once.
    pub(crate) async fn scheduled_action(&self, what: &NewJob) -> Result<Json, FunctionError> {
        let (live, invocation) = self.scheduled(what, Kind::Action).await?;
        run::action(&live, &invocation).await
    }

    async fn scheduled(
        &self,
        what: &NewJob,
        kind: Kind,
    ) -> Result<(Arc<Live>, Invocation), FunctionError> {
        let live = self.inner.live().await?;
        let function = Arc::clone(live.catalog.find_in(&what.mount, &what.path)?);
        function.expect(kind)?;
        let invocation = Invocation {
            function,
            args: Arc::new(what.args.clone()),
            identity: None,
            request: Request::new(),
            depth: 0,
        };
        Ok((live, invocation))
    }
}

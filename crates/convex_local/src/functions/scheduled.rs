//! The execution of scheduled functions, by component and path, without an identity.

use std::sync::Arc;

use serde_json::Value as Json;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::Functions;
use super::error::FunctionError;
use super::execute::{self, Around};
use super::folder::Kind;
use super::origin::Origin;
use super::request::Request;
use super::running::{Call, Place};
use crate::scheduler;
use crate::store::{JobKey, NewJob};

impl Functions {
    /// Runs the functions that `ctx.scheduler` has scheduled, in this process or an earlier one on the same data,
    /// until `stop`. A mutation that is running then is cancelled, and runs again the next time that this is called.
    pub fn run_scheduled(&self, stop: CancellationToken) -> JoinHandle<()> {
        scheduler::start(self, &self.served.loader.host.store, stop)
    }

    /// Returns the kind of a scheduled function, if it (still) exists.
    pub(crate) async fn kind_of(&self, what: &NewJob) -> Result<Kind, FunctionError> {
        let runner = self.served.runner().await?;
        let catalog = &runner.context.catalog;
        Ok(catalog.find_in(&what.mount, &what.path)?.kind)
    }

    /// Runs a mutation with the work `around` it in the same transaction.
    pub(crate) async fn scheduled_mutation(
        &self,
        what: &NewJob,
        job: Option<&JobKey>,
        around: &dyn Around,
    ) -> Result<Json, FunctionError> {
        let pool = self.served.pool();
        let function = pool.catalog.find_in(&what.mount, &what.path)?;
        let kind = function.work_kind(&what.args);
        let enter = || self.scheduled(what, job, Kind::Mutation);
        let done = execute::mutation(self.host(), Some(kind), enter, around).await?;
        Ok(done.0)
    }

    /// Runs an action, once.
    pub(crate) async fn scheduled_action(
        &self,
        what: &NewJob,
        job: Option<&JobKey>,
    ) -> Result<Json, FunctionError> {
        let (place, call) = self.scheduled(what, job, Kind::Action).await?;
        execute::action(&place.runner, &call).await
    }

    /// Runs a scheduled function. `job` is its row in `_scheduled_functions`.
    async fn scheduled(
        &self,
        what: &NewJob,
        job: Option<&JobKey>,
        kind: Kind,
    ) -> Result<(Place, Call), FunctionError> {
        let place = self.served.place(kind, None).await?;
        let catalog = &place.runner.context.catalog;
        let function = Arc::clone(catalog.find_in(&what.mount, &what.path)?);
        function.expect(kind)?;
        let args = Arc::new(what.args.clone());
        let origin = Origin {
            scheduled_function: job.map(|job| job.id.clone()),
            ..Origin::default()
        };
        let request = Request::new(Arc::new(origin)).of_job(job.cloned());
        let call = Call::outermost(function, args, None, request);
        Ok((place, call))
    }
}

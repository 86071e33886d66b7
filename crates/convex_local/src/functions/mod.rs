//! The functions of a `convex/` folder: bundled, loaded and run.
//!
//! Rust owns data, transactions and rules; Node.js processes evaluate the functions and ask for
//! data over a socket, through the system calls of Convex's own `convex/server` library.
//!
//! # Layout
//! Layers: each uses those above it in this list, and none below.
//! - `call`, `config`, `error`, `request`: the types of the interface.
//! - `folder`: the content of a folder.
//! - `process`: one Node.js process and the messages to and from it.
//! - `running`: the calls that run in a process.
//! - `asked`: the system calls of functions; it decides what happens.
//! - `execute`: a function, from start to end.
//! - `serve`: the choice of a process, and the loop that answers its messages.
//! - [`Functions`]: the handle for everything else (this file, and `scheduled` for the scheduler).
//! - `node/` beside `src/`: the JavaScript half.

mod asked;
mod call;
mod config;
mod error;
mod execute;
mod folder;
mod origin;
mod process;
mod request;
mod request_id;
mod running;
mod scheduled;
mod serve;

use std::sync::Arc;

use axum::body::Body;
use serde_json::Value as Json;
use tokio::sync::{mpsc, oneshot, watch};

pub use call::{ActionOutcome, Caller, FunctionCall, MutationOutcome, Outcome, QueryOutcome};
pub(crate) use config::default_workers;
pub use config::{FunctionsConfig, Limits};
pub use error::{FunctionError, LoadError, StartError};
pub(crate) use execute::Around;
pub use folder::{Cron, Kind};
pub use origin::Origin;
pub use request_id::RequestId;
pub(crate) use serve::{Inspection, Misfit};

use crate::auth::{AuthProvider, Signer};
use crate::files::Files;
use crate::lock::lock;
use crate::store::{ComponentPath, RequestKey, Store, Timestamp, Transaction};
use execute::{Alone, Noted, QueryRun, http};
use folder::environment::{self, Forbidden};
use folder::{analysis, spec};
use process::{Launcher, Purpose};
use request::Request;
use running::{Admission, Call, Host, Place};
use serve::{Event, FolderWatcher, Loader, Served};

/// The functions of a folder, ready to be called. Cheap to clone; the process ends with the last
/// clone and the last running call.
#[derive(Clone, Debug)]
pub struct Functions {
    served: Arc<Served>,
}

impl Functions {
    /// Bundles and loads the folder, applies its schemas to `store` and starts serving it.
    ///
    /// # Errors
    /// When Node.js is missing or too old, the folder does not exist or does not load, or the
    /// stored data do not match its schema.
    pub async fn start(config: FunctionsConfig, store: Store) -> Result<Self, StartError> {
        let launcher = Launcher::new(&config).await?;
        let files_url = config.files_url.as_ref().unwrap_or(&config.cloud_url);
        let files = Files::open(&store, files_url).map_err(|source| StartError::Io {
            doing: "open the folder of stored files",
            source,
        })?;
        let signer = Signer::of(&store, &config.cloud_url).map_err(|error| StartError::Io {
            doing: "read the key that signs tokens",
            source: std::io::Error::other(error),
        })?;
        let watched = config.watch;
        let (events, heard) = mpsc::unbounded_channel();
        let loader = Loader {
            host: Arc::new(Host {
                admission: Admission::new(config.limits.queue),
                signer,
                config,
                files,
                store,
            }),
            launcher,
            events,
        };
        let pool = loader.load(&Purpose::Fresh).await?;
        let watcher = watched
            .then(|| FolderWatcher::start(loader.launcher.convex_dir(), loader.events.clone()))
            .transpose()?;
        let served = Arc::new(Served::new(loader, pool));
        tokio::spawn(serve::supervise(Arc::downgrade(&served), heard, watcher));
        Ok(Self { served })
    }

    /// Runs a query on the newest snapshot.
    pub async fn query(&self, call: FunctionCall) -> QueryOutcome {
        let begin = || self.host().store.begin();
        self.query_in(call, begin, || Some(begin())).await
    }

    /// Runs a query on the data of an earlier moment, if the store still has it.
    pub async fn query_at(&self, call: FunctionCall, ts: Timestamp) -> Option<QueryOutcome> {
        let begin = || self.host().store.begin_at(ts);
        let tx = begin()?;
        Some(self.query_in(call, || tx, begin).await)
    }

    async fn query_in(
        &self,
        mut call: FunctionCall,
        begin: impl FnOnce() -> Transaction,
        again: impl FnOnce() -> Option<Transaction>,
    ) -> QueryOutcome {
        let request = Request::new(Arc::clone(&call.origin));
        let args = Arc::new(std::mem::take(&mut call.args));
        let mut run = self.query_once(&call, &args, &request, begin).await;
        // Usually another call's function killed the process.
        if run.result.as_ref().is_err_and(|error| error.process_died)
            && let Some(tx) = again()
        {
            lock(&request.logs).clear();
            run = self.query_once(&call, &args, &request, || tx).await;
        }
        QueryOutcome {
            result: ended(&call, &request, run.result),
            logs: std::mem::take(&mut lock(&request.logs)),
            ts: run.ts,
            read_set: run.read_set,
            journal: run.journal,
            used_identity: run.used_identity,
            used_clock: run.used_clock,
        }
    }

    async fn query_once(
        &self,
        call: &FunctionCall,
        args: &Arc<Json>,
        request: &Request,
        begin: impl FnOnce() -> Transaction,
    ) -> QueryRun {
        match self.prepare(call, args, Kind::Query, request).await {
            Ok((place, prepared)) => {
                execute::query(&place, &prepared, call.journal.clone(), begin()).await
            }
            Err(error) => QueryRun::failed(error, begin()),
        }
    }

    /// Runs a mutation; write conflicts are retried here. When this returns, it is durable.
    pub async fn mutation(&self, call: FunctionCall) -> MutationOutcome {
        self.mutation_around(call, &Alone).await
    }

    /// Runs a mutation that a client may send again: its result is stored with the commit.
    pub(crate) async fn mutation_once(
        &self,
        call: FunctionCall,
        request: RequestKey,
    ) -> MutationOutcome {
        self.mutation_around(call, &Noted(request)).await
    }

    async fn mutation_around(
        &self,
        mut call: FunctionCall,
        around: &dyn Around,
    ) -> MutationOutcome {
        let request = Request::new(Arc::clone(&call.origin));
        let args = Arc::new(std::mem::take(&mut call.args));
        let deadline = self.host().admission.deadline();
        let place = || self.served.place(Kind::Mutation, Some(deadline));
        let enter = async || prepare(place().await?, &call, &args, Kind::Mutation, &request);
        let once = async || {
            let pool = self.served.pool();
            let kind = pool.catalog.find_for(&call)?.work_kind(&args);
            execute::mutation(self.host(), Some(kind), &enter, around).await
        };
        let mut result = once().await;
        // Nothing was committed, because the process takes no part in a commit.
        if result.as_ref().is_err_and(|error| error.process_died) {
            lock(&request.logs).clear();
            result = once().await;
        }
        let (result, ts) = match result {
            Ok((value, ts)) => (Ok(value), Some(ts)),
            Err(error) => (Err(error), None),
        };
        MutationOutcome {
            result: ended(&call, &request, result),
            logs: std::mem::take(&mut lock(&request.logs)),
            ts,
        }
    }

    /// Runs an action, once.
    pub async fn action(&self, mut call: FunctionCall) -> ActionOutcome {
        let request = Request::new(Arc::clone(&call.origin));
        let args = Arc::new(std::mem::take(&mut call.args));
        let result = match self.prepare(&call, &args, Kind::Action, &request).await {
            Ok((place, prepared)) => execute::action(&place.runner, &prepared).await,
            Err(error) => Err(error),
        };
        ActionOutcome {
            result: ended(&call, &request, result),
            logs: std::mem::take(&mut lock(&request.logs)),
        }
    }

    /// Runs a function of any kind.
    ///
    /// # Errors
    /// When there is no such function, or the caller may not call it.
    pub async fn run(&self, call: FunctionCall) -> Result<Outcome, FunctionError> {
        let kind = self.served.pool().catalog.find_for(&call)?.kind;
        Ok(match kind {
            Kind::Query => Outcome::Query(self.query(call).await),
            Kind::Mutation => Outcome::Mutation(self.mutation(call).await),
            Kind::Action => Outcome::Action(self.action(call).await),
        })
    }

    /// Runs the HTTP action that `convex/http.ts` routes the request to. Put the identity of the
    /// caller, if verified, and the origin of the request into its extensions, as
    /// [`Identity`](crate::auth::Identity) and `Arc<`[`Origin`]`>`.
    pub async fn http(&self, request: ::http::Request<Body>) -> ::http::Response<Body> {
        match self.served.place_in_time(Kind::Action).await {
            Ok(place) => http::run(place, request).await,
            Err(error) => http::server_error(&error),
        }
    }

    /// Returns the files that `ctx.storage` keeps.
    pub(crate) fn files(&self) -> &Files {
        &self.host().files
    }

    /// Returns the token issuers of `auth.config.ts`.
    pub fn auth_providers(&self) -> Arc<Vec<AuthProvider>> {
        Arc::clone(&self.served.pool().catalog.auth)
    }

    /// Returns the public key of the tokens that functions sign, as a JSON Web Key Set.
    pub(crate) fn jwks(&self) -> &Json {
        self.host().signer.jwks()
    }

    /// Returns the schema of a component, as a deployment keeps it.
    pub(crate) fn schema(&self, component: &ComponentPath) -> Option<Json> {
        let pool = self.served.pool();
        let mut mounted = pool.catalog.manifest.mounted();
        let (_, definition) = mounted.find(|(at, _)| at == component)?;
        analysis::schema(definition)
    }

    /// Returns the components as a list; the id of a component is its path.
    pub(crate) fn components(&self) -> Json {
        analysis::components(&self.served.pool().catalog.manifest)
    }

    /// Returns the functions of the folder, in the JSON of `npx convex function-spec`.
    pub fn spec(&self) -> Arc<Json> {
        let pool = self.served.pool();
        Arc::new(spec::function_spec(
            &pool.catalog.manifest,
            &self.host().config.cloud_url,
        ))
    }

    /// Returns the crons of `crons.ts`; [`Self::run_scheduled`] runs them.
    pub fn crons(&self) -> Vec<Cron> {
        self.served.pool().catalog.crons()
    }

    /// Returns a number that grows at each reload: cached results are then invalid, and subscriptions must run again.
    pub fn generation(&self) -> watch::Receiver<u64> {
        self.served.generation.subscribe()
    }

    /// Checks a change of a variable, as [`Self::change_env`] makes it, against what the app declares.
    ///
    /// # Errors
    /// When the variable would be missing or not as declared.
    pub(crate) fn check_env(&self, name: &str, value: Option<&str>) -> Result<(), Forbidden> {
        let pool = self.served.pool();
        environment::check_change(&pool.catalog.manifest, name, value)
    }

    /// Sets an environment variable, or unsets it without `value`, and loads the functions again
    /// with it. Running calls end with the old functions.
    pub fn change_env(&self, name: &str, value: Option<String>) {
        self.served.loader.launcher.change_env(name, value);
        // Sending fails only while the functions are being dropped.
        let _ = self.served.loader.events.send(Event::Changed);
    }

    /// Inspects the folder as it is now, without serving it.
    ///
    /// # Errors
    /// When it does not load, or its schema is not valid.
    pub(crate) async fn inspect(&self) -> Result<Inspection, StartError> {
        let build = self.served.pool().build().to_owned();
        self.served.loader.inspect(build).await
    }

    /// Loads the folder again, even if no change was noticed, and serves it.
    ///
    /// # Errors
    /// When it does not load; then the former functions continue to serve.
    pub(crate) async fn load_now(&self) -> Result<(), LoadError> {
        let (answer, answered) = oneshot::channel();
        let gone = || LoadError::new("The functions are being shut down.");
        let asked = self.served.loader.events.send(Event::Load(answer));
        asked.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }

    async fn prepare(
        &self,
        call: &FunctionCall,
        args: &Arc<Json>,
        kind: Kind,
        request: &Request,
    ) -> Result<(Place, Call), FunctionError> {
        let place = self.served.place_in_time(kind).await?;
        prepare(place, call, args, kind, request)
    }

    fn host(&self) -> &Host {
        &self.served.loader.host
    }
}

/// Returns the call of a function from outside, with its place.
fn prepare(
    place: Place,
    call: &FunctionCall,
    args: &Arc<Json>,
    kind: Kind,
    request: &Request,
) -> Result<(Place, Call), FunctionError> {
    let function = place.runner.context.catalog.find_for(call)?;
    function.expect(kind)?;
    let prepared = Call::outermost(
        Arc::clone(function),
        Arc::clone(args),
        call.identity.clone(),
        request.clone(),
    );
    Ok((place, prepared))
}

/// Puts the request's id into an error, and logs the error.
fn ended(
    call: &FunctionCall,
    request: &Request,
    result: Result<Json, FunctionError>,
) -> Result<Json, FunctionError> {
    result.map_err(|error| {
        let (function, request) = (&call.path, request.id);
        tracing::warn!(target: "convex_local::functions", %function, %request, "{error}");
        FunctionError {
            request: Some(request),
            ..error
        }
    })
}

/// Returns the functions of a folder, without running a backend: the JSON of `npx convex function-spec`.
///
/// # Errors
/// Those of [`Functions::start`], except for stored data that do not match the schema.
pub async fn function_spec(config: &FunctionsConfig) -> Result<Json, StartError> {
    let launcher = Launcher::new(config).await?;
    let manifest = launcher.inspect(&Purpose::Fresh).await?;
    Ok(spec::function_spec(&manifest, &config.cloud_url))
}

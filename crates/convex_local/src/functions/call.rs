//! Calls and outcomes: one type for each kind of function.

use std::sync::Arc;

use serde_json::Value as Json;

use super::error::FunctionError;
use super::origin::Origin;
use crate::auth::Identity;
use crate::store::{ComponentPath, ReadSet, Timestamp};

/// One call of a function by its path.
#[derive(Clone, Debug)]
pub struct FunctionCall {
    /// `module:export` in the root app, for example `todos:list` or `auth:getCurrentUser`.
    /// A `.js`/`.ts` suffix on the module is accepted; `todos` alone means its default export.
    pub path: String,
    /// The component of the function, usually the app. Other components are for administrators.
    pub component: ComponentPath,
    /// The argument object in Convex's JSON encoding.
    pub args: Json,
    /// The caller's identity, if its token was verified.
    pub identity: Option<Identity>,
    /// Which functions the caller may reach.
    pub caller: Caller,
    /// The journal of an earlier run of this query, so that a page keeps its end.
    pub journal: Option<String>,
    /// Where the call comes from. A query cannot ask for it.
    pub origin: Arc<Origin>,
}

impl FunctionCall {
    /// Creates a call as a client on the network makes it: public functions only, without an identity.
    pub fn public(path: impl Into<String>, args: Json) -> Self {
        Self {
            path: path.into(),
            component: ComponentPath::root(),
            args,
            identity: None,
            caller: Caller::Public,
            journal: None,
            origin: Arc::default(),
        }
    }

    /// Returns the same call on behalf of `identity`.
    #[must_use]
    pub fn with_identity(mut self, identity: Option<Identity>) -> Self {
        self.identity = identity;
        self
    }
}

/// Which functions a caller may reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// A client on the network: public functions.
    Public,
    /// Another function or the scheduler: public and internal functions.
    Internal,
    /// Someone with the admin key (CLI, dashboard): public and internal functions.
    Admin,
}

impl Caller {
    /// Returns whether the caller may call internal functions.
    pub fn reaches_internal(self) -> bool {
        !matches!(self, Self::Public)
    }
}

/// The outcome of a query, with everything that a cache or subscription must know to keep it.
#[derive(Debug)]
pub struct QueryOutcome {
    /// The value in Convex's JSON encoding, or the error.
    pub result: Result<Json, FunctionError>,
    /// `console.*` lines in the form the clients print (`[LOG] 'text'`).
    pub logs: Vec<String>,
    /// The snapshot that was read.
    pub ts: Timestamp,
    /// The data that were read: the result is valid until a commit touches them.
    pub read_set: ReadSet,
    /// Pass it in [`FunctionCall::journal`] when the query runs again.
    pub journal: Option<String>,
    /// Whether the result depends on the caller's identity.
    pub used_identity: bool,
    /// Whether the result depends on the time, so that it is valid only for seconds.
    pub used_clock: bool,
}

/// The outcome of a mutation, which is durable.
#[derive(Debug)]
pub struct MutationOutcome {
    /// The value in Convex's JSON encoding, or the error (then nothing was written).
    pub result: Result<Json, FunctionError>,
    /// `console.*` lines of the run that counted.
    pub logs: Vec<String>,
    /// When the writes became visible; `None` when the mutation failed.
    pub ts: Option<Timestamp>,
}

/// The outcome of an action.
#[derive(Debug)]
pub struct ActionOutcome {
    /// The value in Convex's JSON encoding, or the error.
    pub result: Result<Json, FunctionError>,
    /// `console.*` lines.
    pub logs: Vec<String>,
}

/// The outcome of [`Functions::run`](super::Functions::run) for a function of any kind.
#[derive(Debug)]
pub enum Outcome {
    /// The path named a query.
    Query(QueryOutcome),
    /// The path named a mutation.
    Mutation(MutationOutcome),
    /// The path named an action.
    Action(ActionOutcome),
}

impl Outcome {
    /// Returns the value or error, whatever the kind of function.
    pub fn result(&self) -> &Result<Json, FunctionError> {
        match self {
            Self::Query(outcome) => &outcome.result,
            Self::Mutation(outcome) => &outcome.result,
            Self::Action(outcome) => &outcome.result,
        }
    }
}

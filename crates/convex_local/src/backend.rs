//! The backend behind the HTTP and sync protocols: data, functions, permissions and the log of recent calls.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use convex_sync_types::UserIdentityAttributes;
use serde_json::{Map, Value as Json};
use tokio_util::sync::CancellationToken;

use crate::auth::{AuthError, Authenticator, Identity, Verified};
use crate::calls::{CallLog, Kind};
use crate::folder::{self, FolderError};
use crate::functions::{Caller, FunctionError, Functions, Origin};
use crate::http::Guard;
use crate::store::{DbError, RequestKey, Store};
use crate::sync::{
    AnswerError, CallSpec, LiveQueries, MutationReply, SessionRequests, Sockets, Turns, Waiting,
};
use crate::system_functions;
use crate::transfer::Transfers;
use crate::who::Who;

/// One running backend, shared by all its connections.
#[derive(Debug)]
pub(crate) struct Backend {
    pub(crate) functions: Functions,
    pub(crate) store: Store,
    pub(crate) live: LiveQueries,
    pub(crate) requests: SessionRequests,
    pub(crate) turns: Arc<Turns>,
    /// The bytes of messages that are arriving over sockets.
    pub(crate) receiving: Waiting,
    /// The bytes of unfinished mutations and actions that arrived over sockets.
    pub(crate) waiting: Waiting,
    /// The bytes of the arguments of subscribed queries.
    pub(crate) subscribed: Waiting,
    /// The bytes of the transitions that are being sent.
    pub(crate) sending: Waiting,
    pub(crate) calls: Arc<CallLog>,
    pub(crate) transfers: Transfers,
    pub(crate) authenticator: Authenticator,
    /// The key that allows its holder to call internal functions and to change the environment.
    pub(crate) admin_key: String,
    /// The environment variables for this run, which override the stored ones.
    pub(crate) given_env: BTreeMap<String, String>,
    pub(crate) cloud_url: String,
    pub(crate) site_url: String,
    /// The host names and page origins that may use the ports.
    pub(crate) guard: Guard,
    pub(crate) sockets: Arc<Sockets>,
    /// Ends all sockets.
    pub(crate) shutdown: CancellationToken,
}

/// The outcome of an action.
#[derive(Debug)]
pub(crate) struct ActionReply {
    pub(crate) result: Result<Json, AnswerError>,
    pub(crate) logs: Vec<String>,
}

impl ActionReply {
    /// Creates the reply for an action that never ran.
    pub(crate) fn failed(error: FunctionError) -> Self {
        Self {
            result: Err(error.into()),
            logs: vec![],
        }
    }
}

impl Backend {
    /// Returns the caller that a bearer token belongs to.
    pub(crate) async fn authenticate(&self, token: &str) -> Result<Who, AuthError> {
        let providers = self.functions.auth_providers();
        let now = SystemTime::now();
        let Verified {
            identity,
            expires_at,
        } = self.authenticator.verify(token, &providers, now).await?;
        let origin = Origin {
            auth_token: Some(token.to_owned()),
            ..Origin::default()
        };
        Ok(Who {
            origin: Arc::new(origin),
            ..Who::person(identity, Caller::Public, Some(expires_at))
        })
    }

    /// Admits a caller with the admin key, who may act as a user.
    pub(crate) fn authenticate_admin(
        &self,
        key: &str,
        acting_as: Option<UserIdentityAttributes>,
    ) -> Result<Who, AuthError> {
        if !same_bytes(key.as_bytes(), self.admin_key.as_bytes()) {
            return Err(AuthError::bad_admin_key());
        }
        Ok(match acting_as.map(impersonated) {
            Some(identity) => Who::person(identity, Caller::Admin, None),
            None => Who {
                caller: Caller::Admin,
                ..Who::nobody()
            },
        })
    }

    /// Runs a mutation. It is durable when this returns. With `request`, the result is stored in case the client
    /// sends the mutation again.
    pub(crate) async fn mutation(
        &self,
        spec: &CallSpec,
        request: Option<RequestKey>,
    ) -> MutationReply {
        let started = Instant::now();
        let call = spec.to_call();
        let outcome = match request {
            request if spec.is_system() => system_functions::run(&self.store, &call, request).await,
            Some(request) => self.functions.mutation_once(call, request).await,
            None => self.functions.mutation(call).await,
        };
        let result = outcome.result.map_err(AnswerError::from);
        let error = result.as_ref().err().map(|error| error.message.clone());
        self.calls
            .record(Kind::Mutation, spec.path(), started, error, &outcome.logs);
        MutationReply {
            result,
            logs: outcome.logs,
            ts: outcome.ts.map(u64::from),
        }
    }

    /// Runs an action.
    pub(crate) async fn action(&self, spec: &CallSpec) -> ActionReply {
        let started = Instant::now();
        let outcome = self.functions.action(spec.to_call()).await;
        let result = outcome.result.map_err(AnswerError::from);
        let error = result.as_ref().err().map(|error| error.message.clone());
        self.calls
            .record(Kind::Action, spec.path(), started, error, &outcome.logs);
        ActionReply {
            result,
            logs: outcome.logs,
        }
    }
}

fn impersonated(attributes: UserIdentityAttributes) -> Identity {
    let token_identifier = attributes.token_identifier.to_string();
    let issuer = attributes.issuer.clone().unwrap_or_default();
    let subject = attributes.subject.clone().unwrap_or_default();
    let claims = Json::try_from(attributes).unwrap_or_else(|_| Json::Object(Map::new()));
    Identity {
        issuer,
        subject,
        token_identifier,
        claims,
    }
}

/// Compares two byte strings in constant time.
fn same_bytes(left: &[u8], right: &[u8]) -> bool {
    use sha2::{Digest as _, Sha256};
    Sha256::digest(left) == Sha256::digest(right)
}

/// The data and settings that the status page and the command show and change.
impl Backend {
    /// Returns the app's tables and how many documents they hold.
    pub(crate) fn tables(&self) -> BTreeMap<String, usize> {
        folder::tables(&self.store)
    }

    /// Returns the first documents of a table.
    pub(crate) fn documents(&self, table: &str) -> Result<Json, DbError> {
        folder::documents(&self.store, table)
    }

    /// Returns the stored environment variables of the functions.
    pub(crate) fn kept_env(&self) -> Result<BTreeMap<String, String>, FolderError> {
        folder::env(&self.store)
    }

    /// Checks whether [`Self::change_env`] may make this change.
    pub(crate) fn check_env(&self, name: &str, value: Option<&str>) -> Result<(), FolderError> {
        folder::check_name(name)?;
        if value.is_none() && self.given_env.contains_key(name) {
            return Ok(());
        }
        let checked = self.functions.check_env(name, value);
        checked.map_err(|error| FolderError::Declared(error.to_string()))
    }

    /// Stores or removes a variable and reloads the functions with the change.
    pub(crate) fn change_env(&self, name: &str, value: Option<String>) -> Result<(), FolderError> {
        self.check_env(name, value.as_deref())?;
        folder::change_env(&self.store, name, value.clone())?;
        if self.given_env.contains_key(name) {
            tracing::warn!("{name} was given for this run and stays as it is until the next start");
        } else {
            self.functions.change_env(name, value);
        }
        Ok(())
    }
}

//! `getToken`, `isAuthenticated`, `fetchAuth*`.
//!
//! Each takes the visitor from the Leptos context when it is called (not when it is first polled), so
//! call it before the first `await` of a resource or server function, or inside one that Leptos runs.

use http::request::Parts;
use leptos::reactive::owner::with_context;
use leptos_convex::server::HttpClient;
use leptos_convex::{Action, CallError, Mutation, Query};
use serde::de::DeserializeOwned;

use super::request_auth::{RequestAuth, Resolution};
use super::token::Token;

/// Returns the visitor's Convex token: the verified one of the cookie, otherwise a fresh one. `None` without a session,
/// and if the user could not be determined.
pub fn get_token() -> impl Future<Output = Option<String>> + Send + 'static {
    let request = current();
    async move { request.ok()?.token().await }
}

/// Returns whether the visitor has a valid token: verified with the deployment's keys, or just issued by it.
pub fn is_authenticated() -> impl Future<Output = bool> + Send + 'static {
    let token = get_token();
    async move { token.await.is_some() }
}

/// Runs a query for the visitor, without a token if the visitor is not signed in.
///
/// # Errors
/// The error of the function; [`CallError::Network`] if Convex cannot be reached or the user could not be determined.
pub fn fetch_auth_query<T>(
    query: Query<T>,
) -> impl Future<Output = Result<T, CallError>> + Send + 'static
where
    T: DeserializeOwned + 'static,
{
    let request = current();
    async move {
        with_token(&request?, Retry::Transaction, |convex, token| {
            let query = query.clone();
            async move { convex.query(&query, token.as_deref()).await }
        })
        .await
    }
}

/// Runs a mutation for the visitor. If there is a live session
/// ([`AuthConfig::live_sessions`](super::AuthConfig::live_sessions)), it is sent over that and runs once, whatever
/// happens to the connection; otherwise it is sent over HTTP. It is sent again only if Convex refused the token, which
/// happens before anything runs.
///
/// # Errors
/// As [`fetch_auth_query`]. After [`CallError::Network`] it may have run.
pub fn fetch_auth_mutation<T>(
    mutation: Mutation<T>,
) -> impl Future<Output = Result<T, CallError>> + Send + 'static
where
    T: DeserializeOwned + 'static,
{
    let request = current();
    async move {
        let request = request?;
        with_token(&request, Retry::Transaction, |convex, token| {
            let mutation = mutation.clone();
            let request = request.clone();
            async move {
                if let Some(token) = &token
                    && let Some(outcome) = request.write_live(&mutation, token).await
                {
                    return outcome;
                }
                let outcome = convex.mutation(&mutation, token.as_deref()).await;
                request.note_write();
                outcome
            }
        })
        .await
    }
}

/// Runs an action for the visitor. It is sent again like [`fetch_auth_mutation`].
///
/// # Errors
/// As [`fetch_auth_mutation`].
pub fn fetch_auth_action<T>(
    action: Action<T>,
) -> impl Future<Output = Result<T, CallError>> + Send + 'static
where
    T: DeserializeOwned + 'static,
{
    let request = current();
    async move {
        let request = request?;
        with_token(&request, Retry::Action, |convex, token| {
            let action = action.clone();
            let request = request.clone();
            async move {
                let outcome = convex.action(&action, token.as_deref()).await;
                request.note_write();
                outcome
            }
        })
        .await
    }
}

/// Which calls may be repeated after which errors.
#[derive(Clone, Copy)]
pub(crate) enum Retry {
    /// A call without effects if it fails. It is also repeated after the errors of
    /// [`JwtCache::is_auth_error`](super::JwtCache::is_auth_error).
    Transaction,
    /// A call that may already have had effects.
    Action,
}

impl Retry {
    fn may(self, request: &RequestAuth, error: &CallError) -> bool {
        let named = request.auth().settings().jwt_cache.is_auth_error;
        error.is_auth_error() || (matches!(self, Self::Transaction) && named(error))
    }
}

/// Makes a call with the visitor's token. If a token from a cookie fails, the call is repeated with a fresh one. If a
/// fresh token is refused, or for any other error, the error is returned.
///
/// If Convex refuses a token, nothing has run, so mutations and actions can be repeated too. For errors of the app's
/// own functions, `retry` decides. The JavaScript helper does the opposite: it repeats everything except calls that
/// failed because of their token.
pub(crate) async fn with_token<R, F>(
    request: &RequestAuth,
    retry: Retry,
    call: impl Fn(HttpClient, Option<String>) -> F,
) -> Result<R, CallError>
where
    F: Future<Output = Result<R, CallError>>,
{
    let call = |token: Option<&Token>| {
        call(
            request.auth().convex().clone(),
            token.map(|token| token.text.to_string()),
        )
    };
    let token = match request.resolve().await {
        Resolution::Token(token) => token,
        Resolution::NoSession => return call(None).await,
        Resolution::Unknown => return Err(unknown()),
    };
    let refused = match call(Some(token)).await {
        Err(error) if !token.is_fresh && retry.may(request, &error) => error,
        other => return other,
    };
    match request.refresh().await {
        Resolution::Token(fresh) => call(Some(fresh)).await,
        Resolution::NoSession => call(None).await,
        Resolution::Unknown => Err(refused),
    }
}

pub(crate) fn current() -> Result<RequestAuth, CallError> {
    let found = with_context::<Parts, _>(|parts| {
        let request = parts.extensions.get::<RequestAuth>();
        request.cloned().ok_or(!parts.headers.is_empty())
    });
    found.unwrap_or(Err(false)).map_err(|is_request| {
        // Without headers, this is the placeholder request with which the app lists its routes.
        if is_request {
            tracing::error!(
                "no RequestAuth here: mount ConvexBetterAuth::layer() around this route"
            );
        }
        CallError::Server {
            message: "The server is not set up for sign-in.".to_owned(),
        }
    })
}

fn unknown() -> CallError {
    CallError::Network {
        message: "who is signed in could not be found out".to_owned(),
    }
}

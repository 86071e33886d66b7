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

/// Returns the visitor's Convex token: the verified one of the cookie, else a fresh one. `None` without a session,
/// and when that could not be found out.
pub fn get_token() -> impl Future<Output = Option<String>> + Send + 'static {
    let request = current();
    async move { request.ok()?.token().await }
}

/// Returns whether the visitor has a token that stands: verified against the deployment's keys, or just made by it.
pub fn is_authenticated() -> impl Future<Output = bool> + Send + 'static {
    let token = get_token();
    async move { token.await.is_some() }
}

/// Runs a query as the visitor, or as nobody for a visitor who is not signed in.
///
/// # Errors
/// What the function threw; [`CallError::Network`] when Convex cannot be reached or who is asking could not
/// be found out.
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

/// Runs a mutation as the visitor: over their live session
/// ([`AuthConfig::live_sessions`](super::AuthConfig::live_sessions)) if there is one, where it runs once whatever
/// happens to the connection, else over HTTP. It is sent there a second time only if Convex refused the token, which
/// it does before it runs anything.
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

/// Runs an action as the visitor; sent again as [`fetch_auth_mutation`].
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

/// What may be made again after which errors.
#[derive(Clone, Copy)]
pub(crate) enum Retry {
    /// Leaves nothing behind when it fails: also after the errors that
    /// [`JwtCache::is_auth_error`](super::JwtCache::is_auth_error) names.
    Transaction,
    /// May have done something already.
    Action,
}

impl Retry {
    fn may(self, request: &RequestAuth, error: &CallError) -> bool {
        let named = request.auth().settings().jwt_cache.is_auth_error;
        error.is_auth_error() || (matches!(self, Self::Transaction) && named(error))
    }
}

/// Makes a call with the visitor's token. If it fails for a token out of a cookie, it is made once more with a
/// fresh one; a fresh token refused, or any other error, is the answer.
///
/// A token that Convex refuses means that nothing has run, so this holds for mutations and actions too. What
/// the app's own functions throw is asked about as `retry` says. The JavaScript
/// helper does the opposite: it runs everything again except what failed for its token.
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
        // A request without headers is the stand-in with which the app is asked for its routes.
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

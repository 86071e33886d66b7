//! The typed client of Better Auth: how requests are made. The calls are in [`calls`](super::calls).

use std::fmt;
use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use leptos::prelude::use_context;
use leptos_convex::value::from_json_str;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::transport::{AuthFetch, AuthRequest, AuthResponse, fetch};
use crate::{AuthError, SessionData};

/// A client of Better Auth on this origin: `createAuthClient({ plugins: [convexClient(), …] })` in JavaScript. It is
/// cheap to clone, and its futures can be used in `Action`s.
///
/// Inside a [`ConvexBetterAuthProvider`](crate::ConvexBetterAuthProvider), get it from [`use_auth_client`]. That client
/// updates the session after sign-ins, sign-outs and changes of the account, in this tab and in others.
///
/// For routes without a method here, use [`fetch`](Self::fetch). If the deployment's `convex/auth.ts` does not have a
/// plugin, its routes answer [`AuthErrorCode::NotFound`](crate::AuthErrorCode::NotFound).
///
/// # On the server
/// Server functions get theirs from `server::auth_client()`. Every call of another client ends in
/// [`AuthErrorCode::NotAvailable`](crate::AuthErrorCode::NotAvailable), unless [`with_fetch`](Self::with_fetch) has set
/// how to send requests.
///
/// # Errors
/// For all calls: Better Auth's refusal, or an error for which [`AuthError::is_transient`] holds.
#[derive(Clone)]
pub struct AuthClient {
    base_path: Arc<str>,
    session: Option<Arc<dyn SessionListener>>,
    fetch: Option<Arc<dyn AuthFetch>>,
}

/// A listener for calls of a client that change the session.
pub(super) trait SessionListener: Send + Sync {
    /// Called when the signed-in person, or the account, may have changed.
    fn changed(&self);
    /// Called when there is no session any more.
    fn ended(&self);
}

impl fmt::Debug for AuthClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthClient")
            .field("base_path", &self.base_path)
            .finish_non_exhaustive()
    }
}

/// Returns the client of the surrounding [`ConvexBetterAuthProvider`](crate::ConvexBetterAuthProvider). Without one, it
/// returns a client for `/api/auth` that updates no session.
pub fn use_auth_client() -> AuthClient {
    use_context::<AuthClient>().unwrap_or_else(|| AuthClient::new("/api/auth"))
}

impl AuthClient {
    /// Creates a client for Better Auth at `base_path` on this origin.
    pub fn new(base_path: &str) -> Self {
        Self {
            base_path: Arc::from(base_path.trim_end_matches('/')),
            session: None,
            fetch: None,
        }
    }

    /// Sets the function that sends requests, in place of the browser's own.
    #[must_use]
    pub fn with_fetch(mut self, fetch: impl AuthFetch + 'static) -> Self {
        self.fetch = Some(Arc::new(fetch));
        self
    }

    /// Sets the session that is notified of calls that change it.
    pub(super) fn with_session(mut self, session: impl SessionListener + 'static) -> Self {
        self.session = Some(Arc::new(session));
        self
    }

    /// Sends `POST /sign-out`: ends the session here and in the other tabs.
    pub async fn sign_out(&self) -> Result<(), AuthError> {
        self.post("/sign-out", &json!({})).await?;
        self.session_ended();
        Ok(())
    }

    /// Sends `GET /get-session` and returns the current session. To follow it, use [`use_session`](super::use_session).
    pub async fn get_session(&self) -> Result<Option<SessionData>, AuthError> {
        match self.get("/get-session").await {
            Err(error) if error.status == 401 => Ok(None),
            other => other,
        }
    }

    /// Calls any route, such as one of your own plugins or one without a method here, like `$fetch` of the JavaScript
    /// client. `POST` with a body, otherwise `GET`. `path` begins with a slash and is below the base path.
    ///
    /// It does not update the session. If the session may have changed, call
    /// [`UseSession::refetch`](super::UseSession::refetch) afterwards.
    ///
    /// ```
    /// use leptos_better_auth::{AuthClient, AuthError};
    /// use serde_json::{Value, json};
    ///
    /// async fn rename_team(auth: AuthClient) -> Result<Vec<Value>, AuthError> {
    ///     let name = json!({ "name": "Analytical engines" });
    ///     let _team: Value = auth.fetch("/organization/update", name).await?;
    ///     auth.fetch("/organization/list", None).await
    /// }
    /// ```
    pub async fn fetch<T: DeserializeOwned>(
        &self,
        path: &str,
        body: impl Into<Option<Value>>,
    ) -> Result<T, AuthError> {
        match body.into() {
            Some(body) => self.ask(path, &body).await,
            None => self.get(path).await,
        }
    }

    /// Sends a `POST` and reads the answer.
    pub(super) async fn ask<B, T>(&self, path: &str, body: &B) -> Result<T, AuthError>
    where
        B: Serialize + ?Sized,
        T: DeserializeOwned,
    {
        read(&self.send(path, Some(encode(body)?), None).await?)
    }

    /// Sends a `POST` whose answer has no content.
    pub(super) async fn post<B>(&self, path: &str, body: &B) -> Result<(), AuthError>
    where
        B: Serialize + ?Sized,
    {
        self.send(path, Some(encode(body)?), None).await.map(drop)
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, AuthError> {
        read(&self.send(path, None, None).await?)
    }

    /// Sends the request of [`get_session`](Self::get_session), with a session token in place of the cookies, which
    /// Better Auth then sets.
    pub(super) async fn adopt_session(
        &self,
        token: String,
    ) -> Result<Option<SessionData>, AuthError> {
        read(&self.send("/get-session", None, Some(token)).await?)
    }

    /// Sends a request. All calls share this function, which is compiled once, so each adds little to the page.
    fn send(
        &self,
        path: &str,
        body: Option<String>,
        bearer: Option<String>,
    ) -> BoxFuture<'static, Result<AuthResponse, AuthError>> {
        let url = format!("{}{path}", self.base_path);
        let request = AuthRequest { url, body, bearer };
        let by = self.fetch.clone();
        async move {
            let answer = match by {
                Some(by) => by.fetch(request).await,
                None => fetch(request).await,
            }?;
            if (200..300).contains(&answer.status) {
                return Ok(answer);
            }
            Err(AuthError::from_answer(
                answer.status,
                answer.retry_after,
                answer.body.as_bytes(),
            ))
        }
        .boxed()
    }

    /// Notifies the session that a call has changed it or the account.
    pub(super) fn session_changed(&self) {
        if let Some(session) = &self.session {
            session.changed();
        }
    }

    /// Notifies the session that it has ended.
    pub(super) fn session_ended(&self) {
        if let Some(session) = &self.session {
            session.ended();
        }
    }
}

fn encode<B: Serialize + ?Sized>(body: &B) -> Result<String, AuthError> {
    serde_json::to_string(body).map_err(|_| AuthError::unexpected(0))
}

fn read<T: DeserializeOwned>(answer: &AuthResponse) -> Result<T, AuthError> {
    let body = match answer.body.as_str() {
        "" => "null",
        body => body,
    };
    from_json_str(body).map_err(|_| AuthError::unexpected(answer.status))
}

/// Returns the string `name` of an answer of which nothing else is needed.
pub(super) fn text_of<'a>(answer: &'a Value, name: &str) -> Option<&'a str> {
    answer.get(name).and_then(Value::as_str)
}

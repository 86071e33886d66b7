//! Better Auth's client, typed.

use std::fmt;
use std::sync::Arc;

use leptos::prelude::use_context;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::session::SessionStore;
use super::transport::{Answer, Outgoing, fetch};
use crate::{
    AuthError, SessionData, SignInAnswer, SignInEmail, SignInSocial, SignUpEmail, SocialRedirect,
};

/// Better Auth over same-origin requests, `createAuthClient({ plugins: [convexClient()] })` in
/// JavaScript. Cheap to clone; its futures can be used in `Action`s.
///
/// Inside a [`ConvexBetterAuthProvider`](crate::ConvexBetterAuthProvider) take it from
/// [`use_auth_client`]: that one tells the session about sign-ins and sign-outs, in this tab and in others.
///
/// # On the server
/// Every call ends in [`AuthErrorCode::NotAvailable`](crate::AuthErrorCode::NotAvailable).
///
/// # Errors
/// All calls: Better Auth's refusal, or an error for which [`AuthError::is_transient`] holds.
#[derive(Clone)]
pub struct AuthClient {
    base_path: Arc<str>,
    session: Option<SessionStore>,
}

impl fmt::Debug for AuthClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthClient")
            .field("base_path", &self.base_path)
            .finish_non_exhaustive()
    }
}

/// The client of the surrounding [`ConvexBetterAuthProvider`](crate::ConvexBetterAuthProvider); without
/// one, a client for `/api/auth` that no session listens to.
pub fn use_auth_client() -> AuthClient {
    use_context::<AuthClient>().unwrap_or_else(|| AuthClient::new("/api/auth"))
}

impl AuthClient {
    /// A client for Better Auth at `base_path` on this origin.
    pub fn new(base_path: &str) -> Self {
        Self {
            base_path: Arc::from(base_path.trim_end_matches('/')),
            session: None,
        }
    }

    pub(super) fn with_session(mut self, session: SessionStore) -> Self {
        self.session = Some(session);
        self
    }

    /// `authClient.signIn.*`
    pub fn sign_in(&self) -> SignIn {
        SignIn(self.clone())
    }

    /// `authClient.signUp.*`
    pub fn sign_up(&self) -> SignUp {
        SignUp(self.clone())
    }

    /// `authClient.convex.*`
    pub fn convex(&self) -> ConvexPlugin {
        ConvexPlugin(self.clone())
    }

    /// `POST /sign-out`: ends the session here and in the other tabs.
    pub async fn sign_out(&self) -> Result<(), AuthError> {
        self.request::<_, Value>("/sign-out", Some(&json!({})))
            .await?;
        if let Some(session) = self.session {
            session.signed_out();
        }
        Ok(())
    }

    /// `GET /get-session`: who is signed in. Asks Better Auth; [`use_session`](super::use_session) is
    /// the answer that stays up to date.
    pub async fn get_session(&self) -> Result<Option<SessionData>, AuthError> {
        match self
            .request::<(), Option<SessionData>>("/get-session", None)
            .await
        {
            Err(error) if error.status == 401 => Ok(None),
            other => other,
        }
    }

    /// Any route: `POST` with a body, else `GET`. `path` begins with a slash: `/list-sessions`.
    pub async fn request<B, T>(&self, path: &str, body: Option<&B>) -> Result<T, AuthError>
    where
        B: Serialize + ?Sized,
        T: DeserializeOwned,
    {
        let request = self.outgoing(path, body)?;
        read(&fetch(request).await?)
    }

    /// [`get_session`](Self::get_session) in the name of a session token instead of the cookies, which
    /// Better Auth then sets.
    pub(super) async fn adopt_session(
        &self,
        token: String,
    ) -> Result<Option<SessionData>, AuthError> {
        let mut request = self.outgoing::<()>("/get-session", None)?;
        request.bearer = Some(token);
        read(&fetch(request).await?)
    }

    fn outgoing<B>(&self, path: &str, body: Option<&B>) -> Result<Outgoing, AuthError>
    where
        B: Serialize + ?Sized,
    {
        let body = body
            .map(serde_json::to_string)
            .transpose()
            .map_err(|_| AuthError::unexpected(0))?;
        Ok(Outgoing {
            url: format!("{}{path}", self.base_path),
            body,
            bearer: None,
        })
    }

    /// A call has changed who is signed in: look, and tell the other tabs.
    pub(super) fn session_changed(&self) {
        if let Some(session) = self.session {
            session.changed(self.clone());
        }
    }
}

fn read<T: DeserializeOwned>(answer: &Answer) -> Result<T, AuthError> {
    if !(200..300).contains(&answer.status) {
        return Err(AuthError::from_answer(
            answer.status,
            answer.body.as_bytes(),
        ));
    }
    let body = if answer.body.is_empty() {
        "null"
    } else {
        &answer.body
    };
    serde_json::from_str(body).map_err(|_| AuthError::unexpected(answer.status))
}

/// Ways to sign in.
#[derive(Clone, Debug)]
pub struct SignIn(AuthClient);

impl SignIn {
    /// `POST /sign-in/email`. [`SignInAnswer::two_factor_redirect`] asks for a second factor.
    pub async fn email(&self, form: SignInEmail) -> Result<SignInAnswer, AuthError> {
        let answer: SignInAnswer = self.0.request("/sign-in/email", Some(&form)).await?;
        if !answer.two_factor_redirect {
            self.0.session_changed();
        }
        Ok(answer)
    }

    /// `POST /sign-in/social`: the provider's page; go there with a full navigation.
    pub async fn social(&self, form: SignInSocial) -> Result<SocialRedirect, AuthError> {
        self.0.request("/sign-in/social", Some(&form)).await
    }
}

/// Ways to make an account.
#[derive(Clone, Debug)]
pub struct SignUp(AuthClient);

impl SignUp {
    /// `POST /sign-up/email`, which also signs in unless the address has to be confirmed first.
    pub async fn email(&self, form: SignUpEmail) -> Result<SignInAnswer, AuthError> {
        let answer = self.0.request("/sign-up/email", Some(&form)).await?;
        self.0.session_changed();
        Ok(answer)
    }
}

/// The Convex plugin.
#[derive(Clone, Debug)]
pub struct ConvexPlugin(AuthClient);

impl ConvexPlugin {
    /// `GET /convex/token`: a fresh Convex token, or `None` without a session.
    pub async fn token(&self) -> Result<Option<String>, AuthError> {
        match self.0.request::<(), Value>("/convex/token", None).await {
            Ok(body) => match body.get("token").and_then(Value::as_str) {
                Some(token) => Ok(Some(token.to_owned())),
                None => Err(AuthError::unexpected(200)),
            },
            Err(error) if error.status == 401 => Ok(None),
            Err(error) => Err(error),
        }
    }
}

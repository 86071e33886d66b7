//! Better Auth's client on the server, the counterpart of `auth.api.*` in JavaScript.

use std::future::ready;

use futures::FutureExt as _;
use futures::future::BoxFuture;

use super::relay::Relay;
use crate::{AuthClient, AuthError, AuthFetch, AuthRequest, AuthResponse};

/// Returns a client that calls Better Auth for the visitor: the [`AuthClient`] of the browser, with the same methods.
///
/// For server functions and blocking resources, under
/// [`ConvexBetterAuth::layer`](super::ConvexBetterAuth::layer). Take it before the first `await`, where the Leptos
/// context is certain; one client serves all calls of a function.
///
/// A call is sent with the visitor's Better Auth cookies, browser and address, and with the app's public host. Every
/// `Set-Cookie` of the answer is on the response to the browser before the call returns, even if Better Auth refuses.
/// If the session changes, its old token is deleted. When a page has begun to stream, its headers have been sent, so a
/// call that may set cookies belongs in a server function.
///
/// ```
/// use leptos::prelude::*;
/// use leptos_better_auth::{AuthError, server::auth_client};
///
/// // The body of a `#[server]` function.
/// async fn sign_out_other_devices(password: String) -> Result<bool, AuthError> {
///     let auth = auth_client();
///     if !auth.verify_password(&password).await? {
///         return Ok(false);
///     }
///     auth.revoke_other_sessions().await?;
///     Ok(true)
/// }
/// ```
///
/// # Errors
/// For all calls: Better Auth's refusal with its code. [`InvalidOrigin`](crate::AuthErrorCode::InvalidOrigin) or
/// [`MissingOrNullOrigin`](crate::AuthErrorCode::MissingOrNullOrigin) if another site made the browser send the
/// request, even if [`same_origin`](super::same_origin) is not mounted. Nothing is sent to Better Auth then.
/// [`NotAvailable`](crate::AuthErrorCode::NotAvailable) outside of a request and without the layer.
pub fn auth_client() -> AuthClient {
    match Relay::from_context() {
        Ok(relay) => {
            let base_path = relay.base_path().to_owned();
            AuthClient::new(&base_path).with_fetch(relay)
        }
        Err(error) => AuthClient::new("").with_fetch(Refused(error)),
    }
}

impl AuthFetch for Relay {
    fn fetch(&self, request: AuthRequest) -> BoxFuture<'static, Result<AuthResponse, AuthError>> {
        let relay = self.clone();
        async move {
            let answer = relay.send(request).await?;
            Ok(AuthResponse {
                status: answer.status,
                retry_after: answer.retry_after,
                body: String::from_utf8_lossy(&answer.body).into_owned(),
            })
        }
        .boxed()
    }
}

/// The transport of a client that must not send requests.
struct Refused(AuthError);

impl AuthFetch for Refused {
    fn fetch(&self, _request: AuthRequest) -> BoxFuture<'static, Result<AuthResponse, AuthError>> {
        Box::pin(ready(Err(self.0.clone())))
    }
}

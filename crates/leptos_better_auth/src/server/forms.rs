//! The calls for server functions behind forms. They pass a form on to Better Auth for the visitor, and pass its
//! cookies back.
//!
//! Call these inside `#[server]` functions, under [`ConvexBetterAuth::layer`](super::ConvexBetterAuth::layer).
//! They refuse requests of other sites themselves, also when [`same_origin`](super::same_origin) is not
//! mounted. These four do more than their routes; [`auth_client`](super::auth_client) has all the others.

use http::request::Parts;
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;

use super::cookies::{set_cookie_jwt, set_cookie_pair};
use super::headers::accepts_html;
use super::relay::{Relay, Relayed};
use super::token;
use crate::{
    AuthError, AuthErrorCode, CallbackUrl, SessionData, SignInAnswer, SignInEmail, SignInSocial,
    SignUpEmail, SignedIn, SocialRedirect,
};

/// Sends `POST /sign-in/email`. On success the session cookies are on the response, and `redirect_to` is `next`.
///
/// # Errors
/// Better Auth's refusal, such as [`AuthErrorCode::InvalidEmailOrPassword`], or
/// [`AuthErrorCode::Unreachable`].
pub async fn sign_in_email(
    mut form: SignInEmail,
    next: &CallbackUrl,
) -> Result<SignedIn, AuthError> {
    let relay = Relay::from_context()?;
    // Otherwise Better Auth tells the browser where to go.
    form.callback_url = None;
    let relayed = relay.post("/sign-in/email", &form).await?;
    signed_in(&relay, &relayed, next)
}

/// Sends `POST /sign-up/email`, which also signs in unless the address must be confirmed first. The link in the
/// confirmation mail leads to `next` too.
///
/// # Errors
/// As [`sign_in_email`]; [`AuthErrorCode::UserAlreadyExistsUseAnotherEmail`],
/// [`AuthErrorCode::PasswordTooShort`] and the like.
pub async fn sign_up_email(
    mut form: SignUpEmail,
    next: &CallbackUrl,
) -> Result<SignedIn, AuthError> {
    let relay = Relay::from_context()?;
    form.callback_url = Some(next.to_string());
    let relayed = relay.post("/sign-up/email", &form).await?;
    signed_in(&relay, &relayed, next)
}

/// Sends `POST /sign-in/social` and returns the provider's page, for `leptos_axum::redirect(&answer.url)`. The provider
/// redirects back to `next`. The state cookie is on the response.
///
/// # Errors
/// [`AuthErrorCode::ProviderNotFound`] when the provider is not configured; else as [`sign_in_email`].
pub async fn sign_in_social(
    mut form: SignInSocial,
    next: &CallbackUrl,
) -> Result<SocialRedirect, AuthError> {
    let relay = Relay::from_context()?;
    let local =
        |url: Option<String>| url.and_then(|url| CallbackUrl::parse(&url).map(String::from));
    form.callback_url = Some(next.to_string());
    form.error_callback_url = local(form.error_callback_url);
    form.new_user_callback_url = local(form.new_user_callback_url);
    let relayed = relay.post("/sign-in/social", &form).await?;
    let answer: SocialRedirect = relayed.json()?;
    if !answer.url.starts_with("https://") && !answer.url.starts_with("http://") {
        return Err(AuthError::unexpected(relayed.status));
    }
    Ok(answer)
}

/// Sends `POST /sign-out`, which ends the session and deletes its cookies. It succeeds for a browser without cookies.
///
/// # Errors
/// [`AuthErrorCode::Unreachable`] and the like; the session then still exists. [`AuthErrorCode::Unauthorized`] if the
/// browser sent cookies but no session cookie: nothing has been ended, and the person should know.
pub async fn sign_out() -> Result<(), AuthError> {
    let relay = Relay::from_context()?;
    relay.post("/sign-out", &serde_json::json!({})).await?;
    if relay.came_without_session() {
        return Err(AuthError::new(
            AuthErrorCode::Unauthorized,
            "This browser sent no session, so none was ended.",
            401,
        ));
    }
    Ok(())
}

/// Redirects to `path`, a path on this site, if the form was posted without WebAssembly. For a call from WebAssembly it
/// does nothing, because there the page handles the answer and then navigates.
pub fn redirect_without_script(path: &str) {
    let posted_by_browser =
        use_context::<Parts>().is_some_and(|parts| accepts_html(&parts.headers));
    if posted_by_browser && use_context::<ResponseOptions>().is_some() {
        leptos_axum::redirect(path);
    }
}

fn signed_in(relay: &Relay, relayed: &Relayed, next: &CallbackUrl) -> Result<SignedIn, AuthError> {
    let answer: SignInAnswer = relayed.json()?;
    let convex_token = set_cookie_jwt(&relayed.set_cookies, relay.cookie_prefix());
    let session = convex_token
        .as_deref()
        .and_then(token::read_fresh)
        .map(|token| SessionData {
            user: answer.user.unwrap_or_else(|| token.session.user.clone()),
            session: token.session.session.clone(),
        });
    let sets_cookies = relayed
        .set_cookies
        .iter()
        .filter_map(set_cookie_pair)
        .any(|(_, value)| !value.is_empty());
    if answer.two_factor_redirect && !sets_cookies {
        return Err(AuthError::new(
            AuthErrorCode::UnexpectedAnswer,
            "The second factor was lost.",
            502,
        ));
    }
    Ok(SignedIn {
        session,
        convex_token,
        redirect_to: next.to_string(),
        two_factor: answer.two_factor_redirect,
    })
}

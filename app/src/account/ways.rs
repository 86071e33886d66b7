//! The ways to sign in: which there are, and which this browser used last.

use leptos_better_auth::server::fetch_auth_query;

use crate::{
    api::{self, auth::SignInMethodsResult},
    request::cookies,
};

/// What is assumed until the backend answers.
const ALL: SignInMethodsResult = SignInMethodsResult {
    github: true,
    mail: true,
};

/// Better Auth's cookie, which scripts may read as well.
const LAST_METHOD: &str = "better-auth.last_used_login_method";

/// The available ways to sign in; all of them if the backend does not answer.
pub(super) fn offered() -> impl Future<Output = SignInMethodsResult> + Send + 'static {
    let asked = fetch_auth_query(api::auth::sign_in_methods());
    async move { asked.await.unwrap_or(ALL) }
}

/// How this browser signed in last, as Better Auth's `lastLoginMethod` names it.
pub(super) fn use_last_method() -> Option<String> {
    cookies::shared(LAST_METHOD)
}

//! The ways to sign in: which there are, and which this browser used last.

use leptos_better_auth::server::fetch_auth_query;

use super::social::PROVIDERS;
use crate::{
    api::{self, auth::SignInMethodsResult},
    request::cookies,
};

/// Better Auth's cookie, which scripts may read as well.
const LAST_METHOD: &str = "better-auth.last_used_login_method";

/// Asks for the available ways to sign in; all of them if the backend does not answer.
pub(super) fn offered() -> impl Future<Output = SignInMethodsResult> + Send + 'static {
    let asked = fetch_auth_query(api::auth::sign_in_methods());
    async move { asked.await.unwrap_or_else(|_| all()) }
}

fn all() -> SignInMethodsResult {
    SignInMethodsResult {
        providers: PROVIDERS.iter().map(|it| it.id.to_owned()).collect(),
        mail: true,
    }
}

/// Returns the way this browser signed in last, by its name at Better Auth's `lastLoginMethod`.
pub(super) fn use_last_method() -> Option<String> {
    cookies::shared(LAST_METHOD)
}

//! The available ways to sign in, and the one that this browser used last.

use leptos_better_auth::server::fetch_auth_query;

use super::social::PROVIDERS;
use crate::{
    api::{self, auth::SignInMethodsResult},
    request::cookies,
};

/// Better Auth's cookie, which scripts may read, too.
const LAST_METHOD: &str = "better-auth.last_used_login_method";

/// Fetches the available ways to sign in. Returns all of them if the backend does not answer.
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

/// Returns the way this browser signed in last, by its name in Better Auth's plugin `lastLoginMethod`.
pub(super) fn use_last_method() -> Option<String> {
    cookies::shared(LAST_METHOD)
}

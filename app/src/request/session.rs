//! The visitor's session.

use axum::http::request::Parts;
use leptos::prelude::use_context;
use leptos_better_auth::server::RequestAuth;

/// Asks whether the session still exists, after a function found nobody signed in although there is a token. If it has
/// ended, the page is rendered again for a signed-out visitor.
pub(crate) fn doubt_session() -> impl Future<Output = ()> + Send + 'static {
    // The context is certain only before the first await.
    let auth =
        use_context::<Parts>().and_then(|parts| parts.extensions.get::<RequestAuth>().cloned());
    async move {
        if let Some(auth) = auth {
            auth.fresh_token().await;
        }
    }
}

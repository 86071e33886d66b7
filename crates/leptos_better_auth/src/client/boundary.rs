//! `<AuthBoundary>`.
#![expect(
    unreachable_pub,
    reason = "`#[component]` makes a second, hidden function"
)]

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_convex::{AuthStatus, CallError, Query, use_convex_auth, use_query};
use serde::de::DeserializeOwned;

use super::auth_client::use_auth_client;

/// Calls `on_unauth` when the visitor is no longer signed in: signed out, session revoked, account deleted. Before
/// that, it requests the session from Better Auth, which clears stale cookies.
///
/// `user` is a query that checks the session in the database (the component's `getAuthUser`, or your own query that
/// throws). It is subscribed to while somebody is signed in, so a revoked session is noticed at once, although its
/// token is still valid.
///
/// # On the server
/// The children.
#[component]
pub fn AuthBoundary<T>(
    /// The query that fails when the session has ended.
    user: Query<T>,
    /// The action, usually going to the sign-in page.
    #[prop(into)]
    on_unauth: Callback<()>,
    /// Which errors of `user` mean "not signed in". Default: a refused token, and a `ConvexError` saying
    /// `Unauthenticated` or `Unauthorized`.
    #[prop(optional)]
    is_auth_error: Option<fn(&CallError) -> bool>,
    /// The content for signed-in people.
    children: Children,
) -> impl IntoView
where
    T: DeserializeOwned + Clone + Send + Sync + 'static,
{
    let auth = use_convex_auth();
    let is_auth_error = is_auth_error.unwrap_or(says_unauthenticated);
    let live = use_query(move || auth.is_authenticated().then(|| user.clone()));
    let client = use_auth_client();
    let is_out = Memo::new(move |_| match auth.status() {
        AuthStatus::Loading => false,
        AuthStatus::Unauthenticated => true,
        AuthStatus::Authenticated => live.error().is_some_and(|error| is_auth_error(&error)),
    });
    Effect::new(move |_| {
        if is_out.get() {
            let client = client.clone();
            spawn_local(async move {
                // Whatever the answer, the person is not let in.
                let _ = client.get_session().await;
                on_unauth.run(());
            });
        }
    });
    children()
}

fn says_unauthenticated(error: &CallError) -> bool {
    let text = error.as_convex_error().map(|error| error.text());
    error.is_auth_error() || matches!(text, Some("Unauthenticated" | "Unauthorized"))
}

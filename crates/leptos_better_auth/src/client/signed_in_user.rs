//! The signed-in user on a live page, until the session has ended.

use leptos::prelude::*;
use leptos_convex::UseQuery;

use super::use_session;

/// Returns the signed-in user of a query that returns null if nobody is signed in. During a sign-out, the query has no
/// user any more; the last one stays until the page is left.
///
/// ```
/// use leptos::prelude::*;
/// use leptos_better_auth::{use_session_end, use_signed_in_user};
/// use leptos_convex::UseQuery;
///
/// #[component]
/// fn Greeting(user: UseQuery<Option<String>>) -> impl IntoView {
///     use_session_end(user, || { /* load the page again */ });
///     let user = use_signed_in_user(user);
///     view! { <p>"Hello "{user}</p> }
/// }
/// ```
///
/// # On the server
/// The user that was preloaded.
pub fn use_signed_in_user<T>(live: UseQuery<Option<T>>) -> Memo<Option<T>>
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    Memo::new(move |shown: Option<&Option<T>>| {
        live.get().flatten().or_else(|| shown.cloned().flatten())
    })
}

/// Calls `ended` when the session has ended. If the query has no user, Better Auth is asked for the session and
/// decides. If it does not answer, nobody is signed out.
///
/// # On the server
/// Does nothing.
pub fn use_session_end<T>(live: UseQuery<Option<T>>, ended: impl Fn() + 'static)
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    let session = use_session();
    Effect::new(move || {
        if live.with(|user| matches!(user, Some(None))) {
            session.refetch();
        }
    });
    Effect::new(move || {
        if !session.is_pending() && !session.is_signed_in() {
            ended();
        }
    });
}

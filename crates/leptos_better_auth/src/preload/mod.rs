//! Queries preloaded for the visitor: the value is in the first paint and live from then on.

use leptos_convex::{
    CallError, IntoQuery, Preloaded, Query, SuspenseOptions, UseQuery, UseSuspenseQuery,
    use_preloaded_query, use_suspense_query_with_options,
};
use serde::de::DeserializeOwned;

#[cfg(not(feature = "ssr"))]
mod browser;
#[cfg(feature = "ssr")]
mod server;

#[cfg(not(feature = "ssr"))]
use browser::preload;
#[cfg(feature = "ssr")]
use server::preload;

/// A query with its value for the visitor, passed from server to browser: a [`Preloaded`] of a person. It has no value
/// if nobody was signed in, or if the user could not be determined.
pub type PreloadedAuthQuery<T> = Preloaded<T>;

/// Runs `query` for the visitor, to be shown with [`use_preloaded_auth_query`]:
///
/// ```
/// # use leptos::prelude::*;
/// # use leptos_convex::Query;
/// use leptos_better_auth::{preload_auth_query, use_preloaded_auth_query};
/// # fn get_current_user() -> Query<Option<String>> { Query::new("auth:getCurrentUser", ()) }
///
/// #[component]
/// fn Header() -> impl IntoView {
///     let user = OnceResource::new_blocking(preload_auth_query(get_current_user()));
///     move || {
///         Suspend::new(async move {
///             user.await.map(|preloaded| {
///                 let user = use_preloaded_auth_query(preloaded);
///                 move || user.get().flatten()
///             })
///         })
///     }
/// }
/// ```
///
/// For a page that shows a single query, [`use_suspense_auth_query`] is shorter.
///
/// # On the server
/// One query with the visitor's token; none for a visitor who is not signed in. If the user cannot be determined, or
/// Convex cannot be reached, there is no value, and the browser fills it in.
///
/// # In the browser
/// On client-side navigation it waits for the live client's value.
///
/// # Errors
/// The error of the function, and arguments or results of another type.
pub fn preload_auth_query<T>(
    query: Query<T>,
) -> impl Future<Output = Result<PreloadedAuthQuery<T>, CallError>> + Send + 'static
where
    T: 'static,
{
    preload(query)
}

/// Shows a preloaded value and keeps it live. `None` if nobody is signed in.
///
/// The preloaded value stays until the first live one comes, and the last one stays while a token is
/// renewed, while the connection is lost and while the function fails: the signal never dips to `None` on
/// the way. When the person signs out it is `None` at once, and what belonged to one person is never shown
/// to the next.
///
/// # On the server
/// The preloaded value.
///
/// # Before hydration
/// The same.
///
/// # Errors
/// As a value, in [`UseQuery::error`]; the last result stays on screen.
#[track_caller]
pub fn use_preloaded_auth_query<T>(preloaded: PreloadedAuthQuery<T>) -> UseQuery<T>
where
    T: DeserializeOwned + Send + Sync + 'static,
{
    use_preloaded_query(preloaded)
}

/// Returns a live query of the visitor's that a `<Suspense>` waits for: [`preload_auth_query`] and
/// [`use_preloaded_auth_query`] in one.
///
/// ```
/// # use leptos::prelude::*;
/// # use leptos_convex::Query;
/// use leptos_better_auth::use_suspense_auth_query;
/// # fn list() -> Query<Vec<String>> { Query::new("todos:list", ()) }
///
/// #[component]
/// fn Todos() -> impl IntoView {
///     let todos = use_suspense_auth_query(list);
///     let list = move || Suspend::new(async move {
///         todos.await.map(|todos| view! { <p>{move || todos.get().map(|todos| todos.len())}" todos"</p> })
///     });
///     view! {
///         <ErrorBoundary fallback=|_| "Could not be listed">
///             <Suspense fallback=|| "Loading...">{list}</Suspense>
///         </ErrorBoundary>
///     }
/// }
/// ```
///
/// It is `Ready` with `None` if nobody is signed in or the user cannot be determined. To stream instead of delaying the
/// page, or the opposite where it is not the default, pass [`SuspenseOptions::for_person`]`(preload_auth_query)` to
/// [`use_suspense_query_with_options`].
///
/// # On the server
/// As [`preload_auth_query`]. Blocking: the page is sent when its data are known.
///
/// # Before hydration
/// What the server rendered.
///
/// # Errors
/// Awaiting it returns the error of the first result. Later errors are in [`UseQuery::error`].
#[track_caller]
pub fn use_suspense_auth_query<Q>(
    query: impl Fn() -> Q + Send + Sync + 'static,
) -> UseSuspenseQuery<Q::Output>
where
    Q: IntoQuery,
    Q::Output: DeserializeOwned + Send + Sync + 'static,
{
    let options = SuspenseOptions::for_person(preload_auth_query).blocking(true);
    use_suspense_query_with_options(query, options)
}

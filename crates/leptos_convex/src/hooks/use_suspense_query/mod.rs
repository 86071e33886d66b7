#[cfg(not(feature = "ssr"))]
mod browser;
#[cfg(feature = "ssr")]
mod server;
#[cfg(all(test, feature = "ssr"))]
mod tests;

use leptos::prelude::*;
use serde::de::DeserializeOwned;

#[cfg(not(feature = "ssr"))]
use self::browser::fetcher;
#[cfg(feature = "ssr")]
use self::server::fetcher;
use super::{
    IntoQuery, QueryState, UseQuery, live_query::live_query, shown::WhileLoading, use_convex,
};
use crate::call::{CallError, Preloaded, Query};

/// The first result of a query, as it travels from the server to the browser; `None` when nothing is asked.
type First<T> = Option<Result<Preloaded<T>, CallError>>;

/// A live query that a `<Suspense>` waits for; see [`use_suspense_query`]. Copy it into as many closures as
/// needed.
#[derive(Debug)]
pub struct UseSuspenseQuery<T: Send + Sync + 'static> {
    live: UseQuery<T>,
    first: Resource<First<T>>,
    /// Whether another person, or nobody, has taken the place of the one `first` is for.
    is_foreign: Signal<bool>,
}

impl<T: Send + Sync + 'static> Clone for UseSuspenseQuery<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for UseSuspenseQuery<T> {}

impl<T: DeserializeOwned + Clone + Send + Sync + 'static> UseSuspenseQuery<T> {
    /// The result, for an `<ErrorBoundary>` inside of a `<Suspense>` or `<Transition>`; `None` while that
    /// waits, and when nothing is asked. Tracks.
    ///
    /// # Errors
    /// The error the query is in.
    pub fn get(&self) -> Option<Result<T, CallError>> {
        match self.live.state() {
            QueryState::Ready(value) => Some(Ok(value)),
            QueryState::Error(error) => Some(Err(error)),
            QueryState::Loading => {
                let first = self.first.get()??;
                let ours = !self.is_foreign.get();
                ours.then(|| first.and_then(|first| first.value()))
            }
        }
    }
}

/// Subscribes to a query and has the surrounding `<Suspense>` or `<Transition>` wait for its first result.
///
/// The server renders the result into the page; in the browser it is there from the start and goes live
/// without an empty state between. When arguments change, a `<Suspense>` shows its fallback again, while a
/// `<Transition>` keeps what it shows until the new result is there.
///
/// ```
/// use leptos::prelude::*;
/// use leptos_convex::{Query, use_suspense_query};
/// # fn count() -> Query<f64> { Query::new("todos:count", ()) }
///
/// #[component]
/// fn Count() -> impl IntoView {
///     let count = use_suspense_query(count);
///     view! {
///         <ErrorBoundary fallback=|_| view! { <p role="alert">"Could not be counted"</p> }>
///             <Suspense fallback=|| "Loading...">{move || count.get()}</Suspense>
///         </ErrorBoundary>
///     }
/// }
/// ```
///
/// # On the server
/// Asks Convex as nobody, through the `server::HttpClient` in context; without one it is an error,
/// [`CallError::Closed`]. For what only the person who is signed in may see, preload with their token.
///
/// # Before hydration
/// What the server rendered, so that nothing changes when the script takes over.
///
/// # Errors
/// As a value, from the server too.
pub fn use_suspense_query<Q>(
    query: impl Fn() -> Q + Send + Sync + 'static,
) -> UseSuspenseQuery<Q::Output>
where
    Q: IntoQuery,
    Q::Output: DeserializeOwned + Clone + Send + Sync + 'static,
{
    let client = use_convex();
    let auth = client.auth();
    let epoch = untrack(|| auth.epoch());
    let query = Memo::new(move |_| query().into_query());
    let first = Resource::new(move || query.get(), fetcher(&client));
    let live = live_query(client, Box::new(move || query.get().map(Query::untyped)));
    UseSuspenseQuery {
        live: UseQuery::new(live, WhileLoading::Nothing),
        first,
        is_foreign: Signal::derive(move || auth.epoch() != epoch),
    }
}

use leptos::prelude::*;
use serde::de::DeserializeOwned;

use super::{
    QueryState, UseQuery, use_convex,
    use_query::{live_query, state_of},
};
use crate::Preloaded;

/// Shows a value the server preloaded, and keeps it live.
///
/// The first paint has the server's value; the live value takes its place when it comes, without an empty
/// state between.
///
/// ```
/// use leptos::prelude::*;
/// use leptos_convex::{Preloaded, use_preloaded_query};
///
/// #[component]
/// fn Count(preloaded: Preloaded<f64>) -> impl IntoView {
///     let count = use_preloaded_query(preloaded);
///     move || count.get()
/// }
/// ```
///
/// # On the server
/// The preloaded value.
///
/// # Before hydration
/// The preloaded value, so that nothing changes when the script takes over.
///
/// # Errors
/// As with [`use_query`](crate::use_query). When another person signs in, the preloaded value, which was
/// the former person's, is shown no more.
pub fn use_preloaded_query<T>(preloaded: Preloaded<T>) -> UseQuery<T>
where
    T: DeserializeOwned + Clone + Send + Sync + 'static,
{
    let client = use_convex();
    let auth = client.auth();
    let epoch = untrack(|| auth.epoch());
    let query = preloaded.query().untyped();
    let live = live_query(client, Box::new(move || Some(query.clone())));
    let state = Memo::new_with_compare(
        move |_| match state_of(live) {
            Some(QueryState::Loading) | None if auth.epoch() == epoch => preloaded
                .value()
                .map_or_else(QueryState::Error, QueryState::Ready),
            state => state.unwrap_or(QueryState::Loading),
        },
        |_, _| true,
    );
    state.with_untracked(|_| ());
    UseQuery::new(state)
}

use std::sync::Arc;

use leptos::prelude::*;
use serde::de::DeserializeOwned;

use super::{QueryState, UseQuery, live_query::live_query, shown::WhileLoading, use_convex};
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
#[expect(
    clippy::needless_pass_by_value,
    reason = "a preloaded value is handed over once"
)]
pub fn use_preloaded_query<T>(preloaded: Preloaded<T>) -> UseQuery<T>
where
    T: DeserializeOwned + Clone + Send + Sync + 'static,
{
    let client = use_convex();
    let auth = client.auth();
    let epoch = untrack(|| auth.epoch());
    let query = preloaded.query().untyped();
    let state = preloaded
        .value()
        .map_or_else(QueryState::Error, QueryState::Ready);
    let while_loading = WhileLoading::Known {
        state: Arc::new(state),
        auth,
        epoch,
    };
    let live = live_query(client, Box::new(move || Some(query.clone())));
    UseQuery::new(live, while_loading)
}

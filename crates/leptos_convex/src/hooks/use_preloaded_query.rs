use serde::de::DeserializeOwned;

use super::{
    UseQuery,
    live_query::live_query,
    source::{First, GetFirst, SourceOptions},
    use_convex,
};
use crate::Preloaded;

/// Shows a value that the server preloaded, and keeps it live.
///
/// The first paint shows the server's value. The live value replaces it when it arrives, without an empty state in
/// between.
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
/// As with [`use_query`](crate::use_query): an error leaves the last result in place. When the person signs out or
/// another person signs in, the previous person's result is hidden. A result that was preloaded for a person
/// ([`Preloaded::for_person`]) is shown and subscribed to only while somebody is signed in.
#[expect(
    clippy::needless_pass_by_value,
    reason = "a preloaded value is handed over once"
)]
#[track_caller]
pub fn use_preloaded_query<T>(preloaded: Preloaded<T>) -> UseQuery<T>
where
    T: DeserializeOwned + Send + Sync + 'static,
{
    let client = use_convex();
    let epoch = client.first_epoch();
    let personal = preloaded.is_personal();
    let query = preloaded.query().untyped();
    let first = First::of(&preloaded, epoch);
    let options = SourceOptions {
        personal,
        first: first.map(|first| -> GetFirst { Box::new(move || Some(first.clone())) }),
        ..SourceOptions::default()
    };
    let auth = personal.then(|| client.auth());
    // A person's query runs only in their name: it never runs as nobody for a result that is thrown away.
    let asked = move || {
        let may_ask = auth.is_none_or(|auth| auth.is_authenticated());
        may_ask.then(|| query.clone())
    };
    let live = live_query(client.clone(), Box::new(asked));
    UseQuery::new(client, live, options)
}

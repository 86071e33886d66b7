use std::sync::Arc;

use leptos::prelude::*;
use serde::de::DeserializeOwned;

use super::{
    QueryState,
    live_query::Live,
    shown::{Shown, WhileLoading},
    use_convex,
};
use crate::{call::Query, value::Value};

/// One of the queries while it is asked; dropping it ends the subscription it holds.
struct Asked<T: 'static> {
    live: Live,
    shown: ArcStoredValue<Shown<T>>,
}

impl<T: Send + Sync + 'static> Clone for Asked<T> {
    fn clone(&self) -> Self {
        Self {
            live: self.live.clone(),
            shown: self.shown.clone(),
        }
    }
}

/// Queries that come and go; see [`use_queries`]. Copy it into as many closures as needed.
#[derive(Debug)]
pub struct UseQueries<K: Send + Sync + 'static, T: Send + Sync + 'static> {
    states: Memo<Vec<(K, Arc<QueryState<T>>)>>,
}

impl<K: Send + Sync + 'static, T: Send + Sync + 'static> Clone for UseQueries<K, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K: Send + Sync + 'static, T: Send + Sync + 'static> Copy for UseQueries<K, T> {}

impl<K, T> UseQueries<K, T>
where
    K: Clone + PartialEq + Send + Sync + 'static,
    T: Clone + Send + Sync + 'static,
{
    /// Every query's key and state, in the order they were given. Tracks.
    #[must_use]
    pub fn states(&self) -> Vec<(K, QueryState<T>)> {
        self.states.with(|states| {
            let state =
                |(key, state): &(K, Arc<QueryState<T>>)| (key.clone(), QueryState::clone(state));
            states.iter().map(state).collect()
        })
    }

    /// The state of the query at `key`: loading when there is none. Tracks.
    #[must_use]
    pub fn state(&self, key: &K) -> QueryState<T> {
        self.states.with(|states| {
            let known = states.iter().find(|(known, _)| known == key);
            known.map_or(QueryState::Loading, |(_, state)| QueryState::clone(state))
        })
    }

    /// The result of the query at `key`, or `None` while loading and after an error. Tracks.
    #[must_use]
    pub fn get(&self, key: &K) -> Option<T> {
        self.state(key).ready()
    }
}

/// Subscribes to any number of queries, which may come and go, for as long as the surrounding component
/// lives.
///
/// `queries` gives each a key to find it by, and may read signals. Queries of several functions are asked
/// together as [`Query::untyped`]. To ask a number that is known, call
/// [`use_query`](crate::use_query) as often.
///
/// ```
/// use leptos::prelude::*;
/// use leptos_convex::{Query, use_queries};
/// # fn count(of: String) -> Query<f64> { Query::new("todos:count", std::collections::BTreeMap::from([("of", of)])) }
///
/// #[component]
/// fn Counts(#[prop(into)] people: Signal<Vec<String>>) -> impl IntoView {
///     let counts = use_queries(move || {
///         people.get().into_iter().map(|person| (person.clone(), count(person))).collect()
///     });
///     let line = move |person: String| {
///         let name = person.clone();
///         view! { <li>{name}": "{move || counts.get(&person)}</li> }
///     };
///     view! { <ul><For each=move || people.get() key=String::clone children=line /></ul> }
/// }
/// ```
///
/// # On the server
/// Loading.
///
/// # Before hydration
/// As on the server, unless another component already holds a query.
///
/// # Errors
/// As values, each query's its own, as with `useQueries` of `convex/react`.
pub fn use_queries<K, T>(
    queries: impl Fn() -> Vec<(K, Query<T>)> + Send + Sync + 'static,
) -> UseQueries<K, T>
where
    K: Clone + PartialEq + Send + Sync + 'static,
    T: DeserializeOwned + Clone + Send + Sync + 'static,
{
    let client = use_convex();
    let asked = Memo::new_with_compare(
        // Former subscriptions are dropped once these are in place.
        move |former: Option<&Vec<(K, Asked<T>)>>| {
            let known = |query: &Query<Value>| {
                let mut former = former.into_iter().flatten();
                former.find(|(_, asked)| asked.live.query == *query)
            };
            let ask = |(key, query): (K, Query<T>)| {
                let query = query.untyped();
                let asked = known(&query).map(|(_, asked)| asked.clone());
                let asked = asked.unwrap_or_else(|| Asked {
                    live: Live::new(&client, query),
                    shown: ArcStoredValue::new(Shown::new(WhileLoading::Nothing)),
                });
                (key, asked)
            };
            queries().into_iter().map(ask).collect::<Vec<_>>()
        },
        |_, _| true,
    );
    let states = Memo::new_with_compare(
        move |_| {
            let state = |(key, asked): &(K, Asked<T>)| {
                let state = asked.shown.write_value().read(Some(&asked.live));
                (key.clone(), state)
            };
            asked.with(|asked| asked.iter().map(state).collect())
        },
        |_, _| true,
    );
    states.with_untracked(|_| ());
    UseQueries { states }
}

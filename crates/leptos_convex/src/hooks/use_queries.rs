use std::{fmt, sync::Mutex};

use leptos::{
    prelude::*,
    reactive::traits::{DefinedAt, Dispose, IsDisposed, ReadUntracked, Track},
};
use serde::de::DeserializeOwned;

use super::{
    QueryState, UseQuery,
    live_query::{LiveQuery, fixed_query},
    source::SourceOptions,
    use_convex,
};
use crate::{
    call::{CallError, Query, QueryKey},
    client::ConvexClient,
    lock::lock,
    value::Value,
    vec_map::VecMap,
};

/// Queries that come and go; see [`use_queries`]. Copy it into as many closures as needed.
///
/// This is a signal of `Vec<(K, UseQuery<T>)>` that fires when queries come, go or change places. Each query is a
/// signal of its own: a new result wakes only the readers of that query.
pub struct UseQueries<K: Send + Sync + 'static, T: Send + Sync + 'static> {
    queries: Memo<Vec<(K, UseQuery<T>)>>,
}

impl<K: Send + Sync + 'static, T: Send + Sync + 'static> Clone for UseQueries<K, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K: Send + Sync + 'static, T: Send + Sync + 'static> Copy for UseQueries<K, T> {}

impl<K: Send + Sync + 'static, T: Send + Sync + 'static> fmt::Debug for UseQueries<K, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UseQueries").finish_non_exhaustive()
    }
}

impl<K: Send + Sync + 'static, T: Send + Sync + 'static> DefinedAt for UseQueries<K, T> {
    fn defined_at(&self) -> Option<&'static std::panic::Location<'static>> {
        self.queries.defined_at()
    }
}

impl<K: Send + Sync + 'static, T: Send + Sync + 'static> IsDisposed for UseQueries<K, T> {
    fn is_disposed(&self) -> bool {
        self.queries.try_read_untracked().is_none()
    }
}

impl<K: Send + Sync + 'static, T: Send + Sync + 'static> Track for UseQueries<K, T> {
    fn track(&self) {
        self.queries.track();
    }
}

impl<K: Send + Sync + 'static, T: Send + Sync + 'static> ReadUntracked for UseQueries<K, T> {
    type Value = <Memo<Vec<(K, UseQuery<T>)>> as ReadUntracked>::Value;

    fn try_read_untracked(&self) -> Option<Self::Value> {
        self.queries.try_read_untracked()
    }
}

impl<K: Send + Sync + 'static, T: Send + Sync + 'static> From<UseQueries<K, T>>
    for Signal<Vec<(K, UseQuery<T>)>>
{
    fn from(queries: UseQueries<K, T>) -> Self {
        queries.queries.into()
    }
}

impl<K: PartialEq + Send + Sync + 'static, T: Send + Sync + 'static> UseQueries<K, T> {
    /// Returns the query at `key`, if there is one. Tracks the set of queries, not the query's result.
    #[must_use]
    pub fn query(&self, key: &K) -> Option<UseQuery<T>> {
        self.queries.try_with(|queries| {
            let mut queries = queries.iter();
            queries
                .find(|(known, _)| known == key)
                .map(|(_, query)| *query)
        })?
    }

    /// Returns the state of the query at `key`; loading if there is no such query. Tracks that query.
    #[must_use]
    pub fn state(&self, key: &K) -> QueryState<T>
    where
        T: Clone,
    {
        let query = self.query(key);
        query.map_or(QueryState::Loading, |query| query.state())
    }

    /// Returns the result of the query at `key`, or `None` while there is none. Tracks that query.
    #[must_use]
    pub fn value(&self, key: &K) -> Option<T>
    where
        T: Clone,
    {
        self.query(key)?.try_get()?
    }

    /// Returns the error of the query at `key`. Tracks that query.
    #[must_use]
    pub fn error(&self, key: &K) -> Option<CallError> {
        self.query(key)?.error()
    }

    /// Returns every query's key and state, in their given order. Tracks all of them.
    #[must_use]
    pub fn states(&self) -> Vec<(K, QueryState<T>)>
    where
        K: Clone,
        T: Clone,
    {
        let queries = self.queries.try_with(Clone::clone).unwrap_or_default();
        let state = |(key, query): (K, UseQuery<T>)| (key, query.state());
        queries.into_iter().map(state).collect()
    }
}

/// Subscribes to any number of queries, which may come and go, for as long as the surrounding component
/// lives.
///
/// `queries` gives each query a key to find it by, and may read signals. Queries with different result types can be
/// combined as [`Query::untyped`]. For a fixed number of queries, call [`use_query`](crate::use_query) once for each.
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
///     view! {
///         <ul>
///             <For each=move || counts.get() key=|(person, _)| person.clone() let((person, count))>
///                 <li>{person}": "{move || count.get()}</li>
///             </For>
///         </ul>
///     }
/// }
/// ```
///
/// # On the server
/// Loading.
///
/// # Before hydration
/// As on the server.
///
/// # Errors
/// As values: each query has its own error, as with `useQueries` of `convex/react`.
#[track_caller]
pub fn use_queries<K, T>(
    queries: impl Fn() -> Vec<(K, Query<T>)> + Send + Sync + 'static,
) -> UseQueries<K, T>
where
    K: Clone + PartialEq + Send + Sync + 'static,
    T: DeserializeOwned + Send + Sync + 'static,
{
    let pool = Mutex::new(Pool::new(use_convex()));
    let queries = Memo::new_with_compare(
        move |_| lock(&pool).ask(queries()),
        |before, now| {
            let same = |before: &Vec<(K, UseQuery<T>)>, now: &Vec<(K, UseQuery<T>)>| {
                let mut pairs = before.iter().zip(now);
                before.len() == now.len() && pairs.all(|(a, b)| a.0 == b.0 && a.1.is(&b.1))
            };
            !before
                .zip(now)
                .is_some_and(|(before, now)| same(before, now))
        },
    );
    queries.with_untracked(|_| ());
    Effect::new(move |_| queries.track());
    UseQueries { queries }
}

/// The current queries.
struct Pool<T: Send + Sync + 'static> {
    client: ConvexClient,
    /// Owns the queries' signals.
    owner: Owner,
    asked: VecMap<QueryKey, Asked<T>>,
    /// How many times the set of queries was given.
    round: u32,
    /// The queries removed by this change and by the one before. Readers about to be cleaned up may run once more.
    gone: [Vec<Asked<T>>; 2],
}

struct Asked<T: Send + Sync + 'static> {
    live: LiveQuery,
    query: UseQuery<T>,
    /// The last time this query was in the set.
    round: u32,
}

impl<T: DeserializeOwned + Send + Sync + 'static> Pool<T> {
    fn new(client: ConvexClient) -> Self {
        Self {
            client,
            owner: Owner::new(),
            asked: VecMap::default(),
            round: 0,
            gone: [Vec::new(), Vec::new()],
        }
    }

    /// Subscribes to these queries and drops all others.
    fn ask<K>(&mut self, queries: Vec<(K, Query<T>)>) -> Vec<(K, UseQuery<T>)> {
        self.round += 1;
        let mut gone = Vec::new();
        let mut list = Vec::with_capacity(queries.len());
        for (key, query) in queries {
            let query = query.untyped();
            let (client, owner) = (&self.client, &self.owner);
            let asked = match query.key() {
                Ok(known) => {
                    let begin = || Asked::begin(client, owner, query);
                    let asked = self.asked.get_or_insert_with(known, begin);
                    asked.round = self.round;
                    *asked
                }
                // Its arguments cannot be encoded, so it has no key to compare.
                Err(_) => {
                    let asked = Asked::begin(client, owner, query);
                    gone.push(asked);
                    asked
                }
            };
            list.push((key, asked.query));
        }
        let round = self.round;
        gone.extend(self.asked.take_if(|asked| asked.round != round));
        self.let_go(gone);
        list
    }

    fn let_go(&mut self, gone: Vec<Asked<T>>) {
        if gone.is_empty() {
            return;
        }
        let [last, before] = &mut self.gone;
        for asked in std::mem::replace(before, std::mem::replace(last, gone)) {
            asked.live.dispose();
            asked.query.dispose();
        }
    }
}

impl<T: Send + Sync + 'static> Clone for Asked<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Asked<T> {}

impl<T: DeserializeOwned + Send + Sync + 'static> Asked<T> {
    fn begin(client: &ConvexClient, owner: &Owner, query: Query<Value>) -> Self {
        owner.with(|| {
            let live = fixed_query(client, query);
            let query = UseQuery::new(client.clone(), live, SourceOptions::default());
            Self {
                live,
                query,
                round: 0,
            }
        })
    }
}

//! The subscription behind a hook. It has no type parameter, so that a page contains this code once and not once for
//! each result type.

use std::sync::Arc;

use leptos::prelude::*;

use crate::{
    call::{CallError, Query},
    client::{ConvexClient, Subscription},
    value::Value,
};

/// The active query, if any.
pub(super) type LiveQuery = Memo<Option<Arc<Live>>>;

/// An active query. Dropping it ends the subscription.
pub(super) struct Live {
    pub(super) query: Query<Value>,
    pub(super) subscription: Result<Subscription, CallError>,
}

impl Live {
    pub(super) fn new(client: &ConvexClient, query: Query<Value>) -> Self {
        Self {
            subscription: query.key().map(|key| client.subscribe(key)),
            query,
        }
    }
}

/// Subscribes to the query that `query` gives, and follows its changes whether or not anybody reads the result.
pub(super) fn live_query(
    client: ConvexClient,
    query: Box<dyn Fn() -> Option<Query<Value>> + Send + Sync>,
) -> LiveQuery {
    let live = Memo::new_owning(move |former: Option<Option<Arc<Live>>>| {
        let former = former.flatten();
        let asked = query();
        if former.as_ref().map(|live| &live.query) == asked.as_ref() {
            return (former, false);
        }
        let live = asked.map(|query| Arc::new(Live::new(&client, query)));
        // The former subscription is dropped after this one is in place.
        drop(former);
        (live, true)
    });
    live.with_untracked(|_| ());
    // A memo is only computed when it is read.
    Effect::new(move |_| live.track());
    live
}

/// Subscribes to `query` for as long as the memo exists.
pub(super) fn fixed_query(client: &ConvexClient, query: Query<Value>) -> LiveQuery {
    let live = Arc::new(Live::new(client, query));
    Memo::new_owning(move |_| (Some(Arc::clone(&live)), false))
}

//! The subscription behind a hook. Of no type, so that a page has this code once and not for each result.

use std::sync::Arc;

use leptos::prelude::*;

use crate::{
    call::{CallError, Query},
    client::{ConvexClient, Subscription},
    value::Value,
};

/// What is asked, if anything.
pub(super) type LiveQuery = Memo<Option<Live>>;

/// A query that is asked.
#[derive(Clone)]
pub(super) struct Live {
    pub(super) query: Query<Value>,
    pub(super) subscription: Arc<Result<Subscription, CallError>>,
}

impl Live {
    pub(super) fn new(client: &ConvexClient, query: Query<Value>) -> Self {
        Self {
            subscription: Arc::new(query.key().map(|key| client.subscribe(key))),
            query,
        }
    }
}

/// Subscribes to what `query` gives, and follows it.
pub(super) fn live_query(
    client: ConvexClient,
    query: Box<dyn Fn() -> Option<Query<Value>> + Send + Sync>,
) -> LiveQuery {
    let live = Memo::new_owning(move |former: Option<Option<Live>>| {
        let former = former.flatten();
        let asked = query();
        if former.as_ref().map(|live| &live.query) == asked.as_ref() {
            return (former, false);
        }
        let live = asked.map(|query| Live::new(&client, query));
        // The former subscription is dropped once this one is in place.
        drop(former);
        (live, true)
    });
    live.with_untracked(|_| ());
    live
}

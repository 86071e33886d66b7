//! The first result from the live client.

use std::{future::Future, pin::Pin};

use crate::{
    call::{CallError, Preloaded, Query},
    hooks::use_convex,
    value::Value,
};

type First = Pin<Box<dyn Future<Output = Result<Preloaded<Value>, CallError>> + Send>>;

/// Waits for the first result of the subscription that the hook made.
pub(super) fn first_result() -> impl Fn(Query<Value>) -> First + Send + Sync + 'static {
    let client = use_convex();
    move |query| {
        let subscription = query.key().map(|key| client.subscribe_now(key));
        Box::pin(async move {
            let value = subscription?.first().await?;
            Preloaded::of(&query, Some(value), false)
        })
    }
}

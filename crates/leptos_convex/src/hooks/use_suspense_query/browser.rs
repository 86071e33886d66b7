//! The first result from the live client.

use std::{future::Future, pin::Pin};

use super::First;
use crate::{
    call::{CallError, Query},
    client::ConvexClient,
};

type Fetch<T> = Pin<Box<dyn Future<Output = First<T>> + Send>>;

/// Waits for the result the subscription beside it brings.
pub(super) fn fetcher<T: 'static>(
    client: &ConvexClient,
) -> impl Fn(Option<Query<T>>) -> Fetch<T> + Send + Sync + 'static {
    let client = client.clone();
    move |query| {
        let first = query.map(|query| {
            let subscription = query.key().map(|key| client.subscribe_now(key));
            (query, subscription)
        });
        Box::pin(async move {
            let (query, subscription) = first?;
            let value = match subscription {
                Ok(subscription) => subscription.first().await,
                Err(error) => Err(error),
            };
            Some(value.and_then(|value| {
                // It was checked to be a value.
                let value = value.value().map_err(|_| CallError::Closed)?;
                crate::Preloaded::new(&query, value)
            }))
        })
    }
}

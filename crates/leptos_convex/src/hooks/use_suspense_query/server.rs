//! The first result over HTTP.

use std::{future::Future, pin::Pin};

use leptos::prelude::use_context;

use super::First;
use crate::{
    call::{CallError, Query},
    client::ConvexClient,
    server::HttpClient,
};

type Fetch<T> = Pin<Box<dyn Future<Output = First<T>> + Send>>;

/// Asks the deployment of the [`HttpClient`] in context, as nobody.
pub(super) fn fetcher<T: 'static>(
    _: &ConvexClient,
) -> impl Fn(Option<Query<T>>) -> Fetch<T> + Send + Sync + 'static {
    let http = use_context::<HttpClient>();
    move |query| {
        let http = http.clone();
        Box::pin(async move {
            let query = query?;
            let Some(http) = http else {
                return Some(Err(CallError::Closed));
            };
            Some(http.preload(&query, None).await)
        })
    }
}

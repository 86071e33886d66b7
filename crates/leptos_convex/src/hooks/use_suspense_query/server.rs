//! The first result over HTTP.

use std::{future::Future, pin::Pin};

use leptos::prelude::use_context;

use crate::{
    call::{CallError, Preloaded, Query},
    server::HttpClient,
    value::Value,
};

type First = Pin<Box<dyn Future<Output = Result<Preloaded<Value>, CallError>> + Send>>;

/// Runs the query as nobody on the deployment of the [`HttpClient`] in context.
pub(super) fn first_result() -> impl Fn(Query<Value>) -> First + Send + Sync + 'static {
    let http = use_context::<HttpClient>();
    move |query| {
        let http = http.clone();
        Box::pin(async move {
            match http {
                Some(http) => http.preload(&query, None).await,
                None => Err(CallError::Closed),
            }
        })
    }
}

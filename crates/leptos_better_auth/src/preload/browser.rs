//! Preloading on client-side navigation, from the live client.

use leptos_convex::{AuthStatus, CallError, ConvexClient, Query, Value, use_convex};

use super::PreloadedAuthQuery;
use crate::settled::settled_status;

pub(super) fn preload<T: 'static>(
    query: Query<T>,
) -> impl Future<Output = Result<PreloadedAuthQuery<T>, CallError>> + Send + 'static {
    // The context is certain only before the first await.
    let client = use_convex();
    let status = settled_status(&client);
    async move {
        let value = match status.await {
            Some(AuthStatus::Authenticated) => first_value(&client, &query).await?,
            _ => None,
        };
        PreloadedAuthQuery::for_person(&query, value.as_ref())
    }
}

/// Waits for the first value. As on the server, an outage is no error: the hook fills the value in when the socket is
/// connected again.
async fn first_value<T>(
    client: &ConvexClient,
    query: &Query<T>,
) -> Result<Option<Value>, CallError> {
    let raw = Query::<Value>::new(query.path().to_owned(), Value::clone(query.args()?));
    match client.query(raw).await {
        Ok(value) => Ok(Some(value)),
        Err(
            CallError::Network { .. } | CallError::Unauthenticated { .. } | CallError::UserChanged,
        ) => Ok(None),
        Err(error) => Err(error),
    }
}

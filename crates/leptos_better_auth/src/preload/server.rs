//! Preloading while the server renders.

use leptos_convex::{CallError, Query, Value};

use super::PreloadedAuthQuery;
use crate::server::{RequestAuth, Resolution, Retry, current, with_token};

/// Reads the query for the visitor of the request being rendered.
pub(super) fn preload<T: 'static>(
    query: Query<T>,
) -> impl Future<Output = Result<PreloadedAuthQuery<T>, CallError>> + Send + 'static {
    let request = current();
    async move {
        let request = request?;
        let value = match request.resolve().await {
            // The hook would discard a value for nobody, so a signed-out visitor costs no query.
            Resolution::NoSession | Resolution::Unknown => None,
            Resolution::Token(_) => {
                let moment = request.moment().await;
                request.follow(&query);
                if let Some(known) = moment.and_then(|moment| moment.known(&query)) {
                    return Ok(known);
                }
                value_or_outage(read_at_moment(&request, &query).await)?
            }
        };
        let preloaded = PreloadedAuthQuery::for_person(&query, value.as_ref())?;
        Ok(match (value, request.moment_known()) {
            (Some(_), Some(moment)) => preloaded.read_at(moment.ts()),
            _ => preloaded,
        })
    }
}

/// Reads `query` at the same timestamp as everything else on this page, so that the page is consistent. Without a
/// timestamp, it is read as it is now.
async fn read_at_moment<T>(request: &RequestAuth, query: &Query<T>) -> Result<Value, CallError> {
    let moment = request.moment().await;
    with_token(request, Retry::Transaction, |convex, token| async move {
        match moment {
            Some(moment) => match moment.query_value(query, token.as_deref()).await {
                // Convex may have dropped a timestamp that is not recent.
                Err(CallError::Server { .. }) if moment.is_held() => {
                    convex.query_value(query, token.as_deref()).await
                }
                answer => answer,
            },
            None => convex.query_value(query, token.as_deref()).await,
        }
    })
    .await
}

/// Treats an outage as a missing value, not as an error: the page is rendered without it, and the browser fills it in.
fn value_or_outage(value: Result<Value, CallError>) -> Result<Option<Value>, CallError> {
    match value {
        Ok(value) => Ok(Some(value)),
        Err(CallError::Network { .. } | CallError::Unauthenticated { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

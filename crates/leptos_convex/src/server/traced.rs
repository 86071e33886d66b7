//! Requests to the deployment, in traces and logs.

use reqwest::RequestBuilder;
use tracing::Span;
use uuid::Uuid;

/// The header whose value Convex uses as the request's id in its own logs and errors.
pub const REQUEST_ID: &str = "convex-request-id";

/// Gives `request` an id of its own. The span carries the id and `function`, for every log line while the request is
/// pending.
pub fn traced(request: RequestBuilder, function: &str) -> (RequestBuilder, Span) {
    // The id has sixteen hexadecimal digits, like Convex's own ids.
    let mut id = Uuid::new_v4().simple().to_string();
    id.truncate(16);
    let span = tracing::info_span!("convex", function, request_id = id);
    (request.header(REQUEST_ID, id), span)
}

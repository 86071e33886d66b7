//! Requests to the deployment in traces and logs.

use reqwest::RequestBuilder;
use tracing::Span;
use uuid::Uuid;

/// Convex names the request by this header's value in its own logs and in errors.
pub const REQUEST_ID: &str = "convex-request-id";

/// Gives `request` an id of its own. The span names it and `function`, for everything that is logged while it is sent
/// and answered.
pub fn traced(request: RequestBuilder, function: &str) -> (RequestBuilder, Span) {
    // Sixteen hexadecimal digits, as Convex's own ids.
    let mut id = Uuid::new_v4().simple().to_string();
    id.truncate(16);
    let span = tracing::info_span!("convex", function, request_id = id);
    (request.header(REQUEST_ID, id), span)
}

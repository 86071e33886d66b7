//! No traces: the feature `otlp` is off.

use tracing_subscriber::layer::Identity;

/// Returns no layer.
pub(crate) const fn layer() -> Option<Identity> {
    None
}

/// Does nothing.
#[expect(clippy::unused_async, reason = "the other waits")]
pub async fn flush() {}

//! Settings of a client.

/// Settings of a [`ConvexClient`](crate::ConvexClient).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientOptions {
    /// How long a query is kept after its last subscriber has gone, in milliseconds, so that navigating
    /// back shows it at once. Default: 5,000.
    pub linger: u32,
    /// Ask before the page is left while mutations or actions are unsent or unanswered. Default: yes.
    pub warn_before_unload: bool,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            linger: 5_000,
            warn_before_unload: true,
        }
    }
}

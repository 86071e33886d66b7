//! Settings of a client.

/// Settings of a [`ConvexClient`](crate::ConvexClient).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
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

impl ClientOptions {
    /// With how long a query is kept after its last subscriber has gone, in milliseconds.
    #[must_use]
    pub const fn with_linger(mut self, linger: u32) -> Self {
        self.linger = linger;
        self
    }

    /// With whether to ask before the page is left while mutations or actions are unsent or unanswered.
    #[must_use]
    pub const fn with_warn_before_unload(mut self, warn_before_unload: bool) -> Self {
        self.warn_before_unload = warn_before_unload;
        self
    }
}

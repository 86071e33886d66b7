//! The connection as the app may want to show it.

/// State of the connection to Convex.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ConnectionState {
    /// Whether the socket is open.
    pub is_connected: bool,
    /// Whether it has ever been.
    pub has_ever_connected: bool,
    /// How often a connection was opened.
    pub connection_count: u32,
    /// Failed attempts in a row.
    pub retries: u32,
    /// Since when there is no connection, in milliseconds since 1970; `None` while there is one.
    pub disconnected_since: Option<f64>,
    /// Why there is no connection, while attempts fail: the reason the last one ended for, in the server's words
    /// or the browser's code. For whoever looks after the app; a visitor is told that nothing is live.
    pub trouble: Option<String>,
    /// Mutations not yet visible in the queries.
    pub inflight_mutations: usize,
    /// Actions not yet answered.
    pub inflight_actions: usize,
    /// When the oldest unanswered request was made, in milliseconds since 1970.
    pub oldest_inflight_request: Option<f64>,
    /// Why the client gave up for good: Convex called the session broken. Only a reload helps.
    pub fatal_error: Option<String>,
}

impl ConnectionState {
    /// Returns whether any mutation or action is on its way.
    #[must_use]
    pub const fn has_inflight_requests(&self) -> bool {
        self.inflight_mutations + self.inflight_actions > 0
    }
}

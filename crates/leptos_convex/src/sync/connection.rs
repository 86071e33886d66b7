//! The connection's state, for the app to show.

/// State of the connection to Convex.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ConnectionState {
    /// Whether the socket is open.
    pub is_connected: bool,
    /// Whether the socket has ever been open.
    pub has_ever_connected: bool,
    /// How often a connection was opened.
    pub connection_count: u32,
    /// Failed attempts in a row.
    pub retries: u32,
    /// Since when there is no connection, in milliseconds since 1970; `None` while there is one.
    pub disconnected_since: Option<f64>,
    /// Why there is no connection while attempts fail: the server's reason or the browser's code for the last
    /// failure. This is meant for the app's operators; visitors only need to know that the page is not live.
    pub trouble: Option<String>,
    /// How many mutations are not yet visible in the queries.
    pub inflight_mutations: usize,
    /// How many actions are not yet answered.
    pub inflight_actions: usize,
    /// When the oldest unanswered request was made, in milliseconds since 1970.
    pub oldest_inflight_request: Option<f64>,
    /// Why the client gave up for good: Convex called the session broken. Only a reload of the page helps.
    pub fatal_error: Option<String>,
}

impl ConnectionState {
    /// Returns whether a mutation or action is pending.
    #[must_use]
    pub const fn has_inflight_requests(&self) -> bool {
        self.inflight_mutations + self.inflight_actions > 0
    }
}

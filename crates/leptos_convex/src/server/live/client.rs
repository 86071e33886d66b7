//! The client that answers from live queries.

use super::{LiveOptions, LiveQueries};
use crate::server::HttpClient;

impl HttpClient {
    /// Returns the same client, which answers queries without a token from a live subscription: a query that many
    /// visitors share costs one round trip in all. See [`LiveOptions`] for the limits. Everything else goes over
    /// HTTP, including all calls with a token and all calls of clients with an admin key.
    ///
    /// This needs the feature `live-queries`. The subscription belongs to the official `convex` crate, which uses the
    /// TLS configuration of the process. If more than one cryptography provider of `rustls` is compiled in, `main`
    /// must install one of them; otherwise calls still go over HTTP.
    ///
    /// The first query without a token opens the subscription. A result can be as old as its push takes to arrive, or
    /// 30 s if the network fails silently (the `convex` crate's limit of silence).
    ///
    /// ```
    /// use leptos_convex::server::{BuildError, HttpClient, LiveOptions};
    ///
    /// # fn build() -> Result<HttpClient, BuildError> {
    /// let client = HttpClient::new("https://happy-animal-123.convex.cloud")?
    ///     .with_live_queries(LiveOptions::default());
    /// # Ok(client)
    /// # }
    /// ```
    #[must_use]
    pub fn with_live_queries(mut self, options: LiveOptions) -> Self {
        self.live = Some(LiveQueries::new(self.url().to_owned(), options));
        self
    }
}

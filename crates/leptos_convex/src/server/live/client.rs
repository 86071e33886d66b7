//! The client that answers from live queries.

use super::{LiveOptions, LiveQueries};
use crate::server::HttpClient;

impl HttpClient {
    /// Returns the same client with queries of nobody in particular answered from a live subscription: what many
    /// visitors ask costs a round trip once. See [`LiveOptions`] for the bounds; whatever is not there goes over
    /// HTTP as before. Calls with a token and clients with an admin key always do.
    ///
    /// Needs the feature `live-queries`. The subscription is the official `convex` crate's, whose TLS is that of the
    /// process: where more than one cryptography provider of `rustls` is compiled in, `main` has to install one of
    /// them, or calls go over HTTP as before.
    ///
    /// The subscription is opened by the first such query. A result can be as old as its push takes to arrive,
    /// and 30 s if the network dies without a word (the `convex` crate's limit of silence).
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

//! The error of building a client.

/// Why an [`HttpClient`](super::HttpClient) cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The URL is not the URL of a deployment.
    #[error("`{url}` is not an http(s) URL of a Convex deployment")]
    Url {
        /// The URL as it was given.
        url: String,
    },
    /// The URL is that of the deployment's HTTP actions.
    #[error(
        "`{url}` is the deployment's HTTP actions URL (.convex.site); functions are called at its .convex.cloud URL"
    )]
    SiteUrl {
        /// The URL as it was given.
        url: String,
    },
    /// The certificates of this machine cannot be used.
    #[error("no TLS: {message}")]
    Tls {
        /// The message of the TLS library.
        message: String,
    },
    /// The HTTP library cannot start.
    #[error("no HTTP client: {0}")]
    Client(#[from] reqwest::Error),
}

impl BuildError {
    #[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
    pub(super) fn tls(error: rustls::Error) -> Self {
        let message = error.to_string();
        Self::Tls { message }
    }
}

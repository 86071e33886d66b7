//! The settings of a client.

/// The settings that the app may choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    /// How long queries without subscribers are kept, in milliseconds.
    pub(crate) linger: u32,
    /// Whether to send only `Connect` until the user is known.
    pub(crate) expect_auth: bool,
    /// How long before its expiry a token is renewed, in milliseconds.
    pub(crate) renewal_leeway: u32,
    /// Whether to tell the page's own server what this client has seen and written.
    pub(crate) tells_server: bool,
}

//! The settings of a client.

/// What the app may choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    /// How long queries without subscribers are kept, in milliseconds.
    pub(crate) linger: u32,
    /// Send nothing but `Connect` before it is known who is signed in.
    pub(crate) expect_auth: bool,
    /// How long before a token ends it is renewed, in milliseconds.
    pub(crate) renewal_leeway: u32,
    /// Say what has been seen and done, for the page's own server.
    pub(crate) tells_server: bool,
}

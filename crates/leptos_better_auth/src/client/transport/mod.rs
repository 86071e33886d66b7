//! One request to Better Auth on this origin. The platform supplies `fetch`.

#[cfg(feature = "hydrate")]
mod browser;
#[cfg(not(feature = "hydrate"))]
mod inert;

#[cfg(feature = "hydrate")]
pub(super) use browser::fetch;
#[cfg(not(feature = "hydrate"))]
pub(super) use inert::fetch;

/// A request with an optional JSON body: POST with one, GET without.
#[derive(Debug)]
#[cfg_attr(
    not(feature = "hydrate"),
    expect(dead_code, reason = "read in the browser")
)]
pub(super) struct Outgoing {
    pub(super) url: String,
    pub(super) body: Option<String>,
    /// A session token to be used in place of the cookie.
    pub(super) bearer: Option<String>,
}

/// An answer of any status.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: String,
}

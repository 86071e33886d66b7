//! The server half: Convex functions over pooled HTTP.
//!
//! One [`HttpClient`] serves the whole process; the token is given with each call, so that nothing of one
//! person reaches another. What nobody in particular asks can come from one live subscription
//! (`HttpClient::with_live_queries`), and what signed-in visitors ask at each page from sessions of their own
//! (`LiveSessions`), both with the feature `live-queries`.

mod answer;
mod build_error;
mod deployment;
mod http_client;
#[cfg(feature = "live-queries")]
mod live;
#[cfg(not(feature = "live-queries"))]
#[path = "live/none.rs"]
mod live;
#[cfg(feature = "live-queries")]
mod sessions;
#[cfg(not(feature = "live-queries"))]
#[path = "sessions/none.rs"]
mod sessions;
mod snapshot;
#[cfg(test)]
mod tests;
mod traced;

pub use self::traced::{REQUEST_ID, traced};
pub use self::{
    build_error::BuildError,
    deployment::deployment_client,
    http_client::{HttpClient, HttpOptions},
    snapshot::Snapshot,
};

#[cfg(feature = "live-queries")]
pub use self::{
    live::LiveOptions,
    sessions::{LiveSessionCounts, LiveSessionOptions, LiveSessions, LiveVisitor, LiveWrite},
};

/// What the client calls itself: `{kind}-{version}`, as Convex expects it.
const CLIENT_HEADER: &str = concat!("leptos-", env!("CARGO_PKG_VERSION"));

//! The server half: Convex functions over pooled HTTP.
//!
//! One [`HttpClient`] serves the whole process. Each call is given its token, so that data of one person cannot reach
//! another. With the feature `live-queries`, queries without a token can be answered from one live subscription
//! (`HttpClient::with_live_queries`), and the queries that signed-in visitors repeat on each page from sessions of
//! their own (`LiveSessions`).

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

/// The client's name for itself: `{kind}-{version}`, as Convex expects it.
const CLIENT_HEADER: &str = concat!("leptos-", env!("CARGO_PKG_VERSION"));

//! The sync protocol as a state machine: events in, effects out.
//!
//! It has no socket, clock, random number or signal, so a test of any race takes a few lines. The
//! [`worker`](crate::worker) feeds it and carries out its effects. The behaviour follows npm `convex`
//! (`src/browser/sync`). Comments mark where it deliberately differs.

mod auth;
mod chunks;
mod connection;
mod core;
mod event;
#[cfg(feature = "live-queries")]
mod follow;
mod jwt;
mod link;
mod optimistic;
mod query_set;
mod requests;
mod settings;
mod wire;

#[cfg(feature = "live-queries")]
pub(crate) use self::follow::{Client, Follower, Frame, Heard, mutation};
pub use self::{
    connection::ConnectionState,
    event::{AuthStatus, InitialAuth, TokenOutcome},
    jwt::token_expiry,
    optimistic::OptimisticStore,
};
pub(crate) use self::{
    core::Core,
    event::{AuthSnapshot, Effect, Env, Event, Greeting, Request, SocketId, Ticket, Timer},
    optimistic::OptimisticUpdate,
    settings::Settings,
    wire::{QueryResult, RequestId, RequestKind, Timestamp},
};

#[cfg(test)]
pub(crate) use self::tests::rig as test_messages;
#[cfg(test)]
mod tests;

//! Tests of the state machine and its races.

mod auth;
mod connection;
mod greeted;
mod interleavings;
mod optimistic;
mod queries;
mod recorded;
mod requests;
pub(crate) mod rig;
mod server;
mod wire;

//! The state machine, race by race.

mod auth;
mod connection;
mod interleavings;
mod queries;
mod recorded;
mod requests;
pub(crate) mod rig;
mod server;
mod wire;

//! Tests of the state machine, race by race.

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

//! The state machine, race by race.

mod auth;
mod connection;
mod interleavings;
mod queries;
mod requests;
mod rig;
mod server;

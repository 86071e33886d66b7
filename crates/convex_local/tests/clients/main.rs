//! The protocol front against clients: the official ones, and frames and bodies written by hand.
//!
//! One backend a test, on free ports, with the app in `tests/fixtures/todos`.

#![expect(
    clippy::unwrap_used,
    reason = "a test that does not get what it expects has failed"
)]

mod auth;
mod better_auth;
mod command_line;
mod dashboard;
mod doors;
mod flood;
mod frames;
mod http;
mod leaving;
mod npm;
mod rust_client;
mod schedule;
mod server_client;
mod snapshots;
mod socket;
mod stopped;
mod storage;
mod support;
mod sync;

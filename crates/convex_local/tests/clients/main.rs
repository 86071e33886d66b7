//! Tests of the protocols with the official clients, and with frames and bodies written by hand.
//!
//! Each test starts its own backend on free ports, most of them with the app in `tests/fixtures/todos`.

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

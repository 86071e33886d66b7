//! One Node.js process and the messages over its socket.
//!
//! - `node`: finding a Node.js; `source`: the JavaScript half, written to the data folder.
//! - `worker`: a process and its socket.
//! - `wire`: the messages; `node/runner.mjs` is the other end.
//! - `launcher`: from a folder to a process that has loaded it.

mod launcher;
mod node;
mod source;
pub(crate) mod wire;
mod worker;

pub(crate) use launcher::{Launcher, Purpose};
pub(crate) use worker::{Incoming, Worker};

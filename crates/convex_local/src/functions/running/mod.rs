//! The calls that are running.
//!
//! - `context`: the context of a loaded folder's calls.
//! - `admission`, `place`: waiting in line, and a call's place in a process.
//! - `call`: a function and its caller; `run`: one run of it; `txn`: the transaction of a run.
//! - `runner`: a process with the calls that run in it; `stalls`: the check that it yields.

mod admission;
mod call;
mod context;
mod place;
mod run;
mod runner;
mod stalls;
mod txn;

pub(crate) use admission::Admission;
pub(crate) use call::{Call, HttpAction, What};
pub(crate) use context::{Context, Host};
pub(crate) use place::Place;
pub(crate) use run::{Finish, HttpPart, Run};
pub(crate) use runner::Runner;
pub(crate) use stalls::watch as watch_for_stalls;
pub(crate) use txn::Txn;

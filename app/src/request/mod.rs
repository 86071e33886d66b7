//! What a page may read from and say about the HTTP exchange it is rendered in.

pub(crate) mod cookies;
mod one_time;
pub(crate) mod sealed;
mod session;
mod status;

use serde::{Deserialize, Serialize};

pub(crate) use one_time::drop_one_time_token;
pub(crate) use session::doubt_session;
pub(crate) use status::{keep_private, keep_referrer, redirect};
pub use status::{retry_after, set_status};

/// Better Auth or the backend was not reached, or did not answer sensibly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("the backend could not be reached")]
pub struct Unreached;

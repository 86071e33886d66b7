//! The HTTP request of the page that is being rendered, and its response.

pub mod cookies;
mod session;
mod status;

use serde::{Deserialize, Serialize};

pub(crate) use session::doubt_session;
pub(crate) use status::{hint, keep_private, keep_referrer, redirect};
pub use status::{retry_after, set_status};

/// Better Auth or the backend did not answer, or not as expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("the backend could not be reached")]
pub struct Unreached;

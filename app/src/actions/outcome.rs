//! The result of a form.

use serde::{Deserialize, Serialize};

use super::Refusal;

/// Done, or refused with a reason the person can act on. Anything else is a `ServerFnError`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Outcome<T> {
    /// It is done.
    Done(T),
    /// It is not, and this is why.
    Refused(Refusal),
}

/// Better Auth or the backend was not reached, or did not answer sensibly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("the backend could not be reached")]
pub struct Unreached;

//! The result of a form.

use serde::{Deserialize, Serialize};

use crate::request::Refusal;

/// Done, or refused with a reason the person can act on. Anything else is a `ServerFnError`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Outcome<T> {
    /// It is done.
    Done(T),
    /// It is not, and this is why.
    Refused(Refusal),
}

impl<T> Outcome<T> {
    /// The result, if it is done.
    pub fn done(self) -> Option<T> {
        match self {
            Self::Done(value) => Some(value),
            Self::Refused(_) => None,
        }
    }
}

/// The answer of a form's server function: an outcome, or an error when the server was not reached.
pub type Answer<T> = Result<Outcome<T>, Unreached>;

/// The server was not reached, or did not answer sensibly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("the server could not be reached")]
pub struct Unreached;

/// Returns the refusal to show beside a form, if its action was refused.
pub fn refusal<T>(value: Option<&Answer<T>>) -> Option<Refusal> {
    match value? {
        Ok(Outcome::Done(_)) => None,
        Ok(Outcome::Refused(refusal)) => Some(refusal.clone()),
        Err(_) => Some(Refusal::of_form(
            "The server could not be reached. Check your connection and try again.",
        )),
    }
}

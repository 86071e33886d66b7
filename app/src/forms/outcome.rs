//! The result of a form.

use leptos::prelude::ServerFnError;
use serde::{Deserialize, Serialize};

use super::Refusal;

/// Done, or refused with a reason that the person can act on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// The form was accepted.
    Done {
        /// The next page: a path on this site, or a provider's page.
        next: String,
    },
    /// The form was refused.
    Refused(Refusal),
}

/// The result of a form's server function. It is an error only if the request comes from another site or cannot be
/// read. A refusal is an [`Outcome`].
pub type Answer = Result<Outcome, ServerFnError>;

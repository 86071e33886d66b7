//! The result of a form.

use leptos::prelude::ServerFnError;
use serde::{Deserialize, Serialize};

use super::Refusal;

/// Done, or refused with a reason the person can act on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// It is done.
    Done {
        /// Where to go now: a path on this site, or a provider's page.
        next: String,
    },
    /// It is not, and this is why.
    Refused(Refusal),
}

/// What a form's server function returns. It is an error only when the request comes from another site, or cannot be
/// read; a refusal is an [`Outcome`].
pub type Answer = Result<Outcome, ServerFnError>;

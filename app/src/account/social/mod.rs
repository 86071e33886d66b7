//! The OAuth providers, for signing in and for linking an account.
//!
//! A provider is a line in [`PROVIDERS`]. It is offered if its variables are set for the functions (`convex/auth.ts`).

mod form;
mod link;
mod marks;
mod sign_in;
mod unlink;

use leptos_better_auth::{AuthError, AuthErrorCode};

use crate::forms::Refusal;

pub(super) use link::LinkProviderForm;
pub(super) use sign_in::SignInProviderForm;
pub(super) use unlink::UnlinkProviderForm;

/// The providers, in the order of their buttons.
pub const PROVIDERS: &[Provider] = &[
    Provider::new("github", "GitHub", marks::GITHUB),
    Provider::new("google", "Google", marks::GOOGLE),
];

/// An OAuth provider.
#[derive(Debug, PartialEq, Eq)]
pub struct Provider {
    /// Better Auth's id for it.
    pub id: &'static str,
    /// The name that people know.
    pub label: &'static str,
    /// Its mark: the path of an SVG of 16 by 16.
    pub mark: &'static str,
}

impl Provider {
    /// Describes a provider.
    #[must_use]
    pub const fn new(id: &'static str, label: &'static str, mark: &'static str) -> Self {
        Self { id, label, mark }
    }

    /// Returns the names of the environment variables with its client's id and secret.
    #[must_use]
    pub fn variables(&self) -> [String; 2] {
        let id = self.id.to_uppercase();
        [format!("{id}_CLIENT_ID"), format!("{id}_CLIENT_SECRET")]
    }

    /// Returns the message for a server where it is not set up.
    fn absence(&self) -> String {
        let [id, secret] = self.variables();
        format!(
            "{} is not set up on this server ({id} and {secret}).",
            self.label
        )
    }

    /// Finds the provider that a form names.
    fn of_form(id: &str) -> Result<&'static Self, Refusal> {
        let found = PROVIDERS.iter().find(|provider| provider.id == id);
        found.ok_or_else(|| Refusal::of_form("This way to sign in is not available here."))
    }

    /// Returns the refusal if its page could not be opened.
    fn refusal(&self, error: AuthError) -> Refusal {
        match error.code {
            AuthErrorCode::ProviderNotFound => Refusal::of_form(self.absence()),
            _ => error.into(),
        }
    }
}

/// Returns the providers with these ids, in the order of [`PROVIDERS`].
pub(super) fn providers_of(ids: &[String]) -> Vec<&'static Provider> {
    let is_named = |provider: &&Provider| ids.iter().any(|id| id == provider.id);
    PROVIDERS.iter().filter(is_named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_is_found_by_its_id_alone() {
        assert_eq!(Provider::of_form("github").map(|it| it.label), Ok("GitHub"));
        for other in ["", "GitHub", "credential", "github "] {
            assert!(Provider::of_form(other).is_err(), "{other:?}");
        }
    }

    #[test]
    fn providers_keep_their_order_and_unknown_ones_are_left_out() {
        let ids = ["google", "credential", "github"].map(str::to_owned);
        let labels: Vec<_> = providers_of(&ids).iter().map(|it| it.label).collect();
        assert_eq!(labels, ["GitHub", "Google"]);
    }

    #[test]
    fn variables_are_named_after_the_id() {
        let google = Provider::new("google", "Google", "");
        assert_eq!(
            google.absence(),
            "Google is not set up on this server (GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET)."
        );
    }
}

//! Switching the second factor off.

use leptos::prelude::*;

use super::Outcome;

/// Name of the form.
pub const FORM: &str = "end-two-factor";

/// Switches it off.
///
/// # Errors
///
/// When the request comes from another site. A refusal is an [`Outcome`].
#[server(prefix = "/actions", endpoint = "end-two-factor")]
pub async fn end_two_factor(
    /// The password.
    #[server(default)]
    password: String,
) -> Result<Outcome<String>, ServerFnError> {
    use super::server::{auth_refusal, missing, settle_settings};
    use leptos_better_auth::server::auth_client;

    let result = match missing(&[("password", password.as_str(), "your password")]) {
        Some(refusal) => Err(refusal),
        None => {
            let done = auth_client().two_factor().disable(&password).await;
            done.map(|()| crate::request::second_factor::forget())
                .map_err(auth_refusal)
        }
    };
    Ok(settle_settings(FORM, result, "two-factor-off"))
}

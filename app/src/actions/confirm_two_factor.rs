//! The first code of a new second factor.

use leptos::prelude::*;

use super::Outcome;

/// Name of the form.
pub const FORM: &str = "confirm-two-factor";

/// Takes it, and asks for one at each sign-in from now on.
///
/// # Errors
///
/// When the request comes from another site. A refusal is an [`Outcome`].
#[server(prefix = "/actions", endpoint = "confirm-two-factor")]
pub async fn confirm_two_factor(
    /// Six digits.
    #[server(default)]
    code: String,
) -> Result<Outcome<String>, ServerFnError> {
    use super::server::{auth_refusal, missing, settle_settings};
    use leptos_better_auth::{TwoFactorCode, server::auth_client};

    let result = match missing(&[("code", code.as_str(), "the code of the app")]) {
        Some(refusal) => Err(refusal),
        None => {
            let code = TwoFactorCode::new(&code);
            let verified = auth_client().two_factor().verify_totp(code).await;
            verified
                .map(|_| crate::request::second_factor::forget())
                .map_err(auth_refusal)
        }
    };
    Ok(settle_settings(FORM, result, "two-factor-on"))
}

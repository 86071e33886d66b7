//! The second factor of a sign-in.

use leptos::prelude::*;

use super::Outcome;

/// Name of the form.
pub const FORM: &str = "second-factor";

/// Takes the code of an authenticator app, or a backup code, and signs in.
///
/// # Errors
///
/// When the request is not of this site's making; a refusal is an [`Outcome`].
#[server(prefix = "/actions", endpoint = "second-factor")]
pub async fn second_factor(
    /// Six digits, or a backup code.
    #[server(default)]
    code: String,
    /// Present: this browser is not asked again for 30 days.
    #[server(default)]
    trust: Option<String>,
    /// Where to go in the end; counts if it is on this site.
    #[server(rename = "callbackURL")]
    callback_url: Option<String>,
) -> Result<Outcome<String>, ServerFnError> {
    use super::{
        Refusal,
        server::{auth_refusal, missing, settle},
    };
    use crate::next::{local_or_home, with_next};
    use leptos_better_auth::{AuthErrorCode, TwoFactorCode, server::forms};
    use serde_json::Value;

    let next = local_or_home(callback_url.as_deref());
    let page = with_next("/two-factor", &next);
    let result = match missing(&[("code", code.as_str(), "the code")]) {
        Some(refusal) => Err(refusal),
        None => {
            let code = TwoFactorCode {
                trust_device: trust.is_some(),
                ..TwoFactorCode::new(&code)
            };
            let is_from_app = code.code.len() == 6 && code.code.bytes().all(|b| b.is_ascii_digit());
            let route = if is_from_app {
                "/two-factor/verify-totp"
            } else {
                "/two-factor/verify-backup-code"
            };
            let verified = forms::post::<_, Value>(route, &code).await;
            verified.map(|_| next).map_err(|error| match error.code {
                AuthErrorCode::InvalidTwoFactorCookie => {
                    Refusal::of_form("This sign-in took too long. Please sign in again.")
                }
                _ => auth_refusal(error),
            })
        }
    };
    Ok(settle(FORM, &page, result, String::as_str))
}

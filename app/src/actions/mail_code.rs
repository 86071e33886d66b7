//! Signing in without a password: the code that came by mail.

use leptos::prelude::*;

use super::Outcome;

/// Name of the form.
pub const FORM: &str = "mail-code";

/// The page of the form.
pub const PAGE: &str = "/sign-in/code";

/// Takes the code and signs in. The address it was sent to is known from the step before.
///
/// # Errors
///
/// When the request comes from another site. A refusal is an [`Outcome`].
#[server(prefix = "/actions", endpoint = "mail-code")]
pub async fn mail_code(
    /// Six digits.
    #[server(default)]
    code: String,
    /// Where to go afterwards; used only if it is on this site.
    #[server(rename = "callbackURL")]
    callback_url: Option<String>,
) -> Result<Outcome<String>, ServerFnError> {
    use super::{
        Refusal,
        server::{auth_refusal, missing, settle},
    };
    use crate::{
        next::{local_or_home, with_next},
        request::mail_code,
    };
    use leptos_better_auth::{AuthErrorCode, EmailOtp, server::auth_client};

    const OVER: &str = "This code has expired. Ask for a new one.";

    let next = local_or_home(callback_url.as_deref());
    let page = with_next(PAGE, &next);
    let result = match (
        missing(&[("code", code.as_str(), "the code")]),
        mail_code::address(),
    ) {
        (Some(refusal), _) => Err(refusal),
        (None, None) => Err(Refusal::of_form(OVER)),
        (None, Some(email)) => {
            let otp = code.split_whitespace().collect();
            let form = EmailOtp { email, otp };
            let signed_in = auth_client().sign_in().email_otp(form).await;
            signed_in
                .map(|_| {
                    mail_code::forget_address();
                    next.into()
                })
                .map_err(|error| match error.code {
                    AuthErrorCode::OtpExpired | AuthErrorCode::TooManyAttempts => {
                        Refusal::of_form(OVER)
                    }
                    _ => auth_refusal(error),
                })
        }
    };
    Ok(settle(FORM, &page, result, String::as_str))
}

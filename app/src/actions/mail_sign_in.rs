//! Signing in without a password: asking for a mail with a link or a code.

use leptos::prelude::*;

use super::Outcome;

/// Name of the form.
pub const FORM: &str = "mail-sign-in";

/// The page of the form.
pub const PAGE: &str = "/sign-in/email";

/// Name of the choice between [`CODE`] and a link.
pub const BY: &str = "by";

/// Chooses a code rather than a link.
pub const CODE: &str = "code";

/// Sends the mail. An address without an account gets one when the link or the code is used.
///
/// # Errors
///
/// When the request comes from another site. A refusal is an [`Outcome`].
#[server(prefix = "/actions", endpoint = "mail-sign-in")]
pub async fn mail_sign_in(
    /// E-mail address.
    #[server(default)]
    email: String,
    /// A code or a link.
    #[server(default)]
    by: String,
    /// Where to go afterwards; used only if it is on this site.
    #[server(rename = "callbackURL")]
    callback_url: Option<String>,
) -> Result<Outcome<String>, ServerFnError> {
    use super::server::{auth_refusal, missing, settle};
    use crate::{
        next::{DONE, and, local_or_home, with_next},
        request::mail_code,
    };
    use leptos_better_auth::{EmailOtpKind, SignInMagicLink, server::auth_client};

    let next = local_or_home(callback_url.as_deref());
    let page = with_next(PAGE, &next);
    let address = email.trim().to_owned();
    let result = match missing(&[("email", email.as_str(), "your email address")]) {
        Some(refusal) => Err(refusal),
        None if by == CODE => {
            let codes = auth_client().email_otp();
            let sent = codes.send_verification_otp(&address, EmailOtpKind::SignIn);
            sent.await
                .map(|()| {
                    mail_code::keep_address(&address);
                    with_next(super::mail_code::PAGE, &next)
                })
                .map_err(auth_refusal)
        }
        None => {
            let wanted = SignInMagicLink {
                email: address,
                callback_url: Some(next.into()),
                error_callback_url: Some(page.clone()),
                ..SignInMagicLink::default()
            };
            let sent = auth_client().sign_in().magic_link(wanted).await;
            sent.map(|()| and(&page, &format!("{DONE}=link-sent")))
                .map_err(auth_refusal)
        }
    };
    let result = result.map_err(|refusal| refusal.typed("email", &email));
    Ok(settle(FORM, &page, result, String::as_str))
}

//! The second factor of a sign-in.

use leptos::prelude::*;

use super::Outcome;

/// Name of the form.
pub const FORM: &str = "second-factor";

/// The page of the form.
pub const PAGE: &str = "/two-factor";

/// Takes the code of an authenticator app or of a mail, or a backup code, and signs in.
///
/// # Errors
///
/// When the request comes from another site. A refusal is an [`Outcome`].
#[server(prefix = "/actions", endpoint = "second-factor")]
pub async fn second_factor(
    /// Six digits, or a backup code.
    #[server(default)]
    code: String,
    /// Whether the six digits came by mail.
    #[server(default)]
    by: String,
    /// Present: this browser is not asked again for 30 days.
    #[server(default)]
    trust: Option<String>,
    /// Where to go afterwards; used only if it is on this site.
    #[server(rename = "callbackURL")]
    callback_url: Option<String>,
) -> Result<Outcome<String>, ServerFnError> {
    use super::{
        mail_second_factor::{BY, MAIL},
        server::{factor_refusal, missing, settle},
    };
    use crate::next::{and, local_or_home, with_next};
    use leptos_better_auth::{TwoFactorCode, server::auth_client};

    let by_mail = by == MAIL;
    let next = local_or_home(callback_url.as_deref());
    let mut page = with_next(PAGE, &next);
    if by_mail {
        page = and(&page, &format!("{BY}={MAIL}"));
    }
    let result = match missing(&[("code", code.as_str(), "the code")]) {
        Some(refusal) => Err(refusal),
        None => {
            let code = TwoFactorCode {
                trust_device: trust.is_some(),
                ..TwoFactorCode::new(&code)
            };
            let is_short = code.code.len() == 6 && code.code.bytes().all(|b| b.is_ascii_digit());
            let auth = auth_client().two_factor();
            let verified = match (is_short, by_mail) {
                (true, true) => auth.verify_otp(code).await,
                (true, false) => auth.verify_totp(code).await,
                (false, _) => auth.verify_backup_code(code).await,
            };
            verified.map(|_| next.into()).map_err(factor_refusal)
        }
    };
    Ok(settle(FORM, &page, result, String::as_str))
}

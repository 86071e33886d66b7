//! The second factor by mail, for people without their authenticator app.

use leptos::prelude::*;

use super::Outcome;

/// Name of the form.
pub const FORM: &str = "mail-second-factor";

/// Name of the parameter and of the field that say where the code comes from.
pub const BY: &str = "by";

/// It comes by mail.
pub const MAIL: &str = "mail";

/// Sends a code to the address of the account that is being signed in to.
///
/// # Errors
///
/// When the request comes from another site. A refusal is an [`Outcome`].
#[server(prefix = "/actions", endpoint = "mail-second-factor")]
pub async fn mail_second_factor(
    /// Where to go afterwards; used only if it is on this site.
    #[server(rename = "callbackURL")]
    callback_url: Option<String>,
) -> Result<Outcome<String>, ServerFnError> {
    use super::{
        second_factor,
        server::{factor_refusal, settle},
    };
    use crate::next::{DONE, and, local_or_home, with_next};
    use leptos_better_auth::server::auth_client;

    let page = with_next(second_factor::PAGE, &local_or_home(callback_url.as_deref()));
    let result = auth_client()
        .two_factor()
        .send_otp()
        .await
        .map(|()| and(&page, &format!("{BY}={MAIL}&{DONE}=code-sent")))
        .map_err(factor_refusal);
    Ok(settle(FORM, &page, result, String::as_str))
}

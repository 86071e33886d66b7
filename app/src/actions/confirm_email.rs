//! Confirming an address, or a change of it, with the link from a mail.

use leptos::prelude::*;

use super::Outcome;

/// Name of the form.
pub const FORM: &str = "confirm-email";

/// The page of the form, where the link leads.
pub const PAGE: &str = "/verify-email/confirm";

/// Confirms the address that the link is for. The visitor must be signed in to its account.
///
/// # Errors
///
/// When the request comes from another site. A refusal is an [`Outcome`].
#[server(prefix = "/actions", endpoint = "confirm-email")]
pub async fn confirm_email(
    /// The token of the link.
    #[server(default)]
    token: String,
    /// Present: the new address gets a mail now.
    #[server(default)]
    agreed: Option<String>,
    /// Where to go afterwards; used only if it is on this site.
    #[server(rename = "callbackURL")]
    callback_url: Option<String>,
) -> Result<Outcome<String>, ServerFnError> {
    use super::server::{link_refusal, settle};
    use crate::{
        next::{DONE, local_or_home, with_next, with_token},
        request::{LinkKind, taking, verified},
    };

    let next = local_or_home(callback_url.as_deref());
    let page = with_token(&with_next(PAGE, &next), &token);
    let result = taking(LinkKind::Confirm, &token).await;
    let done = match agreed {
        Some(_) => format!("/verify-email?{DONE}=agreed"),
        None => verified(&next),
    };
    let result = result.map(|()| done).map_err(link_refusal);
    Ok(settle(FORM, &page, result, String::as_str))
}

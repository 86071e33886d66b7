//! Signing in without a password: the link that came by mail.

use leptos::prelude::*;

use super::Outcome;

/// Name of the form.
pub const FORM: &str = "link-sign-in";

/// The page of the form, where the link leads.
pub const PAGE: &str = "/sign-in/link";

/// Signs in with the link. A person who was signed in before is signed out.
///
/// # Errors
///
/// When the request comes from another site. A refusal is an [`Outcome`].
#[server(prefix = "/actions", endpoint = "link-sign-in")]
pub async fn link_sign_in(
    /// The token of the link.
    #[server(default)]
    token: String,
    /// Where to go afterwards; used only if it is on this site.
    #[server(rename = "callbackURL")]
    callback_url: Option<String>,
) -> Result<Outcome<String>, ServerFnError> {
    use super::server::{link_refusal, settle};
    use crate::{
        next::{and, local_or_home, with_next},
        request::{LinkKind, taking},
    };
    use leptos_router::location::Url;

    let next = local_or_home(callback_url.as_deref());
    let page = and(
        &with_next(PAGE, &next),
        &format!("token={}", Url::escape(&token)),
    );
    let result = taking(LinkKind::SignIn, &token).await;
    Ok(settle(
        FORM,
        &page,
        result.map(|()| next.into()).map_err(link_refusal),
        String::as_str,
    ))
}

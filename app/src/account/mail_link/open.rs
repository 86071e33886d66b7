//! The opening of a link from a mail.

use axum::http::{Method, request::Parts};
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;
use leptos_better_auth::{AuthError, AuthErrorCode, CallbackUrl, server::auth_client};
use serde_json::json;

use super::{LinkKind, MailLink};
use crate::{
    forms::Done,
    paths::{self, local_or_home, with_next},
    request::{Unreached, keep_private, keep_referrer, redirect},
};

/// Asks which account the link with this token is about; `None` if it is no longer valid.
///
/// Opening a link changes nothing, with two exceptions. A link to sign in is used at once in the browser that requested
/// it, if nobody is signed in there. A link to confirm an address is used at once if its account is signed in. Both
/// redirect to `next`.
///
/// # Errors
///
/// When Better Auth does not answer.
pub async fn open_link(
    kind: LinkKind,
    token: String,
    next: CallbackUrl,
) -> Result<Option<MailLink>, Unreached> {
    // The context is certain only before the first await.
    let response = use_context::<ResponseOptions>();
    let is_opened = use_context::<Parts>().is_some_and(|parts| is_opened_by_person(&parts));
    keep_private();
    keep_referrer();
    let asked = json!({ "kind": kind.name(), "token": token });
    let acted = take(kind, &token);
    let link: MailLink = match auth_client().fetch("/mail-link/about", asked).await {
        Ok(link) => link,
        Err(error) if error.code == AuthErrorCode::InvalidToken => return Ok(None),
        Err(_) => return Err(Unreached),
    };
    let done = match kind {
        LinkKind::SignIn if link.asked && link.visitor.is_none() => next.into(),
        LinkKind::Confirm if link.new_email.is_none() && link.is_visitors_own() => verified(&next),
        _ => return Ok(Some(link)),
    };
    if let (true, Some(response)) = (is_opened, response)
        && acted.await.is_ok()
    {
        redirect(&response, &done);
    }
    Ok(Some(link))
}

/// Returns the page after an address is confirmed.
pub(crate) fn verified(next: &CallbackUrl) -> String {
    let elsewhere = Some(next.as_str()).filter(|next| !next.starts_with(paths::VERIFY_EMAIL));
    Done::Verified.at(&with_next(paths::VERIFY_EMAIL, &local_or_home(elsewhere)))
}

/// Uses the link, like the button on the page.
pub(crate) fn take(
    kind: LinkKind,
    token: &str,
) -> impl Future<Output = Result<(), AuthError>> + Send + 'static {
    let (auth, token) = (auth_client(), token.to_owned());
    async move {
        match kind {
            LinkKind::Confirm => auth.verify_email(&token).await,
            LinkKind::SignIn | LinkKind::Reset => auth.magic_link().verify(&token).await.map(drop),
        }
    }
}

/// Returns whether a person has opened this page, as opposed to a link scanner or a browser that prefetches.
fn is_opened_by_person(parts: &Parts) -> bool {
    let text = |name: &str| {
        parts
            .headers
            .get(name)
            .map(|value| value.to_str().unwrap_or_default())
    };
    parts.method == Method::GET
        && text("sec-fetch-dest").is_none_or(|dest| dest == "document")
        && ["sec-purpose", "purpose", "x-moz", "x-purpose"]
            .iter()
            .all(|name| text(name).is_none())
}

//! The page of a link in a mail.

use leptos::prelude::*;
use leptos_router::{components::A, hooks::use_query_map};

use super::{LinkKind, MailLink, open::open_link};
use crate::{components::Unavailable, paths::use_next, request::set_status};

/// Reads which account the link belongs to, and shows `known` with it and the token, or a notice if the link is
/// invalid.
#[component]
pub fn LinkPage(
    /// The purpose of the link.
    kind: LinkKind,
    /// The page to request another one.
    again: String,
    /// The view for a valid link.
    known: fn(MailLink, String) -> AnyView,
) -> impl IntoView {
    let token = use_query_map().with_untracked(|query| query.get("token"));
    let token = token.unwrap_or_default();
    let opened = OnceResource::new_blocking(open_link(kind, token.clone(), use_next()));
    let loaded = move || {
        let (token, again) = (token.clone(), again.clone());
        Suspend::new(async move {
            match opened.await {
                Ok(Some(link)) => known(link, token),
                Ok(None) => view! { <InvalidLink again/> }.into_any(),
                Err(_) => view! { <Unavailable/> }.into_any(),
            }
        })
    };
    view! {
        <section class="account">
            <Suspense fallback=|| view! { <p class="waiting">"Loading..."</p> }>{loaded}</Suspense>
        </section>
    }
}

#[component]
fn InvalidLink(
    /// The page to request another one.
    again: String,
) -> impl IntoView {
    set_status(410);
    view! {
        <div class="account-title">
            <h1>"Invalid link"</h1>
            <p>"This link has been used, has expired, or is incomplete."</p>
        </div>
        <A href={again} {..} class="button">"Ask for a new one"</A>
    }
}

//! `/dev/mailbox`: mails that were kept on this machine instead of sent.

use leptos::{prelude::*, server_fn::ServerFn};

use super::{clear::ClearMails, mail::DevMail, store::load_mails};
use crate::{
    components::{PageTitle, Unavailable},
    forms::Form,
    pages::NotFoundPage,
    ui::ButtonKind,
};

/// Lists the mails, newest first. Without a mailbox, the page does not exist.
#[component]
pub fn MailboxPage() -> impl IntoView {
    let mails = OnceResource::new_blocking(load_mails());
    let loaded = move || {
        Suspend::new(async move {
            match mails.await {
                Ok(Some(mails)) => view! { <Mails mails/> }.into_any(),
                Ok(None) => view! { <NotFoundPage/> }.into_any(),
                Err(_) => view! { <Unavailable/> }.into_any(),
            }
        })
    };
    view! { <Suspense fallback=|| view! { <p class="waiting">"Loading..."</p> }>{loaded}</Suspense> }
}

#[component]
fn Mails(
    /// Newest first.
    mails: Vec<DevMail>,
) -> impl IntoView {
    let empty = mails.is_empty();
    view! {
        <PageTitle text="Mailbox"/>
        <section class="settings">
            <div class="account-title">
                <h1>"Mailbox"</h1>
                <p>"Mails that the app would have sent. For development only: they stay on this machine."</p>
            </div>
            {if empty {
                view! { <p class="todo-empty">"No mails yet."</p> }.into_any()
            } else {
                view! {
                    <ul class="stack">{mails.into_iter().map(|mail| view! { <Letter mail/> }).collect_view()}</ul>
                    <Form action=ClearMails::url() submit="Empty the mailbox" kind=ButtonKind::Plain/>
                }
                    .into_any()
            }}
        </section>
    }
}

#[component]
fn Letter(
    /// The mail.
    mail: DevMail,
) -> impl IntoView {
    let lines: Vec<_> = mail
        .text
        .lines()
        .map(|line| view! { <p>{linked(line)}</p> })
        .collect();
    view! {
        <li class="card letter">
            <h2>{mail.subject}</h2>
            <p class="field-hint">"To "{mail.to}</p>
            {lines}
        </li>
    }
}

/// Renders a line of a mail. An address becomes a link.
fn linked(line: &str) -> AnyView {
    let line = line.to_owned();
    if line.starts_with("http://") || line.starts_with("https://") {
        view! { <a href=line.clone() rel="external">{line.clone()}</a> }.into_any()
    } else {
        line.into_any()
    }
}

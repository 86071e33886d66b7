//! The email address.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_better_auth::{ChangeEmail as NewEmail, server::auth_client};

use crate::{
    account::verify_email::SendVerification,
    forms::{Answer, Done, FieldSpec, Form, answer, require},
    paths,
    ui::{ButtonKind, Section},
};

const NEW_EMAIL: FieldSpec = FieldSpec {
    label: "New email address",
    autocomplete: "email",
    ..FieldSpec::EMAIL
};

/// Sends a mail to confirm the change. The answer is the same if the new address belongs to somebody else.
#[server(prefix = "/actions", endpoint = "change-email")]
pub async fn change_email(
    /// The new address.
    #[server(default)]
    email: String,
) -> Answer {
    let done = async {
        require(&[("email", &email, "the new email address")])?;
        let form = NewEmail {
            new_email: email.trim().to_owned(),
            callback_url: Some(Done::Verified.at(paths::VERIFY_EMAIL)),
        };
        auth_client().change_email(form).await?;
        Ok(Done::Email.at(paths::SETTINGS))
    };
    answer::<ChangeEmail>(paths::SETTINGS, done.await)
}

#[component]
pub(super) fn Email(
    /// The current address.
    email: String,
    /// Whether it has been confirmed.
    verified: bool,
) -> impl IntoView {
    let state = if verified {
        "confirmed"
    } else {
        "not confirmed yet"
    };
    let resend = (!verified).then(|| {
        view! {
            <Form
                action=SendVerification::url()
                hidden=vec![("email", email.clone())]
                submit="Send a link to confirm it"
                kind=ButtonKind::Plain
            />
        }
    });
    view! {
        <Section id="email" title="Email address">
            <p><strong>{email.clone()}</strong>", "{state}</p>
            {resend}
            <Form action=ChangeEmail::url() fields=&[NEW_EMAIL] submit="Change the address"/>
        </Section>
    }
}

//! Name, address, password, and deleting the account.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::{components::A, hooks::use_query_map};

use super::Part;
use crate::{
    actions::{
        ChangeEmail, ChangePassword, DeleteAccount, SendVerification, SwitchAccount, UpdateName,
        change_email, change_password, delete_account, send_verification, switch_account,
        update_name,
    },
    components::{Ask, StepForm},
    next::{CALLBACK_URL, DONE},
    ui::{ButtonKind, FieldKind},
};

const NAME: Ask = Ask {
    name: "name",
    label: "Name",
    kind: FieldKind::Text,
    autocomplete: "name",
    hint: None,
};

const NEW_EMAIL: Ask = Ask {
    label: "New email address",
    autocomplete: "email",
    ..Ask::EMAIL
};

const CURRENT_PASSWORD: Ask = Ask {
    name: "currentPassword",
    label: "Current password",
    ..Ask::PASSWORD
};

const CONFIRM: Ask = Ask {
    name: "confirm",
    label: "Type “delete” to confirm",
    kind: FieldKind::Text,
    autocomplete: "off",
    hint: None,
};

#[component]
pub(super) fn Name(
    /// The current name.
    name: String,
) -> impl IntoView {
    view! {
        <Part id="profile" title="Profile">
            <StepForm form=update_name::FORM action=UpdateName::url() asks=&[NAME] start=name submit="Save"/>
        </Part>
    }
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
            <StepForm
                form=send_verification::FORM
                action=SendVerification::url()
                hidden=vec![("email", email.clone())]
                submit="Send a link to confirm it"
                kind=ButtonKind::Plain
            />
        }
    });
    view! {
        <Part id="email" title="Email address">
            <p><strong>{email.clone()}</strong>", "{state}</p>
            {resend}
            <StepForm form=change_email::FORM action=ChangeEmail::url() asks=&[NEW_EMAIL] submit="Change the address"/>
        </Part>
    }
}

#[component]
pub(super) fn Password(
    /// Whether there is one.
    has_password: bool,
) -> impl IntoView {
    view! {
        <Part id="password" title="Password">
            {if has_password {
                view! {
                    <StepForm
                        form=change_password::FORM
                        action=ChangePassword::url()
                        asks=&[CURRENT_PASSWORD, Ask::NEW_PASSWORD]
                        submit="Change the password"
                    />
                }
                    .into_any()
            } else {
                view! {
                    <p>
                        "Your account has no password. "<A href="/forgot-password">"Set one with a link by email"</A>"."
                    </p>
                }
                    .into_any()
            }}
        </Part>
    }
}

#[component]
pub(super) fn Deletion(
    /// Whether there is a password to ask for.
    has_password: bool,
) -> impl IntoView {
    let done = use_query_map().with_untracked(|query| query.get(DONE));
    let again = done.as_deref() == Some(delete_account::SIGN_IN_AGAIN);
    let asks: &'static [Ask] = if has_password {
        &[Ask::PASSWORD, CONFIRM]
    } else {
        &[CONFIRM]
    };
    view! {
        <Part id="deletion" title="Delete your account">
            <p>"This cannot be undone."</p>
            {again.then(|| view! { <SignInAgain/> })}
            <StepForm
                form=delete_account::FORM
                action=DeleteAccount::url()
                asks
                submit="Delete my account"
                kind=ButtonKind::Danger
            />
        </Part>
    }
}

/// For an account without a password, whose sign-in is older than a day.
#[component]
fn SignInAgain() -> impl IntoView {
    view! {
        <p class="alert" role="alert">
            "You signed in more than a day ago. Sign in again, then delete the account."
        </p>
        <StepForm
            form=switch_account::FORM
            action=SwitchAccount::url()
            hidden=vec![(CALLBACK_URL, "/settings".to_owned())]
            submit="Sign in again"
        />
    }
}

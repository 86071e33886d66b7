//! The deletion of the account.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_better_auth::{AuthErrorCode, DeleteUser, server::auth_client};
use leptos_router::hooks::use_query_map;

use crate::{
    account::switch_account::SwitchAccount,
    forms::{Answer, Done, FieldSpec, Form, Refusal, answer},
    paths::{self, CALLBACK_URL},
    ui::{ButtonKind, FieldKind, Section},
};

const CONFIRM: FieldSpec = FieldSpec {
    name: "confirm",
    label: "Type “delete” to confirm",
    kind: FieldKind::Text,
    autocomplete: "off",
    hint: None,
};

/// Deletes the account for good. Requires the word `delete`, and the password if the account has one.
#[server(prefix = "/actions", endpoint = "delete-account")]
pub async fn delete_account(
    /// The password; empty if there is none.
    #[server(default)]
    password: String,
    /// The word `delete`.
    #[server(default)]
    confirm: String,
) -> Answer {
    let done = async {
        if !confirm.trim().eq_ignore_ascii_case("delete") {
            return Err(Refusal::of_field(CONFIRM.name, "Type the word “delete”"));
        }
        let form = DeleteUser {
            password: (!password.is_empty()).then_some(password),
            ..DeleteUser::default()
        };
        let auth = auth_client();
        match auth.delete_user(form).await {
            Ok(_) => {}
            // Without a password, the sign-in must be less than a day old. A guest cannot sign in again, and does not
            // need to.
            Err(error) if error.code == AuthErrorCode::SessionExpired => {
                if auth.delete_anonymous_user().await.is_err() {
                    return Ok(Done::SignInAgain.at(paths::SETTINGS));
                }
            }
            Err(error) => return Err(error.into()),
        }
        Ok(paths::LANDING.to_owned())
    };
    answer::<DeleteAccount>(paths::SETTINGS, done.await)
}

#[component]
pub(super) fn Deletion(
    /// Whether there is a password to ask for.
    has_password: bool,
) -> impl IntoView {
    let done = use_query_map().with_untracked(|query| query.get(Done::PARAMETER));
    let again = done.as_deref().and_then(Done::of_word) == Some(Done::SignInAgain);
    let fields: &'static [FieldSpec] = if has_password {
        &[FieldSpec::PASSWORD, CONFIRM]
    } else {
        &[CONFIRM]
    };
    view! {
        <Section id="deletion" title="Delete your account">
            <p>"This cannot be undone."</p>
            {again.then(|| view! { <SignInAgain/> })}
            <Form
                action=DeleteAccount::url()
                fields
                submit="Delete my account"
                kind=ButtonKind::Danger
            />
        </Section>
    }
}

/// Asks to sign in again: the account has no password, and the sign-in is older than a day.
#[component]
fn SignInAgain() -> impl IntoView {
    view! {
        <p class="alert" role="alert">
            "You signed in more than a day ago. Sign in again, then delete the account."
        </p>
        <Form
            action=SwitchAccount::url()
            hidden=vec![(CALLBACK_URL, paths::SETTINGS.to_owned())]
            submit="Sign in again"
        />
    }
}

//! The password.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_better_auth::{AuthErrorCode, ChangePassword as NewPassword, server::auth_client};
use leptos_router::components::A;

use crate::{
    forms::{Answer, Done, FieldSpec, Form, Refusal, answer, require},
    paths,
    ui::Section,
};

const CURRENT_PASSWORD: FieldSpec = FieldSpec {
    name: "currentPassword",
    label: "Current password",
    ..FieldSpec::PASSWORD
};

/// The message if the password was changed, but the other sessions were not ended.
const STILL_SIGNED_IN: &str = "Your password is changed, but other devices may still be signed in. \
    Sign them out under “Devices”.";

/// Changes the password and ends all other sessions.
#[server(prefix = "/actions", endpoint = "change-password")]
pub async fn change_password(
    /// The current password.
    #[server(rename = "currentPassword")]
    current: String,
    /// The new password.
    #[server(default)]
    password: String,
) -> Answer {
    let done = async {
        require(&[
            (CURRENT_PASSWORD.name, &current, "your current password"),
            ("password", &password, "a new password"),
        ])?;
        let form = NewPassword {
            current_password: current,
            new_password: password,
            // The next call ends them, so that the current session and its token stay.
            revoke_other_sessions: false,
        };
        let auth = auth_client();
        let changed = auth.change_password(form).await;
        changed.map_err(|error| match error.code {
            AuthErrorCode::InvalidPassword => {
                Refusal::of_field(CURRENT_PASSWORD.name, error.message)
            }
            _ => error.into(),
        })?;
        let ended = auth.revoke_other_sessions().await;
        ended.map_err(|_| Refusal::of_form(STILL_SIGNED_IN))?;
        Ok(Done::Password.at(paths::SETTINGS))
    };
    answer::<ChangePassword>(paths::SETTINGS, done.await)
}

#[component]
pub(super) fn Password(
    /// Whether the account has a password.
    has_password: bool,
) -> impl IntoView {
    view! {
        <Section id="password" title="Password">
            {if has_password {
                view! {
                    <Form
                        action=ChangePassword::url()
                        fields=&[CURRENT_PASSWORD, FieldSpec::NEW_PASSWORD]
                        submit="Change the password"
                    />
                }
                    .into_any()
            } else {
                view! {
                    <p>
                        "Your account has no password. "
                        <A href=paths::FORGOT_PASSWORD>"Set one with a link by email"</A>"."
                    </p>
                }
                    .into_any()
            }}
        </Section>
    }
}

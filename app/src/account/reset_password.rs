//! The choice of a new password with the link from a mail, on `/reset-password`.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_better_auth::{ResetPassword as NewPassword, server::auth_client};

use super::mail_link::{LinkKind, LinkPage, MailLink};
use crate::{
    components::PageTitle,
    forms::{Answer, Done, FieldSpec, Form, answer, require},
    paths::{self, CALLBACK_URL, local_or_home, use_next, with_next, with_token},
};

/// Sets the password and ends all sessions.
#[server(prefix = "/actions", endpoint = "reset-password")]
pub async fn reset_password(
    /// The token of the link.
    #[server(default)]
    token: String,
    /// The new password.
    #[server(default)]
    password: String,
    /// The page to go to afterwards, followed only if it is on this site.
    #[server(rename = "callbackURL")]
    callback_url: Option<String>,
) -> Answer {
    let next = local_or_home(callback_url.as_deref());
    let page = with_token(&with_next(paths::RESET_PASSWORD, &next), &token);
    let done = async {
        require(&[("password", &password, "a password")])?;
        let form = NewPassword {
            new_password: password,
            token,
        };
        auth_client().reset_password(form).await?;
        Ok(Done::PasswordReset.at(&with_next(paths::SIGN_IN, &next)))
    };
    answer::<ResetPassword>(&page, done.await)
}

/// Asks for the new password of the link's account, or shows that the link is no longer valid.
#[component]
pub fn ResetPasswordPage() -> impl IntoView {
    view! {
        <PageTitle text="Reset password"/>
        <LinkPage
            kind=LinkKind::Reset
            again=with_next(paths::FORGOT_PASSWORD, &use_next())
            known=|link, token| view! { <NewPasswordForm link token/> }.into_any()
        />
    }
}

#[component]
fn NewPasswordForm(
    /// The link and its account.
    link: MailLink,
    /// The token of the link.
    token: String,
) -> impl IntoView {
    let next = use_next();
    view! {
        <div class="account-title">
            <h1>"Choose a new password"</h1>
            <p>
                "For the account "<strong>{link.email}</strong>". It will be signed out everywhere."
            </p>
        </div>
        <div class="card">
            <Form
                action=ResetPassword::url()
                fields=&[FieldSpec::NEW_PASSWORD]
                hidden=vec![("token", token), (CALLBACK_URL, next.into())]
                submit="Set the password"
            />
        </div>
    }
}

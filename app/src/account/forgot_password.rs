//! The request for a mail to choose a new password, on `/forgot-password`.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_better_auth::{RequestPasswordReset, server::auth_client};
use leptos_router::components::A;

use crate::{
    components::{DoneNotice, PageTitle},
    forms::{Answer, Done, FieldSpec, Form, Refusal, answer, require},
    paths::{self, CALLBACK_URL, local_or_home, use_next, with_next},
};

/// Sends the mail if there is such an account. Otherwise the answer is the same.
#[server(prefix = "/actions", endpoint = "request-reset")]
pub async fn request_reset(
    /// Email address.
    #[server(default)]
    email: String,
    /// The page to go to afterwards, followed only if it is on this site.
    #[server(rename = "callbackURL")]
    callback_url: Option<String>,
) -> Answer {
    let next = local_or_home(callback_url.as_deref());
    let page = with_next(paths::FORGOT_PASSWORD, &next);
    let done = async {
        require(&[("email", &email, "your email address")])?;
        let form = RequestPasswordReset {
            email: email.trim().to_owned(),
            redirect_to: Some(with_next(paths::RESET_PASSWORD, &next)),
        };
        auth_client().request_password_reset(form).await?;
        Ok(Done::ResetSent.at(&page))
    };
    let done = done.await.map_err(|it: Refusal| it.typed("email", &email));
    answer::<RequestReset>(&page, done)
}

/// Requests a mail with a link to choose a new password.
#[component]
pub fn ForgotPasswordPage() -> impl IntoView {
    let next = use_next();
    view! {
        <PageTitle text="Forgot password"/>
        <section class="account">
            <div class="account-title">
                <h1>"Forgot your password?"</h1>
                <p>"Choose a new one with a link that comes by email."</p>
            </div>
            <div class="card stack">
                <DoneNotice/>
                <Form
                    action=RequestReset::url()
                    fields=&[FieldSpec::EMAIL]
                    hidden=vec![(CALLBACK_URL, next.to_string())]
                    submit="Send the link"
                />
            </div>
            <p class="account-other"><A href=with_next(paths::SIGN_IN, &next)>"Back to sign-in"</A></p>
        </section>
    }
}

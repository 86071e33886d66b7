//! The request for a mail that confirms an address, on `/verify-email`, which also shows that an address is confirmed.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_better_auth::{AuthErrorCode, SendVerificationEmail, server::auth_client};
use leptos_router::{components::A, hooks::use_query_map};

use crate::{
    components::{DoneNotice, PageTitle},
    forms::{Answer, Done, FieldSpec, Form, Refusal, answer, require},
    paths::{self, use_next},
    ui::Alert,
};

/// Sends the mail if there is such an account. Otherwise the answer is the same.
#[server(prefix = "/actions", endpoint = "send-verification")]
pub async fn send_verification(
    /// Email address.
    #[server(default)]
    email: String,
) -> Answer {
    use AuthErrorCode::{EmailAlreadyVerified, EmailMismatch};

    let done = async {
        require(&[("email", &email, "your email address")])?;
        let form = SendVerificationEmail {
            email: email.trim().to_owned(),
            callback_url: Some(Done::Verified.at(paths::VERIFY_EMAIL)),
        };
        match auth_client().send_verification_email(form).await {
            // The answer reveals nothing about another person's address or a confirmed one.
            Err(error) if !matches!(error.code, EmailAlreadyVerified | EmailMismatch) => {
                Err(error.into())
            }
            _ => Ok(Done::VerificationSent.at(paths::VERIFY_EMAIL)),
        }
    };
    let done = done.await.map_err(|it: Refusal| it.typed("email", &email));
    answer::<SendVerification>(paths::VERIFY_EMAIL, done)
}

/// Shows whether the link worked, and offers to send another.
#[component]
pub fn VerifyEmailPage() -> impl IntoView {
    let query = use_query_map();
    let failed = query.with_untracked(|query| query.get("error").is_some());
    let done = query.with_untracked(|query| query.get(Done::PARAMETER));
    let done = done.as_deref().and_then(Done::of_word);
    let verified = !failed && done == Some(Done::Verified);
    let problem =
        failed.then(|| "This link has been used, has expired, or is incomplete.".to_owned());
    view! {
        <PageTitle text="Confirm your email address"/>
        <section class="account">
            <h1>"Confirm your email address"</h1>
            <div class="card stack">
                <DoneNotice/>
                <Alert message=problem/>
                {if verified {
                    view! { <A href=String::from(use_next()) {..} class="button">"Go on"</A> }.into_any()
                } else {
                    view! { <SendAgain/> }.into_any()
                }}
            </div>
        </section>
    }
}

#[component]
fn SendAgain() -> impl IntoView {
    view! {
        <Form
            action=SendVerification::url()
            fields=&[FieldSpec::EMAIL]
            submit="Send me a link"
        />
    }
}

//! The form for the code from the mail, on `/sign-in/code`.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_better_auth::{AuthErrorCode, EmailOtp, server::auth_client};
use leptos_router::components::A;

use super::cookie;
use crate::{
    account::GoOnWhenSignedIn,
    components::PageTitle,
    forms::{Answer, FieldSpec, Form, Refusal, answer, require},
    paths::{self, CALLBACK_URL, local_or_home, use_next, with_next},
};

const CODE: FieldSpec = FieldSpec {
    hint: Some("Six digits, good for five minutes."),
    ..FieldSpec::CODE
};

/// The message for a code that is no longer valid.
const OVER: &str = "This code has expired. Ask for a new one.";

/// Checks the code and signs in. The address was entered in the step before.
#[server(prefix = "/actions", endpoint = "mail-code")]
pub async fn mail_code(
    /// Six digits.
    #[server(default)]
    code: String,
    /// The page to go to afterwards, followed only if it is on this site.
    #[server(rename = "callbackURL")]
    callback_url: Option<String>,
) -> Answer {
    let next = local_or_home(callback_url.as_deref());
    let page = with_next(paths::CODE_SIGN_IN, &next);
    let done = async {
        require(&[("code", &code, "the code")])?;
        let email = cookie::address().ok_or_else(|| Refusal::of_form(OVER))?;
        let otp = code.split_whitespace().collect();
        let sign_in = auth_client().sign_in();
        if let Err(error) = sign_in.email_otp(EmailOtp { email, otp }).await {
            return Err(match error.code {
                AuthErrorCode::OtpExpired | AuthErrorCode::TooManyAttempts => {
                    Refusal::of_form(OVER)
                }
                _ => error.into(),
            });
        }
        cookie::forget_address();
        Ok(next.into())
    };
    answer::<MailCode>(&page, done.await)
}

/// Asks for the code and shows the address it was sent to.
#[component]
pub fn CodeSignInPage() -> impl IntoView {
    let next = use_next();
    let sent = match cookie::use_address() {
        Some(address) => format!("We sent it to {address}."),
        None => "It is in the mail we sent you.".to_owned(),
    };
    view! {
        <PageTitle text="Enter your code"/>
        <GoOnWhenSignedIn next=next.clone()/>
        <section class="account">
            <div class="account-title">
                <h1>"Enter your code"</h1>
                <p>{sent}</p>
            </div>
            <div class="card">
                <Form
                    action=MailCode::url()
                    fields=&[CODE]
                    hidden=vec![(CALLBACK_URL, next.to_string())]
                    submit="Sign in"
                />
            </div>
            <p class="account-other">
                <A href=with_next(paths::EMAIL_SIGN_IN, &next)>"Send another one"</A>
            </p>
        </section>
    }
}

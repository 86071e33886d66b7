//! The request for the mail, on `/sign-in/email`.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_better_auth::{EmailOtpKind, SignInMagicLink, server::auth_client};
use leptos_router::{components::A, hooks::use_query_map};

use super::cookie;
use crate::{
    account::GoOnWhenSignedIn,
    components::{DoneNotice, PageTitle},
    forms::{Answer, Done, FieldSpec, Form, Refusal, answer, require},
    paths::{self, CALLBACK_URL, local_or_home, use_next, with_next},
    ui::Alert,
};

/// Name of the choice between [`CODE`] and a link.
const BY: &str = "by";

/// The value of the choice for a code.
const CODE: &str = "code";

/// Sends the mail. An address without an account gets one when the link or the code is used.
#[server(prefix = "/actions", endpoint = "mail-sign-in")]
pub async fn mail_sign_in(
    /// Email address.
    #[server(default)]
    email: String,
    /// A code or a link.
    #[server(default)]
    by: String,
    /// The page to go to afterwards, followed only if it is on this site.
    #[server(rename = "callbackURL")]
    callback_url: Option<String>,
) -> Answer {
    let next = local_or_home(callback_url.as_deref());
    let page = with_next(paths::EMAIL_SIGN_IN, &next);
    let done = async {
        require(&[("email", &email, "your email address")])?;
        let (auth, address) = (auth_client(), email.trim().to_owned());
        if by == CODE {
            let codes = auth.email_otp();
            let sent = codes.send_verification_otp(&address, EmailOtpKind::SignIn);
            sent.await?;
            cookie::keep_address(&address);
            return Ok(with_next(paths::CODE_SIGN_IN, &next));
        }
        let wanted = SignInMagicLink {
            email: address,
            callback_url: Some(next.into()),
            error_callback_url: Some(page.clone()),
            ..SignInMagicLink::default()
        };
        auth.sign_in().magic_link(wanted).await?;
        Ok(Done::LinkSent.at(&page))
    };
    let done = done.await.map_err(|it: Refusal| it.typed("email", &email));
    answer::<MailSignIn>(&page, done)
}

/// Requests a mail with a code or a link. A link that is no longer valid leads back here.
#[component]
pub fn EmailSignInPage() -> impl IntoView {
    let next = use_next();
    let failed = use_query_map().with_untracked(|query| query.get("error").is_some());
    let problem =
        failed.then(|| "This link has been used, has expired, or is incomplete.".to_owned());
    view! {
        <PageTitle text="Sign in by email"/>
        <GoOnWhenSignedIn next=next.clone()/>
        <section class="account">
            <div class="account-title">
                <h1>"Sign in by email"</h1>
                <p>"You need no password. If you have no account yet, this makes one."</p>
            </div>
            <div class="card stack">
                <DoneNotice/>
                <Alert message=problem/>
                <Form
                    action=MailSignIn::url()
                    fields=&[FieldSpec::EMAIL]
                    hidden=vec![(CALLBACK_URL, next.to_string())]
                    submit="Send the mail"
                >
                    <Choice/>
                </Form>
            </div>
            <p class="account-other"><A href=with_next(paths::SIGN_IN, &next)>"Back to sign-in"</A></p>
        </section>
    }
}

#[component]
fn Choice() -> impl IntoView {
    view! {
        <fieldset class="choice">
            <legend>"Send me"</legend>
            <label class="check">
                <input type="radio" name=BY value=CODE checked/>
                "a code to enter here"
            </label>
            <label class="check">
                <input type="radio" name=BY value="link"/>
                "a link to follow"
            </label>
        </fieldset>
    }
}

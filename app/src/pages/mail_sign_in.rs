//! `/sign-in/email`: signing in without a password.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::{components::A, hooks::use_query_map};

use crate::{
    actions::{MailSignIn, mail_sign_in},
    components::{Ask, DoneNotice, GoOnWhenSignedIn, PageTitle, StepForm},
    next::{CALLBACK_URL, use_next, with_next},
    ui::Alert,
};

/// Asks for a mail with a code or a link. A link that is no longer valid leads back here.
#[component]
pub fn MailSignInPage() -> impl IntoView {
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
                <StepForm
                    form=mail_sign_in::FORM
                    action=MailSignIn::url()
                    asks=&[Ask::EMAIL]
                    hidden=vec![(CALLBACK_URL, next.to_string())]
                    submit="Send the mail"
                >
                    <Choice/>
                </StepForm>
            </div>
            <p class="account-other"><A href=with_next("/sign-in", &next)>"Back to sign-in"</A></p>
        </section>
    }
}

#[component]
fn Choice() -> impl IntoView {
    view! {
        <fieldset class="choice">
            <legend>"Send me"</legend>
            <label class="check">
                <input type="radio" name=mail_sign_in::BY value=mail_sign_in::CODE checked/>
                "a code to enter here"
            </label>
            <label class="check">
                <input type="radio" name=mail_sign_in::BY value="link"/>
                "a link to follow"
            </label>
        </fieldset>
    }
}

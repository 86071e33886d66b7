//! `/two-factor`: the second step of signing in.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::{components::A, hooks::use_query_map};

use crate::{
    actions::{MailSecondFactor, SecondFactor, mail_second_factor, second_factor},
    components::{Ask, DoneNotice, GoOnWhenSignedIn, PageTitle, StepForm},
    next::{CALLBACK_URL, use_next, with_next},
    ui::{ButtonKind, FieldKind},
};

const CODE: Ask = Ask {
    name: "code",
    label: "Code",
    kind: FieldKind::Code,
    autocomplete: "one-time-code",
    hint: Some("Six digits from your authenticator app, or one of your backup codes."),
};

const MAILED_CODE: Ask = Ask {
    hint: Some("Six digits from the mail, or one of your backup codes."),
    ..CODE
};

/// Asks for the code of an authenticator app or of a mail, or a backup code.
#[component]
pub fn TwoFactorPage() -> impl IntoView {
    let next = use_next();
    let by = use_query_map().with_untracked(|it| it.get(mail_second_factor::BY));
    let (asks, says): (&'static [Ask], _) = match by.as_deref() {
        Some(mail_second_factor::MAIL) => (&[MAILED_CODE], "Email me another code"),
        _ => (&[CODE], "Email me a code instead"),
    };
    let back = vec![(CALLBACK_URL, next.to_string())];
    let mut hidden = back.clone();
    hidden.extend(by.map(|by| (mail_second_factor::BY, by)));
    view! {
        <PageTitle text="Two-factor sign-in"/>
        <GoOnWhenSignedIn next=next.clone()/>
        <section class="account">
            <div class="account-title">
                <h1>"Enter your code"</h1>
                <p>"Your account asks for a second factor."</p>
            </div>
            <div class="card stack">
                <DoneNotice/>
                <StepForm form=second_factor::FORM action=SecondFactor::url() asks hidden submit="Sign in">
                    <label class="check">
                        <input type="checkbox" name="trust" value="on"/>
                        "Do not ask on this device for 30 days"
                    </label>
                </StepForm>
                <StepForm
                    form=mail_second_factor::FORM
                    action=MailSecondFactor::url()
                    hidden=back
                    submit=says
                    kind=ButtonKind::Quiet
                />
            </div>
            <p class="account-other"><A href=with_next("/sign-in", &next)>"Start again"</A></p>
        </section>
    }
}

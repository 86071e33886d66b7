//! `/two-factor`: the second step of signing in.

use leptos::prelude::*;
use leptos_router::components::A;

use crate::{
    actions::{SecondFactor, second_factor},
    components::{Ask, FormAction, GoOnWhenSignedIn, PageTitle, StepForm},
    next::{CALLBACK_URL, use_next, with_next},
    ui::FieldKind,
};

const CODE: Ask = Ask {
    name: "code",
    label: "Code",
    kind: FieldKind::Code,
    autocomplete: "one-time-code",
    hint: Some("Six digits from your authenticator app, or one of your backup codes."),
};

/// Asks for the code of an authenticator app, or a backup code.
#[component]
pub fn TwoFactorPage() -> impl IntoView {
    let next = use_next();
    let action = FormAction::of::<SecondFactor>();
    view! {
        <PageTitle text="Two-factor sign-in"/>
        <GoOnWhenSignedIn next=next.clone()/>
        <section class="account">
            <div class="account-title">
                <h1>"Enter your code"</h1>
                <p>"Your account asks for a second factor."</p>
            </div>
            <div class="card">
                <StepForm
                    form=second_factor::FORM
                    action
                    asks=&[CODE]
                    hidden=vec![(CALLBACK_URL, next.clone())]
                    submit="Sign in"
                >
                    <label class="check">
                        <input type="checkbox" name="trust" value="on"/>
                        "Do not ask on this device for 30 days"
                    </label>
                </StepForm>
            </div>
            <p class="account-other"><A href=with_next("/sign-in", &next)>"Start again"</A></p>
        </section>
    }
}

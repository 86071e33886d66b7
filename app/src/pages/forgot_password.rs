//! `/forgot-password`.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::components::A;

use crate::{
    actions::{RequestReset, request_reset},
    components::{Ask, DoneNotice, PageTitle, StepForm},
    next::{CALLBACK_URL, use_next, with_next},
};

/// Asks for a mail with which to choose a new password.
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
                <StepForm
                    form=request_reset::FORM
                    action=RequestReset::url()
                    asks=&[Ask::EMAIL]
                    hidden=vec![(CALLBACK_URL, next.to_string())]
                    submit="Send the link"
                />
            </div>
            <p class="account-other"><A href=with_next("/sign-in", &next)>"Back to sign-in"</A></p>
        </section>
    }
}

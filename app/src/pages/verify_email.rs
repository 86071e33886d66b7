//! `/verify-email`: where the link that confirms an address leads, and how to get another one.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::{components::A, hooks::use_query_map};

use crate::{
    actions::{SendVerification, send_verification},
    components::{Ask, DoneNotice, PageTitle, StepForm},
    next::{DONE, use_next},
    ui::Alert,
};

/// Says whether the link worked, and offers to send another.
#[component]
pub fn VerifyEmailPage() -> impl IntoView {
    let query = use_query_map();
    let failed = query.with_untracked(|query| query.get("error").is_some());
    let verified =
        !failed && query.with_untracked(|it| it.get(DONE).as_deref() == Some("verified"));
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
        <StepForm
            form=send_verification::FORM
            action=SendVerification::url()
            asks=&[Ask::EMAIL]
            submit="Send me a link"
        />
    }
}

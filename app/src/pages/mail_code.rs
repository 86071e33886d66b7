//! `/sign-in/code`: the code that came by mail.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::components::A;

use crate::{
    actions::{MailCode, mail_code, mail_sign_in},
    components::{Ask, GoOnWhenSignedIn, PageTitle, StepForm},
    next::{CALLBACK_URL, use_next, with_next},
    request::use_code_address,
    ui::FieldKind,
};

const CODE: Ask = Ask {
    name: "code",
    label: "Code",
    kind: FieldKind::Code,
    autocomplete: "one-time-code",
    hint: Some("Six digits, good for five minutes."),
};

/// Asks for the code, and says where it went.
#[component]
pub fn MailCodePage() -> impl IntoView {
    let next = use_next();
    let sent = match use_code_address() {
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
                <StepForm
                    form=mail_code::FORM
                    action=MailCode::url()
                    asks=&[CODE]
                    hidden=vec![(CALLBACK_URL, next.to_string())]
                    submit="Sign in"
                />
            </div>
            <p class="account-other">
                <A href=with_next(mail_sign_in::PAGE, &next)>"Send another one"</A>
            </p>
        </section>
    }
}

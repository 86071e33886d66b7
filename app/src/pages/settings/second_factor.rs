//! Switching the second factor on and off.

use leptos::{prelude::*, server_fn::ServerFn};

use super::Part;
use crate::{
    actions::{
        BeginTwoFactor, ConfirmTwoFactor, EndTwoFactor, begin_two_factor, confirm_two_factor,
        end_two_factor,
    },
    components::{Ask, StepForm},
    request::FactorSetup,
    ui::{ButtonKind, FieldKind},
};

const CODE: Ask = Ask {
    name: "code",
    label: "Code from the app",
    kind: FieldKind::Code,
    autocomplete: "one-time-code",
    hint: None,
};

#[component]
pub(super) fn SecondFactor(
    /// Whether it is asked for.
    is_on: bool,
    /// Whether there is a password to switch it with.
    has_password: bool,
    /// The setup that was begun.
    setup: Option<FactorSetup>,
) -> impl IntoView {
    let inner = match setup {
        Some(setup) => view! { <Setup setup/> }.into_any(),
        None if is_on => view! {
            <p>"On: signing in takes a code from your authenticator app."</p>
            <StepForm
                form=end_two_factor::FORM
                action=EndTwoFactor::url()
                asks=&[Ask::PASSWORD]
                submit="Switch it off"
                kind=ButtonKind::Plain
            />
        }
        .into_any(),
        None if has_password => view! {
            <p>"Off. Once it is on, signing in also takes a code from an authenticator app."</p>
            <StepForm
                form=begin_two_factor::FORM
                action=BeginTwoFactor::url()
                asks=&[Ask::PASSWORD]
                submit="Set it up"
            />
        }
        .into_any(),
        None => view! { <p>"Set a password first: the code is asked for after it."</p> }.into_any(),
    };
    view! { <Part id="two-factor" title="Two-factor sign-in">{inner}</Part> }
}

#[component]
fn Setup(
    /// The secret and the backup codes.
    setup: FactorSetup,
) -> impl IntoView {
    let codes: Vec<_> = setup
        .backup_codes
        .into_iter()
        .map(|code| view! { <li><code>{code}</code></li> })
        .collect();
    view! {
        <p>"Scan this with your authenticator app:"</p>
        <div class="qr" role="img" aria-label="QR code with the secret" inner_html=setup.qr></div>
        <p>"Or type in the secret: "<code class="secret">{setup.secret}</code></p>
        <p>"Keep these backup codes. If you lose the app, each of them signs you in once:"</p>
        <ul class="backup-codes">{codes}</ul>
        <StepForm form=confirm_two_factor::FORM action=ConfirmTwoFactor::url() asks=&[CODE] submit="Switch it on"/>
    }
}

//! The switch for two-factor sign-in, in the settings.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_better_auth::{TwoFactorCode, User, server::auth_client};

use super::cookie::{self, KeptSetup};
use crate::{
    forms::{Answer, Done, FieldSpec, Form, answer, require},
    paths,
    ui::{ButtonKind, Section},
};

const CODE: FieldSpec = FieldSpec {
    label: "Code from the app",
    ..FieldSpec::CODE
};

/// Generates a secret and backup codes, and keeps them in this browser until the first code is right.
#[server(prefix = "/actions", endpoint = "begin-two-factor")]
pub async fn begin_two_factor(
    /// The password.
    #[server(default)]
    password: String,
) -> Answer {
    let done = async {
        require(&[("password", &password, "your password")])?;
        let auth = auth_client();
        let current = auth.get_session().await?;
        let setup = auth.two_factor().enable(&password).await?;
        if let Some(current) = current {
            cookie::keep(current.user.id, &setup);
        }
        Ok(Done::TwoFactorBegun.at(paths::SETTINGS))
    };
    answer::<BeginTwoFactor>(paths::SETTINGS, done.await)
}

/// Checks the first code of a new setup and turns two-factor sign-in on.
#[server(prefix = "/actions", endpoint = "confirm-two-factor")]
pub async fn confirm_two_factor(
    /// Six digits.
    #[server(default)]
    code: String,
) -> Answer {
    let done = async {
        require(&[("code", &code, "the code of the app")])?;
        let code = TwoFactorCode::new(&code);
        auth_client().two_factor().verify_totp(code).await?;
        cookie::forget();
        Ok(Done::TwoFactorOn.at(paths::SETTINGS))
    };
    answer::<ConfirmTwoFactor>(paths::SETTINGS, done.await)
}

/// Turns two-factor sign-in off.
#[server(prefix = "/actions", endpoint = "end-two-factor")]
pub async fn end_two_factor(
    /// The password.
    #[server(default)]
    password: String,
) -> Answer {
    let done = async {
        require(&[("password", &password, "your password")])?;
        auth_client().two_factor().disable(&password).await?;
        cookie::forget();
        Ok(Done::TwoFactorOff.at(paths::SETTINGS))
    };
    answer::<EndTwoFactor>(paths::SETTINGS, done.await)
}

/// The section of the settings.
#[component]
pub fn TwoFactorSettings(
    /// The signed-in user.
    user: User,
    /// Whether the account has a password. Turning two-factor sign-in on or off requires it.
    has_password: bool,
) -> impl IntoView {
    let User { id, extra, .. } = user;
    let is_on = extra.get("twoFactorEnabled").and_then(|it| it.as_bool()) == Some(true);
    let inner = match cookie::kept(&id).filter(|_| !is_on) {
        Some(setup) => view! { <Setup setup/> }.into_any(),
        None if is_on => view! {
            <p>"On: signing in takes a code from your authenticator app."</p>
            <Form
                action=EndTwoFactor::url()
                fields=&[FieldSpec::PASSWORD]
                submit="Switch it off"
                kind=ButtonKind::Plain
            />
        }
        .into_any(),
        None if has_password => view! {
            <p>"Off. Once it is on, signing in also takes a code from an authenticator app."</p>
            <Form
                action=BeginTwoFactor::url()
                fields=&[FieldSpec::PASSWORD]
                submit="Set it up"
            />
        }
        .into_any(),
        None => view! { <p>"Set a password first: the code is asked for after it."</p> }.into_any(),
    };
    view! { <Section id="two-factor" title="Two-factor sign-in">{inner}</Section> }
}

#[component]
fn Setup(
    /// The secret and the backup codes.
    setup: KeptSetup,
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
        <Form action=ConfirmTwoFactor::url() fields=&[CODE] submit="Switch it on"/>
    }
}

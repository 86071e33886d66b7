//! The second step of signing in, on `/two-factor`.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_better_auth::{AuthError, AuthErrorCode, TwoFactorCode, server::auth_client};
use leptos_router::{components::A, hooks::use_query_map};

use crate::{
    account::GoOnWhenSignedIn,
    components::{DoneNotice, PageTitle},
    forms::{Answer, Done, FieldSpec, Form, Refusal, answer, require},
    paths::{self, CALLBACK_URL, and, local_or_home, use_next, with_next},
    ui::ButtonKind,
};

/// Name of the parameter and of the field with the source of the code.
const BY: &str = "by";

/// The source of a code that was mailed.
const MAIL: &str = "mail";

/// Checks a code of an authenticator app or of a mail, or a backup code, and signs in.
#[server(prefix = "/actions", endpoint = "second-factor")]
pub async fn second_factor(
    /// Six digits, or a backup code.
    #[server(default)]
    code: String,
    /// Whether the six digits came by mail.
    #[server(default)]
    by: String,
    /// If present, this browser is not asked again for 30 days.
    #[server(default)]
    trust: Option<String>,
    /// The page to go to afterwards, followed only if it is on this site.
    #[server(rename = "callbackURL")]
    callback_url: Option<String>,
) -> Answer {
    let by_mail = by == MAIL;
    let next = local_or_home(callback_url.as_deref());
    let mut page = with_next(paths::TWO_FACTOR, &next);
    if by_mail {
        page = by_mail_on(&page);
    }
    let done = async {
        require(&[("code", &code, "the code")])?;
        let code = TwoFactorCode {
            trust_device: trust.is_some(),
            ..TwoFactorCode::new(&code)
        };
        let is_short = code.code.len() == 6 && code.code.bytes().all(|b| b.is_ascii_digit());
        let auth = auth_client().two_factor();
        let verified = match (is_short, by_mail) {
            (true, true) => auth.verify_otp(code).await,
            (true, false) => auth.verify_totp(code).await,
            (false, _) => auth.verify_backup_code(code).await,
        };
        verified.map_err(refusal)?;
        Ok(next.into())
    };
    answer::<SecondFactor>(&page, done.await)
}

/// Sends a code to the address of the account, for people without their authenticator app.
#[server(prefix = "/actions", endpoint = "mail-second-factor")]
pub async fn mail_second_factor(
    /// The page to go to afterwards, followed only if it is on this site.
    #[server(rename = "callbackURL")]
    callback_url: Option<String>,
) -> Answer {
    let next = local_or_home(callback_url.as_deref());
    let page = with_next(paths::TWO_FACTOR, &next);
    let sent = auth_client().two_factor().send_otp().await;
    let done = sent.map(|()| Done::CodeSent.at(&by_mail_on(&page)));
    answer::<MailSecondFactor>(&page, done.map_err(refusal))
}

/// Returns the address of the page that asks for a code from a mail.
fn by_mail_on(page: &str) -> String {
    and(page, &format!("{BY}={MAIL}"))
}

/// Explains why the second step failed.
fn refusal(error: AuthError) -> Refusal {
    use AuthErrorCode as Code;
    match error.code {
        Code::InvalidTwoFactorCookie | Code::Unauthorized => {
            Refusal::of_form("This sign-in took too long. Please sign in again.")
        }
        Code::OtpHasExpired => Refusal::of_form("This code has expired. Ask for a new one."),
        Code::TooManyAttemptsRequestNewCode => {
            Refusal::of_form("Too many wrong codes. Please sign in again.")
        }
        _ => error.into(),
    }
}

const CODE: FieldSpec = FieldSpec {
    hint: Some("Six digits from your authenticator app, or one of your backup codes."),
    ..FieldSpec::CODE
};

const MAILED_CODE: FieldSpec = FieldSpec {
    hint: Some("Six digits from the mail, or one of your backup codes."),
    ..CODE
};

/// Asks for the code of an authenticator app or of a mail, or a backup code.
#[component]
pub fn TwoFactorPage() -> impl IntoView {
    let next = use_next();
    let by = use_query_map().with_untracked(|it| it.get(BY));
    let (fields, says): (&'static [FieldSpec], _) = match by.as_deref() {
        Some(MAIL) => (&[MAILED_CODE], "Email me another code"),
        _ => (&[CODE], "Email me a code instead"),
    };
    let back = vec![(CALLBACK_URL, next.to_string())];
    let mut hidden = back.clone();
    hidden.extend(by.map(|by| (BY, by)));
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
                <Form action=SecondFactor::url() fields hidden submit="Sign in">
                    <label class="check">
                        <input type="checkbox" name="trust" value="on"/>
                        "Do not ask on this device for 30 days"
                    </label>
                </Form>
                <Form
                    action=MailSecondFactor::url()
                    hidden=back
                    submit=says
                    kind=ButtonKind::Quiet
                />
            </div>
            <p class="account-other"><A href=with_next(paths::SIGN_IN, &next)>"Start again"</A></p>
        </section>
    }
}

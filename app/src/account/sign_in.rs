//! The sign-in with email and password, on `/sign-in`, with links to the other ways.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_better_auth::{AuthError, CallbackUrl, SignInEmail, server::forms};
use leptos_router::components::A;

use super::guest::GuestForm; // guest
use super::{
    GoOnWhenSignedIn,
    social::{SignInProviderForm, providers_of},
    ways::{offered, use_last_method},
};
use crate::{
    components::{DoneNotice, PageTitle},
    forms::{Answer, FieldSpec, Form, Refusal, answer, require},
    paths::{self, CALLBACK_URL, local_or_home, use_next, with_next},
};

/// Signs in. The answer is `Invalid email or password` for an unknown address and for a wrong password.
#[server(prefix = "/actions", endpoint = "sign-in")]
pub async fn sign_in(
    /// Email address.
    #[server(default)]
    email: String,
    /// Password.
    #[server(default)]
    password: String,
    /// The page to go to afterwards, followed only if it is on this site.
    #[server(rename = "callbackURL")]
    callback_url: Option<String>,
) -> Answer {
    let next = local_or_home(callback_url.as_deref());
    let done = async {
        require(&[
            ("email", &email, "your email address"),
            ("password", &password, "your password"),
        ])?;
        Ok(by_password(&email, &password, &next).await?)
    };
    let done = done.await.map_err(|it: Refusal| it.typed("email", &email));
    answer::<SignIn>(&with_next(paths::SIGN_IN, &next), done)
}

/// Signs in with a password and returns the next page: `next`, or the page that asks for the second factor.
pub(super) async fn by_password(
    email: &str,
    password: &str,
    next: &CallbackUrl,
) -> Result<String, AuthError> {
    let form = SignInEmail {
        email: email.trim().to_owned(),
        password: password.to_owned(),
        ..SignInEmail::default()
    };
    let done = forms::sign_in_email(form, next).await?;
    Ok(if done.two_factor {
        with_next(paths::TWO_FACTOR, next)
    } else {
        done.redirect_to
    })
}

/// Offers sign-in with a provider, by a mail, or with a password.
#[component]
pub fn SignInPage() -> impl IntoView {
    let next = use_next();
    let last = use_last_method();
    view! {
        <PageTitle text="Sign in"/>
        <GoOnWhenSignedIn next=next.clone()/>
        <section class="account">
            <div class="account-title">
                <h1>"Sign in"</h1>
                <p>"Welcome back."</p>
            </div>
            <div class="card stack">
                <DoneNotice/>
                <OtherWays next=next.clone() last=last.clone()/>
                <p class="rule">"or with your password"</p>
                <SignInForm next=next.clone() last/>
            </div>
            <p class="account-other">
                "No account yet? "<A href=with_next(paths::SIGN_UP, &next)>"Sign up"</A>
            </p>
            <p class="account-other">
                <A href=with_next(paths::FORGOT_PASSWORD, &next)>"Forgot your password?"</A>
            </p>
            <GuestForm next/> // guest
        </section>
    }
}

/// The ways to sign in without a password.
#[component]
fn OtherWays(
    /// The page to go to afterwards.
    next: CallbackUrl,
    /// The way this browser signed in last.
    last: Option<String>,
) -> impl IntoView {
    let offered = OnceResource::new_blocking(offered());
    let known = move || {
        let (next, last) = (next.clone(), last.clone());
        Suspend::new(async move {
            let offered = offered.await;
            let by_mail = offered.mail.then(|| {
                let (href, last) = (with_next(paths::EMAIL_SIGN_IN, &next), last.clone());
                view! { <ByMail href last/> }
            });
            let providers = providers_of(&offered.providers);
            view! {
                <SignInProviderForm next providers last/>
                {by_mail}
            }
        })
    };
    view! { <Suspense>{known}</Suspense> }
}

#[component]
fn ByMail(
    /// The page for it.
    href: String,
    /// The way this browser signed in last.
    last: Option<String>,
) -> impl IntoView {
    let last = last.map(|last| match last.as_str() {
        "magic-link" | "email-otp" => "mail".to_owned(),
        _ => last,
    });
    view! {
        <div class="way">
            <A href {..} class="button plain">"Email me a code or a link"</A>
            <LastUsed way="mail" last/>
        </div>
    }
}

/// Marks the way that was used last.
#[component]
fn LastUsed(
    /// The way that is shown.
    way: &'static str,
    /// The way this browser signed in last.
    last: Option<String>,
) -> impl IntoView {
    last.is_some_and(|last| last == way)
        .then(|| view! { <p class="last-used">"Last used"</p> })
}

#[component]
fn SignInForm(
    /// The page to go to afterwards.
    next: CallbackUrl,
    /// The way this browser signed in last.
    last: Option<String>,
) -> impl IntoView {
    view! {
        <Form
            action=SignIn::url()
            fields=&[FieldSpec::EMAIL, FieldSpec::PASSWORD]
            hidden=vec![(CALLBACK_URL, next.into())]
            submit="Sign in"
            beside=view! { <LastUsed way="email" last/> }.into_any()
        />
    }
}

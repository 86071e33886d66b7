//! `/sign-in`.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_better_auth::{CallbackUrl, use_session};
use leptos_router::components::A;

use crate::{
    actions::{
        SignIn, SignInGithub, SignInGuest, mail_sign_in, sign_in, sign_in_github, sign_in_guest,
    },
    components::{Ask, DoneNotice, GithubForm, GithubUse, GoOnWhenSignedIn, PageTitle, StepForm},
    next::{CALLBACK_URL, use_next, with_next},
    request::{offered, use_last_method},
    ui::ButtonKind,
};

const GITHUB: GithubUse = GithubUse {
    form: sign_in_github::FORM,
    says: "Sign in with GitHub",
    cancelled: "Sign-in with GitHub was cancelled.",
    failed: "Sign-in with GitHub did not work. Please try again.",
};

/// Sign-in with GitHub, by a mail, or with a password.
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
                "No account yet? "<A href=with_next("/sign-up", &next)>"Sign up"</A>
            </p>
            <p class="account-other">
                <A href=with_next("/forgot-password", &next)>"Forgot your password?"</A>
            </p>
            <Guest next/>
        </section>
    }
}

/// The ways to sign in without a password.
#[component]
fn OtherWays(
    /// Where to go afterwards.
    next: CallbackUrl,
    /// How this browser signed in last.
    last: Option<String>,
) -> impl IntoView {
    let offered = OnceResource::new_blocking(offered());
    let known = move || {
        let (next, last) = (next.clone(), last.clone());
        Suspend::new(async move {
            let offered = offered.await;
            let by_mail = offered.mail.then(|| {
                let (href, last) = (with_next(mail_sign_in::PAGE, &next), last.clone());
                view! { <ByMail href last/> }
            });
            view! {
                <div class="way">
                    <GithubForm what=GITHUB action=SignInGithub::url() next absent=!offered.github/>
                    <LastUsed way="github" last/>
                </div>
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
    /// How this browser signed in last.
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
    /// The way it is shown beside.
    way: &'static str,
    /// How this browser signed in last.
    last: Option<String>,
) -> impl IntoView {
    last.is_some_and(|last| last == way)
        .then(|| view! { <p class="last-used">"Last used"</p> })
}

/// The button for guests. Not shown to visitors who are guests already.
#[component]
fn Guest(
    /// Where to go afterwards.
    next: CallbackUrl,
) -> impl IntoView {
    let is_nobody = untrack(|| !use_session().is_signed_in());
    is_nobody.then(|| {
        view! {
            <StepForm
                form=sign_in_guest::FORM
                action=SignInGuest::url()
                hidden=vec![(CALLBACK_URL, next.into())]
                submit="Try it as a guest"
                kind=ButtonKind::Quiet
            />
        }
    })
}

#[component]
fn SignInForm(
    /// Where to go afterwards.
    next: CallbackUrl,
    /// How this browser signed in last.
    last: Option<String>,
) -> impl IntoView {
    view! {
        <StepForm
            form=sign_in::FORM
            action=SignIn::url()
            asks=&[Ask::EMAIL, Ask::PASSWORD]
            hidden=vec![(CALLBACK_URL, next.into())]
            submit="Sign in"
            beside=view! { <LastUsed way="email" last/> }.into_any()
        />
    }
}

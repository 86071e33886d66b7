//! `/sign-in`.

use leptos::prelude::*;
use leptos_router::components::A;

use crate::{
    actions::{SignIn, SignInGithub, sign_in, sign_in_github},
    components::{
        DoneNotice, FormAction, GithubForm, GithubUnknown, GithubUse, GoOnWhenSignedIn, PageTitle,
        PostForm, use_account_form,
    },
    next::{CALLBACK_URL, use_next, with_next},
    request::lacks_github,
    ui::{Alert, Field, FieldKind, SubmitButton},
};

const GITHUB: GithubUse = GithubUse {
    form: sign_in_github::FORM,
    says: "Sign in with GitHub",
    cancelled: "Sign-in with GitHub was cancelled.",
    failed: "Sign-in with GitHub did not work. Please try again.",
};

/// Sign-in with GitHub or by email and password.
#[component]
pub fn SignInPage() -> impl IntoView {
    let next = use_next();
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
                <Github next=next.clone()/>
                <p class="rule">"or by email"</p>
                <SignInForm next=next.clone()/>
            </div>
            <p class="account-other">
                "No account yet? "<A href=with_next("/sign-up", &next)>"Sign up"</A>
            </p>
            <p class="account-other">
                <A href=with_next("/forgot-password", &next)>"Forgot your password?"</A>
            </p>
        </section>
    }
}

#[component]
fn Github(
    /// Where to go afterwards.
    next: String,
) -> impl IntoView {
    let action = FormAction::of::<SignInGithub>();
    let absent = OnceResource::new_blocking(lacks_github());
    let known = move || {
        let next = next.clone();
        Suspend::new(async move {
            let absent = absent.await;
            view! { <GithubForm what=GITHUB action next absent/> }
        })
    };
    view! { <Suspense fallback=|| view! { <GithubUnknown what=GITHUB/> }>{known}</Suspense> }
}

#[component]
fn SignInForm(
    /// Where to go afterwards.
    next: String,
) -> impl IntoView {
    let action = FormAction::of::<SignIn>();
    let form = use_account_form(sign_in::FORM, &["email", "password"], action);
    view! {
        <PostForm action>
            <Alert message=form.message()/>
            <input type="hidden" name=CALLBACK_URL value=next/>
            <Field
                form=sign_in::FORM
                name="email"
                label="Email"
                kind=FieldKind::Email
                autocomplete="username"
                value=form.typed("email")
                error=form.error("email")
            />
            <Field
                form=sign_in::FORM
                name="password"
                label="Password"
                kind=FieldKind::Password
                autocomplete="current-password"
                error=form.error("password")
            />
            <SubmitButton pending=action.pending()>"Sign in"</SubmitButton>
        </PostForm>
    }
}

//! `/sign-in`.

use leptos::prelude::*;
use leptos_router::components::A;

use crate::{
    actions::{SignIn, sign_in},
    components::{
        DoneNotice, FormAction, GithubForm, GoOnWhenSignedIn, PageTitle, PostForm, use_account_form,
    },
    next::{CALLBACK_URL, use_next, with_next},
    ui::{Alert, Field, FieldKind, SubmitButton},
};

/// Sign-in with GitHub or by e-mail and password.
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
                <GithubForm next=next.clone()/>
                <p class="rule">"or by e-mail"</p>
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

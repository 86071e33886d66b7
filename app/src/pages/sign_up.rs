//! `/sign-up`.

use leptos::prelude::*;
use leptos_router::components::A;

use crate::{
    actions::{SignUp, sign_up},
    components::{FormAction, GoOnWhenSignedIn, PageTitle, PostForm, use_account_form},
    next::{CALLBACK_URL, use_next, with_next},
    ui::{Alert, Field, FieldKind, SubmitButton},
};

/// A new account with name, e-mail and password.
#[component]
pub fn SignUpPage() -> impl IntoView {
    let next = use_next();
    view! {
        <PageTitle text="Sign up"/>
        <GoOnWhenSignedIn next=next.clone()/>
        <section class="account">
            <div class="account-title">
                <h1>"Create an account"</h1>
                <p>"It takes a name, an address and a password."</p>
            </div>
            <div class="card">
                <SignUpForm next=next.clone()/>
            </div>
            <p class="account-other">
                "Have an account? "<A href=with_next("/sign-in", &next)>"Sign in"</A>
            </p>
        </section>
    }
}

#[component]
fn SignUpForm(
    /// Where to go afterwards.
    next: String,
) -> impl IntoView {
    let action = FormAction::of::<SignUp>();
    let form = use_account_form(sign_up::FORM, &["name", "email", "password"], action);
    view! {
        <PostForm action>
            <Alert message=form.message()/>
            <input type="hidden" name=CALLBACK_URL value=next/>
            <Field
                form=sign_up::FORM
                name="name"
                label="Name"
                autocomplete="name"
                value=form.typed("name")
                error=form.error("name")
            />
            <Field
                form=sign_up::FORM
                name="email"
                label="Email"
                kind=FieldKind::Email
                autocomplete="username"
                value=form.typed("email")
                error=form.error("email")
            />
            <Field
                form=sign_up::FORM
                name="password"
                label="Password"
                kind=FieldKind::Password
                autocomplete="new-password"
                hint="At least 8 characters."
                error=form.error("password")
            />
            <SubmitButton pending=action.pending()>"Sign up"</SubmitButton>
        </PostForm>
    }
}

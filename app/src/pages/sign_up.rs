//! `/sign-up`.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::components::A;

use crate::{
    actions::{SignUp, sign_up},
    components::{Ask, GoOnWhenSignedIn, PageTitle, StepForm},
    next::{CALLBACK_URL, use_next, with_next},
    ui::FieldKind,
};

const NAME: Ask = Ask {
    name: "name",
    label: "Name",
    kind: FieldKind::Text,
    autocomplete: "name",
    hint: None,
};

const PASSWORD: Ask = Ask {
    label: "Password",
    ..Ask::NEW_PASSWORD
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
                <StepForm
                    form=sign_up::FORM
                    action=SignUp::url()
                    asks=&[NAME, Ask::EMAIL, PASSWORD]
                    hidden=vec![(CALLBACK_URL, next.to_string())]
                    submit="Sign up"
                />
            </div>
            <p class="account-other">
                "Have an account? "<A href=with_next("/sign-in", &next)>"Sign in"</A>
            </p>
        </section>
    }
}

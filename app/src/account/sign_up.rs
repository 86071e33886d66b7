//! The sign-up with email and password, on `/sign-up`.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_better_auth::{AuthErrorCode, SignUpEmail, server::forms};
use leptos_router::components::A;

use super::{GoOnWhenSignedIn, sign_in::by_password};
use crate::{
    components::PageTitle,
    forms::{Answer, FieldSpec, Form, Refusal, answer, require},
    paths::{self, CALLBACK_URL, local_or_home, use_next, with_next},
};

const PASSWORD: FieldSpec = FieldSpec {
    label: "Password",
    ..FieldSpec::NEW_PASSWORD
};

/// Creates an account and signs in. If submitted twice (a double click), it signs in to the account that the first one
/// created.
#[server(prefix = "/actions", endpoint = "sign-up")]
pub async fn sign_up(
    /// Display name.
    #[server(default)]
    name: String,
    /// Email address.
    #[server(default)]
    email: String,
    /// Password of at least eight characters.
    #[server(default)]
    password: String,
    /// The page to go to afterwards, followed only if it is on this site.
    #[server(rename = "callbackURL")]
    callback_url: Option<String>,
) -> Answer {
    let next = local_or_home(callback_url.as_deref());
    let done = async {
        require(&[
            ("name", &name, "your name"),
            ("email", &email, "your email address"),
            ("password", &password, "a password"),
        ])?;
        let form = SignUpEmail {
            name: name.trim().to_owned(),
            email: email.trim().to_owned(),
            password: password.clone(),
            ..SignUpEmail::default()
        };
        match forms::sign_up_email(form, &next).await {
            Ok(done) => Ok(done.redirect_to),
            // The password is right, so this reveals nothing to the person who typed it.
            Err(error) if error.code == AuthErrorCode::UserAlreadyExistsUseAnotherEmail => {
                let signed_in = by_password(&email, &password, &next).await;
                signed_in.map_err(|_| error.into())
            }
            Err(error) => Err(error.into()),
        }
    };
    let typed = |it: Refusal| it.typed("name", &name).typed("email", &email);
    answer::<SignUp>(&with_next(paths::SIGN_UP, &next), done.await.map_err(typed))
}

/// Creates an account with name, email and password.
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
                <Form
                    action=SignUp::url()
                    fields=&[FieldSpec::NAME, FieldSpec::EMAIL, PASSWORD]
                    hidden=vec![(CALLBACK_URL, next.to_string())]
                    submit="Sign up"
                />
            </div>
            <p class="account-other">
                "Have an account? "<A href=with_next(paths::SIGN_IN, &next)>"Sign in"</A>
            </p>
        </section>
    }
}

//! `/protected`: a page whose access the server checks, also after a link inside the app.

use leptos::prelude::*;
use leptos_better_auth::{Access, require_auth};

use crate::{
    account::Unauthorized,
    components::{PageTitle, Unavailable},
    paths,
    request::Unreached,
};

/// Shows `Hello` to signed-in people and `Unauthorized` to everybody else.
#[component]
pub fn ProtectedPage() -> impl IntoView {
    let access = OnceResource::new_blocking(check_access());
    let decided = move || {
        Suspend::new(async move {
            match access.await {
                Ok(true) => view! { <Hello/> }.into_any(),
                Ok(false) => view! { <Unauthorized/> }.into_any(),
                Err(_) => view! { <Unavailable/> }.into_any(),
            }
        })
    };
    view! {
        <PageTitle text="Protected"/>
        <Suspense fallback=|| view! { <p class="waiting">"Loading..."</p> }>{decided}</Suspense>
    }
}

/// Returns whether the visitor is signed in: the token is valid, and its session still exists.
async fn check_access() -> Result<bool, Unreached> {
    match require_auth(paths::SIGN_IN).strict().decide().await {
        Access::Granted => Ok(true),
        Access::Denied { .. } => Ok(false),
        Access::Unknown => Err(Unreached),
    }
}

#[component]
fn Hello() -> impl IntoView {
    view! {
        <section class="message">
            <h1>"Hello"</h1>
            <p>"The server verified that you are signed in before it sent you this page."</p>
        </section>
    }
}

//! `/protected`: the server decides who sees it, also after a link inside the app.

use leptos::prelude::*;

use crate::{
    components::{PageTitle, Unauthorized, Unavailable},
    request::check_access,
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

#[component]
fn Hello() -> impl IntoView {
    view! {
        <section class="message">
            <h1>"Hello"</h1>
            <p>"The server verified that you are signed in before it sent you this page."</p>
        </section>
    }
}

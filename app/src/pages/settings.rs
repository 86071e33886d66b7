//! `/settings`: for signed-in people whose session still stands; everybody else signs in first and comes
//! back here.

use leptos::prelude::*;
use leptos_better_auth::{RequireAuth, use_session};

use crate::components::{PageTitle, SignOutForm, Unavailable};

/// The settings, behind a strict guard.
#[component]
pub fn SettingsPage() -> impl IntoView {
    view! {
        <PageTitle text="Settings"/>
        <RequireAuth
            redirect_to="/sign-in"
            strict=true
            fallback=|| view! { <p class="waiting" role="status">"Loading..."</p> }
            unavailable=|| view! { <Unavailable/> }
        >
            <Settings/>
        </RequireAuth>
    }
}

#[component]
fn Settings() -> impl IntoView {
    let session = use_session();
    let who = move || {
        let user = session.data().map(|data| data.user);
        user.map(|user| format!("{}, {}", user.name, user.email))
    };
    view! {
        <section class="message">
            <h1>"Settings"</h1>
            <p>"Signed in as "{who}</p>
            <SignOutForm/>
        </section>
    }
}

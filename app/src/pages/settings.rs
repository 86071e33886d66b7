//! `/settings`: everything about the person's account.

use leptos::prelude::*;
use leptos_better_auth::RequireAuth;
use leptos_router::components::A;

mod devices;
mod profile;
mod second_factor;

use devices::{Accounts, Devices};
use profile::{Deletion, Email, Name, Password};
use second_factor::SecondFactor;

use crate::{
    components::{DoneNotice, PageTitle, SignOutForm, Unauthorized, Unavailable},
    request::{AccountOverview, load_account},
};

/// The settings, for signed-in people. Everybody else signs in first.
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
            <Loaded/>
        </RequireAuth>
    }
}

#[component]
fn Loaded() -> impl IntoView {
    let account = OnceResource::new_blocking(load_account());
    let loaded = move || {
        Suspend::new(async move {
            match account.await {
                Ok(Some(account)) => view! { <Settings account/> }.into_any(),
                Ok(None) => view! { <Unauthorized/> }.into_any(),
                Err(_) => view! { <Unavailable/> }.into_any(),
            }
        })
    };
    view! { <Suspense fallback=|| view! { <p class="waiting">"Loading..."</p> }>{loaded}</Suspense> }
}

#[component]
fn Settings(
    /// The account.
    account: AccountOverview,
) -> impl IntoView {
    let who = if account.is_guest {
        "You are here as a guest.".to_owned()
    } else {
        format!("Signed in as {}, {}", account.name, account.email)
    };
    let parts = if account.is_guest {
        view! { <OfGuest/> }.into_any()
    } else {
        view! { <OfAccount account/> }.into_any()
    };
    view! {
        <div class="settings">
            <div class="dashboard-top">
                <div>
                    <h1>"Settings"</h1>
                    <p>{who}</p>
                </div>
                <SignOutForm/>
            </div>
            <DoneNotice/>
            {parts}
        </div>
    }
}

#[component]
fn OfAccount(
    /// The account.
    account: AccountOverview,
) -> impl IntoView {
    let (two_factor, has_password) = (account.two_factor, account.has_password);
    view! {
        <Name name=account.name/>
        <Email email=account.email verified=account.email_verified/>
        <Password has_password/>
        <SecondFactor is_on=two_factor has_password setup=account.setup/>
        <Devices sessions=account.sessions/>
        <Accounts has_github=account.has_github lacks_github=account.lacks_github/>
        <Deletion has_password/>
    }
}

#[component]
fn OfGuest() -> impl IntoView {
    view! {
        <Part id="guest" title="Keep what you have">
            <p>"When you sign out as a guest, you lose your todos. Sign up or sign in to keep them in an account."</p>
            <A href="/sign-up" {..} class="button">"Sign up"</A>
            <A href="/sign-in" {..} class="button plain">"Sign in"</A>
        </Part>
        <Deletion has_password=false/>
    }
}

/// One part of the settings.
#[component]
fn Part(
    /// Id of its title.
    id: &'static str,
    /// Its title.
    title: &'static str,
    /// What is in it.
    children: Children,
) -> impl IntoView {
    view! {
        <section class="card stack" aria-labelledby=id>
            <h2 id=id>{title}</h2>
            {children()}
        </section>
    }
}

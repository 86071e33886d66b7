//! The account's settings, on `/settings`, one file for each section.

mod accounts;
mod deletion;
mod devices;
mod email;
mod load;
mod name;
mod password;

use leptos::prelude::*;
use leptos_better_auth::RequireAuth;

use super::guest::GuestSettings; // guest
use super::two_factor::TwoFactorSettings; // two-factor
use super::{sign_out::SignOutForm, social::providers_of, unauthorized::Unauthorized};
use crate::{
    components::{DoneNotice, PageTitle, Unavailable},
    paths,
};
use accounts::Accounts;
use deletion::Deletion;
use devices::Devices;
use email::Email;
use load::{AccountOverview, load_account};
use name::Name;
use password::Password;

/// Shows the settings to signed-in people. Everybody else signs in first.
#[component]
pub fn SettingsPage() -> impl IntoView {
    view! {
        <PageTitle text="Settings"/>
        <RequireAuth
            redirect_to=paths::SIGN_IN
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
    let has_password = account.has_password;
    let is_guest = account.user.is_anonymous();
    let who = if is_guest {
        "You are here as a guest.".to_owned()
    } else {
        let user = &account.user;
        format!("Signed in as {}, {}", user.name, user.email)
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
            <GuestSettings is_guest/> // guest
            {(!is_guest).then(|| view! { <Sections account/> })}
            <Deletion has_password/>
        </div>
    }
}

/// The sections for people who are not guests.
#[component]
fn Sections(
    /// The account.
    account: AccountOverview,
) -> impl IntoView {
    let AccountOverview {
        user,
        has_password,
        linked,
        providers,
        sessions,
    } = account;
    view! {
        <Name name=user.name.clone()/>
        <Email email=user.email.clone() verified=user.email_verified/>
        <Password has_password/>
        <TwoFactorSettings user has_password/> // two-factor
        <Devices sessions/>
        <Accounts linked=providers_of(&linked) offered=providers_of(&providers)/>
    }
}

//! The head of every page.

use leptos::prelude::*;
use leptos_router::components::A;

use super::Brand;
use crate::{
    account::{UserMenu, WhenSignedIn},
    paths,
};

/// The name, and the way to one's account: a link `Dashboard` and a menu, or a link `Sign in`, right in the first
/// paint.
#[component]
pub fn SiteHeader() -> impl IntoView {
    view! {
        <header class="site-header">
            <div class="site-header-row">
                <Brand/>
                <nav class="site-nav" aria-label="Account">
                    <WhenSignedIn fallback=|| view! { <AccountLink href=paths::SIGN_IN text="Sign in"/> }>
                        <AccountLink href=paths::DASHBOARD text="Dashboard"/>
                        <UserMenu/>
                    </WhenSignedIn>
                </nav>
            </div>
        </header>
    }
}

#[component]
fn AccountLink(
    /// Its address.
    href: &'static str,
    /// What it says.
    text: &'static str,
) -> impl IntoView {
    view! { <A href={href} {..} class="button plain">{text}</A> }
}

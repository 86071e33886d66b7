//! The header of every page.

use leptos::prelude::*;
use leptos_router::components::A;

use super::Brand;
use crate::{
    account::{UserMenu, WhenSignedIn},
    paths,
};

/// Shows the name of the app, and a link `Dashboard` and a menu or a link `Sign in`. This is right in the first paint.
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
    /// Its text.
    text: &'static str,
) -> impl IntoView {
    view! { <A href={href} {..} class="button plain">{text}</A> }
}

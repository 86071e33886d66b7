//! The page for unknown addresses.

use leptos::prelude::*;
use leptos_router::components::A;

use crate::{components::PageTitle, paths, request};

/// Answers an unknown address, with status 404.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    request::set_status(404);
    view! {
        <PageTitle text="Page not found"/>
        <section class="message">
            <h1>"Page not found"</h1>
            <p>"There is nothing at this address. It may have moved, or the link has a typing error."</p>
            <A href={paths::LANDING} {..} class="button">"Go to the start page"</A>
        </section>
    }
}

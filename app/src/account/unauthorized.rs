//! The view for signed-out visitors on pages for signed-in people.

use leptos::prelude::*;
use leptos_router::{components::A, hooks::use_location};

use crate::{
    paths::{self, local_or_home, with_next},
    request,
};

/// Shows that the page is for signed-in people, with status 401, and offers to sign in and come back.
#[component]
pub fn Unauthorized() -> impl IntoView {
    request::set_status(401);
    let here = use_location().pathname.get_untracked();
    let here = local_or_home(Some(&here));
    view! {
        <section class="message">
            <h1>"Unauthorized"</h1>
            <p>"This page is for people who are signed in."</p>
            <A href=with_next(paths::SIGN_IN, &here) {..} class="button">"Sign in to continue"</A>
        </section>
    }
}

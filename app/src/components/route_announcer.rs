//! Navigation without loading a page is silent to a screen reader, and leaves the focus on a link
//! that is gone. This gives back what a page load gives: the new title is read out, and reading and
//! tabbing go on from the top of the content.

use leptos::{leptos_dom::helpers::request_animation_frame, prelude::*};
use leptos_router::hooks::use_location;

use crate::ui;

/// Id of the `<main>` element: target of the skip link and of the focus after a navigation.
pub const CONTENT_ID: &str = "content";

/// Announces each page after the first.
#[component]
pub fn RouteAnnouncer() -> impl IntoView {
    let path = use_location().pathname;
    let announced = RwSignal::new(String::new());
    Effect::new(move |former: Option<String>| {
        let path = path.get();
        if former.is_some_and(|former| former != path) {
            // The title is set by an effect of the new page, which may run after this one.
            request_animation_frame(move || {
                announced.set(document().title());
                ui::focus(CONTENT_ID);
            });
        }
        path
    });
    view! { <p class="visually-hidden" role="status" aria-live="polite">{announced}</p> }
}

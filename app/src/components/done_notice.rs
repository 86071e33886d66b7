//! The notice about what the form on the previous page did.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::{forms::Done, ui::Notice};

/// Says what was done, by a word in the address. It shows only texts of its own, because anybody can make an
/// address.
#[component]
pub fn DoneNotice() -> impl IntoView {
    let done = use_query_map().with_untracked(|query| match query.get("error") {
        Some(_) => None,
        None => query.get(Done::PARAMETER),
    });
    let done = done.as_deref().and_then(Done::of_word);
    view! { <Notice message=done.and_then(Done::text)/> }
}

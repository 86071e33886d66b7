//! The notice about the form on the previous page.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::{forms::Done, ui::Notice};

/// Shows what was done, from a word in the address. It shows only its own texts, because anybody can make up an
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

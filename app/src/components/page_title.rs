//! The document's title and description.

use leptos::prelude::*;
use leptos_meta::{Meta, Title};

use crate::NAME;

/// The description of pages without one of their own.
const DESCRIPTION: &str = "A signed-in, live web app in Rust: Leptos, Convex and Better Auth.";

/// Sets the title of the page, with its own name first, because tabs and screen readers show that first. Search engines
/// and shared links also show the description.
#[component]
pub fn PageTitle(
    /// The page's name.
    text: &'static str,
    /// A description of the page in one sentence.
    #[prop(default = DESCRIPTION)]
    description: &'static str,
) -> impl IntoView {
    view! {
        <Title text=format!("{text} · {NAME}")/>
        <Meta name="description" content=description/>
        <Meta property="og:type" content="website"/>
        <Meta property="og:site_name" content=NAME/>
        <Meta property="og:title" content=text/>
        <Meta property="og:description" content=description/>
    }
}

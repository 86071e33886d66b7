//! Tools for development.

mod mailbox;

use leptos::prelude::*;
use leptos_router::{SsrMode, components::Route, path};

pub use mailbox::DevMailbox;

use mailbox::MailboxPage;

/// The pages for development.
#[component(transparent)]
pub fn DevRoutes(
    /// The mode in which the server renders them.
    ssr: SsrMode,
) -> impl leptos_router::MatchNestedRoutes + Clone {
    view! { <Route path=path!("/dev/mailbox") view=MailboxPage ssr/> }.into_inner()
}

//! The linked accounts of providers, and those that can be linked.

use leptos::prelude::*;

use crate::{
    account::social::{LinkProviderForm, Provider, UnlinkProviderForm},
    ui::Section,
};

/// Lists the linked providers, and links and unlinks them.
#[component]
pub(super) fn Accounts(
    /// The linked providers.
    linked: Vec<&'static Provider>,
    /// The providers that are set up on this server.
    offered: Vec<&'static Provider>,
) -> impl IntoView {
    let mut offered = offered;
    let nothing_is_set_up = offered.is_empty();
    offered.retain(|provider| !linked.contains(provider));
    let says = if linked.is_empty() {
        view! { <p>"None."</p> }.into_any()
    } else {
        let says =
            |label| view! { <p>{format!("{label} is linked: you can sign in with it.")}</p> };
        let lines: Vec<_> = linked.iter().map(|provider| says(provider.label)).collect();
        lines.into_any()
    };
    let can_link = !offered.is_empty() || (linked.is_empty() && nothing_is_set_up);
    view! {
        <Section id="accounts" title="Linked accounts">
            {says}
            {(!linked.is_empty()).then(|| view! { <UnlinkProviderForm providers=linked/> })}
            {can_link.then(|| view! { <LinkProviderForm providers=offered/> })}
        </Section>
    }
}

//! Signing out.

use leptos::{prelude::*, server_fn::ServerFn};

use super::StepForm;
use crate::{
    actions::{SignOut, sign_out},
    ui::ButtonKind,
};

/// The button `Sign out`, and what went wrong with it.
#[component]
pub fn SignOutForm() -> impl IntoView {
    view! { <StepForm form=sign_out::FORM action=SignOut::url() submit="Sign out" kind=ButtonKind::Plain/> }
}

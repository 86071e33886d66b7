//! Signing out.

use leptos::prelude::*;
use leptos_better_auth::use_session;
use leptos_router::hooks::use_navigate;

use super::{FormAction, PostForm};
use crate::{
    actions::{Outcome, SignOut, refusal, sign_out},
    request::use_kept_refusal,
    ui::{Alert, ButtonKind, SubmitButton},
};

/// The button `Sign out` and what went wrong with it.
#[component]
pub fn SignOutForm() -> impl IntoView {
    let action = FormAction::of::<SignOut>();
    let value = action.value();
    let kept = use_kept_refusal(sign_out::FORM);
    let message = Signal::derive(move || {
        let refusal = value.with(|value| match value {
            None => kept.clone(),
            Some(_) => refusal(value.as_ref()),
        });
        refusal.and_then(|refusal| refusal.message)
    });
    let session = use_session();
    let navigate = use_navigate();
    let done = StoredValue::new(false);
    let asks = session.clone();
    Effect::new(move || match value.get() {
        Some(Ok(Outcome::Done(()))) => {
            done.set_value(true);
            navigate(sign_out::AFTER, Default::default());
        }
        // There may be no session to end.
        Some(Ok(Outcome::Refused(_))) => asks.refetch(),
        _ => {}
    });
    // When the page has been left: it must not show itself signed out for a moment.
    on_cleanup(move || {
        if done.try_get_value() == Some(true) {
            session.signed_out();
        }
    });
    view! {
        <PostForm action>
            <SubmitButton kind=ButtonKind::Plain pending=action.pending()>"Sign out"</SubmitButton>
            <Alert message/>
        </PostForm>
    }
}

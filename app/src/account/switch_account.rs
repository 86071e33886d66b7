//! The sign-in to another account, or to the same one again.

use leptos::prelude::*;
use leptos_better_auth::server::{auth_client, forms};

use crate::{
    forms::{Answer, answer},
    paths::{self, local_or_home, with_next},
};

/// Signs out and redirects to the sign-in page. A guest stays signed in, so that the todos are kept.
#[server(prefix = "/actions", endpoint = "switch-account")]
pub async fn switch_account(
    /// The page to go to afterwards, followed only if it is on this site.
    #[server(rename = "callbackURL")]
    callback_url: Option<String>,
) -> Answer {
    let next = local_or_home(callback_url.as_deref());
    let done = async {
        let current = auth_client().get_session().await?;
        if current.is_some_and(|current| !current.user.is_anonymous()) {
            forms::sign_out().await?;
        }
        Ok(with_next(paths::SIGN_IN, &next))
    };
    answer::<SwitchAccount>(&next, done.await)
}

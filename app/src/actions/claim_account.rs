//! Taking over an account that somebody else made with the visitor's address.

use leptos::prelude::*;

use super::Outcome;

/// Name of the form.
pub const FORM: &str = "claim-account";

/// Confirms the address and removes every way in that existed before. Signs nobody in.
///
/// # Errors
///
/// When the request comes from another site. A refusal is an [`Outcome`].
#[server(prefix = "/actions", endpoint = "claim-account")]
pub async fn claim_account(
    /// The token of the link.
    #[server(default)]
    token: String,
) -> Result<Outcome<String>, ServerFnError> {
    use super::{
        confirm_email, mail_sign_in,
        server::{link_refusal, settle},
    };
    use crate::next::DONE;
    use leptos_better_auth::server::auth_client;
    use serde_json::{Value, json};

    let claimed = auth_client()
        .fetch::<Value>("/mail-link/claim", json!({ "token": token }))
        .await;
    let done = format!("{}?{DONE}=claimed", mail_sign_in::PAGE);
    let page = crate::next::with_token(confirm_email::PAGE, &token);
    let result = claimed.map(|_| done).map_err(link_refusal);
    Ok(settle(FORM, &page, result, String::as_str))
}

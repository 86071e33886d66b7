//! The takeover of an account that somebody else created with the visitor's address.

use leptos::prelude::*;
use leptos_better_auth::server::auth_client;
use serde_json::{Value, json};

use crate::{
    forms::{Answer, Done, answer, link_refusal},
    paths::{self, with_token},
};

/// Confirms the address and removes all previous ways to sign in. Signs nobody in.
#[server(prefix = "/actions", endpoint = "claim-account")]
pub async fn claim_account(
    /// The token of the link.
    #[server(default)]
    token: String,
) -> Answer {
    let claimed = auth_client()
        .fetch::<Value>("/mail-link/claim", json!({ "token": token }))
        .await;
    let done = claimed
        .map(|_| Done::Claimed.at(paths::EMAIL_SIGN_IN))
        .map_err(link_refusal);
    answer::<ClaimAccount>(&with_token(paths::CONFIRM_EMAIL, &token), done)
}

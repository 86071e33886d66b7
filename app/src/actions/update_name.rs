//! Changing the name.

use leptos::prelude::*;

use super::Outcome;

/// Name of the form.
pub const FORM: &str = "update-name";

/// Changes the name.
///
/// # Errors
///
/// When the request comes from another site. A refusal is an [`Outcome`].
#[server(prefix = "/actions", endpoint = "update-name")]
pub async fn update_name(
    /// The name.
    #[server(default)]
    name: String,
) -> Result<Outcome<String>, ServerFnError> {
    use super::server::{auth_refusal, missing, settle_settings};
    use leptos_better_auth::{UpdateUser, server::auth_client};

    let result = match missing(&[("name", name.as_str(), "your name")]) {
        Some(refusal) => Err(refusal),
        None => {
            let form = UpdateUser {
                name: Some(name.trim().to_owned()),
                image: None,
            };
            auth_client().update_user(form).await.map_err(auth_refusal)
        }
    };
    Ok(settle_settings(FORM, result, "name"))
}

//! Setting up a second factor.

use leptos::prelude::*;

use super::Outcome;

/// Name of the form.
pub const FORM: &str = "begin-two-factor";

/// Makes secret and backup codes and keeps them in this browser until the first code is right.
///
/// # Errors
///
/// When the request comes from another site. A refusal is an [`Outcome`].
#[server(prefix = "/actions", endpoint = "begin-two-factor")]
pub async fn begin_two_factor(
    /// The password.
    #[server(default)]
    password: String,
) -> Result<Outcome<String>, ServerFnError> {
    use super::server::{auth_refusal, missing, settle_settings};
    use leptos_better_auth::{AuthError, server::auth_client};

    let result = match missing(&[("password", password.as_str(), "your password")]) {
        Some(refusal) => Err(refusal),
        None => {
            let begun = async {
                let auth = auth_client();
                let current = auth.get_session().await?;
                let setup = auth.two_factor().enable(&password).await?;
                if let Some(current) = current {
                    crate::request::second_factor::keep(current.user.id, &setup);
                }
                Ok::<_, AuthError>(())
            };
            begun.await.map_err(auth_refusal)
        }
    };
    Ok(settle_settings(FORM, result, "two-factor-begun"))
}

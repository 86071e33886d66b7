//! Signing in by email and password.

use leptos::prelude::*;
use leptos_better_auth::SignedIn;

use super::Outcome;

/// Name of the form.
pub const FORM: &str = "sign-in";

/// Signs in. Answers `Invalid email or password` for an unknown address as for a wrong password.
///
/// # Errors
///
/// When the request comes from another site. A refusal is an [`Outcome`].
#[server(prefix = "/actions", endpoint = "sign-in")]
pub async fn sign_in(
    /// E-mail address.
    #[server(default)]
    email: String,
    /// Password.
    #[server(default)]
    password: String,
    /// Where to go afterwards; used only if it is on this site.
    #[server(rename = "callbackURL")]
    callback_url: Option<String>,
) -> Result<Outcome<SignedIn>, ServerFnError> {
    use super::server::{auth_refusal, missing, settle, sign_in_email};
    use crate::next::{local_or_home, with_next};
    use leptos_better_auth::SignInEmail;

    let next = local_or_home(callback_url.as_deref());
    let page = with_next("/sign-in", &next);
    let wanted = [
        ("email", email.as_str(), "your email address"),
        ("password", password.as_str(), "your password"),
    ];
    let result = match missing(&wanted) {
        Some(refusal) => Err(refusal),
        None => {
            let form = SignInEmail {
                email: email.trim().to_owned(),
                password,
                ..SignInEmail::default()
            };
            sign_in_email(form, &next).await.map_err(auth_refusal)
        }
    };
    let result = result.map_err(|refusal| refusal.typed("email", &email));
    Ok(settle(FORM, &page, result, |done| &done.redirect_to))
}

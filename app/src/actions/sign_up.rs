//! Making an account with e-mail and password.

use leptos::prelude::*;
use leptos_better_auth::SignedIn;

use super::Outcome;

/// Name of the form.
pub const FORM: &str = "sign-up";

/// Makes an account and signs in. Sent twice, by a double click say, it signs in to the account that the first one
/// made.
///
/// # Errors
///
/// When the request comes from another site. A refusal is an [`Outcome`].
#[server(prefix = "/actions", endpoint = "sign-up")]
pub async fn sign_up(
    /// Display name.
    #[server(default)]
    name: String,
    /// E-mail address.
    #[server(default)]
    email: String,
    /// Password of at least eight characters.
    #[server(default)]
    password: String,
    /// Where to go afterwards; used only if it is on this site.
    #[server(rename = "callbackURL")]
    callback_url: Option<String>,
) -> Result<Outcome<SignedIn>, ServerFnError> {
    use super::server::{auth_refusal, missing, settle, sign_in_email};
    use crate::next::{local_or_home, with_next};
    use leptos_better_auth::{AuthErrorCode, SignInEmail, SignUpEmail, server::forms};

    let next = local_or_home(callback_url.as_deref());
    let page = with_next("/sign-up", &next);
    let wanted = [
        ("name", name.as_str(), "your name"),
        ("email", email.as_str(), "your email address"),
        ("password", password.as_str(), "a password"),
    ];
    let result = match missing(&wanted) {
        Some(refusal) => Err(refusal),
        None => {
            let (name, email) = (name.trim().to_owned(), email.trim().to_owned());
            let form = SignUpEmail {
                name,
                email,
                password,
                ..SignUpEmail::default()
            };
            let again = SignInEmail {
                email: form.email.clone(),
                password: form.password.clone(),
                ..SignInEmail::default()
            };
            match forms::sign_up_email(form, &next).await {
                Ok(done) => Ok(done),
                // A person who knows the existing account's password learns nothing new from this.
                Err(error) if error.code == AuthErrorCode::UserAlreadyExistsUseAnotherEmail => {
                    let signed_in = sign_in_email(again, &next).await;
                    signed_in.map_err(|_| auth_refusal(error))
                }
                Err(error) => Err(auth_refusal(error)),
            }
        }
    };
    let result = result.map_err(|refusal| refusal.typed("name", &name).typed("email", &email));
    Ok(settle(FORM, &page, result, |done| &done.redirect_to))
}

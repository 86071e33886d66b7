//! The arguments and answers of calls to Better Auth, with the same types for the browser client and for the server
//! functions behind forms.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{SessionData, User};

mod account;
mod linked;
mod passwordless;
mod secret;
mod two_factor;

pub use account::{
    ChangeEmail, ChangePassword, DeleteUser, RequestPasswordReset, ResetPassword,
    SendVerificationEmail, UpdateUser,
};
pub use linked::{LinkSocial, ProviderAccount};
pub use passwordless::{EmailOtp, EmailOtpKind, ResetPasswordOtp, SignInMagicLink};
pub use two_factor::TwoFactorCode;

/// `POST /sign-in/email`.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignInEmail {
    /// Email address.
    pub email: String,
    /// Password.
    pub password: String,
    /// `Some(false)`: the session ends with the browser. Better Auth's default is `true`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remember_me: Option<bool>,
    /// Where to go afterwards; must be on this site.
    #[serde(
        default,
        rename = "callbackURL",
        skip_serializing_if = "Option::is_none"
    )]
    pub callback_url: Option<String>,
}

/// `POST /sign-up/email`.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignUpEmail {
    /// Display name.
    pub name: String,
    /// Email address.
    pub email: String,
    /// Password, 8 to 128 characters by default.
    pub password: String,
    /// Picture address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Where to go afterwards; must be on this site.
    #[serde(
        default,
        rename = "callbackURL",
        skip_serializing_if = "Option::is_none"
    )]
    pub callback_url: Option<String>,
}

impl fmt::Debug for SignInEmail {
    /// Leaves the password out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignInEmail")
            .field("email", &self.email)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for SignUpEmail {
    /// Leaves the password out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignUpEmail")
            .field("name", &self.name)
            .field("email", &self.email)
            .finish_non_exhaustive()
    }
}

/// `POST /sign-in/social`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignInSocial {
    /// Provider id, such as `github`.
    pub provider: String,
    /// Where to go once signed in; must be on this site.
    #[serde(
        default,
        rename = "callbackURL",
        skip_serializing_if = "Option::is_none"
    )]
    pub callback_url: Option<String>,
    /// Where to go if the sign-in fails. The address gets `?error=…`.
    #[serde(
        default,
        rename = "errorCallbackURL",
        skip_serializing_if = "Option::is_none"
    )]
    pub error_callback_url: Option<String>,
    /// Where to go if the sign-in has created an account.
    #[serde(
        default,
        rename = "newUserCallbackURL",
        skip_serializing_if = "Option::is_none"
    )]
    pub new_user_callback_url: Option<String>,
    /// Scopes in addition to the provider's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<String>>,
    /// The account that the provider should suggest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login_hint: Option<String>,
    /// `Some(true)`: an account may be created even if the provider is configured not to do so by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_sign_up: Option<bool>,
}

impl SignInSocial {
    /// Creates a sign-in with this provider that returns to `callback_url`.
    pub fn new(provider: impl Into<String>, callback_url: impl Into<String>) -> Self {
        Self {
            provider: provider.into(),
            callback_url: Some(callback_url.into()),
            ..Self::default()
        }
    }
}

/// The answer of `sign-in/email` and `sign-up/email`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignInAnswer {
    /// The user; `None` if a second factor is required.
    #[serde(default)]
    pub user: Option<User>,
    /// A second factor has to be given before there is a session.
    #[serde(default)]
    pub two_factor_redirect: bool,
    /// Whether the browser should go to `url`.
    #[serde(default)]
    pub redirect: bool,
    /// Where to go.
    #[serde(default)]
    pub url: Option<String>,
}

/// The answer of `sign-in/social`: the provider's page to go to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SocialRedirect {
    /// The provider's authorization page.
    pub url: String,
    /// Whether to redirect; false if the caller has asked not to.
    #[serde(default)]
    pub redirect: bool,
}

/// The answer of a form's server function after a successful sign-in or sign-up.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignedIn {
    /// The new session; `None` if a second factor or a confirmed address is required first.
    pub session: Option<SessionData>,
    /// The Convex token that came with it, so that the open socket needs no second request.
    pub convex_token: Option<String>,
    /// The page to go to: a checked path of this site.
    pub redirect_to: String,
    /// A second factor has to be given before there is a session.
    pub two_factor: bool,
}

impl fmt::Debug for SignedIn {
    /// Leaves the token out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedIn")
            .field("session", &self.session)
            .field("redirect_to", &self.redirect_to)
            .field("two_factor", &self.two_factor)
            .finish_non_exhaustive()
    }
}

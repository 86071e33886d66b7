//! Sign-in and sign-up.

use serde_json::{Value, json};

use crate::client::auth_client::AuthClient;
use crate::client::{last_login, page};
use crate::{
    AuthError, EmailOtp, SignInAnswer, SignInEmail, SignInMagicLink, SignInSocial, SignUpEmail,
    SocialRedirect, User,
};

/// The ways to sign in.
#[derive(Clone, Debug)]
pub struct SignIn(AuthClient);

/// The ways to create an account.
#[derive(Clone, Debug)]
pub struct SignUp(AuthClient);

impl AuthClient {
    /// Returns the calls of `authClient.signIn.*`.
    pub fn sign_in(&self) -> SignIn {
        SignIn(self.clone())
    }

    /// Returns the calls of `authClient.signUp.*`.
    pub fn sign_up(&self) -> SignUp {
        SignUp(self.clone())
    }

    /// Notifies the session that somebody may have signed in, by `method`.
    fn signed_in(&self, method: &str) {
        last_login::remember(method);
        self.session_changed();
    }
}

impl SignIn {
    /// Sends `POST /sign-in/email`. [`SignInAnswer::two_factor_redirect`] asks for a second factor.
    pub async fn email(&self, form: SignInEmail) -> Result<SignInAnswer, AuthError> {
        let answer: SignInAnswer = self.0.ask("/sign-in/email", &form).await?;
        if answer.two_factor_redirect {
            last_login::begin("email");
        } else {
            self.0.signed_in("email");
        }
        Ok(answer)
    }

    /// Sends `POST /sign-in/social` and returns the provider's page; go there with [`SocialRedirect::follow`].
    pub async fn social(&self, form: SignInSocial) -> Result<SocialRedirect, AuthError> {
        let redirect = self.0.ask("/sign-in/social", &form).await?;
        last_login::begin(&form.provider);
        Ok(redirect)
    }

    /// Sends `POST /sign-in/magic-link`, which sends a mail with a link that signs in. The answer is the same for
    /// addresses without an account.
    pub async fn magic_link(&self, form: SignInMagicLink) -> Result<(), AuthError> {
        self.0.post("/sign-in/magic-link", &form).await?;
        last_login::begin("magic-link");
        Ok(())
    }

    /// Sends `POST /sign-in/email-otp`, with a code that [`EmailOtpPlugin`](super::EmailOtpPlugin) has sent.
    pub async fn email_otp(&self, form: EmailOtp) -> Result<User, AuthError> {
        let answer: SignInAnswer = self.0.ask("/sign-in/email-otp", &form).await?;
        self.0.signed_in("email-otp");
        user_of(answer)
    }

    /// Sends `POST /sign-in/anonymous`, which creates an account without address or password. When the guest signs in
    /// or up later, Better Auth's `onLinkAccount` hands over the guest's data.
    pub async fn anonymous(&self) -> Result<User, AuthError> {
        let answer: SignInAnswer = self.0.ask("/sign-in/anonymous", &json!({})).await?;
        self.0.session_changed();
        user_of(answer)
    }
}

impl SignUp {
    /// Sends `POST /sign-up/email`, which also signs in unless the address has to be confirmed first.
    pub async fn email(&self, form: SignUpEmail) -> Result<SignInAnswer, AuthError> {
        let answer = self.0.ask("/sign-up/email", &form).await?;
        self.0.signed_in("email");
        Ok(answer)
    }
}

impl SocialRedirect {
    /// Leaves this page for the provider's. Only `https:` and `http:` addresses are followed.
    ///
    /// # On the server
    /// Nothing.
    pub fn follow(&self) {
        if self.url.starts_with("https://") || self.url.starts_with("http://") {
            page::go_to(&self.url);
        }
    }
}

pub(super) fn user_of(answer: SignInAnswer) -> Result<User, AuthError> {
    answer.user.ok_or_else(|| AuthError::unexpected(200))
}

impl AuthClient {
    /// Sends `POST /delete-anonymous-user`, which deletes a guest's account.
    pub async fn delete_anonymous_user(&self) -> Result<(), AuthError> {
        self.ask::<_, Value>("/delete-anonymous-user", &json!({}))
            .await?;
        self.session_ended();
        Ok(())
    }
}

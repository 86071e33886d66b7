//! The person's own account.

use serde_json::Value;

use super::sign_in::user_of;
use crate::client::auth_client::{AuthClient, text_of};
use crate::{
    AccountDeletion, AuthError, ChangeEmail, ChangePassword, DeleteUser, SignInAnswer, UpdateUser,
    User,
};

impl AuthClient {
    /// Sends `POST /update-user`: name and picture.
    pub async fn update_user(&self, form: UpdateUser) -> Result<(), AuthError> {
        self.post("/update-user", &form).await?;
        self.session_changed();
        Ok(())
    }

    /// Sends `POST /change-password`.
    /// [`InvalidPassword`](crate::AuthErrorCode::InvalidPassword) when the current one is wrong.
    pub async fn change_password(&self, form: ChangePassword) -> Result<User, AuthError> {
        let answer: SignInAnswer = self.ask("/change-password", &form).await?;
        self.session_changed();
        user_of(answer)
    }

    /// Sends `POST /change-email`. The effect depends on the deployment: an unconfirmed address changes at once, a
    /// confirmed one after the link in a mail has been opened. The answer is the same if somebody else has the address.
    pub async fn change_email(&self, form: ChangeEmail) -> Result<(), AuthError> {
        self.post("/change-email", &form).await?;
        self.session_changed();
        Ok(())
    }

    /// Sends `POST /delete-user`. [`SessionNotFresh`](crate::AuthErrorCode::SessionNotFresh) asks for the password.
    pub async fn delete_user(&self, form: DeleteUser) -> Result<AccountDeletion, AuthError> {
        let answer: Value = self.ask("/delete-user", &form).await?;
        if text_of(&answer, "message") == Some("Verification email sent") {
            return Ok(AccountDeletion::ConfirmationSent);
        }
        self.session_ended();
        Ok(AccountDeletion::Deleted)
    }
}

//! One route a file.

mod confirm_email;
mod dashboard;
mod forgot_password;
mod landing;
mod link_sign_in;
mod mail_code;
mod mail_sign_in;
mod mailbox;
mod not_found;
mod protected;
mod reset_password;
mod settings;
mod sign_in;
mod sign_up;
mod two_factor;
mod verify_email;

pub use confirm_email::ConfirmEmailPage;
pub use dashboard::DashboardPage;
pub use forgot_password::ForgotPasswordPage;
pub use landing::LandingPage;
pub use link_sign_in::LinkSignInPage;
pub use mail_code::MailCodePage;
pub use mail_sign_in::MailSignInPage;
pub use mailbox::MailboxPage;
pub use not_found::NotFoundPage;
pub use protected::ProtectedPage;
pub use reset_password::ResetPasswordPage;
pub use settings::SettingsPage;
pub use sign_in::SignInPage;
pub use sign_up::SignUpPage;
pub use two_factor::TwoFactorPage;
pub use verify_email::VerifyEmailPage;

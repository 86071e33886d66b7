//! What forms post to: server functions, one use case a file, all under `/actions`.
//!
//! Browsers post these forms themselves. Each function returns an [`Outcome`], which the server turns into a redirect: on
//! success to the next page, otherwise back to the form, which then shows the [`Refusal`]. A program that asks for JSON
//! gets the outcome itself.

mod add_todo;
pub mod begin_two_factor;
pub mod change_email;
pub mod change_password;
pub mod claim_account;
mod clear_done;
pub mod clear_mails;
pub mod confirm_email;
pub mod confirm_two_factor;
pub mod delete_account;
pub mod end_other_sessions;
pub mod end_session;
pub mod end_two_factor;
pub mod link_github;
pub mod link_sign_in;
pub mod mail_code;
pub mod mail_second_factor;
pub mod mail_sign_in;
mod outcome;
mod refusal;
mod remove_todo;
pub mod request_reset;
pub mod reset_password;
pub mod second_factor;
pub mod send_verification;
pub mod sign_in;
pub mod sign_in_github;
pub mod sign_in_guest;
pub mod sign_out;
pub mod sign_up;
pub mod switch_account;
mod toggle_todo;
pub mod unlink_github;
pub mod update_name;

#[cfg(feature = "ssr")]
mod server;

pub use add_todo::AddTodo;
pub use begin_two_factor::BeginTwoFactor;
pub use change_email::ChangeEmail;
pub use change_password::ChangePassword;
pub use claim_account::ClaimAccount;
pub use clear_done::ClearDone;
pub use clear_mails::ClearMails;
pub use confirm_email::ConfirmEmail;
pub use confirm_two_factor::ConfirmTwoFactor;
pub use delete_account::DeleteAccount;
pub use end_other_sessions::EndOtherSessions;
pub use end_session::EndSession;
pub use end_two_factor::EndTwoFactor;
pub use link_github::LinkGithub;
pub use link_sign_in::LinkSignIn;
pub use mail_code::MailCode;
pub use mail_second_factor::MailSecondFactor;
pub use mail_sign_in::MailSignIn;
pub use outcome::{Outcome, Unreached};
pub use refusal::Refusal;
pub use remove_todo::RemoveTodo;
pub use request_reset::RequestReset;
pub use reset_password::ResetPassword;
pub use second_factor::SecondFactor;
pub use send_verification::SendVerification;
pub use sign_in::SignIn;
pub use sign_in_github::SignInGithub;
pub use sign_in_guest::SignInGuest;
pub use sign_out::SignOut;
pub use sign_up::SignUp;
pub use switch_account::SwitchAccount;
pub use toggle_todo::ToggleTodo;
pub use unlink_github::UnlinkGithub;
pub use update_name::UpdateName;

/// Name of the form with the todos.
pub const TODOS: &str = "todos";

/// The message if GitHub is not set up.
pub const GITHUB_ABSENT: &str =
    "GitHub is not set up on this server (GITHUB_CLIENT_ID and GITHUB_CLIENT_SECRET).";

/// The message for an empty todo.
pub const NOTHING_TO_DO: &str = "Enter what to do";

//! The routes of Better Auth, one file for each topic, named as in its JavaScript client.

mod account;
mod convex;
mod email_otp;
mod last_login;
mod linked;
mod magic_link;
mod one_time_token;
mod password;
mod sessions;
mod sign_in;
mod two_factor;

#[cfg(test)]
mod tests;

pub use convex::ConvexPlugin;
pub use email_otp::EmailOtpPlugin;
pub use magic_link::MagicLinkPlugin;
pub use one_time_token::OneTimeToken;
pub use sign_in::{SignIn, SignUp};
pub use two_factor::TwoFactor;

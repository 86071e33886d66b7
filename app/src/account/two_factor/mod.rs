//! Two-factor sign-in: a code from an authenticator app, after the password.
//!
//! It can be left out: delete this folder and the lines of the app and the server that end in `// two-factor`, and the
//! plugin `twoFactor` in `convex/auth.ts`.

mod challenge;
mod cookie;
mod setup;

pub use cookie::forget_at_sign_out;

pub(super) use challenge::TwoFactorPage;
pub(super) use cookie::forget as forget_setup;
pub(super) use setup::TwoFactorSettings;

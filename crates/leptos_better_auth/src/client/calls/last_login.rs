//! The way this browser signed in last.

use crate::client::{AuthClient, last_login};

impl AuthClient {
    /// Returns how this browser signed in last: `email`, `magic-link`, `email-otp`, or a provider such as `github`. It
    /// is kept in the browser's storage. If Better Auth's `lastLoginMethod` plugin is on, its cookie takes precedence.
    ///
    /// # On the server
    /// `None`. For showing it, [`use_last_login_method`](crate::use_last_login_method) does not disturb hydration.
    pub fn get_last_used_login_method(&self) -> Option<String> {
        last_login::recall()
    }

    /// Returns whether this browser signed in by `method` last.
    pub fn is_last_used_login_method(&self, method: &str) -> bool {
        last_login::recall().as_deref() == Some(method)
    }

    /// Remembers a way to sign in that this client does not handle, such as a form of your own.
    pub fn remember_login_method(&self, method: &str) {
        last_login::remember(method);
    }

    /// Forgets the way, for a machine that is shared.
    pub fn clear_last_used_login_method(&self) {
        last_login::clear();
    }
}

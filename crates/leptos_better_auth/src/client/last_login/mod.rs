//! The way this browser signed in last.

use leptos::prelude::*;

#[cfg(feature = "hydrate")]
mod browser;
#[cfg(not(feature = "hydrate"))]
mod inert;

#[cfg(feature = "hydrate")]
use browser as memory;
#[cfg(not(feature = "hydrate"))]
use inert as memory;

pub(super) use memory::{begin, clear, recall, remember, settle};

/// The key in the browser's storage, and the cookie of Better Auth's `lastLoginMethod` plugin.
#[allow(dead_code, reason = "used in the browser only")]
const NAME: &str = "better-auth.last_used_login_method";
/// The key of a sign-in that continues elsewhere: at a provider, in a mail, with a second factor.
#[allow(dead_code, reason = "used in the browser only")]
const BEGUN: &str = "better-auth.last_used_login_method.begun";

/// Returns [`AuthClient::get_last_used_login_method`](super::AuthClient::get_last_used_login_method) as a signal for a
/// page: `None` on the server and during hydration, the method right after.
pub fn use_last_login_method() -> ReadSignal<Option<String>> {
    let (method, set_method) = signal(None);
    // Effects do not run on the server.
    Effect::new(move || set_method.set(memory::recall()));
    method
}

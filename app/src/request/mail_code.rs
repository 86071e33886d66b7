//! The address a code was mailed to, between asking for the code and entering it.
//!
//! It waits in a cookie of this browser that no script can read: what is typed goes into no URL.

use super::{
    cookies::{self, Scope},
    server,
};

const COOKIE: &str = "mail-code-address";

/// How long a code is valid.
const COOKIE_SECONDS: u32 = 5 * 60;

/// Remembers it for the next page.
pub(crate) fn keep_address(address: &str) {
    cookies::set(
        Scope::Site,
        COOKIE,
        &server::write(&address),
        COOKIE_SECONDS,
    );
}

/// Forgets it: the code has been used.
pub(crate) fn forget_address() {
    cookies::delete(Scope::Site, COOKIE);
}

/// The address, while its code can be valid.
pub(crate) fn address() -> Option<String> {
    server::read(&cookies::get(Scope::Site, COOKIE)?)
}

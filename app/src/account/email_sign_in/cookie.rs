//! The address that a code was mailed to, kept between the two forms.
//!
//! It is in a cookie that no script can read, because nothing that was typed goes into a URL.

use crate::request::{
    cookies::{self, Scope},
    keep_private,
};

const COOKIE: &str = "mail-code-address";

/// The time a code is valid.
const COOKIE_SECONDS: u32 = 5 * 60;

/// Keeps the address for the next page.
pub(super) fn keep_address(address: &str) {
    let value = cookies::write(&address);
    cookies::set(Scope::Site, COOKIE, &value, COOKIE_SECONDS);
}

/// Deletes the address after the code has been used.
pub(super) fn forget_address() {
    cookies::delete(Scope::Site, COOKIE);
}

/// Returns the address while its code may be valid.
pub(super) fn address() -> Option<String> {
    cookies::read(&cookies::get(Scope::Site, COOKIE)?)
}

/// Returns the address for a page that shows it.
pub(super) fn use_address() -> Option<String> {
    let address = address();
    if address.is_some() {
        keep_private();
    }
    address
}

//! The cookies in which a browser tells the server what it has seen, so that no page is older.

use leptos_convex::ServerCookies;

/// The live client sets these cookies, and a server with live sessions reads them. The value of the second one names
/// the server that wrote, or shows that the browser did.
pub(crate) const COOKIES: ServerCookies = ServerCookies {
    seen: "convex_seen",
    wrote: "convex_wrote",
};

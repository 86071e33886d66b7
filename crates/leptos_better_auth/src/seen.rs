//! The cookies in which a browser tells the server what it has seen, so that no page is older.

use leptos_convex::ServerCookies;

/// Set by the live client, read by a server with live sessions. The value of the second names the server that wrote, or
/// says that the browser did.
pub(crate) const COOKIES: ServerCookies = ServerCookies {
    seen: "convex_seen",
    wrote: "convex_wrote",
};

//! The cookies by which a browser tells the server what it knows, so that no page is older.

use leptos_convex::ServerCookies;

/// Set by the live client, read by the server where it holds live sessions. The value of the second says which server
/// wrote, or that the browser did.
pub(crate) const COOKIES: ServerCookies = ServerCookies {
    seen: "convex_seen",
    wrote: "convex_wrote",
};

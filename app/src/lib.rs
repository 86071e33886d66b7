//! The web app, compiled twice: for the server (feature `ssr`) and for the browser (`hydrate`).
//!
//! # Layout
//!
//! * [`mod@shell`]: the HTML document around the app.
//! * [`routes`]: paths and their pages, the site map on one screen.
//! * [`api`]: typed handles for the functions in `convex/`.
//! * [`pages`]: one route a file.
//! * [`components`]: pieces that know this app; [`ui`]: pieces that know nothing of it.
//! * [`actions`]: what forms post to, one use case a file. Each is a public `POST` endpoint.
//! * [`next`]: where to go after signing in.
//! * [`request`]: what a page may read from and say about the HTTP exchange it is rendered in.
//!
//! A page knows hooks, never sockets, cookies or headers.
// Views nest as types; rendering walks them deeper than rustc goes by default.
#![recursion_limit = "512"]
#![expect(
    unreachable_pub,
    reason = "the component macro nests the body as a `pub fn` inside the component"
)]

pub mod actions;
pub mod api;
pub mod components;
pub mod next;
pub mod pages;
pub mod request;
pub mod routes;
pub mod shell;
pub mod ui;

pub use routes::App;
pub use shell::{DocumentAssets, shell};

/// What the product is called, in titles and in the header.
pub const NAME: &str = "Leptos + Convex";

//! The web app. The server (feature `ssr`) renders its pages; the browser (`hydrate`) gets the code of the islands in
//! them and nothing else.
//!
//! # Layout
//!
//! For both:
//!
//! * [`islands`]: the parts of pages that live in the browser.
//! * [`api`]: typed handles for the functions in `convex/`.
//! * [`ui`]: pieces that know nothing of this app.
//! * [`actions`]: what forms post to, one use case a file. Each is a public `POST` endpoint.
//!
//! For the server:
//!
//! * `shell`: the HTML document around the app.
//! * `routes`: paths and their pages, the site map on one screen.
//! * `pages`: one route a file.
//! * `components`: pieces that know this app.
//! * `next`: where to go after signing in.
//! * `request`: what a page may read from and say about the HTTP exchange it is rendered in.
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
pub mod islands;
pub mod ui;

#[cfg(feature = "ssr")]
pub mod components;
#[cfg(feature = "ssr")]
pub mod next;
#[cfg(feature = "ssr")]
pub mod pages;
#[cfg(feature = "ssr")]
pub mod request;
#[cfg(feature = "ssr")]
pub mod routes;
#[cfg(feature = "ssr")]
pub mod shell;

#[cfg(feature = "ssr")]
pub use routes::App;
#[cfg(feature = "ssr")]
pub use shell::{DocumentAssets, shell};

/// What the product is called, in titles and in the header.
pub const NAME: &str = "Leptos + Convex";

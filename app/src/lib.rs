//! The web app, compiled twice: for the server (feature `ssr`) and for the browser (`hydrate`).
//!
//! # Layout
//!
//! * [`shell`]: the HTML document around the app.
//! * [`routes`]: paths and their pages, the site map on one screen.
//! * [`pages`]: one route a file.
//! * [`components`]: pieces that know this app; [`ui`]: pieces that know nothing of it.
//! * [`next`]: where to go after signing in.
//! * [`request`]: what a page may read from and say about the HTTP exchange it is rendered in.
//!
//! A page knows hooks, never sockets, cookies or headers.
#![expect(
    unreachable_pub,
    reason = "the component macro nests the body as a `pub fn` inside the component"
)]

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

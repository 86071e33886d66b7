//! The web app. The server (feature `ssr`) renders its pages; the browser (`hydrate`) gets the code of the islands in
//! them and nothing else.
//!
//! # Layout
//!
//! For both:
//!
//! * [`islands`]: the parts of pages that live in the browser, with the server functions of their forms.
//! * [`forms`]: how a form works, from the page to the answer.
//! * [`ui`]: pieces that know nothing of this app.
//! * [`api`]: typed handles for the functions in `convex/`.
//!
//! For the server:
//!
//! * `routes`: the app, and the guide's paths with their pages; `paths`: every path once.
//! * `shell`: the HTML document around the app; `served`: both as routes of axum.
//! * `pages`: the guide, one page a file.
//! * `account`: everything that Better Auth adds, a use case a file: server function, form and page.
//! * `dev`: the mailbox for development.
//! * `components`: pieces that know this app.
//! * `request`: what a page may read from and say about the HTTP exchange it is rendered in.
//!
//! A page knows hooks, never sockets, cookies or headers.
// Views nest as types; rendering walks them deeper than rustc goes by default.
#![recursion_limit = "512"]
#![expect(
    unreachable_pub,
    reason = "the component macro nests the body as a `pub fn` inside the component"
)]

pub mod api;
pub mod forms;
pub mod islands;
pub mod ui;

#[cfg(feature = "ssr")]
pub mod account;
#[cfg(feature = "ssr")]
pub mod components;
#[cfg(feature = "ssr")] // dev
pub mod dev; // dev
#[cfg(feature = "ssr")]
mod document_assets;
#[cfg(feature = "ssr")]
pub mod pages;
#[cfg(feature = "ssr")]
pub mod paths;
#[cfg(feature = "ssr")]
pub mod request;
#[cfg(feature = "ssr")]
pub mod routes;
#[cfg(feature = "ssr")]
mod scripts;
#[cfg(feature = "ssr")]
pub mod served;
#[cfg(feature = "ssr")]
pub mod shell;

#[cfg(feature = "ssr")]
pub use document_assets::DocumentAssets;
#[cfg(feature = "ssr")]
pub use routes::App;
#[cfg(feature = "ssr")]
pub use shell::shell;

/// The name of the product, in titles and in the header.
pub const NAME: &str = "Leptos + Convex";

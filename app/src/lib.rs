//! The web app. The server (feature `ssr`) renders its pages. The browser (`hydrate`) loads only the code of the
//! islands in them.
//!
//! # Layout
//!
//! On both sides:
//!
//! * [`islands`]: the parts of pages that are hydrated, with the server functions of their forms.
//! * [`forms`]: the way of a form, from the page to the answer.
//! * [`ui`]: components that do not depend on this app.
//! * [`api`]: typed handles for the functions in `convex/`.
//!
//! On the server:
//!
//! * `routes`: the app, and the guide's paths with their pages; `paths`: all paths, each written once.
//! * `shell`: the HTML document around the app; `served`: app and document as routes of axum.
//! * `pages`: the guide, one file for each page.
//! * `account`: everything that Better Auth adds, one file for each use case with its server function, form and page.
//! * `dev`: the mailbox for development.
//! * `components`: components of this app.
//! * `request`: the HTTP request and response of the page, as far as a page may use them.
//!
//! Pages use hooks, never sockets, cookies or headers.
// Views are nested types. Rendering them exceeds rustc's default limit.
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

//! The HTTP half of Convex's client protocol, the site port, and the status page.
//!
//! - [`api`]: `/api/query`, `/api/mutation`, `/api/action` and similar routes.
//! - [`caller`]: the caller, from the `Authorization` header.
//! - [`admit`]: the layer that asks the guard.
//! - [`guard`]: the host names and pages that may use the ports.
//! - [`format`]: the formats of values in responses.
//! - [`site`]: the routes of the app's `http.ts`.
//! - [`storage`]: stored files.
//! - [`transfer`]: snapshots and imports.
//! - [`logs`]: the stream of recent calls.
//! - [`push`]: the requests of the CLI when it pushes functions.
//! - [`admin`]: the requests of the `convex-local` command to a running backend.
//!
//! Statuses and bodies are those of Convex's `crates/local_backend`.

mod admin;
mod admit;
mod api;
mod caller;
mod error;
mod format;
mod guard;
mod html;
mod logs;
mod push;
mod request;
mod router;
mod site;
mod status;
mod storage;
mod transfer;

pub(crate) use guard::Guard;
pub(crate) use router::{cloud_router, files_router, site_router, sync_router};

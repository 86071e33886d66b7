//! The HTTP half of Convex's client protocol, the site port, and the status page.
//!
//! - [`api`]: `/api/query`, `/api/mutation`, `/api/action` and their kin.
//! - [`caller`]: who calls, from the `Authorization` header.
//! - [`admit`]: the layer that asks the guard.
//! - [`guard`]: by which names and from which pages the ports may be called.
//! - [`format`]: how values are written in answers.
//! - [`site`]: everything the app's `http.ts` routes.
//! - [`storage`]: stored files.
//! - [`transfer`]: snapshots and imports.
//! - [`logs`]: what was called, for whoever follows it.
//! - [`push`]: what the command line asks when it pushes functions.
//! - [`admin`]: what the `convex-local` command asks of a running backend.
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

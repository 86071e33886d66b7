//! An embedded backend that runs a Convex app's `convex/` folder on SQLite: for development, for
//! tests and for small machines. No account, no network.
//!
//! It speaks Convex's client protocol, so the official clients work against it unchanged. It does not compete with
//! Convex. A request for a feature that it lacks fails with an error that names the feature.
//!
//! ```no_run
//! # async fn example() -> Result<(), convex_local::StartError> {
//! use convex_local::{LocalBackend, LocalConfig};
//!
//! let backend = LocalBackend::start(LocalConfig::new("convex")).await?;
//! println!("CONVEX_URL={}", backend.cloud_url());
//! println!("CONVEX_SITE_URL={}", backend.site_url());
//! backend.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! # Layout
//! - [`LocalBackend`]: starting, stopping and mounting it.
//! - [`value`], [`store`]: Convex values; documents, indexes and transactions on SQLite.
//! - [`functions`]: the `convex/` folder, evaluated by Node.js.
//! - [`auth`]: authentication of callers.
//! - `files`: stored files.
//! - `http`, `sync`: the two halves of the client protocol.
//! - `transfer`: export and import of snapshots.
//! - [`DataFolder`]: the data of a backend that is not running.

pub mod auth;
mod backend;
mod calls;
mod clock;
mod config;
mod files;
mod folder;
pub mod functions;
mod http;
mod local;
mod lock;
mod ports;
mod private;
mod scheduler;
mod server_file;
pub mod store;
mod sync;
mod system_functions;
mod task;
mod this_machine;
mod tls;
mod transfer;
pub mod value;
mod who;

pub use config::{LocalConfig, Ports};
pub use folder::{DataFolder, FolderError};
pub use local::{LocalBackend, StartError};
pub use server_file::ServerFile;
pub use sync::ClientAddress;

/// The response of `/instance_name`.
pub(crate) const INSTANCE_NAME: &str = "convex-local";

//! The content of a `convex/` folder, known without running its functions.
//!
//! - `manifest`: the runner's description of the folder.
//! - `catalog`: the index of functions; `signature`: a function's validators.
//! - `tree`, `environment`: a deployment's rules for components and variables.
//! - `cron`: the entries of `crons.ts`.
//! - `spec`, `analysis`: the descriptions of the folder for `npx convex`.

pub(crate) mod analysis;
mod catalog;
mod cron;
pub(crate) mod environment;
mod manifest;
mod signature;
pub(crate) mod spec;
mod tree;

pub(crate) use catalog::{Address, Catalog, Function};
pub use cron::Cron;
pub use manifest::Kind;
pub(crate) use manifest::{Definition, Manifest};
pub(crate) use signature::Tables;

//! The content of a `convex/` folder, known without running any of it.
//!
//! - `manifest`: what the runner says is in the folder.
//! - `catalog`: the same, to find functions in; `signature`: what a function takes and gives.
//! - `tree`, `environment`: what of the components and variables a deployment refuses.
//! - `cron`: what `crons.ts` asks for.
//! - `spec`, `analysis`: what `npx convex` is told about the folder.

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

//! Functions of `tests/fixtures/app/convex`, run as an app would run them.
//!
//! The fixture has no `node_modules` of its own: `convex` and its esbuild are found in `crates/`
//! (`npm ci --prefix crates`).

mod better_auth;
mod components;
mod crons;
mod errors;
mod events;
mod files;
mod http;
mod ids;
mod limits;
mod memory;
mod older;
mod prebuilt;
mod realms;
mod refusals;
mod reload;
mod running;
mod runtime;
mod scheduled;
mod search;
mod support;
mod vectors;
mod watching;
mod workers;

//! An embedded backend that runs a Convex app's `convex/` folder on SQLite: for development, for
//! tests and for small machines.

pub mod auth;
pub mod functions;
pub mod store;
pub mod value;

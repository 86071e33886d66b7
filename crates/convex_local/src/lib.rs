//! convex_local
pub mod auth;

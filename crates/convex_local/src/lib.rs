//! convex_local

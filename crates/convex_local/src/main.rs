//! convex-local.
fn main() {}

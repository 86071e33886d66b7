//! The types generated for random schemas. `build.rs` makes the schemas, this crate compiles the types, and
//! `tests/round_trip.rs` converts values to them and back.
//!
//! `CODEGEN_SEED=7 cargo test -p convex_codegen_round_trip` tests other schemas.

pub mod random;

/// The handles of all functions.
#[allow(missing_docs, reason = "nobody has described these functions")]
#[allow(clippy::large_enum_variant, reason = "nobody has chosen these types")]
pub mod api {
    include!(concat!(env!("OUT_DIR"), "/api.rs"));
}

/// The function spec of the handles.
pub const SPEC: &str = include_str!(concat!(env!("OUT_DIR"), "/spec.json"));

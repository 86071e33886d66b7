//! What the generator makes of schemas nobody would write: `build.rs` invents them, this crate compiles the
//! result, `tests/round_trip.rs` sends values through it.
//!
//! `CODEGEN_SEED=7 cargo test -p convex_codegen_round_trip` tries others.

pub mod random;

/// The handles of all functions of the invented schemas.
#[allow(missing_docs, reason = "nobody has described these functions")]
#[allow(clippy::large_enum_variant, reason = "nobody has chosen these types")]
pub mod api {
    include!(concat!(env!("OUT_DIR"), "/api.rs"));
}

/// The function spec they were generated from.
pub const SPEC: &str = include_str!(concat!(env!("OUT_DIR"), "/spec.json"));

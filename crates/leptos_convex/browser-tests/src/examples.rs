//! The crate's examples, one module each; see `build.rs`.

include!(concat!(env!("OUT_DIR"), "/examples.rs"));

//! The crate's examples, each a module; see `build.rs`.

include!(concat!(env!("OUT_DIR"), "/examples.rs"));

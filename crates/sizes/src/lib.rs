//! The compressed sizes of files, and the bytes of a WebAssembly module by crate.
//!
//! # Layout
//! - [`brotli`]: bytes as the server compresses them
//! - [`folder`]: the files of a folder by kind
//! - [`parts`]: a module's bytes by crate
//! - [`table`]: rows and columns for the terminal

pub mod brotli;
pub mod folder;
pub mod parts;
pub mod table;

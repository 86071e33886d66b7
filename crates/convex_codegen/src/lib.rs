//! Typed Rust handles for the functions of a Convex app.
//!
//! Argument and result types come from the functions' validators, by way of the function spec that
//! `npx convex function-spec` and `convex-local function-spec` print; doc comments come from the sources. A
//! renamed function or field is then a compile error in Rust. The generated code needs the crates
//! `leptos_convex` and `serde`, and `serde_bytes` where a validator has `v.bytes()`.
//!
//! # By hand
//! ```sh
//! cargo install convex_codegen
//! convex-codegen --out src/api.rs                 # ./convex, by the local backend
//! convex-codegen --deployment --out src/api.rs    # a running backend, by the Convex CLI
//! convex-codegen --spec spec.json --out src/api.rs
//! ```
//!
//! # In a build script
//! With `convex_codegen = { version = "0.1", default-features = false }` under `[build-dependencies]`:
//! ```no_run
//! # use std::path::Path;
//! use convex_codegen::{Generator, Source};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! println!("cargo::rerun-if-changed=convex");
//! let spec = Source::File("convex/spec.json".into()).read()?;
//! let out = Path::new(&std::env::var("OUT_DIR")?).join("api.rs");
//! Generator::new(spec).docs_from("convex").write_included(&out)?;
//! # Ok(())
//! # }
//! ```
//! and in the crate itself, `#[allow(missing_docs)] mod api { include!(concat!(env!("OUT_DIR"), "/api.rs")); }`.

mod docs;
mod emit;
mod enums;
mod error;
mod format;
mod literal;
mod lower;
mod model;
mod names;
mod pagination;
mod shape;
mod source;
mod spec;
mod unions;
mod written;

use std::path::Path;

pub use self::{
    error::Error,
    format::{rustfmt, rustfmt_with},
    source::Source,
};
use crate::docs::Docs;

/// The examples of the front page.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// Writes Rust from a function spec.
///
/// ```
/// let spec = r#"[{
///     "identifier": "todos.js:count", "functionType": "Query", "visibility": { "kind": "public" },
///     "args": { "type": "object", "value": {} }, "returns": { "type": "number" }
/// }]"#;
/// let rust = convex_codegen::Generator::new(spec).source()?;
/// assert!(rust.contains("pub fn count() -> Query<f64>"));
/// # Ok::<(), convex_codegen::Error>(())
/// ```
#[derive(Debug)]
pub struct Generator {
    spec: String,
    docs: Docs,
    command: String,
}

impl Generator {
    /// Creates a generator from a function spec: the JSON that [`Source::read`] returns.
    pub fn new(spec: impl Into<String>) -> Self {
        Self {
            spec: spec.into(),
            docs: Docs::default(),
            command: "convex-codegen".to_owned(),
        }
    }

    /// Adds the doc comments of the sources in a `convex/` folder. Files that cannot be read have none.
    #[must_use]
    pub fn docs_from(mut self, convex_dir: impl AsRef<Path>) -> Self {
        self.docs = Docs::scan(convex_dir.as_ref());
        self
    }

    /// Sets the command in the first line of the file, for people who want to change the file. By default
    /// `convex-codegen`.
    #[must_use]
    pub fn written_by(mut self, command: impl Into<String>) -> Self {
        self.command = command.into();
        self
    }

    /// Returns the text of a separate file, such as `src/api.rs`, not yet formatted: see [`rustfmt`].
    ///
    /// # Errors
    /// When the spec is not a list of functions in JSON, when it has a validator that this program does not know, or
    /// when two files would be one module.
    pub fn source(&self) -> Result<String, Error> {
        Ok(self.first_line() + emit::HEADER + &self.included_source()?)
    }

    /// Returns the text of a file for `include!`, which cannot have attributes and docs of the whole file.
    ///
    /// # Errors
    /// As for [`source`](Self::source).
    pub fn included_source(&self) -> Result<String, Error> {
        let functions = spec::public_functions(&self.spec)?;
        Ok(emit::emit(&lower::lower(&functions, &self.docs)?))
    }

    /// Writes a file for `include!`, into a build script's `OUT_DIR`.
    ///
    /// # Errors
    /// As for [`source`](Self::source), and when the file cannot be written.
    pub fn write_included(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let path = path.as_ref();
        let text = self.included_source()?;
        std::fs::write(path, text).map_err(|source| Error::Write {
            path: path.to_owned(),
            source,
        })
    }

    fn first_line(&self) -> String {
        format!(
            "// Written by `{}` from the functions in convex/. Do not edit: change the functions.\n",
            self.command
        )
    }
}

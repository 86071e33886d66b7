//! The addresses of the files that the document loads.

/// The URLs of the generated files. The server finds them once at start, with their hashes, so that rendering a page
/// reads nothing from disk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DocumentAssets {
    /// The JavaScript module made by wasm-bindgen.
    pub js: String,
    /// The WebAssembly it loads.
    pub wasm: String,
    /// The stylesheet.
    pub css: String,
    /// Whether the names contain a hash of the contents, so that they can be cached for ever.
    pub hashed: bool,
    /// The name of the release, which an open page compares with that of the server; `None` in development.
    pub release: Option<String>,
}

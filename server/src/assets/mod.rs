//! Static files: everything under the site root, kept in memory and compressed once.
//!
//! A file with a hash in its name never changes and is cached for a year. All others are revalidated by their `ETag`.
//! Encodings come from a `.br` or `.gz` file next to the file, or are created once after start; no request ever
//! compresses. Paths are looked up in a table of the files that existed at start, so no path can lead outside of the
//! folder.

mod encode;
mod live;
mod names;
mod respond;

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use app::DocumentAssets;
use axum::{
    body::Bytes,
    http::{HeaderMap, Method},
    response::Response,
};
use percent_encoding::percent_decode_str;
use thiserror::Error;

use self::live::Live;
use crate::{config::SiteConfig, release};

/// An error while reading the site root.
#[derive(Debug, Error)]
#[error(
    "cannot read {path}: {source}. `cargo leptos build` writes it; LEPTOS_SITE_ROOT says where it is"
)]
pub struct AssetsError {
    path: PathBuf,
    source: io::Error,
}

/// All files of the site, by URL path (`/pkg/app.1a2b.js`).
#[derive(Debug)]
pub struct Assets {
    files: HashMap<String, Asset>,
    document: DocumentAssets,
    /// The folder to read from instead of memory, under `watch`.
    live: Option<Live>,
}

/// One file. Its encodings start empty and are filled once: by [`Assets::load`] from a file beside
/// it, or by [`Assets::compress`]; `None` inside means that it is not worth it.
#[derive(Debug)]
struct Asset {
    content_type: String,
    etag: String,
    immutable: bool,
    identity: Bytes,
    brotli: OnceLock<Option<Bytes>>,
    gzip: OnceLock<Option<Bytes>>,
}

impl Assets {
    /// Reads the whole site root. If it is missing, the site is empty: the server still renders pages, without styles
    /// and WebAssembly, and logs a warning.
    ///
    /// # Errors
    ///
    /// When an existing file or folder cannot be read.
    pub fn load(config: &SiteConfig) -> Result<Self, AssetsError> {
        let root = &config.site_root;
        let mut files = HashMap::new();
        if root.is_dir() {
            read_folder(root, root, &mut files)?;
        } else {
            tracing::warn!(path = %root.display(), "no site root: pages have no styles and no scripts");
        }
        let paths: Vec<&String> = files.keys().collect();
        let (plain, hashed) = (names::plain(config), names::hashed(config, &paths));
        let live = config
            .watch
            .then(|| Live::new(root, &plain, hashed.as_ref()));
        let found = hashed.filter(|_| !config.watch);
        let mut document = found.unwrap_or(plain);
        document.release = release::name(&document);
        adopt_precompressed(&mut files);
        mark_immutable(&mut files, &document);
        Ok(Self {
            files,
            document,
            live,
        })
    }

    /// Returns the names of the generated files, for the document's head.
    #[must_use]
    pub fn document(&self) -> &DocumentAssets {
        &self.document
    }

    /// Compresses all files that are worth it, the slowest last. Blocks for seconds.
    pub fn compress(&self) {
        let started = std::time::Instant::now();
        let mut assets: Vec<&Asset> = self.files.values().collect();
        assets.sort_by_key(|asset| asset.identity.len());
        for asset in assets {
            asset.gzip.get_or_init(|| asset.encoded(encode::gzip));
            asset.brotli.get_or_init(|| asset.encoded(encode::brotli));
        }
        tracing::info!(files = self.files.len(), took = ?started.elapsed(), "compressed the site");
    }

    /// Returns the answer for `path`, as it is in the URL; `None` if there is no such file.
    #[must_use]
    pub fn respond(&self, method: &Method, path: &str, headers: &HeaderMap) -> Option<Response> {
        let path = percent_decode_str(path).decode_utf8().ok()?;
        match &self.live {
            Some(live) => {
                let asset = Asset::new(&path, live.read(&path)?.into());
                Some(respond::respond(&asset, method, headers))
            }
            None => Some(respond::respond(
                self.files.get(path.as_ref())?,
                method,
                headers,
            )),
        }
    }
}

impl Asset {
    fn new(path: &str, identity: Bytes) -> Self {
        let guessed = mime_guess::from_path(path).first_or_octet_stream();
        let content_type = match (guessed.type_(), guessed.subtype().as_str()) {
            (mime_guess::mime::TEXT, _) | (_, "javascript" | "json") => {
                format!("{guessed}; charset=utf-8")
            }
            _ => guessed.to_string(),
        };
        Self {
            content_type,
            etag: encode::fingerprint(&identity),
            immutable: false,
            identity,
            brotli: OnceLock::new(),
            gzip: OnceLock::new(),
        }
    }

    fn encoded(&self, encode: impl Fn(&[u8]) -> Option<Vec<u8>>) -> Option<Bytes> {
        encode::worthwhile(&self.content_type, self.identity.len())
            .then(|| encode(&self.identity))
            .flatten()
            .filter(|encoded| encoded.len() < self.identity.len())
            .map(Bytes::from)
    }
}

fn read_folder(
    root: &Path,
    folder: &Path,
    files: &mut HashMap<String, Asset>,
) -> Result<(), AssetsError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| AssetsError { path, source }
    };
    for entry in fs::read_dir(folder).map_err(failed(folder))? {
        let path = entry.map_err(failed(folder))?.path();
        if path.is_dir() {
            read_folder(root, &path, files)?;
        } else if let Some(url) = url_path(root, &path) {
            let bytes = fs::read(&path).map_err(failed(&path))?;
            let asset = Asset::new(&url, bytes.into());
            files.insert(url, asset);
        }
    }
    Ok(())
}

/// Converts `target/site/pkg/app.js` to `/pkg/app.js`; `None` for names that are not UTF-8.
fn url_path(root: &Path, file: &Path) -> Option<String> {
    let parts: Option<Vec<&str>> = file
        .strip_prefix(root)
        .ok()?
        .components()
        .map(|part| part.as_os_str().to_str())
        .collect();
    Some(format!("/{}", parts?.join("/")))
}

/// Uses `app.js.br` and `app.js.gz` as encodings of `app.js` instead of separate files.
fn adopt_precompressed(files: &mut HashMap<String, Asset>) {
    let encoded: Vec<String> = files
        .keys()
        .filter(|path| path.ends_with(".br") || path.ends_with(".gz"))
        .cloned()
        .collect();
    for path in encoded {
        let Some((original, extension)) = path.rsplit_once('.') else {
            continue;
        };
        if !files.contains_key(original) {
            continue;
        }
        if let (Some(encoded), Some(asset)) = (files.remove(&path), files.get_mut(original)) {
            let slot = if extension == "br" {
                &mut asset.brotli
            } else {
                &mut asset.gzip
            };
            *slot = OnceLock::from(Some(encoded.identity));
        }
    }
}

/// Marks the files that the document links under a hashed name.
fn mark_immutable(files: &mut HashMap<String, Asset>, document: &DocumentAssets) {
    if document.hashed {
        for path in [&document.js, &document.wasm, &document.css] {
            if let Some(asset) = files.get_mut(path.as_str()) {
                asset.immutable = true;
            }
        }
    }
}

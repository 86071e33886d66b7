//! The site's files under `cargo leptos watch`, read again for each request.
//!
//! Its first build renames the generated files to names with hashes. Later ones write what has changed under the plain
//! names. So pages link the plain names, and a plain file that is missing is read from the first build.

use std::{
    collections::HashMap,
    fs,
    path::{Component, Path, PathBuf},
};

use app::DocumentAssets;

/// The folder of the site, and the generated files of the first build.
#[derive(Debug)]
pub(super) struct Live {
    root: PathBuf,
    /// URL paths with hashes, by those without.
    first_build: HashMap<String, String>,
}

impl Live {
    pub(super) fn new(
        root: &Path,
        plain: &DocumentAssets,
        hashed: Option<&DocumentAssets>,
    ) -> Self {
        let urls = |it: &DocumentAssets| [it.js.clone(), it.wasm.clone(), it.css.clone()];
        let hashed = hashed.into_iter().flat_map(urls);
        Self {
            root: root.to_owned(),
            first_build: urls(plain).into_iter().zip(hashed).collect(),
        }
    }

    /// Returns the contents of the file at a URL's path.
    pub(super) fn read(&self, path: &str) -> Option<Vec<u8>> {
        let read = |path: &str| fs::read(inside(&self.root, path)?).ok();
        read(path).or_else(|| read(self.first_build.get(path)?))
    }
}

/// Returns the file at a URL's path below `root`; `None` if `..` or a link leads outside.
fn inside(root: &Path, path: &str) -> Option<PathBuf> {
    let relative = Path::new(path.strip_prefix('/')?);
    let is_plain = relative
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    let file = is_plain.then(|| root.join(relative))?.canonicalize().ok()?;
    let inside = file.starts_with(root.canonicalize().ok()?) && file.is_file();
    inside.then_some(file)
}

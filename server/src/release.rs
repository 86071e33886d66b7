//! The running release of the app. An open page requests it when its connection is back or its tab is shown again, and
//! offers to reload if it has changed.

use std::{env, fs};

use app::DocumentAssets;
use axum::{
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use sha2::{Digest, Sha256};

/// The address that pages request.
pub(crate) const PATH: &str = "/api/release";

/// The file of `cargo xtask dist` in the folder above the programs, with version, commit and target.
const VERSION: &str = "../VERSION";

/// The page for a form of an earlier release whose server function is gone.
const STALE_FORM: &str = include_str!("stale.html");

/// Returns a name of the release, the same on all servers that run it. In development, where file names have no hashes,
/// there is none, because `cargo leptos watch` reloads pages.
pub(crate) fn name(document: &DocumentAssets) -> Option<String> {
    document.hashed.then(|| {
        let version = env::current_exe()
            .ok()
            .and_then(|program| fs::read(program.with_file_name(VERSION)).ok())
            .unwrap_or_default();
        named_after(document, &version)
    })
}

fn named_after(document: &DocumentAssets, version: &[u8]) -> String {
    let mut digest = Sha256::new();
    for part in [&document.js, &document.wasm, &document.css] {
        digest.update(part);
    }
    digest.update(version);
    let digest = digest.finalize();
    digest[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Answers with the name; empty if there is none.
pub(crate) fn answer(document: &DocumentAssets) -> Response {
    let name = document.release.clone().unwrap_or_default();
    ([(header::CACHE_CONTROL, "no-store")], name).into_response()
}

/// Answers a form whose server function is gone: what happened, that nothing was changed, and what to do.
pub(crate) fn stale_form() -> Response {
    let fresh = [(header::CACHE_CONTROL, "no-store")];
    (StatusCode::NOT_FOUND, fresh, Html(STALE_FORM)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(js: &str) -> DocumentAssets {
        DocumentAssets {
            js: js.to_owned(),
            hashed: true,
            ..DocumentAssets::default()
        }
    }

    #[test]
    fn another_file_or_another_commit_is_another_release() {
        let now = named_after(&document("/pkg/a.1.js"), b"commit 1");
        assert_eq!(now, named_after(&document("/pkg/a.1.js"), b"commit 1"));
        assert_ne!(now, named_after(&document("/pkg/a.2.js"), b"commit 1"));
        assert_ne!(now, named_after(&document("/pkg/a.1.js"), b"commit 2"));
        let watched = DocumentAssets::default();
        assert_eq!(name(&watched), None);
    }
}

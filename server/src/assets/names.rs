//! The names of the generated files, including their hashes, found once at start. (Leptos' own `HydrationScripts` reads
//! `hash.txt` from disk for every page.)

use std::{env, fs};

use app::DocumentAssets;

use crate::config::SiteConfig;

/// The file that cargo-leptos writes next to the binary, with lines `js: <hash>`, `wasm: <hash>`, `css: <hash>`.
const HASH_FILE: &str = "hash.txt";

/// Returns the URLs of script, WebAssembly and stylesheet with their hashes: those in `hash.txt` if the files exist,
/// otherwise the only hashed file of each kind.
pub(super) fn hashed(config: &SiteConfig, paths: &[&String]) -> Option<DocumentAssets> {
    let hashes = fs_hashes();
    let prefix = prefix(config);
    let find = |extension: &str| {
        let listed = hashes
            .iter()
            .find_map(|(kind, hash)| {
                (kind == extension).then(|| format!("{prefix}.{hash}.{extension}"))
            })
            .filter(|path| paths.contains(&path));
        listed.or_else(|| only_hashed(&prefix, extension, paths))
    };
    Some(DocumentAssets {
        js: find("js")?,
        wasm: find("wasm")?,
        css: find("css")?,
        hashed: true,
        release: None,
    })
}

/// Returns their URLs without hashes.
pub(super) fn plain(config: &SiteConfig) -> DocumentAssets {
    let prefix = prefix(config);
    DocumentAssets {
        js: format!("{prefix}.js"),
        wasm: format!("{prefix}.wasm"),
        css: format!("{prefix}.css"),
        hashed: false,
        release: None,
    }
}

fn prefix(config: &SiteConfig) -> String {
    let folder = config.pkg_dir.trim_matches('/');
    format!("/{folder}/{}", config.output_name)
}

fn fs_hashes() -> Vec<(String, String)> {
    let text = env::current_exe()
        .ok()
        .and_then(|exe| fs::read_to_string(exe.with_file_name(HASH_FILE)).ok())
        .unwrap_or_default();
    let pair = |line: &str| {
        let (kind, hash) = line.split_once(':')?;
        Some((kind.trim().to_owned(), hash.trim().to_owned()))
    };
    text.lines().filter_map(pair).collect()
}

/// Finds `{prefix}.{hash}.{extension}`, if there is exactly one.
fn only_hashed(prefix: &str, extension: &str, paths: &[&String]) -> Option<String> {
    let is_hashed = |path: &&&String| {
        path.strip_prefix(prefix)
            .and_then(|rest| rest.strip_prefix('.'))
            .and_then(|rest| rest.strip_suffix(extension))
            .and_then(|rest| rest.strip_suffix('.'))
            .is_some_and(|hash| !hash.is_empty() && !hash.contains('.'))
    };
    let mut hashed = paths.iter().filter(is_hashed);
    let first = hashed.next()?;
    hashed.next().is_none().then(|| (*first).clone())
}

//! What a first visit downloads: the WebAssembly, JavaScript and CSS of the release build.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Serialize;

/// Bytes of one kind of file.
#[derive(Debug, Serialize)]
pub(crate) struct Size {
    pub(crate) kind: &'static str,
    pub(crate) raw: usize,
    pub(crate) brotli: usize,
}

/// # Errors
/// When the build is not there.
pub(crate) fn measure(pkg: &Path) -> Result<Vec<Size>> {
    of(pkg, &["wasm", "js", "css"])
}

/// # Errors
/// When there is nothing of one of these kinds.
pub(crate) fn of(pkg: &Path, kinds: &[&'static str]) -> Result<Vec<Size>> {
    let mut sizes = Vec::new();
    for &kind in kinds {
        let mut size = Size {
            kind,
            raw: 0,
            brotli: 0,
        };
        collect(pkg, kind, &mut size)?;
        if size.raw == 0 {
            bail!("no .{kind} in {}; is it built?", pkg.display());
        }
        sizes.push(size);
    }
    Ok(sizes)
}

/// Sums up the files of a kind in a folder and below; `wasm-bindgen` may leave snippets in folders.
fn collect(dir: &Path, kind: &str, size: &mut Size) -> Result<()> {
    let entries =
        std::fs::read_dir(dir).with_context(|| format!("cannot read {}", dir.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, kind, size)?;
        } else if path.extension().is_some_and(|extension| extension == kind) {
            let bytes = std::fs::read(&path)?;
            size.raw += bytes.len();
            size.brotli += compressed(&bytes)?;
        }
    }
    Ok(())
}

/// At the highest level, as static files are compressed once.
fn compressed(bytes: &[u8]) -> Result<usize> {
    let mut out = Vec::new();
    let mut writer = brotli::CompressorWriter::new(&mut out, 1 << 16, 11, 22);
    writer.write_all(bytes)?;
    drop(writer);
    Ok(out.len())
}

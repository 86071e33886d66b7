//! The files of a folder by kind.

use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Serialize;

use crate::brotli::compressed;

/// Bytes of one kind of file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Size {
    /// The file extension.
    pub kind: &'static str,
    /// Uncompressed.
    pub raw: usize,
    /// Each file compressed separately.
    pub brotli: usize,
}

/// Sums up the files of these kinds in a folder and below.
///
/// # Errors
///
/// When the folder cannot be read, or has nothing of one of the kinds.
pub fn measure(dir: &Path, kinds: &[&'static str]) -> Result<Vec<Size>> {
    let of_kind = |kind: &&'static str| {
        let mut size = Size {
            kind,
            raw: 0,
            brotli: 0,
        };
        collect(dir, kind, &mut size)?;
        if size.raw == 0 {
            bail!("no .{kind} in {}; is it built?", dir.display());
        }
        Ok(size)
    };
    kinds.iter().map(of_kind).collect()
}

/// Adds up the files of a folder. `wasm-bindgen` may put snippets into subfolders.
fn collect(dir: &Path, kind: &str, size: &mut Size) -> Result<()> {
    let entries =
        std::fs::read_dir(dir).with_context(|| format!("cannot read {}", dir.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, kind, size)?;
        } else if path.extension().is_some_and(|extension| extension == kind) {
            let bytes =
                std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            size.raw += bytes.len();
            size.brotli += compressed(&bytes);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn files_of_a_kind_are_summed_up_with_those_in_subfolders() {
        let dir = tempfile::tempdir().expect("a folder");
        fs::create_dir(dir.path().join("snippets")).expect("a folder");
        let text = "let x = 1;\n".repeat(100);
        for name in ["a.js", "snippets/b.js", "c.css"] {
            fs::write(dir.path().join(name), &text).expect("a file");
        }
        let sizes = measure(dir.path(), &["js", "css"]).expect("sizes");
        let one = compressed(text.as_bytes());
        let size = |kind, files| Size {
            kind,
            raw: files * text.len(),
            brotli: files * one,
        };
        assert_eq!(sizes, [size("js", 2), size("css", 1)]);
        let error = measure(dir.path(), &["wasm"]).expect_err("there is none");
        assert!(error.to_string().starts_with("no .wasm in "), "{error}");
    }
}

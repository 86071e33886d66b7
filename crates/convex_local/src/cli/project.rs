//! The settings of the project's `convex.json` that the command uses.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Deserialize;

/// The functions folder, unless the file names another one.
const DEFAULT: &str = "convex";

#[derive(Default, Deserialize)]
struct Project {
    functions: Option<PathBuf>,
}

/// Returns the functions folder that a `convex.json` names.
///
/// # Errors
/// When the file is there and cannot be read.
pub(super) fn functions_folder(file: &Path) -> anyhow::Result<PathBuf> {
    let project = match std::fs::read_to_string(file) {
        Ok(text) => serde_json::from_str(&text)
            .with_context(|| format!("{} is not valid", file.display()))?,
        Err(error) if error.kind() == ErrorKind::NotFound => Project::default(),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", file.display())),
    };
    let named = project.functions.unwrap_or_else(|| DEFAULT.into());
    // A path such as `src/convex/` usually ends with a slash.
    Ok(named.components().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_names_the_folder() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("convex.json");
        let folder = |text: &str| {
            std::fs::write(&file, text).expect("write");
            functions_folder(&file).map_err(|error| error.to_string())
        };
        assert_eq!(
            functions_folder(&dir.path().join("none")).ok(),
            Some("convex".into())
        );
        assert_eq!(folder("{}"), Ok("convex".into()));
        assert_eq!(
            folder(r#"{ "functions": "src/convex/" }"#),
            Ok("src/convex".into())
        );
        assert!(folder("{").expect_err("no JSON").contains("is not valid"));
    }
}

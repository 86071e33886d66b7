//! The links in the docs of an app. Links to files that the app does not have become plain text.

use std::path::{Component, Path, PathBuf};

use anyhow::Result;

use super::{Files, change};

/// Replaces links that lead nowhere.
///
/// # Errors
/// When a document is not UTF-8.
pub(super) fn unlink(files: &mut Files) -> Result<()> {
    let documents: Vec<String> = files
        .keys()
        .filter(|path| path.ends_with(".md"))
        .cloned()
        .collect();
    let there: Vec<String> = files.keys().cloned().collect();
    let exists = |path: &Path| there.iter().any(|file| Path::new(file).starts_with(path));
    for document in documents {
        let folder = Path::new(&document).parent().unwrap_or(Path::new(""));
        let leads_somewhere = |link: &str| {
            let path = link.split('#').next().unwrap_or_default();
            link.contains("://") || path.is_empty() || exists(&joined(folder, path))
        };
        change(files, &document, |text| Ok(without(text, leads_somewhere)))?;
    }
    Ok(())
}

/// Returns the text with `[text](link)` replaced by `text` if the link leads nowhere.
fn without(text: &str, leads_somewhere: impl Fn(&str) -> bool) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(middle) = rest.find("](") {
        let end = rest[middle..].find(')').map(|end| middle + end);
        let start = rest[..middle].rfind('[');
        let (Some(start), Some(end)) = (start, end) else {
            break;
        };
        if leads_somewhere(&rest[middle + 2..end]) {
            out.push_str(&rest[..=end]);
        } else {
            out.push_str(&rest[..start]);
            out.push_str(&rest[start + 1..middle]);
        }
        rest = &rest[end + 1..];
    }
    out + rest
}

/// Joins a relative path to a folder and removes `..`.
fn joined(folder: &Path, path: &str) -> PathBuf {
    let mut joined = folder.to_owned();
    for part in Path::new(path).components() {
        match part {
            Component::ParentDir => {
                joined.pop();
            }
            Component::Normal(name) => joined.push(name),
            _ => {}
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_links_to_files_that_an_app_has_stay() {
        let mut files = Files::new();
        let text = "See [the page](../../app/src/a.rs#L1), [the crate](../../crates/x/y.rs), [here](#there) and \
                    [elsewhere](https://example.com/crates/x).\n";
        files.insert("docs/how-to/a.md".to_owned(), text.into());
        files.insert("app/src/a.rs".to_owned(), Vec::new());
        unlink(&mut files).expect("text");
        assert_eq!(
            String::from_utf8_lossy(&files["docs/how-to/a.md"]),
            "See [the page](../../app/src/a.rs#L1), the crate, [here](#there) and [elsewhere](https://example.com/crates/x).\n"
        );
    }
}

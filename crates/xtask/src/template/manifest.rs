//! The `Cargo.toml` of an app's workspace: its own members, the crates by version, no budget.

use anyhow::{Result, bail};

use super::{Files, change, replaced};

/// The packages of an app, and whether they are default members. `frontend` is only built for the browser.
const MEMBERS: &[(&str, bool)] = &[
    ("app", true),
    ("frontend", false),
    ("server", true),
    ("xtask", true),
];

/// The tables that an app does not need.
const LEFT_OUT: &[&str] = &["[workspace.metadata.budget", "[workspace]"];

/// Changes the manifests.
///
/// # Errors
/// When a manifest has an unexpected form.
pub(super) fn adapt(files: &mut Files) -> Result<()> {
    let members: String = MEMBERS
        .iter()
        .filter_map(|(member, _)| files.get(&format!("{member}/Cargo.toml")))
        .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
        .collect();
    change(files, "Cargo.toml", |root| app(root, &members))
}

/// Changes the root manifest. It keeps the dependencies that are named in `members`.
fn app(root: &str, members: &str) -> Result<String> {
    let mut out = workspace();
    let mut left_out = false;
    // Comments are above the entry that they describe, possibly after a blank line.
    let mut comments = String::new();
    let mut in_dependencies = false;
    for line in root.lines() {
        if line.starts_with('[') {
            left_out = LEFT_OUT.iter().any(|table| line.starts_with(table));
            in_dependencies = line == "[workspace.dependencies]";
        }
        if line.starts_with('#') || line.is_empty() {
            comments.push_str(line);
            comments.push('\n');
            continue;
        }
        let goes = left_out
            || line.starts_with("end2end-")
            || (in_dependencies && is_unused(line, members));
        let before = std::mem::take(&mut comments);
        if !goes {
            out.push_str(&before);
            out.push_str(&by_version(line)?);
            out.push('\n');
        }
    }
    let name = "name = \"leptos-convex-better-auth\"";
    replaced(&out, name, "name = \"{{ project-name }}\"")
}

fn workspace() -> String {
    let list = |only_default: bool| {
        let members = MEMBERS
            .iter()
            .filter(|(_, default)| *default || !only_default);
        let quoted: Vec<String> = members.map(|(name, _)| format!("\"{name}\"")).collect();
        quoted.join(", ")
    };
    format!(
        "[workspace]\nresolver = \"3\"\nmembers = [{}]\n\
         # `frontend` is built for wasm32 with `hydrate`; leaving it out keeps a plain `cargo test` or `cargo clippy` from\n\
         # unifying `ssr` and `hydrate` in one build.\ndefault-members = [{}]\n",
        list(false),
        list(true)
    )
}

/// Returns whether no member uses the dependency of this line.
fn is_unused(line: &str, members: &str) -> bool {
    let Some((name, _)) = line.split_once(" = ") else {
        return false;
    };
    let takes = |member_line: &str| {
        member_line
            .strip_prefix(name)
            .is_some_and(|rest| rest.starts_with('.') || rest.starts_with(' '))
    };
    !members.lines().any(takes)
}

/// Removes `path = …` from the line if it has a version. The app's own packages keep theirs.
fn by_version(line: &str) -> Result<String> {
    let Some((before, rest)) = line.split_once("path = \"crates/") else {
        return Ok(line.to_owned());
    };
    let Some((_, after)) = rest.split_once("\", ") else {
        bail!("`{line}` is a crate that has no version, and the app depends on it");
    };
    Ok(format!("{before}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = r#"[workspace]
members = [
    "crates/x",
]
# About members.
default-members = ["app"]

[workspace.package]
version = "0.1.0"

[workspace.dependencies]
app = { path = "app" }
sizes = { path = "crates/sizes" }
x = { path = "crates/x", version = "0.1.0", default-features = false }
y = { package = "y_y", path = "crates/y", version = "0.1.0" }

serde = "1"
serde_json = "1"

[[workspace.metadata.leptos]]
name = "leptos-convex-better-auth"
# Smaller.
wasm-opt-features = ["-O2"]
end2end-dir = "end2end"

# Bytes.
[workspace.metadata.budget]
wasm = 0
"#;

    #[test]
    fn an_app_depends_on_the_crates_by_version_and_only_on_what_it_uses() {
        let members = "app.workspace = true\nx = { workspace = true }\ny.workspace = true\nserde_json.workspace = true\n";
        let app = app(ROOT, members).expect("a manifest");
        let (head, rest) = app.split_once("\n\n").expect("tables");
        assert!(head.starts_with("[workspace]\nresolver = \"3\"\nmembers = [\"app\", \"frontend\", \"server\", \"xtask\"]\n"));
        assert!(head.ends_with("default-members = [\"app\", \"server\", \"xtask\"]"));
        let expected = r#"[workspace.package]
version = "0.1.0"

[workspace.dependencies]
app = { path = "app" }
x = { version = "0.1.0", default-features = false }
y = { package = "y_y", version = "0.1.0" }
serde_json = "1"

[[workspace.metadata.leptos]]
name = "{{ project-name }}"
# Smaller.
wasm-opt-features = ["-O2"]
"#;
        assert_eq!(rest, expected);
    }

    #[test]
    fn a_crate_without_a_version_is_refused() {
        assert!(app(ROOT, "sizes.workspace = true\n").is_err());
    }
}

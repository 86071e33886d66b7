//! Rules of this repository that no lint checks. Each is fast and reads only text.

mod auth_paths;
mod circles;
mod evidence;
mod imports;
mod page_paths;
mod source;
mod style;

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Result, bail};
use leptos_convex_tasks::ui;
use leptos_convex_tasks::workspace::Workspace;
use serde_json::Value;

/// The maximum number of lines in a file.
const LINES: usize = 500;

/// The npm package whose version differs between the crates and the app: the crates are tested with its newest, and the
/// app's tests need the one that the mail component depends on.
const APART: &str = "@convex-dev/rate-limiter";

/// The folders with Rust sources of this repository.
const SOURCES: &[&str] = &["app", "frontend", "server", "crates"];

/// Checks all rules.
///
/// # Errors
/// When a rule is broken; each place has been printed.
pub(super) fn check(workspace: &Workspace) -> Result<()> {
    let mut broken = Vec::new();
    let sources = source::read(workspace, SOURCES)?;
    for source in &sources {
        broken.extend(source_rules(&source.name, &source.text));
    }
    broken.extend(style::broken(&sources));
    broken.extend(page_paths::broken(&sources));
    broken.extend(auth_paths::broken(&sources));
    for folder in crates(workspace)? {
        broken.extend(circles::broken(&folder, &sources));
    }
    for lock in [
        "package-lock.json",
        "end2end/package-lock.json",
        "crates/package-lock.json",
    ] {
        if workspace
            .read(lock)
            .is_ok_and(|text| text.contains("\"resolved\": \"http"))
        {
            broken.push(format!(
                "{lock}: names a registry host; `npm install` with the repository's .npmrc"
            ));
        }
    }
    broken.extend(versions_apart(
        &workspace.read("package.json")?,
        &workspace.read("crates/package.json")?,
    ));
    broken.extend(unused_dependencies(workspace)?);
    broken.extend(evidence::broken(workspace)?);
    for line in &broken {
        ui::failure(line);
    }
    if !broken.is_empty() {
        bail!("{} broken", broken.len());
    }
    Ok(())
}

/// Finds npm packages whose version differs between the crates and the app.
fn versions_apart(app: &str, crates: &str) -> Vec<String> {
    let (app, crates) = (npm_packages(app), npm_packages(crates));
    let shared = app.iter().filter(|(name, _)| *name != APART);
    shared
        .filter_map(|(name, version)| {
            let other = crates.get(name).filter(|other| *other != version)?;
            Some(format!(
                "crates/package.json: {name} is {other}, and package.json has {version}"
            ))
        })
        .collect()
}

/// Reads names and versions in a `package.json`.
fn npm_packages(manifest: &str) -> BTreeMap<String, String> {
    let manifest: Value = serde_json::from_str(manifest).unwrap_or_default();
    let tables = ["dependencies", "devDependencies"];
    let entries = tables
        .iter()
        .filter_map(|table| manifest[table].as_object())
        .flatten();
    entries
        .map(|(name, version)| (name.clone(), version.to_string()))
        .collect()
}

/// Lists the folders of the crates' sources.
fn crates(workspace: &Workspace) -> Result<Vec<String>> {
    let mut folders = ["app", "frontend", "server"]
        .map(|dir| format!("{dir}/src"))
        .to_vec();
    for entry in fs::read_dir(workspace.path("crates"))? {
        let name = entry?.file_name();
        folders.push(format!("crates/{}/src", name.to_string_lossy()));
    }
    Ok(folders)
}

/// Finds entries of `[workspace.dependencies]` that no member uses.
fn unused_dependencies(workspace: &Workspace) -> Result<Vec<String>> {
    let root = workspace.read("Cargo.toml")?;
    let mut members = String::new();
    for dir in ["app", "frontend", "server"] {
        members.push_str(&workspace.read(&format!("{dir}/Cargo.toml"))?);
    }
    for entry in fs::read_dir(workspace.path("crates"))?.flatten() {
        members.push_str(&fs::read_to_string(entry.path().join("Cargo.toml")).unwrap_or_default());
    }
    Ok(untaken(&root, &members))
}

fn untaken(root: &str, members: &str) -> Vec<String> {
    let table = root
        .lines()
        .skip_while(|line| *line != "[workspace.dependencies]")
        .skip(1);
    let names = table
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split_once(" = "));
    let is_taken = |name: &str| {
        members.lines().any(|line| {
            line.strip_prefix(name).is_some_and(|rest| {
                rest.starts_with(".workspace") || rest.starts_with(" = { workspace")
            })
        })
    };
    names
        .filter(|(name, _)| !is_taken(name))
        .map(|(name, _)| format!("Cargo.toml: no member takes {name}"))
        .collect()
}

fn source_rules(name: &str, text: &str) -> Vec<String> {
    let mut broken = Vec::new();
    let generated = name == "app/src/api.rs";
    let lines = text.lines().count();
    if lines > LINES && !generated {
        broken.push(format!("{name}: {lines} lines, more than {LINES}"));
    }
    // A page uses hooks, never sockets, cookies or headers.
    let is_page = ["pages", "components"]
        .iter()
        .any(|dir| name.starts_with(&format!("app/src/{dir}/")));
    for (index, line) in text.lines().enumerate() {
        let code = line.split("//").next().unwrap_or_default();
        let at = format!("{name}:{}", index + 1);
        if is_page
            && ["web_sys::", "axum::", "http::"]
                .iter()
                .any(|path| uses(code, path))
        {
            broken.push(format!("{at}: a page must not know the platform"));
        }
        if reads_environment(name, code) {
            broken.push(format!("{at}: only a config module reads the environment"));
        }
    }
    broken
}

/// Returns whether a line uses a path: `axum::` but not `leptos_axum::`.
fn uses(code: &str, path: &str) -> bool {
    code.match_indices(path)
        .any(|(at, _)| !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':'))
}

/// Returns whether the app or a library uses `std::env::var`. Tools, tests and examples may.
fn reads_environment(name: &str, code: &str) -> bool {
    let exempt = [
        "xtask",
        "/tasks/",
        "/tests/",
        "/browser-tests/",
        "/examples/",
        "/benches/",
        "config",
    ];
    !exempt.iter().any(|part| name.contains(part))
        && ["env::var(", "env::var_os(", "env::vars("]
            .iter()
            .any(|call| code.contains(call))
}

#[cfg(test)]
mod tests {
    use super::{source_rules, untaken, versions_apart};

    #[test]
    fn sees_npm_packages_of_two_versions() {
        let app =
            r#"{"dependencies": {"a": "1.0.0", "b": "1.0.0"}, "devDependencies": {"c": "2.0.0"}}"#;
        let crates = r#"{"devDependencies": {"a": "1.0.0", "c": "2.0.1", "d": "1.0.0"}}"#;
        let expected = r#"crates/package.json: c is "2.0.1", and package.json has "2.0.0""#;
        assert_eq!(versions_apart(app, crates), [expected]);
    }

    #[test]
    fn sees_dependencies_that_no_member_uses() {
        let root = "[workspace.dependencies]\nhttp = \"1\"\nhttp-body = \"1\"\n\n[profile.dev]\n";
        let taken = "http-body.workspace = true\nhttp = { workspace = true, optional = true }\n";
        assert!(untaken(root, taken).is_empty());
        assert_eq!(
            untaken(root, "http-body.workspace = true\n"),
            ["Cargo.toml: no member takes http"]
        );
    }

    #[test]
    fn sees_code_of_the_platform_in_a_page() {
        let page =
            "use leptos_axum::redirect;\nuse axum::Router; // no\n// http::Method in a comment\n";
        let broken = source_rules("app/src/pages/landing.rs", page);
        assert_eq!(
            broken,
            ["app/src/pages/landing.rs:2: a page must not know the platform"]
        );
        assert!(source_rules("server/src/router.rs", page).is_empty());
    }

    #[test]
    fn sees_the_environment_read_outside_of_config() {
        let code = "let x = std::env::var(\"SITE_URL\");\n";
        assert_eq!(source_rules("server/src/main.rs", code).len(), 1);
        assert!(source_rules("server/src/config.rs", code).is_empty());
    }

    #[test]
    fn sees_long_files() {
        assert_eq!(source_rules("app/src/shell.rs", &"\n".repeat(501)).len(), 1);
        assert!(source_rules("app/src/api.rs", &"\n".repeat(501)).is_empty());
    }
}

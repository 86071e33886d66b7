//! The rules for dependencies: licences compatible with MIT or Apache 2.0, only crates.io, no C libraries of the
//! system. They apply to the crates that are built, for this machine and for the browser.

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail};
use leptos_convex_tasks::process::{call, output};
use leptos_convex_tasks::ui;
use leptos_convex_tasks::workspace::Workspace;
use serde::Deserialize;

const LICENCES: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "MPL-2.0+",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Crates that would tie a build or a deployment to a library of the system.
const BANNED: &[&str] = &["openssl-sys", "native-tls", "aws-lc-sys"];

const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

#[derive(Debug, Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
}

#[derive(Debug, Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
    license: Option<String>,
    license_file: Option<String>,
    /// `None` for a package of this repository.
    source: Option<String>,
}

/// The packages that are built for one platform. `packages` has all.
#[derive(Debug, Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Debug, Deserialize)]
struct Node {
    id: String,
}

/// Checks the rules.
///
/// # Errors
/// When a dependency is not allowed; each one has been printed.
pub(super) fn check(workspace: &Workspace) -> Result<()> {
    let about = output(&mut call(workspace, "rustc", &["-vV"])).context("rustc does not answer")?;
    let host = about
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .context("rustc names no host")?;
    let mut refused = BTreeSet::new();
    for platform in [host, "wasm32-unknown-unknown"] {
        let args = [
            "metadata",
            "--format-version",
            "1",
            "--locked",
            "--filter-platform",
            platform,
        ];
        let text = output(&mut call(workspace, "cargo", &args));
        let text = text.context("cargo metadata failed; is Cargo.lock up to date?")?;
        let metadata: Metadata = serde_json::from_str(&text)?;
        let built: BTreeSet<&str> = metadata
            .resolve
            .nodes
            .iter()
            .map(|node| node.id.as_str())
            .collect();
        let packages = metadata
            .packages
            .iter()
            .filter(|package| built.contains(package.id.as_str()));
        refused.extend(packages.filter_map(objection));
    }
    refused.iter().for_each(|line| ui::failure(line));
    if refused.is_empty() {
        Ok(())
    } else {
        bail!("{} not allowed", refused.len())
    }
}

/// Returns the objection to a package, if there is one.
fn objection(package: &Package) -> Option<String> {
    let Package {
        name,
        version,
        source,
        ..
    } = package;
    let source = source.as_deref()?;
    if source != CRATES_IO {
        return Some(format!("{name} {version} comes from {source}"));
    }
    if BANNED.contains(&name.as_str()) {
        return Some(format!(
            "{name} {version} is banned: it needs a library of the system"
        ));
    }
    let licence = package.license.as_deref().unwrap_or_default();
    let stated = licence.is_empty() && package.license_file.is_some();
    (!stated && !is_allowed(licence)).then(|| format!("{name} {version} is under {licence:?}"))
}

/// Returns whether some alternative of an SPDX expression requires only allowed licences.
fn is_allowed(expression: &str) -> bool {
    let flat = expression.replace('/', " OR ").replace(['(', ')'], "");
    // `A AND (B OR C)` without its brackets reads as `A AND B OR C`. Each part of a conjunction is required, so if both
    // words occur, every licence must be allowed.
    let mixed = flat.contains(" AND ") && flat.contains(" OR ");
    let allowed = |licence: &str| LICENCES.contains(&licence.trim());
    if mixed {
        flat.split(" AND ")
            .flat_map(|part| part.split(" OR "))
            .all(allowed)
    } else {
        flat.split(" OR ")
            .any(|choice| choice.split(" AND ").all(allowed))
    }
}

#[cfg(test)]
mod tests {
    use super::is_allowed;

    #[test]
    fn reads_licence_expressions() {
        for good in [
            "MIT",
            "MIT/Apache-2.0",
            "GPL-3.0 OR MIT",
            "(MIT OR Apache-2.0) AND Unicode-3.0",
        ] {
            assert!(is_allowed(good), "{good}");
        }
        for bad in [
            "",
            "GPL-3.0",
            "MIT AND GPL-3.0",
            "(MIT OR GPL-3.0) AND Zlib",
        ] {
            assert!(!is_allowed(bad), "{bad}");
        }
    }
}

//! npm packages at the root, in `end2end/` and in `crates/`. The installed ones must match the lock file.

use std::path::Path;

use anyhow::Result;
use serde_json::Value;

use super::{Install, Lane, Need, Requirement, State};
use crate::process::tool;
use crate::progress::Task;
use crate::workspace::Workspace;

pub(super) const ROOT: Requirement = Requirement {
    name: "npm packages",
    need: Need::Backend,
    probe: |workspace| probe(&workspace.path(""), "npm ci"),
    install: Some(Install {
        doing: "Installing npm packages",
        lane: Lane::Packages,
        run: |workspace, task| install(workspace, task, ""),
    }),
};

pub(super) const END2END: Requirement = Requirement {
    name: "npm packages (end2end)",
    need: Need::Test,
    probe: |workspace| probe(&workspace.path("end2end"), "npm ci --prefix end2end"),
    install: Some(Install {
        doing: "Installing npm packages of end2end/",
        lane: Lane::Packages,
        run: |workspace, task| install(workspace, task, "end2end"),
    }),
};

pub(super) const CRATES: Requirement = Requirement {
    name: "npm packages (crates)",
    need: Need::Test,
    probe: |workspace| probe(&workspace.path("crates"), "npm ci --prefix crates"),
    install: Some(Install {
        doing: "Installing npm packages that the crates are tried with",
        lane: Lane::Packages,
        run: |workspace, task| install(workspace, task, "crates"),
    }),
};

fn probe(dir: &Path, mend: &str) -> State {
    // An app made from the template has packages only at its root.
    if !dir.join("package.json").exists() {
        return State::ready("not used");
    }
    let Some(wanted) = packages(&dir.join("package-lock.json")) else {
        return State::broken("no package-lock.json", "git checkout -- package-lock.json");
    };
    let Some(installed) = packages(&dir.join("node_modules/.package-lock.json")) else {
        return State::broken("not installed", mend);
    };
    match first_difference(&wanted, &installed) {
        Some(name) => State::broken(format!("{name} is not the locked version"), mend),
        None => State::ready(format!("{} as locked", installed.len())),
    }
}

/// Reads the `packages` table of a lock file, by path.
fn packages(lock: &Path) -> Option<serde_json::Map<String, Value>> {
    let text = std::fs::read_to_string(lock).ok()?;
    let mut lock: Value = serde_json::from_str(&text).ok()?;
    match lock.get_mut("packages")?.take() {
        Value::Object(packages) => Some(packages),
        _ => None,
    }
}

/// Finds the first package that is missing or of another version. Only optional packages may be missing, because npm
/// skips those for other systems.
fn first_difference<'a>(
    wanted: &'a serde_json::Map<String, Value>,
    installed: &serde_json::Map<String, Value>,
) -> Option<&'a str> {
    let differs = |(path, entry): &(&String, &Value)| {
        let optional = ["optional", "devOptional", "peer"]
            .iter()
            .any(|key| entry[*key] == true);
        match installed.get(path.as_str()) {
            Some(found) => found["version"] != entry["version"],
            None => !path.is_empty() && !optional,
        }
    };
    wanted
        .iter()
        .find(differs)
        .map(|(path, _)| path.trim_start_matches("node_modules/"))
}

fn install(workspace: &Workspace, task: &Task<'_>, dir: &str) -> Result<()> {
    let mut command = tool(workspace, "npm");
    command
        .args(["ci", "--no-audit", "--no-fund"])
        .current_dir(workspace.path(dir));
    // The browser is a separate requirement.
    command.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
    task.run(&mut command)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::first_difference;

    fn difference(wanted: &Value, installed: &Value) -> Option<String> {
        let (wanted, installed) = (wanted.as_object()?, installed.as_object()?);
        first_difference(wanted, installed).map(str::to_owned)
    }

    #[test]
    fn sees_missing_and_changed_packages() {
        let wanted = json!({
            "": { "name": "app" },
            "node_modules/a": { "version": "1.0.0" },
            "node_modules/only-on-mac": { "version": "2.0.0", "optional": true },
        });
        let same = json!({ "node_modules/a": { "version": "1.0.0" } });
        let older = json!({ "node_modules/a": { "version": "0.9.0" } });
        assert_eq!(difference(&wanted, &same), None);
        assert_eq!(difference(&wanted, &older).as_deref(), Some("a"));
        assert_eq!(difference(&wanted, &json!({})).as_deref(), Some("a"));
    }
}

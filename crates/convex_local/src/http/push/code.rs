//! The pushed code, of which only components and names of modules are used.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde::Deserialize;

use crate::functions::Inspection;

/// How many modules an error names.
const NAMED: usize = 5;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct PushedCode {
    app_definition: App,
    component_definitions: Vec<Component>,
    /// Whether the push concerns one component in a made-up app (`--component-dir`).
    #[serde(default)]
    for_codegen: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct App {
    changed_modules: Vec<Module>,
    unchanged_module_hashes: Vec<Module>,
    udf_server_version: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Component {
    /// Its folder, relative to the app's.
    definition_path: String,
    functions: Vec<Module>,
}

/// A module; its code is ignored.
#[derive(Debug, Deserialize)]
struct Module {
    path: String,
}

/// The error of a push of another folder.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error(
    "This backend serves {} and loads functions from there alone, and what was pushed is not that \
     folder: {difference}. If a file has only just come or gone, try again; otherwise push from the \
     project of that folder, or start a backend for this one \
     (convex-local --convex-dir DIR).",
    folder.display()
)]
pub(super) struct AnotherFolder {
    folder: PathBuf,
    difference: String,
}

impl PushedCode {
    /// Returns the version of npm `convex` that pushes.
    pub(super) fn convex_version(&self) -> &str {
        &self.app_definition.udf_server_version
    }

    /// Checks that the pushed folder is the one that this backend serves.
    pub(super) fn check(&self, found: &Inspection) -> Result<(), AnotherFolder> {
        self.difference(found).map_or(Ok(()), |difference| {
            Err(AnotherFolder {
                folder: found.folder().to_owned(),
                difference,
            })
        })
    }

    fn difference(&self, found: &Inspection) -> Option<String> {
        let components = self.component_definitions.iter();
        let components = components.map(|it| (it.definition_path.as_str(), names(&it.functions)));
        let app = self.app_definition.modules();
        let app = (!self.for_codegen).then(|| ("", names(app)));
        let mut pushed_paths = BTreeSet::new();
        for (path, pushed) in app.into_iter().chain(components) {
            pushed_paths.insert(path);
            let Some(served) = found.modules(path) else {
                return Some(format!(
                    "it has the component {path}, which that folder does not use"
                ));
            };
            if let Some(difference) = compare(&pushed, &served.collect()) {
                return Some(match path {
                    "" => difference,
                    path => format!("in the component {path}, {difference}"),
                });
            }
        }
        let mut served = found.paths();
        let missing = served.find(|path| !self.for_codegen && !pushed_paths.contains(path))?;
        Some(format!("it lacks the component {missing}"))
    }
}

impl App {
    fn modules(&self) -> impl Iterator<Item = &Module> {
        let changed = self.changed_modules.iter();
        changed.chain(&self.unchanged_module_hashes)
    }
}

/// Returns the names of the modules with functions, without shared chunks and config files.
fn names<'a>(modules: impl IntoIterator<Item = &'a Module>) -> BTreeSet<String> {
    let names = modules.into_iter().map(|module| module.path.as_str());
    names
        .filter(|name| !name.starts_with("_deps/") && *name != "auth.config.js")
        .map(str::to_owned)
        .collect()
}

fn compare(pushed: &BTreeSet<String>, served: &BTreeSet<String>) -> Option<String> {
    let list = |names: Vec<&String>| {
        let shown = names.iter().take(NAMED).map(|name| name.as_str());
        let shown = shown.collect::<Vec<_>>().join(", ");
        match names.len().saturating_sub(NAMED) {
            0 => shown,
            more => format!("{shown} and {more} more"),
        }
    };
    let more: Vec<_> = pushed.difference(served).collect();
    let fewer: Vec<_> = served.difference(pushed).collect();
    match (more.is_empty(), fewer.is_empty()) {
        (true, true) => None,
        (false, true) => Some(format!("it has {} besides", list(more))),
        (true, false) => Some(format!("it lacks {}", list(fewer))),
        (false, false) => Some(format!("it has {} and lacks {}", list(more), list(fewer))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn a_difference_names_modules_of_both_sides() {
        let served = set(&["a.js", "b.js"]);
        let say = |pushed: &[&str]| compare(&set(pushed), &served);
        assert_eq!(say(&["a.js", "b.js"]), None);
        assert_eq!(say(&["a.js"]).as_deref(), Some("it lacks b.js"));
        assert_eq!(
            say(&["a.js", "b.js", "c.js"]).as_deref(),
            Some("it has c.js besides")
        );
        assert_eq!(
            say(&["1.js", "2.js", "3.js", "4.js", "5.js", "6.js", "a.js"]).as_deref(),
            Some("it has 1.js, 2.js, 3.js, 4.js, 5.js and 1 more and lacks b.js")
        );
    }

    #[test]
    fn shared_chunks_and_settings_are_no_modules() {
        let modules = ["todos.js", "_deps/ABC.js", "auth.config.js"].map(|path| Module {
            path: path.to_owned(),
        });
        assert_eq!(names(&modules), set(&["todos.js"]));
    }
}

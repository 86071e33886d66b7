//! A deployment's rules for the component tree: names, variables passed to components, HTTP prefixes.
//!
//! The error messages are those of `crates/model/src/components/type_checking.rs` and
//! `crates/convex/sync_types/src/identifier.rs` of `get-convex/convex-backend`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::environment::{self, Declared};
use super::manifest::{Definition, Manifest};
use crate::functions::error::LoadError;

const LONGEST_NAME: usize = 64;

/// The parts of `convex.config.ts` that are checked here.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Config {
    child_components: Vec<Child>,
    /// The child's name by HTTP prefix.
    http_mounts: BTreeMap<String, String>,
    env_vars: Vec<(String, Declared)>,
}

#[derive(Deserialize)]
struct Child {
    name: String,
    path: String,
    env: Option<Vec<(String, Binding)>>,
}

/// The value that a component gets for a variable that it declares.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
enum Binding {
    Value { value: String },
    EnvVar { name: String },
}

impl Config {
    fn of(definition: &Definition) -> Result<Self, LoadError> {
        let config = definition.config.as_ref().map(Self::deserialize);
        let config = config.transpose().map_err(|error| {
            let file = definition.dir.join("convex.config.ts");
            LoadError::new(format!("{}: {error}", file.display()))
        })?;
        Ok(config.unwrap_or_default())
    }

    fn declared(&self, name: &str) -> Option<&Declared> {
        let mut declared = self.env_vars.iter();
        declared.find_map(|(other, declared)| (other == name).then_some(declared))
    }
}

/// Checks each component against those that it uses.
///
/// # Errors
/// When a deployment would refuse the tree.
pub(crate) fn check(manifest: &Manifest) -> Result<(), LoadError> {
    for parent in &manifest.definitions {
        let config = Config::of(parent)?;
        environment::declared(parent)?;
        let mut names = BTreeSet::new();
        for child in &config.child_components {
            check_name(&child.name).map_err(LoadError::new)?;
            if !names.insert(&child.name) {
                return Err(LoadError::new(format!(
                    "Component {:?} has multiple child components with the same name: {:?}",
                    parent.path, child.name
                )));
            }
            let definition = definition_of(manifest, child)?;
            check_variables(&config, child, &Config::of(definition)?)?;
        }
        check_mounts(manifest, parent, &config)?;
    }
    Ok(())
}

fn definition_of<'a>(manifest: &'a Manifest, child: &Child) -> Result<&'a Definition, LoadError> {
    let mut definitions = manifest.definitions.iter();
    let found = definitions.find(|definition| definition.path == child.path);
    found.ok_or_else(|| LoadError::new(format!("Component definition not found: {:?}", child.path)))
}

/// Checks the name of a component.
fn check_name(name: &str) -> Result<(), String> {
    let mut letters = name.chars();
    match letters.next() {
        None => return Err("Identifier cannot be empty".to_owned()),
        Some(first) if first.is_ascii_alphabetic() || first == '_' => {}
        Some(first) => {
            return Err(format!(
                "Invalid first character {first:?} in {name}: Identifiers must start with an \
                 alphabetic character or underscore"
            ));
        }
    }
    if let Some(bad) = letters.find(|c| !c.is_ascii_alphanumeric() && *c != '_') {
        return Err(format!(
            "Identifier {name} has invalid character {bad:?}: Identifiers can only contain \
             alphanumeric characters or underscores"
        ));
    }
    if name.len() > LONGEST_NAME {
        let length = name.len();
        return Err(format!(
            "Identifier is too long ({length} > maximum {LONGEST_NAME})"
        ));
    }
    if name.chars().all(|c| c == '_') {
        return Err(format!(
            "Identifier {name} cannot have exclusively underscores"
        ));
    }
    Ok(())
}

/// Checks the variables that a component gets against those that it declares.
fn check_variables(parent: &Config, child: &Child, declares: &Config) -> Result<(), LoadError> {
    let component = &child.name;
    let refuse =
        |problem: String| Err(LoadError::new(format!("Component {component:?} {problem}")));
    let given = child.env.as_deref().unwrap_or_default();
    for (name, binding) in given {
        let Some(declared) = declares.declared(name) else {
            return refuse(format!("has no env var named {name:?}"));
        };
        match binding {
            Binding::Value { value } => {
                let validator = declared.validator(name)?;
                if !environment::matches(&validator, value) {
                    return refuse(format!(
                        "has an invalid value for env var {name:?}: it does not match {validator}"
                    ));
                }
            }
            Binding::EnvVar { name: from } => match parent.declared(from) {
                None => {
                    return refuse(format!(
                        "env var {name:?} references undeclared parent env var {from}"
                    ));
                }
                Some(parent) if parent.optional && !declared.optional => {
                    return refuse(format!(
                        "env var {name:?} is required, but parent env var {from} is optional"
                    ));
                }
                Some(parent) if !parent.is_within(declared) => {
                    return refuse(format!(
                        "env var {name:?} validator is not satisfied by parent env var {from} validator"
                    ));
                }
                Some(_) => {}
            },
        }
    }
    for (name, declared) in &declares.env_vars {
        if !declared.optional && !given.iter().any(|(other, _)| other == name) {
            return refuse(format!("is missing required env var {name:?}"));
        }
    }
    Ok(())
}

/// Checks that a component mounted at a prefix has HTTP routes, and that nothing else answers there.
fn check_mounts(
    manifest: &Manifest,
    parent: &Definition,
    config: &Config,
) -> Result<(), LoadError> {
    for (prefix, reference) in &config.http_mounts {
        let refuse = |problem: &str| {
            Err(LoadError::new(format!(
                "HTTP mount {prefix:?} is invalid: {problem}"
            )))
        };
        if prefix.contains(['*', '?']) {
            return refuse("It must be a path");
        }
        let mut children = config.child_components.iter();
        let child = children.find(|child| reference.rsplit('/').next() == Some(&child.name));
        let Some(child) = child else {
            return refuse(&format!("Child component {reference:?} not found."));
        };
        let definition = definition_of(manifest, child)?;
        if definition.routes.is_empty() && Config::of(definition)?.http_mounts.is_empty() {
            let name = &child.name;
            return refuse(&format!(
                "Child component {name:?} doesn't have any HTTP routes."
            ));
        }
        let is_prefix = |(route, _): &(String, String)| {
            let start = route.strip_suffix('*');
            start.is_some_and(|start| start == prefix || (start.is_empty() && prefix == "/"))
        };
        if parent.routes.iter().any(is_prefix) {
            return refuse("Overlap with existing prefix route");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_names_are_refused_with_convexs_messages() {
        for name in ["notes", "betterAuth", "_2", "a1"] {
            assert_eq!(check_name(name), Ok(()));
        }
        let long = "a".repeat(65);
        for (name, problem) in [
            ("", "Identifier cannot be empty"),
            (
                "2nd",
                "Invalid first character '2' in 2nd: Identifiers must",
            ),
            ("my-notes", "Identifier my-notes has invalid character '-':"),
            ("a/b", "Identifier a/b has invalid character '/':"),
            ("é", "Invalid first character 'é' in é:"),
            (&long, "Identifier is too long (65 > maximum 64)"),
            ("__", "Identifier __ cannot have exclusively underscores"),
        ] {
            let refused = check_name(name).expect_err("an invalid name");
            assert!(refused.starts_with(problem), "{refused}");
        }
    }
}

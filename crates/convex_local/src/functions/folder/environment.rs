//! The environment variables that an app declares in `defineApp({ env })`.
//!
//! A deployment refuses a push if a required variable is missing, or if a value does not match its declaration
//! (`crates/application/src/deploy_config.rs` of `get-convex/convex-backend`).

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value as Json;

use super::manifest::{Definition, Manifest};
use crate::functions::error::LoadError;
use crate::store::Validator;

/// A variable that `convex.config.ts` declares.
#[derive(Deserialize)]
pub(super) struct Declared {
    /// The validator, as the text of its JSON.
    value: String,
    #[serde(default)]
    pub(super) optional: bool,
}

/// The values that a variable may have.
enum Texts {
    Any,
    These(BTreeSet<String>),
}

impl Texts {
    /// Reads a validator; `None` if it accepts more than strings.
    fn of(validator: &Json) -> Option<Self> {
        match validator["type"].as_str()? {
            "string" => Some(Self::Any),
            "literal" => {
                let text = validator["value"].as_str()?;
                Some(Self::These(BTreeSet::from([text.to_owned()])))
            }
            "union" => {
                let cases = validator["value"].as_array()?.iter().map(Self::of);
                let cases: Option<Vec<_>> = cases.collect();
                Some(
                    cases?
                        .into_iter()
                        .fold(Self::These(BTreeSet::new()), Self::or),
                )
            }
            _ => None,
        }
    }

    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::These(mut all), Self::These(others)) => {
                all.extend(others);
                Self::These(all)
            }
            _ => Self::Any,
        }
    }

    fn are_within(&self, others: &Self) -> bool {
        match (self, others) {
            (_, Self::Any) => true,
            (Self::Any, Self::These(_)) => false,
            (Self::These(these), Self::These(others)) => these.is_subset(others),
        }
    }
}

impl Declared {
    fn texts(&self) -> Option<Texts> {
        Texts::of(&serde_json::from_str(&self.value).ok()?)
    }

    /// Returns whether every value that matches this declaration also matches `other`.
    pub(super) fn is_within(&self, other: &Self) -> bool {
        let texts = self.texts().zip(other.texts());
        texts.is_none_or(|(these, others)| these.are_within(&others))
    }

    /// Returns the validator of the variable.
    ///
    /// # Errors
    /// When the validator cannot be parsed.
    pub(super) fn validator(&self, name: &str) -> Result<Validator, LoadError> {
        let validator = serde_json::from_str(&self.value).map_err(|error| error.to_string());
        validator
            .and_then(|json| Validator::parse(&json).map_err(|error| error.to_string()))
            .map_err(|error| LoadError::new(format!("convex.config.ts: env: {name}: {error}")))
    }
}

/// Returns whether a variable matches. The values are strings, so no table is needed.
pub(super) fn matches(validator: &Validator, value: &str) -> bool {
    validator.check_json(&Json::from(value), &|_| None).is_ok()
}

/// Returns the variables that a definition declares.
///
/// # Errors
/// When a declaration cannot be parsed, or no string would match it.
pub(super) fn declared(definition: &Definition) -> Result<Vec<(String, Declared)>, LoadError> {
    let config = definition.config.as_ref();
    let Some(declared) = config.and_then(|config| config.get("envVars")) else {
        return Ok(Vec::new());
    };
    let declared = Vec::<(String, Declared)>::deserialize(declared)
        .map_err(|error| LoadError::new(format!("convex.config.ts: env: {error}")))?;
    if let Some((name, _)) = declared.iter().find(|(_, it)| it.texts().is_none()) {
        let owner = match definition.path.as_str() {
            "" => "the app".to_owned(),
            path => format!("component {path}"),
        };
        return Err(LoadError::new(format!(
            "Env var `{name}` on {owner} has a non-string validator. Component env vars must be declared with \
             `v.string()`, `v.literal(\"...\")`, or a union of those."
        )));
    }
    Ok(declared)
}

/// The reasons to refuse a change of a variable.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Forbidden {
    /// A required variable would be missing.
    #[error(
        "Cannot delete required environment variables: {0}. These are declared as required in the app definition."
    )]
    Required(String),
    /// The value would not match its declaration.
    #[error("Environment variable {name} does not match its declared validator: {validator}")]
    Mismatch { name: String, validator: Validator },
}

/// Checks a change of a variable against what the app declares; `None` unsets it.
///
/// # Errors
/// [`Forbidden`]
pub(crate) fn check_change(
    manifest: &Manifest,
    name: &str,
    value: Option<&str>,
) -> Result<(), Forbidden> {
    // The manifest in use has been checked, so its declarations can be parsed.
    let app = manifest.definitions.first();
    let declared = app.and_then(|app| declared(app).ok()).unwrap_or_default();
    let Some((_, declared)) = declared.iter().find(|(other, _)| other == name) else {
        return Ok(());
    };
    let Some(value) = value else {
        return match declared.optional {
            true => Ok(()),
            false => Err(Forbidden::Required(name.to_owned())),
        };
    };
    match declared.validator(name) {
        Ok(validator) if !matches(&validator, value) => Err(Forbidden::Mismatch {
            name: name.to_owned(),
            validator,
        }),
        _ => Ok(()),
    }
}

/// Checks the existing variables against those that the app declares.
///
/// # Errors
/// When one is missing or does not match, with advice.
pub(crate) fn check(
    manifest: &Manifest,
    variables: &BTreeMap<String, String>,
) -> Result<(), LoadError> {
    let app = manifest.definitions.first();
    let declared = app.map(declared).transpose()?.unwrap_or_default();
    let missing: Vec<_> = declared
        .iter()
        .filter(|(name, declared)| !declared.optional && !variables.contains_key(name))
        .map(|(name, _)| name.as_str())
        .collect();
    if !missing.is_empty() {
        return Err(LoadError::new(format!(
            "Required environment variables are not set: {}. Set them with `convex-local env set \
             NAME VALUE`, or make them v.optional() in convex.config.ts.",
            missing.join(", ")
        )));
    }
    for (name, declared) in &declared {
        let Some(given) = variables.get(name) else {
            continue;
        };
        let validator = declared.validator(name)?;
        // The value is not shown, because it may be a secret.
        if !matches(&validator, given) {
            return Err(LoadError::new(format!(
                "Environment variable {name} does not match its declared validator: {validator}"
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Returns an app that declares a variable of any text, one of two values, and one that may be missing.
    fn app() -> Manifest {
        let declares = |validator: Json, optional| json!({ "value": validator.to_string(), "optional": optional });
        let literal = |value| json!({ "type": "literal", "value": value });
        let mode = json!({ "type": "union", "value": [literal("test"), literal("live")] });
        let text = json!({ "type": "string" });
        let config = json!({ "envVars": [
            ["KEY", declares(text.clone(), false)],
            ["MODE", declares(mode, false)],
            ["NICE", declares(text, true)],
        ] });
        let app = json!({
            "dir": "convex", "path": "", "config": config, "modules": {}, "schema": null, "routes": [], "crons": null,
        });
        let manifest = json!({
            "build": "", "definitions": [app], "components": [], "auth": [], "inputs": [], "deciding": [],
            "steps": { "started": 0, "bundled": 0, "loaded": 0 },
        });
        serde_json::from_value(manifest).expect("a manifest")
    }

    #[test]
    fn a_running_app_keeps_the_variables_that_it_declares() {
        let change = |name, value| {
            let checked = check_change(&app(), name, value);
            checked.map_err(|error| error.to_string())
        };
        for (name, value) in [
            ("KEY", Some("any")),
            ("MODE", Some("live")),
            ("NICE", None),
            ("OTHER", None),
        ] {
            assert_eq!(change(name, value), Ok(()), "{name}");
        }
        let gone = change("KEY", None).expect_err("it is required");
        assert!(gone.starts_with("Cannot delete required environment variables: KEY."));
        let odd = change("MODE", Some("secret")).expect_err("it is neither value");
        assert!(odd.starts_with("Environment variable MODE does not match its declared validator"));
        assert!(!odd.contains("secret"));
    }
}

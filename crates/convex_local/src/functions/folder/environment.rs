//! The environment variables that an app declares in `defineApp({ env })`.
//!
//! A deployment refuses a push while one that is not optional is missing, or one is not as declared
//! (`crates/application/src/deploy_config.rs` of `get-convex/convex-backend`).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value as Json;

use super::manifest::Manifest;
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

impl Declared {
    /// Returns what the variable must be like.
    ///
    /// # Errors
    /// When that cannot be understood.
    pub(super) fn validator(&self, name: &str) -> Result<Validator, LoadError> {
        let validator = serde_json::from_str(&self.value).map_err(|error| error.to_string());
        validator
            .and_then(|json| Validator::parse(&json).map_err(|error| error.to_string()))
            .map_err(|error| LoadError::new(format!("convex.config.ts: env: {name}: {error}")))
    }
}

/// Returns whether a variable is as declared. Texts alone: no table has a part in it.
pub(super) fn matches(validator: &Validator, value: &str) -> bool {
    validator.check_json(&Json::from(value), &|_| None).is_ok()
}

/// Checks the variables that there are against those that the app declares.
///
/// # Errors
/// When one is missing or not as declared, with what to do.
pub(crate) fn check(
    manifest: &Manifest,
    variables: &BTreeMap<String, String>,
) -> Result<(), LoadError> {
    let app = manifest.definitions.first();
    let config = app.and_then(|app| app.config.as_ref());
    let Some(declared) = config.and_then(|config| config.get("envVars")) else {
        return Ok(());
    };
    let declared = Vec::<(String, Declared)>::deserialize(declared)
        .map_err(|error| LoadError::new(format!("convex.config.ts: env: {error}")))?;
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
        // What is there is not shown, it may be a secret.
        if !matches(&validator, given) {
            return Err(LoadError::new(format!(
                "Environment variable {name} does not match its declared validator: {validator}"
            )));
        }
    }
    Ok(())
}

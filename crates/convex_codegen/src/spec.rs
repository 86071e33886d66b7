//! The function spec, as printed by `npx convex function-spec` and `convex-local function-spec`.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::Error;

/// A function of the spec.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Function {
    /// `folder/file.js:name`
    pub(crate) identifier: String,
    pub(crate) function_type: FunctionType,
    visibility: Visibility,
    #[serde(default, deserialize_with = "any_if_null")]
    pub(crate) args: Validator,
    #[serde(default, deserialize_with = "any_if_null")]
    pub(crate) returns: Validator,
}

/// Reads a validator. A deployment prints `null` for a function without one.
fn any_if_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Validator, D::Error> {
    let validator = Option::<Validator>::deserialize(deserializer)?;
    Ok(validator.unwrap_or_default())
}

/// The kind of a function.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) enum FunctionType {
    Query,
    Mutation,
    Action,
}

#[derive(Clone, Debug, Deserialize)]
struct Visibility {
    kind: String,
}

/// Convex's JSON form of a validator (`v.string()` …).
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(crate) enum Validator {
    /// No validator was given, or `v.any()`.
    #[default]
    Any,
    Null,
    Number,
    Bigint,
    Boolean,
    String,
    Bytes,
    Literal {
        value: Value,
    },
    #[serde(rename_all = "camelCase")]
    Id {
        table_name: String,
    },
    Array {
        value: Box<Validator>,
    },
    Record {
        keys: Box<Validator>,
        values: Box<Field>,
    },
    Object {
        value: BTreeMap<String, Field>,
    },
    Union {
        value: Vec<Validator>,
    },
}

/// A field of an object, or the values of a record.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Field {
    pub(crate) field_type: Validator,
    #[serde(default)]
    pub(crate) optional: bool,
}

impl Function {
    /// Returns the module's path without `.js`, and the export's name.
    pub(crate) fn module_and_name(&self) -> (&str, &str) {
        let (module, name) = self
            .identifier
            .split_once(':')
            .unwrap_or((&self.identifier, "default"));
        (module.strip_suffix(".js").unwrap_or(module), name)
    }

    /// Returns the path that a client calls: `folder/file:name`.
    pub(crate) fn path(&self) -> String {
        let (module, name) = self.module_and_name();
        format!("{module}:{name}")
    }
}

/// Returns the public queries, mutations and actions of a spec, in order of their names.
///
/// # Errors
/// When it is not a spec, or holds a validator this program does not know.
pub(crate) fn public_functions(json: &str) -> Result<Vec<Function>, Error> {
    let mut spec: Value = serde_json::from_str(json).map_err(Error::NotJson)?;
    let list = match spec.get_mut("functions") {
        Some(list) => list.take(),
        None => spec,
    };
    let list = list.as_array().ok_or(Error::NoFunctions)?;
    let mut functions = Vec::new();
    for entry in list
        .iter()
        .filter(|entry| entry["functionType"] != "HttpAction")
    {
        let named = |source| Error::Function {
            function: entry["identifier"].as_str().unwrap_or("?").to_owned(),
            source,
        };
        let function = Function::deserialize(entry).map_err(named)?;
        if function.visibility.kind == "public" {
            functions.push(function);
        }
    }
    functions.sort_by(|a, b| a.identifier.cmp(&b.identifier));
    Ok(functions)
}

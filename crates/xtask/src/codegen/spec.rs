//! The function spec, as `npx convex function-spec` prints it and `convex-local function-spec` too.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::Value;

/// A function of the spec.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Function {
    /// `folder/file.js:name`
    pub(super) identifier: String,
    /// `Query`, `Mutation` or `Action`
    pub(super) function_type: String,
    visibility: Visibility,
    #[serde(default)]
    pub(super) args: Validator,
    #[serde(default)]
    pub(super) returns: Validator,
}

#[derive(Clone, Debug, Deserialize)]
struct Visibility {
    kind: String,
}

/// Convex's JSON form of a validator (`v.string()` …).
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(super) enum Validator {
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
pub(super) struct Field {
    pub(super) field_type: Validator,
    #[serde(default)]
    pub(super) optional: bool,
}

impl Function {
    /// Module path without `.js`, and the export's name.
    pub(super) fn module_and_name(&self) -> (&str, &str) {
        let (module, name) = self
            .identifier
            .split_once(':')
            .unwrap_or((&self.identifier, "default"));
        (module.strip_suffix(".js").unwrap_or(module), name)
    }

    /// The path a client calls: `folder/file:name`.
    pub(super) fn path(&self) -> String {
        let (module, name) = self.module_and_name();
        format!("{module}:{name}")
    }
}

/// The public queries, mutations and actions of a spec, in order of their names.
///
/// # Errors
/// When it is not a spec, or holds a validator this program does not know.
pub(super) fn public_functions(json: &str) -> Result<Vec<Function>> {
    let mut spec: Value = serde_json::from_str(json).context("the function spec is not JSON")?;
    let list = match spec.get_mut("functions") {
        Some(list) => list.take(),
        None => spec,
    };
    let list = list
        .as_array()
        .context("the function spec holds no list of functions")?;
    let mut functions = Vec::new();
    for entry in list
        .iter()
        .filter(|entry| entry["functionType"] != "HttpAction")
    {
        let function: Function = serde_json::from_value(entry.clone())
            .with_context(|| format!("cannot read the spec of {}", entry["identifier"]))?;
        if function.visibility.kind == "public" {
            functions.push(function);
        }
    }
    functions.sort_by(|a, b| a.identifier.cmp(&b.identifier));
    Ok(functions)
}

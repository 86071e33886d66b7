//! A function's declared arguments and result.

use serde_json::Value as Json;

use super::manifest::FunctionMeta;
use crate::functions::error::FunctionError;
use crate::store::{ComponentPath, Transaction, Validator};
use crate::value::{JsonError, awaits_commit, check_call_size};

/// The tables that ids in arguments and results are checked against.
#[derive(Debug)]
pub(crate) struct Tables<'a> {
    pub(crate) component: &'a ComponentPath,
    pub(crate) transaction: &'a Transaction,
    /// Whether values may contain the time of a commit, because one will follow.
    pub(crate) commits: bool,
}

/// The validators of one function; undeclared values are not checked.
#[derive(Debug)]
pub(crate) struct Signature {
    /// The function's name in errors.
    name: String,
    args: Option<Validator>,
    returns: Option<Validator>,
}

impl Signature {
    /// Parses the validators of a manifest entry.
    pub(crate) fn parse(name: &str, meta: &FunctionMeta) -> Result<Self, String> {
        Ok(Self {
            name: name.to_owned(),
            args: parse(meta.args.as_ref())?,
            returns: parse(meta.returns.as_ref())?,
        })
    }

    /// Checks an argument object.
    ///
    /// # Errors
    /// When it is too large or does not match its validator. An id must belong to the declared table, which is looked
    /// up in `tables`.
    pub(crate) fn check_args(&self, args: &Json, tables: &Tables<'_>) -> Result<(), FunctionError> {
        self.check_args_size(args)?;
        let prefix = "ArgumentValidationError";
        if !args.is_object() {
            return Err(FunctionError::new(format!(
                "{prefix}: Expected to receive an object as the function's argument. Instead \
                 received: {args}"
            )));
        }
        if !tables.commits && awaits_commit(args) {
            let name = &self.name;
            let error = JsonError::CommitTs;
            return Err(FunctionError::new(format!(
                "Invalid arguments for {name}: {error}"
            )));
        }
        check(self.args.as_ref(), args, prefix, tables)
    }

    /// Checks the size of an argument object.
    ///
    /// # Errors
    /// When it is too large.
    pub(crate) fn check_args_size(&self, args: &Json) -> Result<(), FunctionError> {
        check_call_size(args).map_err(|(size, limit)| {
            FunctionError::new(format!(
                "Arguments for {} are too large (actual: {size}, limit: {limit})",
                self.name
            ))
        })
    }

    /// Reads the JSON of a result.
    ///
    /// # Errors
    /// When it is not valid JSON, for example because of a lone surrogate.
    pub(crate) fn read_result(&self, json: &str) -> Result<Json, FunctionError> {
        serde_json::from_str(json).map_err(|error| {
            FunctionError::new(format!(
                "Function {} failed. Could not parse return value as json: {error}",
                self.name
            ))
        })
    }

    /// Checks a result.
    ///
    /// # Errors
    /// As [`check_args`](Self::check_args).
    pub(crate) fn check_returns(
        &self,
        value: &Json,
        tables: &Tables<'_>,
    ) -> Result<(), FunctionError> {
        check_call_size(value).map_err(|(size, limit)| {
            FunctionError::new(format!(
                "Function {} return value is too large (actual: {size}, limit: {limit})",
                self.name
            ))
        })?;
        if !tables.commits && awaits_commit(value) {
            return Err(FunctionError::new(format!(
                "Function {} return value invalid: queries cannot return an unresolved commit timestamp",
                self.name
            )));
        }
        check(
            self.returns.as_ref(),
            value,
            "ReturnsValidationError",
            tables,
        )
    }
}

fn parse(json: Option<&Json>) -> Result<Option<Validator>, String> {
    match json {
        None => Ok(None),
        Some(json) if json.get("type").and_then(Json::as_str) == Some("any") => Ok(None),
        Some(json) => Validator::parse(json)
            .map(Some)
            .map_err(|error| error.to_string()),
    }
}

fn check(
    validator: Option<&Validator>,
    value: &Json,
    name: &str,
    tables: &Tables<'_>,
) -> Result<(), FunctionError> {
    let Some(validator) = validator else {
        return Ok(());
    };
    tables
        .transaction
        .check_value(tables.component, validator, value)
        .map_err(|error| FunctionError::new(format!("{name}: {error}")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::manifest::Kind;
    use super::*;
    use crate::store::{Store, StoreOptions};

    #[test]
    fn calls_that_are_too_large_are_refused_with_convexs_messages() {
        let meta = FunctionMeta {
            kind: Kind::Query,
            public: true,
            args: None,
            returns: None,
        };
        let signature = Signature::parse("notes.js:list", &meta).expect("no validators");
        let dir = tempfile::tempdir().expect("a folder");
        let store = Store::open(dir.path(), StoreOptions::default()).expect("a store");
        let tables = Tables {
            component: &ComponentPath::root(),
            transaction: &store.begin(),
            commits: false,
        };
        let refusal = |result: Result<(), FunctionError>| result.expect_err("too large").message;
        let text = "x".repeat(20 << 20);
        assert_eq!(
            refusal(signature.check_args(&json!({ "text": text }), &tables)),
            "Arguments for notes.js:list are too large (actual: 20.00 MiB, limit: 16 MiB)"
        );
        assert_eq!(
            refusal(signature.check_returns(&json!(text), &tables)),
            "Function notes.js:list return value is too large (actual: 20.00 MiB, limit: 16 MiB)"
        );
        assert!(
            signature
                .check_returns(&json!(text[1..1000]), &tables)
                .is_ok()
        );
    }
}

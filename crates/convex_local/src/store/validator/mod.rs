//! Validators of documents, arguments and results, from the JSON that `v.*` exports.
//!
//! Sources: `ValidatorJSON` in `npm-packages/convex/src/values/validators.ts`; wording and layout
//! of the errors after `crates/common/src/schemas/validator.rs` of `get-convex/convex-backend`.

mod text;

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::id::DocumentId;
use super::name::is_system;
use crate::value::{JsonError, Object, Value};
use text::{show, show_literal};

/// A validator of values.
#[derive(Clone, Debug, PartialEq)]
pub struct Validator(Kind);

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    Any,
    Null,
    Number,
    Bigint,
    Boolean,
    String,
    Bytes,
    Id(String),
    Literal(Value),
    Array(Box<Kind>),
    Record(Box<Kind>, Box<Kind>),
    Object(BTreeMap<String, Field>),
    Union(Vec<Kind>),
}

#[derive(Clone, Debug, PartialEq)]
struct Field {
    kind: Kind,
    optional: bool,
}

/// The error of invalid validator JSON.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Unknown validator: {0}")]
pub struct ValidatorParseError(String);

/// The error of a value that does not match; the text names path, value and validator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ValidationError(String);

/// A function that returns the table of an id, if there is one.
pub(crate) type TableOf<'a> = &'a dyn Fn(DocumentId) -> Option<String>;

impl Validator {
    /// Reads the JSON form of a validator, as `exportArgs()` and `defineTable().export()` give it.
    ///
    /// # Errors
    /// When the JSON is not a known kind of validator.
    pub fn parse(json: &Json) -> Result<Self, ValidatorParseError> {
        parse_kind(json).map(Self)
    }

    /// Checks a value in Convex's JSON encoding; see [`check`](Self::check). The time of the coming commit counts as
    /// a bigint.
    ///
    /// # Errors
    /// The first mismatch, or the reason why the JSON is not a Convex value.
    pub(crate) fn check_json(
        &self,
        json: &Json,
        table_of: TableOf<'_>,
    ) -> Result<(), ValidationError> {
        let value = Value::from_uncommitted_json(json)
            .map_err(|e: JsonError| ValidationError(e.to_string()))?;
        self.check(&value, table_of)
    }

    /// Checks a value.
    ///
    /// # Errors
    /// The first mismatch.
    pub(crate) fn check(
        &self,
        value: &Value,
        table_of: TableOf<'_>,
    ) -> Result<(), ValidationError> {
        check(&self.0, value, &mut String::new(), table_of)
    }

    /// Checks a stored document: the declared fields plus the system fields, which are
    /// not declared and not checked.
    pub(crate) fn check_document(
        &self,
        document: &Object,
        table_of: TableOf<'_>,
    ) -> Result<(), ValidationError> {
        let declared = Fields::declared(document);
        let path = &mut String::new();
        match &self.0 {
            Kind::Any => Ok(()),
            Kind::Object(fields) => check_fields(&self.0, fields, declared, path, table_of),
            Kind::Union(members) => {
                let object = |member: &Kind, path: &mut String| match member {
                    Kind::Object(fields) => check_fields(member, fields, declared, path, table_of),
                    other => Err(mismatch(other, &declared.to_value(), path)),
                };
                check_members(&self.0, members, path, object, || declared.to_value())
            }
            other => Err(mismatch(other, &declared.to_value(), path)),
        }
    }

    /// Returns whether a table's documents may have this validator: it accepts objects or anything.
    pub(crate) fn is_of_documents(&self) -> bool {
        match &self.0 {
            Kind::Any | Kind::Object(_) => true,
            Kind::Union(members) => members.iter().all(|m| matches!(m, Kind::Object(_))),
            _ => false,
        }
    }

    /// Returns whether a document that matches can have an array of numbers at this path.
    pub(crate) fn can_hold_vector(&self, path: &str) -> bool {
        can_hold_vector(&self.0, path.split('.'))
    }

    /// Returns whether a document that matches can have a field at this path. It always has the system fields.
    pub(crate) fn can_contain(&self, path: &str) -> bool {
        let system = path.starts_with('_') && !path.contains('.');
        system || can_contain(&self.0, path.split('.'))
    }
}

fn can_hold_vector<'a>(kind: &Kind, mut path: impl Iterator<Item = &'a str> + Clone) -> bool {
    match kind {
        Kind::Any => true,
        Kind::Union(members) => members
            .iter()
            .any(|kind| can_hold_vector(kind, path.clone())),
        _ => match (path.next(), kind) {
            (None, Kind::Array(item)) => matches!(**item, Kind::Number | Kind::Any),
            (Some(name), Kind::Object(fields)) => fields
                .get(name)
                .is_none_or(|field| can_hold_vector(&field.kind, path)),
            _ => false,
        },
    }
}

fn can_contain<'a>(kind: &Kind, mut path: impl Iterator<Item = &'a str> + Clone) -> bool {
    match kind {
        Kind::Any => true,
        Kind::Union(members) => members.iter().any(|kind| can_contain(kind, path.clone())),
        _ => match (path.next(), kind) {
            (None, _) => true,
            (Some(name), Kind::Object(fields)) => fields
                .get(name)
                .is_some_and(|field| can_contain(&field.kind, path)),
            (Some(_), _) => false,
        },
    }
}

fn parse_kind(json: &Json) -> Result<Kind, ValidatorParseError> {
    let unknown = || ValidatorParseError(json.to_string());
    let value = || json.get("value").ok_or_else(unknown);
    Ok(
        match json
            .get("type")
            .and_then(Json::as_str)
            .ok_or_else(unknown)?
        {
            "any" => Kind::Any,
            "null" => Kind::Null,
            "number" => Kind::Number,
            "bigint" | "commitTs" => Kind::Bigint,
            "boolean" => Kind::Boolean,
            "string" => Kind::String,
            "bytes" => Kind::Bytes,
            "id" => {
                let table = json
                    .get("tableName")
                    .and_then(Json::as_str)
                    .ok_or_else(unknown)?;
                Kind::Id(table.to_owned())
            }
            "literal" => Kind::Literal(Value::from_json(value()?).map_err(|_| unknown())?),
            "array" => Kind::Array(Box::new(parse_kind(value()?)?)),
            "record" => {
                let keys = parse_kind(json.get("keys").ok_or_else(unknown)?)?;
                let values = json.get("values").ok_or_else(unknown)?;
                Kind::Record(Box::new(keys), Box::new(parse_field(values)?.kind))
            }
            "object" => {
                let fields = value()?.as_object().ok_or_else(unknown)?;
                let parsed = fields.iter().map(|(n, f)| Ok((n.clone(), parse_field(f)?)));
                Kind::Object(parsed.collect::<Result<_, _>>()?)
            }
            "union" => {
                let members = value()?.as_array().ok_or_else(unknown)?;
                Kind::Union(members.iter().map(parse_kind).collect::<Result<_, _>>()?)
            }
            _ => return Err(unknown()),
        },
    )
}

fn parse_field(json: &Json) -> Result<Field, ValidatorParseError> {
    let kind = json
        .get("fieldType")
        .ok_or_else(|| ValidatorParseError(json.to_string()))?;
    let optional = json
        .get("optional")
        .and_then(Json::as_bool)
        .unwrap_or(false);
    Ok(Field {
        kind: parse_kind(kind)?,
        optional,
    })
}

fn check(
    kind: &Kind,
    value: &Value,
    path: &mut String,
    table_of: TableOf<'_>,
) -> Result<(), ValidationError> {
    let fits = match (kind, value) {
        (Kind::Any, _)
        | (Kind::Null, Value::Null)
        | (Kind::Number, Value::Float64(_))
        | (Kind::Bigint, Value::Int64(_) | Value::CommitTs)
        | (Kind::Boolean, Value::Boolean(_))
        | (Kind::String, Value::String(_))
        | (Kind::Bytes, Value::Bytes(_)) => true,
        (Kind::Literal(literal), value) => {
            return check_literal(literal, value, path);
        }
        (Kind::Id(table), Value::String(text)) => {
            return check_id(table, text, path, table_of);
        }
        (Kind::Array(item), Value::Array(values)) => {
            for (i, value) in values.iter().enumerate() {
                within(path, &format!("[{i}]"), |path| {
                    check(item, value, path, table_of)
                })?;
            }
            true
        }
        (Kind::Record(keys, values), Value::Object(fields)) => {
            for (name, value) in fields {
                within(path, ".keys()", |path| {
                    check(keys, &Value::from(name.as_str()), path, table_of)
                })?;
                within(path, ".values()", |path| {
                    check(values, value, path, table_of)
                })?;
            }
            true
        }
        (Kind::Object(declared), Value::Object(fields)) => {
            return check_fields(kind, declared, Fields::all(fields), path, table_of);
        }
        (Kind::Union(members), value) => return check_union(kind, members, value, path, table_of),
        _ => false,
    };
    if fits {
        Ok(())
    } else {
        Err(mismatch(kind, value, path))
    }
}

fn within<T>(path: &mut String, step: &str, inner: impl FnOnce(&mut String) -> T) -> T {
    let length = path.len();
    path.push_str(step);
    let result = inner(path);
    path.truncate(length);
    result
}

fn check_literal(literal: &Value, value: &Value, path: &str) -> Result<(), ValidationError> {
    if literal == value {
        return Ok(());
    }
    let (shown, literal, path) = (show(value), show_literal(literal), path_line(path));
    Err(ValidationError(format!(
        "`{shown}` does not match literal validator `v.literal({literal})`.{path}"
    )))
}

/// Checks that an id belongs to the declared table. Functions rely on that when they delete by id.
fn check_id(
    table: &str,
    text: &str,
    path: &str,
    table_of: TableOf<'_>,
) -> Result<(), ValidationError> {
    let found = match DocumentId::decode(text).and_then(table_of) {
        Some(found) if found == table => return Ok(()),
        Some(found) if is_system(&found) => "a system table".to_owned(),
        Some(found) => format!("table `{found}`"),
        None => {
            let kind = Kind::Id(table.to_owned());
            return Err(mismatch(&kind, &Value::from(text), path));
        }
    };
    Err(ValidationError(format!(
        "Found ID \"{text}\" from {found}, which does not match the table name in validator \
         `v.id(\"{table}\")`.{}",
        path_line(path)
    )))
}

/// The fields of an object that are checked.
#[derive(Clone, Copy)]
struct Fields<'a> {
    fields: &'a Object,
    /// Whether the system fields are left out.
    of_document: bool,
}

impl<'a> Fields<'a> {
    fn all(fields: &'a Object) -> Self {
        Self {
            fields,
            of_document: false,
        }
    }

    fn declared(fields: &'a Object) -> Self {
        Self {
            fields,
            of_document: true,
        }
    }

    fn iter(self) -> impl Iterator<Item = (&'a String, &'a Value)> {
        let fields = self.fields.iter();
        fields.filter(move |(name, _)| !self.of_document || !name.starts_with('_'))
    }

    fn to_value(self) -> Value {
        let fields = self.iter();
        Value::Object(fields.map(|(n, v)| (n.clone(), v.clone())).collect())
    }
}

fn check_fields(
    kind: &Kind,
    declared: &BTreeMap<String, Field>,
    fields: Fields<'_>,
    path: &mut String,
    table_of: TableOf<'_>,
) -> Result<(), ValidationError> {
    for (name, field) in declared {
        match fields.fields.get(name) {
            Some(value) => {
                within(path, &format!(".{name}"), |path| {
                    check(&field.kind, value, path, table_of)
                })?;
            }
            None if field.optional => {}
            None => {
                return Err(ValidationError(format!(
                    "Object is missing the required field `{name}`. Consider wrapping the field \
                     validator in `v.optional(...)` if this is expected.\n{}\nObject: {}\n\
                     Validator: {kind}",
                    path_line(path),
                    show(&fields.to_value()),
                )));
            }
        }
    }
    let mut names = fields.iter().map(|(name, _)| name);
    match names.find(|name| !declared.contains_key(*name)) {
        None => Ok(()),
        Some(extra) => Err(ValidationError(format!(
            "Object contains extra field `{extra}` that is not in the validator.\n{}\n\
             Object: {}\nValidator: {kind}",
            path_line(path),
            show(&fields.to_value()),
        ))),
    }
}

fn check_union(
    kind: &Kind,
    members: &[Kind],
    value: &Value,
    path: &mut String,
    table_of: TableOf<'_>,
) -> Result<(), ValidationError> {
    let member = |member: &Kind, path: &mut String| check(member, value, path, table_of);
    check_members(kind, members, path, member, || value.clone())
}

/// Checks a value against the members of a union. Only the error of a single member is reported by itself.
fn check_members(
    kind: &Kind,
    members: &[Kind],
    path: &mut String,
    check: impl Fn(&Kind, &mut String) -> Result<(), ValidationError>,
    value: impl FnOnce() -> Value,
) -> Result<(), ValidationError> {
    if let [only] = members {
        return check(only, path);
    }
    if members.iter().any(|member| check(member, path).is_ok()) {
        return Ok(());
    }
    Err(mismatch(kind, &value(), path))
}

fn mismatch(kind: &Kind, value: &Value, path: &str) -> ValidationError {
    ValidationError(format!(
        "Value does not match validator.\n{}\nValue: {}\nValidator: {kind}",
        path_line(path),
        show(value),
    ))
}

fn path_line(path: &str) -> String {
    if path.is_empty() {
        String::new()
    } else {
        format!("Path: {path}")
    }
}

#[cfg(test)]
mod tests;

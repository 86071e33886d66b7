//! The two shapes of `convex/server` for pagination, which have types in `leptos_convex`.

use std::collections::BTreeMap;

use super::spec::{Field, Validator};

/// Returns whether these are the fields of `paginationOptsValidator`.
pub(crate) fn is_options(fields: &BTreeMap<String, Field>) -> bool {
    let known = [
        "numItems",
        "cursor",
        "endCursor",
        "id",
        "maximumRowsRead",
        "maximumBytesRead",
    ];
    let ty = |name: &str| fields.get(name).map(|field| &field.field_type);
    ty("numItems") == Some(&Validator::Number)
        && matches!(ty("cursor"), Some(Validator::Union { .. }))
        && fields.keys().all(|name| known.contains(&name.as_str()))
}

/// Returns the items' validator, if these are the fields of a `paginationResultValidator`.
pub(crate) fn item(fields: &BTreeMap<String, Field>) -> Option<&Validator> {
    let known = [
        "page",
        "continueCursor",
        "isDone",
        "splitCursor",
        "pageStatus",
    ];
    let ty = |name: &str| fields.get(name).map(|field| &field.field_type);
    let is_result = ty("continueCursor") == Some(&Validator::String)
        && ty("isDone") == Some(&Validator::Boolean)
        && fields.keys().all(|name| known.contains(&name.as_str()));
    match ty("page") {
        Some(Validator::Array { value }) if is_result => Some(value),
        _ => None,
    }
}

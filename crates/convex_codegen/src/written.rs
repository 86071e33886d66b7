//! Types and docs as Rust text.

use std::collections::BTreeMap;

use crate::model::Type;

/// The marker types of tables, by the tables' names in Convex.
pub(crate) type Tables = BTreeMap<String, String>;

/// Writes a type.
pub(crate) fn rust(ty: &Type, tables: &Tables) -> String {
    let marker = |table: &String| {
        let marker = tables.get(table).map_or("", String::as_str);
        format!("tables::{marker}")
    };
    match ty {
        Type::Unit => "()".to_owned(),
        Type::Bool => "bool".to_owned(),
        Type::F64 => "f64".to_owned(),
        Type::I64 => "i64".to_owned(),
        Type::Text => "String".to_owned(),
        // Where no attribute is possible, the type itself must distinguish bytes from a list.
        Type::Bytes => "::serde_bytes::ByteBuf".to_owned(),
        Type::Any => "Value".to_owned(),
        Type::Id(of) => {
            let markers: Vec<String> = of.iter().map(marker).collect();
            match markers.as_slice() {
                [one] => format!("Id<{one}>"),
                several => format!("Id<({})>", several.join(", ")),
            }
        }
        Type::Option(inner) => format!("Option<{}>", rust(inner, tables)),
        Type::List(inner) => format!("Vec<{}>", rust(inner, tables)),
        Type::Map(key, value) => {
            format!("BTreeMap<{}, {}>", rust(key, tables), rust(value, tables))
        }
        Type::PageOptions => "PaginationOptions".to_owned(),
        Type::Page(item) => format!("PaginationResult<{}>", rust(item, tables)),
        Type::Named(name) => name.clone(),
    }
}

pub(crate) fn doc_lines(docs: &[String]) -> String {
    docs.iter()
        .map(|line| {
            let line = line.replace('\r', " ");
            if line.is_empty() {
                "///\n".to_owned()
            } else {
                format!("/// {line}\n")
            }
        })
        .collect()
}

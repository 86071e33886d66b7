//! The parsed rows of a file, with all checks that do not need the stored data.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;

use serde::Deserialize;
use serde_json::Value as Json;
use uuid::Uuid;

use super::error::TransferError;
use super::layout::{Entry, STORAGE, TABLES};
use super::rows::{self, Budget};
use super::source::{self, Format, Snapshot};
use crate::store::{ComponentPath, DocumentId, check_table_name};
use crate::value::{Object, Value, check_document};

/// The highest number a table may have: far above those of any deployment.
const HIGHEST_TABLE: u32 = 1 << 30;

/// The contents to import.
#[derive(Debug, Default)]
pub(super) struct Contents {
    pub(super) tables: Vec<TableRows>,
    /// The entries of `_tables`: a table and its number.
    pub(super) numbers: Vec<(ComponentPath, String, u32)>,
    pub(super) files: Vec<FileRow>,
    /// The components whose stored files are part of the contents, even if there are none.
    pub(super) storages: BTreeSet<ComponentPath>,
}

/// The documents of one table.
#[derive(Debug)]
pub(super) struct TableRows {
    pub(super) component: ComponentPath,
    pub(super) table: String,
    pub(super) rows: Vec<Object>,
}

/// A stored file: its row, and the entry with its content.
#[derive(Debug)]
pub(super) struct FileRow {
    pub(super) component: ComponentPath,
    pub(super) entry: usize,
    pub(super) row: StoredRow,
}

/// A line of `_storage/documents.jsonl`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StoredRow {
    #[serde(rename = "_id")]
    pub(super) id: String,
    #[serde(rename = "_creationTime")]
    pub(super) creation_time: Option<f64>,
    pub(super) sha256: Option<String>,
    pub(super) content_type: Option<String>,
    /// The name of the file in its addresses.
    pub(super) internal_id: Option<Uuid>,
}

impl Contents {
    /// Reads a whole file.
    pub(super) fn read(
        path: &Path,
        format: Format,
        base: &ComponentPath,
        table: Option<&str>,
    ) -> Result<Self, TransferError> {
        match (format, table) {
            (Format::Zip, None) => Self::of_snapshot(path, base),
            (Format::Zip, Some(_)) => Err(TransferError::Unusable(
                "ZIP import cannot have table name".to_owned(),
            )),
            (_, Some(table)) => Self::of_table(path, format, base, table),
            (_, None) => Err(TransferError::Unusable(
                "An import of one table requires table name".to_owned(),
            )),
        }
    }

    fn of_table(
        path: &Path,
        format: Format,
        component: &ComponentPath,
        table: &str,
    ) -> Result<Self, TransferError> {
        check_name(table)?;
        let mut rows = Vec::new();
        let mut keep = |row: u64, json: Json| -> Result<(), TransferError> {
            rows.push(document(table, row, &json, Value::from_json)?);
            Ok(())
        };
        let (reader, budget) = (source::open(path)?, &mut Budget::default());
        match format {
            Format::JsonArray => rows::json_array(table, reader, &mut keep)?,
            Format::Csv => rows::csv(table, reader, budget, &mut keep)?,
            Format::JsonLines | Format::Zip => {
                rows::json_lines(table, reader, budget, &mut keep)?;
            }
        }
        let rows = TableRows {
            component: component.clone(),
            table: table.to_owned(),
            rows,
        };
        Ok(Self {
            tables: vec![rows],
            ..Self::default()
        })
    }

    fn of_snapshot(path: &Path, base: &ComponentPath) -> Result<Self, TransferError> {
        let mut snapshot = Snapshot::open(path)?;
        let entries = snapshot.entries(base)?;
        let mut uniform = HashSet::new();
        for (index, entry) in &entries {
            if let Entry::Schema(component, table) = entry {
                check_encoding(&mut snapshot, *index)?;
                uniform.insert((component.clone(), table.clone()));
            }
        }
        let mut contents = Self::default();
        let mut budget = Budget::default();
        let mut stored = Vec::new();
        for (index, entry) in &entries {
            let Entry::Documents(component, table) = entry else {
                continue;
            };
            let name = snapshot.name(*index);
            let reader = snapshot.read(*index)?;
            match table.as_str() {
                TABLES => rows::json_lines(&name, reader, &mut budget, &mut |row, json| {
                    let (table, number) = table_number(&name, row, &json)?;
                    contents.numbers.push((component.clone(), table, number));
                    Ok(())
                })?,
                STORAGE => {
                    contents.storages.insert(component.clone());
                    rows::json_lines(&name, reader, &mut budget, &mut |row, json| {
                        stored.push((component.clone(), stored_row(&name, row, json)?));
                        Ok(())
                    })?;
                }
                // Skip other system tables, as the original does.
                system if system.starts_with('_') => {}
                table => {
                    check_name(table)?;
                    let key = (component.clone(), table.to_owned());
                    let decode = match uniform.contains(&key) {
                        true => Value::from_export_json,
                        false => Value::from_json,
                    };
                    let mut rows = Vec::new();
                    rows::json_lines(&name, reader, &mut budget, &mut |row, json| {
                        rows.push(document(&name, row, &json, decode)?);
                        Ok(())
                    })?;
                    let (component, table) = key;
                    contents.tables.push(TableRows {
                        component,
                        table,
                        rows,
                    });
                }
            }
        }
        contents.files = files(&entries, stored)?;
        let no_files = contents.files.is_empty() && contents.storages.is_empty();
        if no_files && contents.tables.is_empty() && contents.numbers.is_empty() {
            return Err(TransferError::Unusable(
                "The ZIP file is no snapshot: there is no TABLE/documents.jsonl in it".to_owned(),
            ));
        }
        Ok(contents)
    }

    /// Returns how many documents there are, without stored files.
    pub(super) fn documents(&self) -> usize {
        self.tables.iter().map(|table| table.rows.len()).sum()
    }
}

fn check_name(table: &str) -> Result<(), TransferError> {
    if table.starts_with('_') {
        return Err(TransferError::Unusable(format!(
            "Invalid table name {table} starts with metadata prefix '_'"
        )));
    }
    Ok(check_table_name(table)?)
}

/// Refuses snapshots from before 2024, whose values can be read only with their schema.
fn check_encoding(snapshot: &mut Snapshot, index: usize) -> Result<(), TransferError> {
    let name = snapshot.name(index);
    let line = source::first_line(&name, &mut snapshot.read(index)?)?;
    if line.trim() == "\"uniform\"" {
        return Ok(());
    }
    Err(TransferError::entry(
        &name,
        "The snapshot is in an older format. Export it again with `npx convex export`.",
    ))
}

/// Pairs the rows of `_storage` with the entries that hold their contents.
fn files(
    entries: &[(usize, Entry)],
    stored: Vec<(ComponentPath, StoredRow)>,
) -> Result<Vec<FileRow>, TransferError> {
    let by_id = |(component, row): (ComponentPath, StoredRow)| ((component, row.id.clone()), row);
    let mut stored: BTreeMap<_, _> = stored.into_iter().map(by_id).collect();
    let mut files = Vec::new();
    for (index, entry) in entries {
        let Entry::File(component, id) = entry else {
            continue;
        };
        // A file that was added by hand may have no row.
        let row = stored.remove(&(component.clone(), id.clone()));
        let row = row.unwrap_or_else(|| StoredRow {
            id: id.clone(),
            ..StoredRow::default()
        });
        check_file_id(STORAGE, &row.id).map_err(|why| TransferError::entry(STORAGE, why))?;
        files.push(FileRow {
            component: component.clone(),
            entry: *index,
            row,
        });
    }
    match stored.into_values().next() {
        None => Ok(files),
        Some(row) => Err(TransferError::entry(
            "_storage/documents.jsonl",
            format!("there is no file _storage/{} in the snapshot", row.id),
        )),
    }
}

fn check_file_id(table: &str, id: &str) -> Result<u32, String> {
    match DocumentId::decode(id) {
        Some(id) if id.table <= HIGHEST_TABLE => Ok(id.table),
        _ => Err(format!("{table} id '{id}' invalid")),
    }
}

fn stored_row(file: &str, row: u64, json: Json) -> Result<StoredRow, TransferError> {
    let invalid =
        |why: String| TransferError::row(file, row, format!("wasn't a valid Convex value: {why}"));
    let stored: StoredRow = serde_json::from_value(json).map_err(|e| invalid(e.to_string()))?;
    check_file_id(STORAGE, &stored.id).map_err(invalid)?;
    Ok(stored)
}

fn table_number(file: &str, row: u64, json: &Json) -> Result<(String, u32), TransferError> {
    let invalid =
        |why: String| TransferError::row(file, row, format!("wasn't a valid Convex value: {why}"));
    let name = json["name"].as_str();
    let name = name.ok_or_else(|| invalid("table requires name".to_owned()))?;
    check_name(name).map_err(|error| invalid(error.to_string()))?;
    // The number may be written with or without a decimal point.
    let number = json["id"].as_f64().filter(|id| id.fract() == 0.0);
    let number = number.filter(|id| (1.0..=f64::from(HIGHEST_TABLE)).contains(id));
    let number = number.ok_or_else(|| {
        let received = &json["id"];
        invalid(format!("table requires id (received {received})"))
    })?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole and in range"
    )]
    Ok((name.to_owned(), number as u32))
}

/// Returns the document of a row, after checking Convex's limits and the system fields.
fn document(
    file: &str,
    row: u64,
    json: &Json,
    decode: fn(&Json) -> Result<Value, crate::value::JsonError>,
) -> Result<Object, TransferError> {
    let refuse = |why: String| TransferError::row(file, row, why);
    if !json.is_object() {
        return Err(refuse("wasn't an object".to_owned()));
    }
    let invalid =
        |why: &dyn std::fmt::Display| refuse(format!("wasn't a valid Convex value: {why}"));
    let Value::Object(mut fields) = decode(json).map_err(|error| invalid(&error))? else {
        return Err(refuse("wasn't an object".to_owned()));
    };
    check_document(&fields).map_err(|error| invalid(&error))?;
    for (name, value) in &mut fields {
        match name.as_str() {
            "_id" => {
                let Value::String(id) = value else {
                    return Err(invalid(&"_id is no string"));
                };
                check_file_id("document", id).map_err(|why| invalid(&why))?;
            }
            "_creationTime" => {
                let wrong = "_creationTime is no time in milliseconds since 1970";
                *value = creation_time(value).ok_or_else(|| invalid(&wrong))?;
            }
            _ if name.starts_with('_') => {
                return Err(invalid(&format!(
                    "field \"{name}\": names that start with an underscore are reserved"
                )));
            }
            _ => {}
        }
    }
    Ok(fields)
}

fn creation_time(value: &Value) -> Option<Value> {
    let time = match value {
        Value::Float64(time) => *time,
        // A file written by hand.
        #[expect(clippy::cast_precision_loss, reason = "milliseconds are below 2^53")]
        Value::Int64(time) => *time as f64,
        _ => return None,
    };
    (time.is_finite() && time >= 0.0).then_some(Value::Float64(time))
}

//! The database system calls of the functions library.
//!
//! Names, arguments and answers as `npm-packages/convex/src/server/impl/{database,query}_impl.ts`
//! send and expect them; texts of errors after the original backend.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::error::DbError;
use super::filter::maybe_uncommitted;
use super::id::DocumentId;
use super::index::{BY_CREATION_TIME, KeyRange, full_fields};
use super::model::{ComponentPath, Document};
use super::name::is_system;
use super::query::{Batch, SerializedQuery, Stream};
use super::system::is_readable;
use super::transaction::Transaction;
use crate::value::{Object, Value, document_from_json};

/// The answer without a value.
const NOTHING: &str = "null";
/// The answer at the end of a query.
const DONE: &str = r#"{"value":null,"done":true}"#;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Get {
    id: Json,
    #[serde(default)]
    is_system: bool,
    table: Option<String>,
}

#[derive(Deserialize)]
struct Insert {
    table: String,
    value: Json,
}

#[derive(Deserialize)]
struct Change {
    id: Json,
    #[serde(default)]
    value: Json,
    table: Option<String>,
}

#[derive(Deserialize)]
struct Open {
    query: SerializedQuery,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StreamRef {
    query_id: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NormalizeId {
    table: String,
    id_string: String,
}

#[derive(Deserialize)]
struct Count {
    table: String,
}

impl Transaction {
    /// Runs one database call of a function in `component`; JSON in and out is in Convex's
    /// encoding.
    ///
    /// # Errors
    /// The mistake of the function, worded for its author.
    pub fn syscall(
        &mut self,
        component: &ComponentPath,
        op: &str,
        args: Json,
    ) -> Result<Json, DbError> {
        let text = self.syscall_text(component, op, args)?;
        serde_json::from_str(&text).map_err(|error| DbError::new(error.to_string()))
    }

    /// Runs the same call and returns JSON text, in which documents are passed on as they are stored.
    ///
    /// # Errors
    /// Those of [`Self::syscall`].
    pub(crate) fn syscall_text(
        &mut self,
        component: &ComponentPath,
        op: &str,
        args: Json,
    ) -> Result<String, DbError> {
        match op {
            "1.0/get" => self.get(component, &parse(args)?),
            "1.0/insert" => self.insert_call(component, &parse(args)?),
            "1.0/shallowMerge" => self.patch(component, &parse(args)?),
            "1.0/replace" => self.replace(component, &parse(args)?),
            "1.0/remove" => self.remove(component, &parse(args)?),
            "1.0/queryStream" => {
                let opened = self.open_stream(component, args)?;
                Ok(json!({ "queryId": opened }).to_string())
            }
            "1.0/queryStreamNext" => {
                let StreamRef { query_id } = parse(args)?;
                let next = self.read_stream(query_id, 1)?.pop();
                Ok(next.unwrap_or_else(|| DONE.to_owned()))
            }
            "1.0/queryCleanup" => {
                let StreamRef { query_id } = parse(args)?;
                Ok(json!(self.close_stream(query_id)).to_string())
            }
            "1.0/queryPage" => self.page(component, args).map(|page| page.text),
            "1.0/db/normalizeId" => self.normalize_id(component, parse(args)?),
            "1.0/count" => self.count(component, &parse(args)?),
            _ => Err(DbError::new(format!("Unknown operation {op}"))),
        }
    }

    fn get(&mut self, component: &ComponentPath, args: &Get) -> Result<String, DbError> {
        let id = id_argument(&args.id, "get")?;
        self.check_table(component, args.table.as_deref(), id)?;
        let Some((table, document)) = self.read(component, id)? else {
            return Ok(NOTHING.to_owned());
        };
        if !is_readable(&table) {
            return Ok(NOTHING.to_owned());
        }
        if is_system(&table) != args.is_system {
            let (kind, door) = if args.is_system {
                ("User", "")
            } else {
                ("System", "system.")
            };
            return Err(DbError::new(format!(
                "{kind} tables can only be accessed from db.{door}get()."
            )));
        }
        Ok(document.shown().into_owned())
    }

    /// Returns a document for a function.
    fn read(
        &mut self,
        component: &ComponentPath,
        id: &str,
    ) -> Result<Option<(String, Arc<Document>)>, DbError> {
        let found = self.find(component, id);
        self.reader
            .count_read(found.as_ref().map(|(_, document)| document.as_ref()))?;
        Ok(found)
    }

    /// Refuses an id that is not of the table that the function named, whether or not the document exists.
    fn check_table(
        &self,
        component: &ComponentPath,
        named: Option<&str>,
        id: &str,
    ) -> Result<(), DbError> {
        let table = DocumentId::decode(id).and_then(|id| self.reader.view.table_of(component, id));
        match named.zip(table) {
            Some((named, table)) if named != table => Err(DbError::new(format!(
                "Invalid argument `id`: expected to be an Id<\"{named}\">, got Id<\"{table}\"> ({id})"
            ))),
            _ => Ok(()),
        }
    }

    fn insert_call(&mut self, component: &ComponentPath, args: &Insert) -> Result<String, DbError> {
        let fields = document_argument(&args.value)?;
        if let Some(name) = fields.keys().find(|name| name.starts_with('_')) {
            return Err(system_field(name));
        }
        check_writable(&args.table)?;
        self.count_write(Some(&fields))?;
        let id = self.insert(component, &args.table, fields)?;
        Ok(json!({ "_id": id }).to_string())
    }

    fn patch(&mut self, component: &ComponentPath, args: &Change) -> Result<String, DbError> {
        let id = id_argument(&args.id, "patch")?;
        self.check_table(component, args.table.as_deref(), id)?;
        let (table, old) = self
            .read(component, id)?
            .ok_or_else(|| DbError::new(format!("Update on nonexistent document ID {id}")))?;
        check_writable(&table)?;
        let patch = args.value.as_object().ok_or_else(not_an_object)?;
        let mut fields = old.object();
        for (name, value) in patch {
            match maybe_uncommitted(value)? {
                Some(value) => check_system_field(name, &value, &fields)
                    .map(|()| fields.insert(name.clone(), value))?,
                None if name.starts_with('_') => return Err(immutable(name)),
                None => fields.remove(name),
            };
        }
        // The field names of a patch are unchecked, because `undefined` is not a value.
        document_from_json(&Value::Object(fields.clone()).to_json())
            .map_err(|error| DbError::new(error.to_string()))?;
        self.count_write(Some(&fields))?;
        self.write(component, &table, old.id, Some(old.clone()), Some(fields))?;
        Ok(NOTHING.to_owned())
    }

    fn replace(&mut self, component: &ComponentPath, args: &Change) -> Result<String, DbError> {
        let id = id_argument(&args.id, "replace")?;
        self.check_table(component, args.table.as_deref(), id)?;
        let (table, old) = self
            .read(component, id)?
            .ok_or_else(|| DbError::new(format!("Replace on nonexistent document ID {id}")))?;
        check_writable(&table)?;
        let mut fields = document_argument(&args.value)?;
        let before = old.object();
        for (name, value) in &fields {
            check_system_field(name, value, &before)?;
        }
        fields.extend(before.into_iter().filter(|(name, _)| name.starts_with('_')));
        self.count_write(Some(&fields))?;
        self.write(component, &table, old.id, Some(old.clone()), Some(fields))?;
        Ok(NOTHING.to_owned())
    }

    fn remove(&mut self, component: &ComponentPath, args: &Change) -> Result<String, DbError> {
        let id = id_argument(&args.id, "delete")?;
        self.check_table(component, args.table.as_deref(), id)?;
        let (table, old) = self
            .read(component, id)?
            .ok_or_else(|| DbError::new(format!("Delete on nonexistent document ID {id}")))?;
        check_writable(&table)?;
        self.count_write(None)?;
        self.write(component, &table, old.id, Some(old.clone()), None)?;
        Ok(old.text().to_owned())
    }

    /// Opens the query of a `1.0/queryStream` call and returns the number to read it by.
    ///
    /// # Errors
    /// The mistake in the query.
    pub(crate) fn open_stream(
        &mut self,
        component: &ComponentPath,
        args: Json,
    ) -> Result<u64, DbError> {
        let Open { query } = parse(args)?;
        let stream = Stream::open(&self.reader, component, query)?;
        self.next_stream += 1;
        self.streams.insert(self.next_stream, Ok(stream));
        Ok(self.next_stream)
    }

    /// Reads the next answers of `1.0/queryStreamNext`. There are fewer than `count` only if the last one ends
    /// the query, or if the next one would be an error, which the next read returns.
    ///
    /// # Errors
    /// The error of the first one, and from then on always.
    pub(crate) fn read_stream(
        &mut self,
        query_id: u64,
        count: usize,
    ) -> Result<Vec<String>, DbError> {
        let stream = match self.streams.get_mut(&query_id) {
            None => return Ok(vec![DONE.to_owned()]),
            Some(Err(error)) => return Err(error.clone()),
            Some(Ok(stream)) => stream,
        };
        let Batch { documents, end } = stream.batch(&mut self.reader, count);
        let value =
            |document: Arc<Document>| format!("{{\"value\":{},\"done\":false}}", document.shown());
        let mut answers: Vec<_> = documents.into_iter().map(value).collect();
        match end {
            None => {}
            Some(Ok(())) => {
                self.streams.remove(&query_id);
                answers.push(DONE.to_owned());
            }
            Some(Err(error)) => {
                self.streams.insert(query_id, Err(error.clone()));
                if answers.is_empty() {
                    return Err(error);
                }
            }
        }
        Ok(answers)
    }

    /// Closes a query before its end; returns whether it was open.
    pub(crate) fn close_stream(&mut self, query_id: u64) -> bool {
        self.streams.remove(&query_id).is_some()
    }

    fn normalize_id(
        &mut self,
        component: &ComponentPath,
        args: NormalizeId,
    ) -> Result<String, DbError> {
        let belongs = DocumentId::decode(&args.id_string)
            .is_some_and(|id| self.reader.view.is_of_table(component, id, &args.table));
        Ok(json!({ "id": belongs.then_some(args.id_string) }).to_string())
    }

    fn count(&mut self, component: &ComponentPath, args: &Count) -> Result<String, DbError> {
        let all = KeyRange::all();
        self.reader.reads.record(
            component,
            &args.table,
            BY_CREATION_TIME,
            &full_fields(&[]),
            all,
        );
        let count = self
            .reader
            .view
            .table(component, &args.table)
            .map_or(0, super::snapshot::Table::len);
        Ok(count.to_string())
    }
}

fn parse<T: serde::de::DeserializeOwned>(args: Json) -> Result<T, DbError> {
    serde_json::from_value(args)
        .map_err(|error| DbError::new(format!("Invalid arguments of a database call: {error}")))
}

fn id_argument<'a>(id: &'a Json, method: &str) -> Result<&'a str, DbError> {
    let text = id.as_str().ok_or_else(|| {
        DbError::new(format!(
            "Invalid argument `id` for `db.{method}`: expected a string"
        ))
    })?;
    match DocumentId::decode(text) {
        Some(_) => Ok(text),
        None => Err(DbError::new(format!(
            "Invalid argument `id` for `db.{method}`: Unable to decode ID {text:?}"
        ))),
    }
}

fn document_argument(json: &Json) -> Result<Object, DbError> {
    document_from_json(json).map_err(|error| DbError::new(error.to_string()))
}

fn not_an_object() -> DbError {
    DbError::new("Expected an object")
}

fn check_writable(table: &str) -> Result<(), DbError> {
    if is_system(table) {
        return Err(DbError::new(
            "System tables (prefixed with `_`) are read-only.",
        ));
    }
    Ok(())
}

/// Checks a system field, which may be repeated but not changed.
fn check_system_field(name: &str, value: &Value, before: &Object) -> Result<(), DbError> {
    match before.get(name) {
        None if name.starts_with('_') => Err(system_field(name)),
        Some(kept) if name.starts_with('_') && kept != value => Err(immutable(name)),
        _ => Ok(()),
    }
}

fn system_field(name: &str) -> DbError {
    DbError::new(format!(
        "Field '{name}' starts with an underscore, which is only allowed for system fields like \
         '_id'"
    ))
}

fn immutable(name: &str) -> DbError {
    DbError::new(format!(
        "Field {name:?} is a system field and cannot be changed"
    ))
}

//! The rules for schemas.
//!
//! Rules, order and wording after `crates/common/src/schemas/json.rs` and
//! `crates/common/src/bootstrap_model/index/index_validation_error.rs` of
//! `get-convex/convex-backend`.

use std::collections::{BTreeMap, BTreeSet};

use super::super::index::{BY_CREATION_TIME, BY_ID};
use super::super::name::{check_table_name, is_identifier};
use super::super::validator::Validator;
use super::super::vector::{MAX_DIMENSIONS, MIN_DIMENSIONS};
use super::exported::{ExportedIndex, ExportedSearch, ExportedTable, ExportedVectors};

/// The most indexes of a table, of all kinds together.
const MAX_INDEXES: usize = 64;
/// The most fields of an index.
const MAX_FIELDS: usize = 16;
/// The most fields that a search or vector index filters by.
const MAX_FILTER_FIELDS: usize = 16;

/// Checks the declaration of one table; `validated` is the validator of its documents if they
/// must match.
pub(super) fn check(
    table: &ExportedTable,
    document: Option<&Validator>,
    validated: Option<&Validator>,
) -> Result<(), String> {
    let name = &table.table_name;
    check_table_name(name).map_err(|error| error.to_string())?;
    check_document(document)?;
    if table.index_names().count() > MAX_INDEXES {
        return Err(format!(
            "Table \"{name}\" cannot have more than {MAX_INDEXES} indexes."
        ));
    }
    let within = |problem: String| format!("In table \"{name}\": {problem}");
    check_indexes(table, &within)?;
    check_searches(table, &within)?;
    check_vectors(table, &within)?;
    check_names(table)?;
    validated.map_or(Ok(()), |validator| {
        check_references(table, validator)?;
        check_vector_fields(table, validator)
    })
}

fn check_document(document: Option<&Validator>) -> Result<(), String> {
    match document {
        Some(validator) if !validator.is_of_documents() => Err(format!(
            "The document validator in a schema must be an object, a union of objects, or \
             `v.any()`. Found {validator}. To learn more, see the schema documentation at \
             https://docs.convex.dev/database/schemas."
        )),
        _ => Ok(()),
    }
}

fn check_indexes(table: &ExportedTable, within: &dyn Fn(String) -> String) -> Result<(), String> {
    let name = &table.table_name;
    let indexes = || table.indexes.iter().chain(&table.staged_db_indexes);
    for index in indexes() {
        check_index(&index.index_descriptor, index.fields.iter()).map_err(within)?;
        check_fields(index).map_err(within)?;
    }
    let kinds = [(&table.indexes, ""), (&table.staged_db_indexes, "staged ")];
    for (indexes, staged) in kinds {
        if let Some(index) = indexes.iter().find(|index| index.fields.is_empty()) {
            return Err(format!(
                "In table \"{name}\" {staged}index \"{}\" must have at least one field.",
                index.index_descriptor
            ));
        }
    }
    let twins = twins(indexes().map(|i| (&i.index_descriptor, i.fields.clone())));
    twins.map_or(Ok(()), |(one, other)| {
        Err(format!(
            "In table \"{name}\" index \"{one}\" and index \"{other}\" have the same fields. \
             Indexes must be unique within a table."
        ))
    })
}

fn check_searches(table: &ExportedTable, within: &dyn Fn(String) -> String) -> Result<(), String> {
    let searches = || {
        table
            .search_indexes
            .iter()
            .chain(&table.staged_search_indexes)
    };
    for index in searches() {
        let fields = [&index.search_field].into_iter();
        check_index(&index.index_descriptor, fields.chain(&index.filter_fields)).map_err(within)?;
        if index.filter_set().len() > MAX_FILTER_FIELDS {
            return Err(within(format!(
                "Search indexes may have up to {MAX_FILTER_FIELDS} filter fields."
            )));
        }
    }
    let over = |index: &ExportedSearch| (index.search_field.clone(), index.filter_set());
    let twins = twins(searches().map(|i| (&i.index_descriptor, over(i))));
    twins.map_or(Ok(()), |(one, other)| {
        Err(format!(
            "In table \"{}\" search index \"{one}\" and search index \"{other}\" have the same \
             `searchField`. Search index fields must be unique within a table. You should combine \
             the indexes with the same `searchField` into one index containing all `filterField`s \
             and then use different subsets of the `filterField`s at query time.",
            table.table_name
        ))
    })
}

fn check_vectors(table: &ExportedTable, within: &dyn Fn(String) -> String) -> Result<(), String> {
    for index in table.all_vectors() {
        let fields = [&index.vector_field].into_iter();
        check_index(&index.index_descriptor, fields.chain(&index.filter_fields)).map_err(within)?;
        let dimensions = index.dimensions();
        if !(MIN_DIMENSIONS..=MAX_DIMENSIONS).contains(&dimensions) {
            return Err(within(format!(
                "Dimensions {dimensions} must be between {MIN_DIMENSIONS} and {MAX_DIMENSIONS}."
            )));
        }
        let filters: BTreeSet<_> = index.filter_fields.iter().collect();
        if filters.len() > MAX_FILTER_FIELDS {
            return Err(within(format!(
                "Search indexes may have up to {MAX_FILTER_FIELDS} filter fields."
            )));
        }
    }
    let over = |index: &ExportedVectors| (index.vector_field.clone(), index.dimensions());
    let indexes = table.all_vectors();
    let twins = twins(indexes.map(|index| (&index.index_descriptor, over(index))));
    twins.map_or(Ok(()), |(one, other)| {
        Err(format!(
            "In table \"{}\" vector index \"{one}\" and vector index \"{other}\" have the same \
             `vectorField`. Vector index fields must be unique within a table. You should combine \
             the indexes with the same `vectorField` into one index containing all `filterField`s \
             and then use different subsets of the `filterField`s at query time.",
            table.table_name
        ))
    })
}

/// Checks that a vector index is over arrays of numbers.
fn check_vector_fields(table: &ExportedTable, validator: &Validator) -> Result<(), String> {
    let unfit = |index: &&ExportedVectors| !validator.can_hold_vector(&index.vector_field);
    match table.all_vectors().find(unfit) {
        Some(index) => Err(format!(
            "In table \"{}\" the vector index \"{}\" is invalid because it references the field \
             {:?} that is neither an array of float64 or optional array of float64.",
            table.table_name, index.index_descriptor, index.vector_field
        )),
        None => Ok(()),
    }
}

/// Checks an index's name and the paths of its fields.
fn check_index<'a>(name: &str, fields: impl Iterator<Item = &'a String>) -> Result<(), String> {
    if !is_identifier(name) {
        return Err(format!(
            "Invalid index name: \"{name}\". Identifiers must be 64 characters or less, start with \
             a letter, and only contain letters, digits, underscores."
        ));
    }
    for field in fields {
        if !field.split('.').all(is_identifier) {
            return Err(format!(
                "In index \"{name}\": Invalid index field: \"{field}\""
            ));
        }
    }
    Ok(())
}

/// Checks the fields of a database index.
fn check_fields(index: &ExportedIndex) -> Result<(), String> {
    let within = |problem: String| {
        let name = &index.index_descriptor;
        Err(format!("In index \"{name}\": {problem}"))
    };
    if index.fields.len() > MAX_FIELDS {
        return within(format!("Indexes may have up to {MAX_FIELDS} fields."));
    }
    let mut seen = BTreeSet::new();
    for field in &index.fields {
        if field == "_id" {
            return within(
                "`_id` is not a valid index field. To load documents by ID, use `db.get(id)`."
                    .to_owned(),
            );
        }
        if !seen.insert(field) {
            return within(format!(
                "Duplicate field {field:?}. Index fields must be unique within an index."
            ));
        }
    }
    if seen.contains(&"_creationTime".to_owned()) {
        return within(
            "`_creationTime` is automatically added to the end of each index. It should not be \
             added explicitly in the index definition. See https://docs.convex.dev/using/indexes \
             for more details."
                .to_owned(),
        );
    }
    let mut parts = index.fields.iter().flat_map(|field| field.split('.'));
    if parts.any(|part| part.starts_with('_')) {
        return within(
            "Reserved fields (starting with `_`) are not allowed in indexes.".to_owned(),
        );
    }
    Ok(())
}

/// Finds two indexes over the same fields, the later name first as in the original.
fn twins<'a, T: Ord>(
    indexes: impl Iterator<Item = (&'a String, T)>,
) -> Option<(&'a String, &'a String)> {
    let mut seen = BTreeMap::new();
    let sorted: BTreeMap<_, _> = indexes.collect();
    let mut sorted = sorted.into_iter();
    sorted.find_map(|(name, over)| seen.insert(over, name).map(|other| (name, other)))
}

fn check_names(table: &ExportedTable) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    for name in table.index_names() {
        if matches!(name, BY_ID | BY_CREATION_TIME) || name.starts_with('_') {
            return Err(format!(
                "In table \"{}\" cannot name an index \"{name}\" because the name is reserved. \
                 Indexes may not start with an underscore or be named \"by_id\" or \
                 \"by_creation_time\".",
                table.table_name
            ));
        }
        if !seen.insert(name) {
            return Err(format!(
                "Table \"{}\" has two or more definitions of index \"{name}\".",
                table.table_name
            ));
        }
    }
    Ok(())
}

/// Refuses an index over a field that no document can have.
fn check_references(table: &ExportedTable, validator: &Validator) -> Result<(), String> {
    let missing = |(_, field): &(&String, &String)| !validator.can_contain(field);
    match table.references().into_iter().find(missing) {
        Some((index, field)) => Err(format!(
            "In table \"{}\" the index \"{index}\" is invalid because it references the field \
             {field:?} that does not exist.",
            table.table_name
        )),
        None => Ok(()),
    }
}

impl ExportedTable {
    fn all_vectors(&self) -> impl Iterator<Item = &ExportedVectors> {
        self.vector_indexes
            .iter()
            .chain(&self.staged_vector_indexes)
    }

    fn index_names(&self) -> impl Iterator<Item = &str> {
        let indexes = self.indexes.iter().chain(&self.staged_db_indexes);
        let searches = self
            .search_indexes
            .iter()
            .chain(&self.staged_search_indexes);
        let vectors = self.all_vectors();
        let names = indexes.map(|index| index.index_descriptor.as_str());
        let names = names.chain(searches.map(|index| index.index_descriptor.as_str()));
        names.chain(vectors.map(|index| index.index_descriptor.as_str()))
    }

    /// Lists each index with each field it is over.
    fn references(&self) -> Vec<(&String, &String)> {
        let mut references = Vec::new();
        for index in self.indexes.iter().chain(&self.staged_db_indexes) {
            references.extend(
                index
                    .fields
                    .iter()
                    .map(|field| (&index.index_descriptor, field)),
            );
        }
        for index in self
            .search_indexes
            .iter()
            .chain(&self.staged_search_indexes)
        {
            let fields = [&index.search_field]
                .into_iter()
                .chain(&index.filter_fields);
            references.extend(fields.map(|field| (&index.index_descriptor, field)));
        }
        for index in self.all_vectors() {
            references.push((&index.index_descriptor, &index.vector_field));
        }
        references
    }
}

impl ExportedSearch {
    fn filter_set(&self) -> BTreeSet<String> {
        self.filter_fields.iter().cloned().collect()
    }
}

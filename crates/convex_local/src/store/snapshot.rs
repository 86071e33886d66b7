//! The data at one moment: persistent maps, whose copies are free and never change.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use imbl::{HashMap, OrdMap};

use super::entries::{Between, Entries, Index};
use super::error::DbError;
use super::filling::Filling;
use super::id::DocumentId;
use super::index::{BY_CREATION_TIME, BY_ID, KeyRange, full_fields};
use super::model::{ComponentPath, Document, Parsed, Timestamp};
use super::schema::{Schema, TableSchema};
use super::search::{SearchIndex, SearchSpec};
use super::system;
use super::vector::{VectorIndex, VectorSpec};

/// All documents of all components at one timestamp.
#[derive(Clone, Debug, Default)]
pub(crate) struct Snapshot {
    pub(crate) ts: Timestamp,
    pub(crate) components: HashMap<ComponentPath, Component>,
    /// Counts the applied schemas, which do not change the timestamp.
    schemas: u64,
}

/// The tables of one component.
#[derive(Clone, Debug, Default)]
pub(crate) struct Component {
    pub(crate) tables: OrdMap<String, Table>,
    pub(crate) schema: Option<Arc<Schema>>,
}

/// One table with its indexes.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(crate) number: u32,
    pub(crate) indexes: OrdMap<String, Index>,
    pub(crate) searches: BTreeMap<String, SearchIndex>,
    pub(crate) vectors: BTreeMap<String, VectorIndex>,
}

impl Snapshot {
    pub(crate) fn table(&self, component: &ComponentPath, table: &str) -> Option<&Table> {
        self.components.get(component)?.tables.get(table)
    }

    pub(crate) fn schema(&self, component: &ComponentPath) -> Option<&Arc<Schema>> {
        self.components.get(component)?.schema.as_ref()
    }

    /// Returns whether the other one began as a copy of this one, without a commit or schema between them.
    pub(crate) fn is_base_of(&self, other: &Self) -> bool {
        (self.ts, self.schemas) == (other.ts, other.schemas)
    }

    /// Returns the name of the table whose ids carry this number.
    pub(crate) fn table_of(&self, component: &ComponentPath, id: DocumentId) -> Option<&str> {
        self.table_numbered(component, id.table)
    }

    /// Returns the name of the table with this number.
    pub(super) fn table_numbered(&self, component: &ComponentPath, number: u32) -> Option<&str> {
        let tables = &self.components.get(component)?.tables;
        tables
            .iter()
            .find(|(_, table)| table.number == number)
            .map(|(name, _)| name.as_str())
    }

    /// Returns whether an id belongs to the table of that name. System tables have their numbers even before their
    /// first document.
    pub(crate) fn is_of_table(
        &self,
        component: &ComponentPath,
        id: DocumentId,
        name: &str,
    ) -> bool {
        let number = self.table(component, name).map(|table| table.number);
        number.or_else(|| system::number(name)) == Some(id.table)
    }

    /// Returns the name of the table that an id belongs to. System tables have their numbers even before their first
    /// document.
    pub(crate) fn table_named(&self, component: &ComponentPath, id: DocumentId) -> Option<String> {
        let known = self.table_of(component, id);
        let name = known.or_else(|| system::table_numbered(id.table))?;
        Some(name.to_owned())
    }

    /// Returns the declaration of a search index.
    pub(crate) fn search_spec(
        &self,
        component: &ComponentPath,
        table: &str,
        index: &str,
    ) -> Result<Arc<SearchSpec>, DbError> {
        let found = self.table(component, table);
        found
            .and_then(|table| table.searches.get(index))
            .map(|index| index.spec.clone())
            .ok_or_else(|| self.no_such_index(component, table, index, "a search index"))
    }

    /// Returns the error for a missing index of this name and `kind`.
    pub(crate) fn no_such_index(
        &self,
        component: &ComponentPath,
        table: &str,
        index: &str,
        kind: &str,
    ) -> DbError {
        let name = format!("{table}.{index}");
        let schema = self.components.get(component);
        let schema = schema.and_then(|component| component.declared(table));
        let built_in = matches!(index, BY_ID | BY_CREATION_TIME);
        DbError::new(match schema {
            Some(schema) if schema.staged.contains(index) => format!(
                "Index {name} is currently staged and not available to query until it is enabled."
            ),
            Some(schema) if schema.declares(index) => format!("Index {name} is not {kind}"),
            _ if built_in => format!("Index {name} is not {kind}"),
            _ => format!("Index {name} not found."),
        })
    }

    /// Makes a table if it does not exist.
    pub(crate) fn ensure_table(&mut self, component: &ComponentPath, name: &str, number: u32) {
        let component = self.components.entry(component.clone()).or_default();
        if !component.tables.contains_key(name) {
            let declared = component.declared(name);
            component
                .tables
                .insert(name.to_owned(), Table::new(number, declared));
        }
    }

    /// Removes a table, so that it can be made again with another number.
    pub(crate) fn remove_table(&mut self, component: &ComponentPath, name: &str) {
        if let Some(component) = self.components.get_mut(component) {
            component.tables.remove(name);
        }
    }

    /// Puts `new` in the place of `old` in every index of the table.
    pub(crate) fn replace(
        &mut self,
        component: &ComponentPath,
        table: &str,
        old: Option<&Parsed>,
        new: Option<&Parsed>,
    ) {
        if let Some(component) = self.components.get_mut(component)
            && let Some(table) = component.tables.get_mut(table)
        {
            table.replace(old, new);
        }
    }

    /// Fills an empty table with documents.
    pub(crate) fn fill(&mut self, component: &ComponentPath, table: &str, documents: Filling) {
        if let Some(component) = self.components.get_mut(component)
            && let Some(table) = component.tables.get_mut(table)
        {
            table.fill(documents);
        }
    }

    /// Applies a schema: makes missing tables, and builds, changes or drops indexes.
    pub(crate) fn set_schema(
        &mut self,
        path: &ComponentPath,
        schema: Option<&Arc<Schema>>,
        mut number: impl FnMut() -> u32,
    ) {
        self.schemas += 1;
        let component = self.components.entry(path.clone()).or_default();
        component.schema = schema.cloned();
        for name in schema.iter().flat_map(|schema| schema.tables.keys()) {
            if !component.tables.contains_key(name) {
                component
                    .tables
                    .insert(name.clone(), Table::new(number(), None));
            }
        }
        let tables = component.tables.clone();
        for (name, table) in &tables {
            let table = table.with_indexes(component.declared(name));
            component.tables.insert(name.clone(), table);
        }
    }
}

impl Component {
    /// Returns the declared indexes of a table.
    fn declared(&self, name: &str) -> Option<&TableSchema> {
        let schema = self.schema.as_ref();
        system::schema(name).or_else(|| schema?.tables.get(name))
    }
}

impl Table {
    fn new(number: u32, declared: Option<&TableSchema>) -> Self {
        let by_id = Index {
            fields: Arc::from(["_id".to_owned()]),
            entries: Entries::by_id(),
        };
        let by_creation_time = Index {
            fields: full_fields(&[]),
            entries: Entries::by_key(),
        };
        let built_in = [(BY_ID, by_id), (BY_CREATION_TIME, by_creation_time)];
        let indexes = built_in.map(|(name, index)| (name.to_owned(), index));
        Self {
            number,
            indexes: indexes.into_iter().collect(),
            searches: BTreeMap::new(),
            vectors: BTreeMap::new(),
        }
        .with_indexes(declared)
    }

    /// Returns the same documents under the indexes that are declared now.
    fn with_indexes(&self, declared: Option<&TableSchema>) -> Self {
        let mut indexes = OrdMap::new();
        for name in [BY_ID, BY_CREATION_TIME] {
            if let Some(index) = self.indexes.get(name) {
                indexes.insert(name.to_owned(), index.clone());
            }
        }
        let mut missing = Vec::new();
        for (name, fields) in declared.iter().flat_map(|table| &table.indexes) {
            let kept = self.indexes.get(name);
            match kept.filter(|index| index.fields == *fields) {
                Some(index) => drop(indexes.insert(name.clone(), index.clone())),
                None => missing.push((name.clone(), fields.clone())),
            }
        }
        let mut missing = Filling::new(missing);
        if missing.is_needed() {
            for document in self.documents() {
                missing.push(&Parsed::of(document));
            }
        }
        indexes.extend(missing.finish());
        let searches = declared.iter().flat_map(|table| &table.searches);
        let searches = searches.map(|(name, spec)| (name.clone(), self.search_index(name, spec)));
        let vectors = declared.iter().flat_map(|table| &table.vectors);
        let vectors = vectors.map(|(name, spec)| (name.clone(), self.vector_index(name, spec)));
        Self {
            number: self.number,
            indexes,
            searches: searches.collect(),
            vectors: vectors.collect(),
        }
    }

    /// Returns the search index of this name if it is over the same text, or a new one.
    fn search_index(&self, name: &str, spec: &Arc<SearchSpec>) -> SearchIndex {
        let kept = self.searches.get(name);
        let kept = kept.and_then(|index| index.with_spec(spec));
        kept.unwrap_or_else(|| SearchIndex::build(spec, self.documents().map(Parsed::of)))
    }

    /// Returns the vector index of this name if its declaration is the same, or a new one.
    fn vector_index(&self, name: &str, spec: &Arc<VectorSpec>) -> VectorIndex {
        let kept = self.vectors.get(name).filter(|index| index.spec == *spec);
        let build = || VectorIndex::build(spec, self.documents().map(Parsed::of));
        kept.cloned().unwrap_or_else(build)
    }

    /// Takes indexes that were built at once.
    fn fill(&mut self, documents: Filling) {
        self.indexes.extend(documents.finish());
    }

    /// Returns the indexes that the table has, to be filled with all its documents at once.
    pub(crate) fn filling(&self) -> Filling {
        let indexes = self.indexes.iter();
        Filling::new(indexes.map(|(name, index)| (name.clone(), index.fields.clone())))
    }

    /// Returns all documents, by id.
    pub(crate) fn documents(&self) -> impl Iterator<Item = &Arc<Document>> {
        let all = self.between(BY_ID, Bound::Unbounded, Bound::Unbounded);
        all.into_iter().flatten()
    }

    /// Returns how many documents there are.
    pub(crate) fn len(&self) -> usize {
        self.indexes
            .get(BY_ID)
            .map_or(0, |index| index.entries.len())
    }

    /// Returns the documents in a range of keys of an index, in its order.
    pub(crate) fn range<'a>(
        &'a self,
        index: &str,
        range: &KeyRange,
    ) -> impl Iterator<Item = &'a Arc<Document>> + use<'a> {
        let start = Bound::Included(range.start.as_slice());
        let end = range.end.as_deref();
        let end = end.map_or(Bound::Unbounded, Bound::Excluded);
        self.between(index, start, end).into_iter().flatten()
    }

    /// Returns the documents between two bounds of keys of an index, from either end.
    pub(crate) fn between(
        &self,
        index: &str,
        start: Bound<&[u8]>,
        end: Bound<&[u8]>,
    ) -> Option<Between<'_>> {
        let entries = &self.indexes.get(index)?.entries;
        entries.between(self.number, start, end)
    }

    pub(crate) fn get(&self, id: DocumentId) -> Option<&Arc<Document>> {
        self.indexes.get(BY_ID)?.entries.get(id)
    }

    fn replace(&mut self, old: Option<&Parsed>, new: Option<&Parsed>) {
        let names: Vec<_> = self.indexes.keys().cloned().collect();
        for name in names {
            if let Some(index) = self.indexes.get_mut(&name) {
                if let Some(old) = old {
                    index.entries.remove(&index.fields, old);
                }
                if let Some(new) = new {
                    index.entries.insert(&index.fields, new);
                }
            }
        }
        for index in self.searches.values_mut() {
            index.replace(old, new);
        }
        for index in self.vectors.values_mut() {
            index.replace(old, new);
        }
    }
}

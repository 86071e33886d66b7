//! The data at one moment: persistent maps, so that a copy costs nothing and never changes.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use imbl::{HashMap, OrdMap};

use super::error::DbError;
use super::id::DocumentId;
use super::index::{BY_CREATION_TIME, BY_ID, KeyRange, full_fields, id_key, index_key};
use super::model::{ComponentPath, Document, Timestamp};
use super::schema::{Schema, TableSchema};
use super::search::{SearchIndex, SearchSpec};
use super::system;
use super::vector::{VectorIndex, VectorSpec};

/// All documents of all components at one timestamp.
#[derive(Clone, Debug, Default)]
pub(crate) struct Snapshot {
    pub(crate) ts: Timestamp,
    pub(crate) components: HashMap<ComponentPath, Component>,
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

/// Documents by key.
#[derive(Clone, Debug)]
pub(crate) struct Index {
    /// The declared fields; `_creationTime` and `_id` follow in every key.
    pub(crate) fields: Arc<[String]>,
    pub(crate) entries: OrdMap<Vec<u8>, Arc<Document>>,
}

impl Snapshot {
    pub(crate) fn table(&self, component: &ComponentPath, table: &str) -> Option<&Table> {
        self.components.get(component)?.tables.get(table)
    }

    pub(crate) fn schema(&self, component: &ComponentPath) -> Option<&Arc<Schema>> {
        self.components.get(component)?.schema.as_ref()
    }

    /// The name of the table whose ids carry this number.
    pub(crate) fn table_of(&self, component: &ComponentPath, id: DocumentId) -> Option<&str> {
        let tables = &self.components.get(component)?.tables;
        tables
            .iter()
            .find(|(_, table)| table.number == id.table)
            .map(|(name, _)| name.as_str())
    }

    /// Whether an id is one of the table of that name. System tables have their numbers before the
    /// first document too.
    pub(crate) fn is_of_table(
        &self,
        component: &ComponentPath,
        id: DocumentId,
        name: &str,
    ) -> bool {
        let number = self.table(component, name).map(|table| table.number);
        number.or_else(|| system::number(name)) == Some(id.table)
    }

    /// The name of the table that an id is of, in words; system tables have their numbers before the
    /// first document too.
    pub(crate) fn table_named(&self, component: &ComponentPath, id: DocumentId) -> Option<String> {
        let known = self.table_of(component, id);
        let name = known.or_else(|| system::table_numbered(id.table))?;
        Some(name.to_owned())
    }

    /// What a search index is declared over.
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

    /// Why a query finds no index of this name that is `kind`.
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

    /// Makes sure that a table is there.
    pub(crate) fn ensure_table(&mut self, component: &ComponentPath, name: &str, number: u32) {
        let component = self.components.entry(component.clone()).or_default();
        if !component.tables.contains_key(name) {
            let declared = component.declared(name);
            component
                .tables
                .insert(name.to_owned(), Table::new(number, declared));
        }
    }

    /// Takes a table away, so that it can be made anew with another number.
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
        old: Option<&Document>,
        new: Option<&Arc<Document>>,
    ) {
        if let Some(component) = self.components.get_mut(component)
            && let Some(table) = component.tables.get_mut(table)
        {
            table.replace(old, new);
        }
    }

    /// Takes on a schema: missing tables are made, indexes built, changed or dropped.
    pub(crate) fn set_schema(
        &mut self,
        path: &ComponentPath,
        schema: Option<&Arc<Schema>>,
        mut number: impl FnMut() -> u32,
    ) {
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
    /// The indexes that a table is to have besides the built-in ones.
    fn declared(&self, name: &str) -> Option<&TableSchema> {
        let schema = self.schema.as_ref();
        system::schema(name).or_else(|| schema?.tables.get(name))
    }
}

impl Table {
    fn new(number: u32, declared: Option<&TableSchema>) -> Self {
        let by_id: Arc<[String]> = Arc::from(["_id".to_owned()]);
        let built_in = [(BY_ID, by_id), (BY_CREATION_TIME, full_fields(&[]))];
        let indexes = built_in.map(|(name, fields)| {
            (
                name.to_owned(),
                Index {
                    fields,
                    entries: OrdMap::new(),
                },
            )
        });
        Self {
            number,
            indexes: indexes.into_iter().collect(),
            searches: BTreeMap::new(),
            vectors: BTreeMap::new(),
        }
        .with_indexes(declared)
    }

    /// The same documents under the indexes that are declared now.
    fn with_indexes(&self, declared: Option<&TableSchema>) -> Self {
        let mut indexes = OrdMap::new();
        for name in [BY_ID, BY_CREATION_TIME] {
            if let Some(index) = self.indexes.get(name) {
                indexes.insert(name.to_owned(), index.clone());
            }
        }
        for (name, fields) in declared.iter().flat_map(|table| &table.indexes) {
            let kept = self
                .indexes
                .get(name)
                .filter(|index| index.fields == *fields)
                .cloned();
            let index = kept.unwrap_or_else(|| self.build_index(fields));
            indexes.insert(name.clone(), index);
        }
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

    /// The search index of this name if it is over the same text, or a new one.
    fn search_index(&self, name: &str, spec: &Arc<SearchSpec>) -> SearchIndex {
        let kept = self.searches.get(name);
        let kept = kept.and_then(|index| index.with_spec(spec));
        kept.unwrap_or_else(|| SearchIndex::build(spec, self.documents()))
    }

    /// The vector index of this name if it is over the same, or a new one.
    fn vector_index(&self, name: &str, spec: &Arc<VectorSpec>) -> VectorIndex {
        let kept = self.vectors.get(name).filter(|index| index.spec == *spec);
        let build = || VectorIndex::build(spec, self.documents());
        kept.cloned().unwrap_or_else(build)
    }

    fn build_index(&self, fields: &Arc<[String]>) -> Index {
        let entries = self
            .documents()
            .map(|doc| (index_key(fields, doc), doc.clone()))
            .collect();
        Index {
            fields: fields.clone(),
            entries,
        }
    }

    /// All documents, by id.
    pub(crate) fn documents(&self) -> impl Iterator<Item = &Arc<Document>> {
        self.indexes
            .get(BY_ID)
            .into_iter()
            .flat_map(|index| index.entries.values())
    }

    /// How many documents there are.
    pub(crate) fn len(&self) -> usize {
        self.indexes
            .get(BY_ID)
            .map_or(0, |index| index.entries.len())
    }

    /// The documents in a range of keys of an index, in its order.
    pub(crate) fn range(
        &self,
        index: &str,
        range: &KeyRange,
    ) -> impl Iterator<Item = &Arc<Document>> {
        let start = Bound::Included(range.start.as_slice());
        let end = range.end.as_deref();
        let end = end.map_or(Bound::Unbounded, Bound::Excluded);
        let index = self.indexes.get(index).into_iter();
        index.flat_map(move |index| {
            let found = index.entries.range::<_, [u8]>((start, end));
            found.map(|(_, document)| document)
        })
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Arc<Document>> {
        self.indexes.get(BY_ID)?.entries.get(&id_key(id))
    }

    fn replace(&mut self, old: Option<&Document>, new: Option<&Arc<Document>>) {
        let names: Vec<_> = self.indexes.keys().cloned().collect();
        for name in names {
            if let Some(index) = self.indexes.get_mut(&name) {
                if let Some(old) = old {
                    index.entries.remove(&index_key(&index.fields, old));
                }
                if let Some(new) = new {
                    index
                        .entries
                        .insert(index_key(&index.fields, new), new.clone());
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

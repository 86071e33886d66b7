//! `_cron_jobs`: the last and the next run of each entry of a component's `crons.ts`.
//!
//! The run of a mutation and the update of its row are one commit, so that a restart neither repeats nor loses a run.

use std::sync::Arc;

use super::Store;
use super::error::DbError;
use super::model::{ComponentPath, Document};
use super::system::CRON_JOBS;
use super::transaction::Transaction;
use crate::value::{Object, Value};

/// The state of one entry.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CronRow {
    pub(crate) component: ComponentPath,
    /// Its name in `crons.ts`.
    pub(crate) name: String,
    /// Its schedule, function and arguments as text. If the text changes, a run that has begun is of another cron.
    pub(crate) spec: String,
    /// When the last run was due, in milliseconds since 1970.
    pub(crate) last_ms: Option<f64>,
    /// When it is due; `None` for never.
    pub(crate) next_ms: Option<f64>,
    /// Whether its action has begun and not ended.
    pub(crate) running: bool,
}

impl CronRow {
    fn fields(&self) -> Object {
        let mut fields = Object::from([
            ("name".to_owned(), Value::from(self.name.as_str())),
            ("spec".to_owned(), Value::from(self.spec.as_str())),
            ("running".to_owned(), Value::Boolean(self.running)),
        ]);
        let times = [("lastTime", self.last_ms), ("nextTime", self.next_ms)];
        let known = times.into_iter().filter_map(|(name, time)| {
            let time = Value::Float64(time?);
            Some((name.to_owned(), time))
        });
        fields.extend(known);
        fields
    }

    fn of(component: &ComponentPath, row: &Document) -> Option<Self> {
        let fields = row.fields();
        let text = |path| match fields.at_path(path) {
            Some(Value::String(text)) => Some(text.clone()),
            _ => None,
        };
        let time = |path| match fields.at_path(path) {
            Some(Value::Float64(time)) => Some(*time),
            _ => None,
        };
        Some(Self {
            component: component.clone(),
            name: text("name")?,
            spec: text("spec")?,
            last_ms: time("lastTime"),
            next_ms: time("nextTime"),
            running: fields.at_path("running") == Some(&Value::Boolean(true)),
        })
    }
}

impl Store {
    /// Returns all stored crons.
    pub(crate) fn crons(&self) -> Vec<CronRow> {
        let snapshot = self.snapshot();
        let mut rows = Vec::new();
        for (path, component) in &snapshot.components {
            let table = component.tables.get(CRON_JOBS).into_iter();
            let documents = table.flat_map(super::snapshot::Table::documents);
            rows.extend(documents.filter_map(|row| CronRow::of(path, row)));
        }
        rows
    }
}

impl Transaction {
    /// Returns the state of a cron; `None` if no cron has that name.
    pub(crate) fn cron(&mut self, component: &ComponentPath, name: &str) -> Option<CronRow> {
        let row = self.cron_document(component, name)?;
        CronRow::of(component, &row)
    }

    /// Stores the state of a cron.
    pub(crate) fn put_cron(&mut self, cron: &CronRow) -> Result<(), DbError> {
        let component = &cron.component;
        let Some(old) = self.cron_document(component, &cron.name) else {
            return self
                .insert_system(component, CRON_JOBS, cron.fields())
                .map(drop);
        };
        let mut fields = old.object();
        fields.retain(|name, _| name.starts_with('_'));
        fields.extend(cron.fields());
        self.write(
            component,
            CRON_JOBS,
            old.id,
            Some(old.clone()),
            Some(fields),
        )
    }

    /// Forgets a cron.
    pub(crate) fn remove_cron(&mut self, cron: &CronRow) -> Result<(), DbError> {
        match self.cron_document(&cron.component, &cron.name) {
            Some(old) => self.write(&cron.component, CRON_JOBS, old.id, Some(old.clone()), None),
            None => Ok(()),
        }
    }

    fn cron_document(&mut self, component: &ComponentPath, name: &str) -> Option<Arc<Document>> {
        let table = self.reader.view.table(component, CRON_JOBS)?;
        let named = |row: &&Arc<Document>| row.fields().at_path("name") == Some(&Value::from(name));
        let id = table.documents().find(named)?.id.encode();
        // Read by id, so that the read is noted.
        self.find(component, &id).map(|(_, row)| row)
    }
}

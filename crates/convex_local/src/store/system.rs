//! The system tables, which the backend itself fills. Each component has its own.
//!
//! Their names begin with `_` and their numbers are below those of an app's tables. They are the numbers of a new
//! Convex deployment, so that ids of files in a snapshot are valid in both. An existing table keeps its number.
//! Functions read the public ones through `ctx.db.system` and write none of them.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use super::index::full_fields;
use super::name::is_system;
use super::schema::TableSchema;

/// The jobs of `ctx.scheduler`.
pub(crate) const SCHEDULED_FUNCTIONS: &str = "_scheduled_functions";
/// The last and next run of each entry of `crons.ts`; hidden from functions.
pub(crate) const CRON_JOBS: &str = "_cron_jobs";
/// The requested exports, for the CLI.
pub(crate) const EXPORTS: &str = "_exports";
/// The imports and their progress, for the CLI.
pub(crate) const IMPORTS: &str = "_snapshot_imports";
/// The stored files.
pub(crate) const STORAGE: &str = "_storage";

/// The index of files by the name in their addresses.
pub(crate) const BY_FILE: &str = "by_file";
/// The index of jobs by state, then by the time they are due.
pub(crate) const BY_STATE: &str = "by_state";
/// The index of jobs by the time they ended, which is missing in unfinished jobs.
pub(crate) const BY_COMPLETED: &str = "by_completed";

/// The field of `_storage` with the name of the file; functions do not see it.
pub(crate) const FILE: &str = "_file";

/// One of the backend's tables.
struct SystemTable {
    name: &'static str,
    number: u32,
    /// Whether functions may read it.
    public: bool,
    /// Indexes besides the built-in ones.
    indexes: &'static [(&'static str, &'static [&'static str])],
}

const TABLES: &[SystemTable] = &[
    SystemTable {
        name: SCHEDULED_FUNCTIONS,
        number: 539,
        public: true,
        indexes: &[
            (BY_STATE, &["state.kind", "scheduledTime"]),
            (BY_COMPLETED, &["completedTime"]),
        ],
    },
    SystemTable {
        name: CRON_JOBS,
        number: 547,
        public: false,
        indexes: &[],
    },
    SystemTable {
        name: STORAGE,
        number: 540,
        public: true,
        indexes: &[(BY_FILE, &[FILE])],
    },
    SystemTable {
        name: EXPORTS,
        number: 516,
        public: false,
        indexes: &[],
    },
    SystemTable {
        name: IMPORTS,
        number: 541,
        public: false,
        indexes: &[],
    },
];

static SCHEMAS: LazyLock<BTreeMap<&str, TableSchema>> = LazyLock::new(|| {
    let schema = |table: &SystemTable| TableSchema {
        indexes: table.indexes.iter().map(declared).collect(),
        ..TableSchema::default()
    };
    TABLES.iter().map(|t| (t.name, schema(t))).collect()
});

fn declared((name, fields): &(&str, &[&str])) -> (String, Arc<[String]>) {
    let fields: Vec<String> = fields.iter().map(|&field| field.to_owned()).collect();
    ((*name).to_owned(), full_fields(&fields))
}

fn find(name: &str) -> Option<&'static SystemTable> {
    TABLES.iter().find(|table| table.name == name)
}

/// Returns whether functions may read the table of this name.
pub(crate) fn is_readable(name: &str) -> bool {
    !is_system(name) || find(name).is_some_and(|table| table.public)
}

/// Returns the number of a system table.
pub(crate) fn number(name: &str) -> Option<u32> {
    find(name).map(|table| table.number)
}

/// Returns the indexes of a system table.
pub(crate) fn schema(name: &str) -> Option<&'static TableSchema> {
    SCHEMAS.get(name)
}

/// Returns the system table that has this number where it has not been made yet.
pub(crate) fn table_numbered(number: u32) -> Option<&'static str> {
    let table = TABLES.iter().find(|table| table.number == number)?;
    Some(table.name)
}

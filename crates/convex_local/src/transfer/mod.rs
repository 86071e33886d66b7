//! The export and import of data in Convex's own snapshot format, which `npx convex export` writes and
//! `npx convex import` reads.
//!
//! A snapshot is a ZIP file with `TABLE/documents.jsonl` for each table, their numbers in
//! `_tables/documents.jsonl`, stored files in `_storage/`, and the same again for each component
//! below `_components/NAME/`. Sources: `crates/exports` and `crates/application/src/snapshot_import`
//! of `get-convex/convex-backend`.
//!
//! - `layout`: the names of the entries
//! - `export`: from a moment of the data to a file
//! - `source`, `rows`: from a file to rows
//! - `contents`: the parsed and checked rows of a file
//! - `plan`: the tables that they replace, with their numbers
//! - `files`: stored files of an import
//! - `service`, `intake`, `records`: exports and imports as jobs of a running backend

mod contents;
mod error;
mod export;
mod files;
mod intake;
mod layout;
mod plan;
mod records;
mod rows;
mod service;
mod source;

pub(crate) use export::{Export, Exported};
pub(crate) use intake::IntakeRefusal;
pub(crate) use service::{FOLDER, ImportOptions, Refusal, Transfers};

//! The writer of snapshots.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use serde_json::{Value as Json, json};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::error::TransferError;
use super::layout::{DOCUMENTS, GENERATED_SCHEMA, STORAGE, TABLES, folder};
use crate::private;
use crate::store::{ComponentPath, Dump, DumpedTable, StoredFile};
use crate::value::Value;

const README: &str = "# A snapshot of a Convex app\n\n\
    `TABLE/documents.jsonl` has the documents of a table, one a line; `_storage/` the stored files;\n\
    `_components/NAME/` the same for a component. Written by convex-local in the format of\n\
    `npx convex export`: `npx convex import` and `convex-local import` read it.\n\n\
    The format: https://docs.convex.dev/database/import-export/export\n";

/// The number of documents between two progress messages.
const PROGRESS: usize = 10_000;

/// An export to write.
pub(crate) struct Export<'a> {
    pub(crate) dump: Dump,
    /// The folder with the contents of stored files, if they are wanted.
    pub(crate) files: Option<&'a Path>,
    /// Receives the progress.
    pub(crate) progress: &'a dyn Fn(String),
}

/// The result of an export.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Exported {
    pub(crate) documents: usize,
    pub(crate) files: usize,
}

impl Export<'_> {
    /// Writes the snapshot to `path`, which must not exist. Removes an incomplete file.
    ///
    /// # Errors
    /// When the disk refuses, or a stored file was deleted in the meantime.
    pub(crate) fn write(&self, path: &Path) -> Result<Exported, TransferError> {
        let file = private::new_file(path).map_err(TransferError::disk(format!(
            "cannot write {}",
            path.display()
        )))?;
        let written = self.write_to(file);
        if written.is_err() {
            // Nothing is lost, because the snapshot can be written again.
            let _ = std::fs::remove_file(path);
        }
        written
    }

    fn write_to(&self, file: File) -> Result<Exported, TransferError> {
        let mut zip = ZipWriter::new(BufWriter::new(file));
        let mut exported = Exported::default();
        let mut entry = Entry { zip: &mut zip };
        entry.start("README.md")?;
        entry.text(README)?;
        let mut tables = Vec::new();
        for component in self.dump.components() {
            let of_it = self.dump.tables(&component);
            entry.start(&format!("{}{TABLES}/{DOCUMENTS}", folder(&component)))?;
            // Sorted by number, which no two tables share.
            let by_number: BTreeMap<_, _> = of_it.iter().map(|t| (t.number, &t.name)).collect();
            for (number, name) in by_number {
                entry.line(&json!({ "name": name, "id": number }))?;
            }
            tables.extend(of_it);
        }
        tables.sort_by_key(|table| table.len);
        for table in &tables {
            exported.documents += self.table(&mut entry, table)?;
        }
        if let Some(contents) = self.files {
            for component in self.dump.components() {
                exported.files += self.stored(&mut entry, &component, contents)?;
            }
        }
        let file = zip.finish().map_err(|error| failed(&error))?;
        let file = file.into_inner().map_err(|error| error.into_error());
        file.and_then(|file| file.sync_all())
            .map_err(TransferError::disk("cannot write the snapshot"))?;
        Ok(exported)
    }

    fn table(&self, entry: &mut Entry<'_>, table: &DumpedTable) -> Result<usize, TransferError> {
        let DumpedTable {
            component,
            name,
            len,
            ..
        } = table;
        let place = format!("{}{name}", folder(component));
        entry.start(&format!("{place}/{DOCUMENTS}"))?;
        for (count, document) in self.dump.documents(component, name).enumerate() {
            if count % PROGRESS == 0 {
                (self.progress)(format!("Backing up {name}: {count} / {len} documents"));
            }
            entry.line(&document.to_export_json())?;
        }
        entry.start(&format!("{place}/{GENERATED_SCHEMA}"))?;
        entry.text("\"uniform\"\n")?;
        Ok(*len)
    }

    fn stored(
        &self,
        entry: &mut Entry<'_>,
        component: &ComponentPath,
        contents: &Path,
    ) -> Result<usize, TransferError> {
        let place = format!("{}{STORAGE}", folder(component));
        entry.start(&format!("{place}/{DOCUMENTS}"))?;
        for (row, file) in self.dump.files(component) {
            entry.line(&metadata(&row, &file))?;
        }
        let mut count = 0;
        for (row, file) in self.dump.files(component) {
            (self.progress)(format!("Backing up {STORAGE}: {count} files"));
            let id = row.at_path("_id").map(Value::to_json);
            let id = id.as_ref().and_then(Json::as_str).unwrap_or_default();
            let mut content =
                File::open(contents.join(file.name.to_string())).map_err(|error| {
                    let why = format!("{error}; was it deleted meanwhile? Export again.");
                    TransferError::entry(&format!("{place}/{id}"), why)
                })?;
            entry.start(&format!("{place}/{id}"))?;
            std::io::copy(&mut content, &mut *entry.zip)
                .map_err(TransferError::disk(format!("cannot copy {place}/{id}")))?;
            count += 1;
        }
        Ok(count)
    }
}

fn metadata(row: &Value, file: &StoredFile) -> Json {
    let field = |name: &str| row.at_path(name).map(Value::to_export_json);
    #[expect(clippy::cast_possible_truncation, reason = "a file's size is whole")]
    let size = file.size as i64;
    json!({
        "_id": field("_id"),
        "_creationTime": field("_creationTime"),
        "sha256": file.sha256,
        "size": size,
        "contentType": file.content_type,
        "internalId": file.name,
    })
}

/// The entry that is being written.
struct Entry<'a> {
    zip: &'a mut ZipWriter<BufWriter<File>>,
}

impl Entry<'_> {
    fn start(&mut self, name: &str) -> Result<(), TransferError> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .unix_permissions(0o644);
        let started = self.zip.start_file(name, options);
        started.map_err(|error| failed(&error))
    }

    fn line(&mut self, json: &Json) -> Result<(), TransferError> {
        self.text(&format!("{json}\n"))
    }

    fn text(&mut self, text: &str) -> Result<(), TransferError> {
        self.zip
            .write_all(text.as_bytes())
            .map_err(TransferError::disk("cannot write the snapshot"))
    }
}

fn failed(error: &zip::result::ZipError) -> TransferError {
    TransferError::Unusable(format!("cannot write the snapshot: {error}"))
}

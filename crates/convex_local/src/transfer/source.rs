//! A file to import: its format, and the entries of a snapshot.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use serde::{Deserialize, Serialize};
use zip::ZipArchive;
use zip::read::ZipFile;

use super::error::TransferError;
use super::layout::{self, Entry};
use crate::store::ComponentPath;

/// The most entries of a snapshot.
const MAX_ENTRIES: usize = 1_000_000;

/// The format of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Format {
    /// A snapshot.
    Zip,
    /// One JSON object per line.
    JsonLines,
    /// An array of objects.
    JsonArray,
    /// A header and rows.
    Csv,
}

/// An open snapshot.
pub(super) struct Snapshot {
    zip: ZipArchive<BufReader<File>>,
}

impl Snapshot {
    /// Opens a ZIP file and reads its directory.
    pub(super) fn open(path: &Path) -> Result<Self, TransferError> {
        let zip = ZipArchive::new(open(path)?).map_err(|error| bad(&error))?;
        if zip.len() > MAX_ENTRIES {
            let count = zip.len();
            return Err(TransferError::TooLarge(format!(
                "The snapshot has {count} entries; at most {MAX_ENTRIES} are taken in"
            )));
        }
        Ok(Self { zip })
    }

    /// Returns the relevant entries by their place in the file.
    pub(super) fn entries(
        &self,
        base: &ComponentPath,
    ) -> Result<Vec<(usize, Entry)>, TransferError> {
        let mut entries = Vec::new();
        for index in 0..self.zip.len() {
            let name = self.zip.name_for_index(index).unwrap_or_default();
            if let Some(entry) = layout::parse(name, base)? {
                entries.push((index, entry));
            }
        }
        Ok(entries)
    }

    /// Returns the name of an entry.
    pub(super) fn name(&self, index: usize) -> String {
        self.zip
            .name_for_index(index)
            .unwrap_or_default()
            .to_owned()
    }

    /// Returns the content of an entry.
    pub(super) fn read(
        &mut self,
        index: usize,
    ) -> Result<BufReader<ZipFile<'_, BufReader<File>>>, TransferError> {
        let entry = self.zip.by_index(index).map_err(|error| bad(&error))?;
        Ok(BufReader::new(entry))
    }
}

fn bad(error: &zip::result::ZipError) -> TransferError {
    TransferError::BadZip(error.to_string())
}

/// Opens a file of any kind.
pub(super) fn open(path: &Path) -> Result<BufReader<File>, TransferError> {
    let file = File::open(path).map_err(TransferError::disk("cannot open the imported file"))?;
    Ok(BufReader::new(file))
}

/// Returns the first line of an entry.
pub(super) fn first_line(file: &str, reader: &mut impl BufRead) -> Result<String, TransferError> {
    let mut line = String::new();
    std::io::Read::take(reader, 1 << 20)
        .read_line(&mut line)
        .map_err(|error| TransferError::entry(file, error.to_string()))?;
    Ok(line)
}

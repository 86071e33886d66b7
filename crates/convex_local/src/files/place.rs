//! The files of a snapshot, put in place.

use std::io::Read;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::intake::UPLOAD_LIMIT;
use super::{Files, IntakeError, StoreError};
use crate::private;
use crate::store::{ComponentPath, StoredFile};

impl Files {
    /// Puts content in its place for a row that is committed later, and returns whether it was not there before. The
    /// file gets the name `wanted`, and so keeps its address, unless other content has that name.
    ///
    /// # Errors
    /// [`StoreError::Intake`]; nothing is left behind then.
    pub(crate) fn place(
        &self,
        component: &ComponentPath,
        content: impl Read,
        sha256: Option<String>,
        content_type: Option<String>,
        wanted: Option<Uuid>,
    ) -> Result<(StoredFile, bool), StoreError> {
        let mut intake = self.intake();
        let found = write(intake.path(), content)?;
        if let Some(said) = sha256.filter(|said| *said != found) {
            return Err(IntakeError::Mismatch { said, found }.into());
        }
        if let Some(name) = wanted {
            match self.store.file_named(component, name) {
                Some(stored) if stored.sha256 == found => {
                    let stored = StoredFile {
                        content_type,
                        ..stored
                    };
                    return Ok((stored, false));
                }
                None if !self.dir.join(name.to_string()).exists() => intake.rename(name)?,
                _ => {}
            }
        }
        let arrived = intake.settle(&self.dir)?;
        let stored = StoredFile {
            name: arrived.name,
            sha256: arrived.sha256,
            size: arrived.size,
            content_type,
        };
        Ok((stored, true))
    }
}

/// Writes content to a file and returns its checksum.
fn write(path: &std::path::Path, content: impl Read) -> Result<String, IntakeError> {
    let mut file = private::file(path)?;
    let mut content = Hashed {
        content: content.take(UPLOAD_LIMIT + 1),
        hash: Sha256::new(),
    };
    if std::io::copy(&mut content, &mut file)? > UPLOAD_LIMIT {
        return Err(IntakeError::TooLarge);
    }
    Ok(BASE64_STANDARD.encode(content.hash.finalize()))
}

struct Hashed<R> {
    content: R,
    hash: Sha256,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.content.read(buffer)?;
        self.hash.update(&buffer[..count]);
        Ok(count)
    }
}

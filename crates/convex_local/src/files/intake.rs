//! Content that is being uploaded: written beside the files, counted and hashed, then moved to them.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncWriteExt as _;
use uuid::Uuid;

use crate::private;

/// The most bytes of one file. Convex limits only the time of an upload; this limit protects the disk.
pub(crate) const UPLOAD_LIMIT: u64 = 1 << 30;

/// The reasons why content is not accepted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IntakeError {
    /// The checksum differs from the one that the sender announced.
    #[error("Sha256 mismatch: the sender said {said}, but the file's is {found}")]
    Mismatch {
        /// The announced checksum, in base64.
        said: String,
        /// The checksum of the received content, in base64.
        found: String,
    },
    /// It is longer than [`UPLOAD_LIMIT`].
    #[error("Files are limited to {UPLOAD_LIMIT} bytes")]
    TooLarge,
    /// The upload ended early.
    #[error("The upload ended early: {0}")]
    Broken(String),
    /// The disk refused the content.
    #[error("The file could not be written: {0}")]
    Disk(#[from] std::io::Error),
}

/// Content that is being received. If dropped before it is finished, it leaves nothing behind.
#[derive(Debug)]
pub(crate) struct Intake {
    name: Uuid,
    path: PathBuf,
    expected: Option<String>,
}

/// Content in its final place.
pub(super) struct Arrived {
    pub(super) name: Uuid,
    pub(super) sha256: String,
    pub(super) size: f64,
}

impl Intake {
    pub(super) fn new(incoming: &Path) -> Self {
        let name = Uuid::new_v4();
        Self {
            name,
            path: incoming.join(name.to_string()),
            expected: None,
        }
    }

    /// Returns the path to write to, for callers that write the content themselves.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Sets the final name.
    pub(super) fn rename(&mut self, name: Uuid) -> Result<(), IntakeError> {
        let path = self.path.with_file_name(name.to_string());
        std::fs::rename(&self.path, &path)?;
        (self.name, self.path) = (name, path);
        Ok(())
    }

    /// Sets the checksum (in base64) that the content must have.
    pub(crate) fn expect(&mut self, sha256: Option<String>) {
        self.expected = sha256;
    }

    /// Stores a body as it arrives.
    ///
    /// # Errors
    /// [`IntakeError`]
    pub(crate) async fn write_all<E: std::fmt::Display>(
        &self,
        mut body: impl Stream<Item = Result<Bytes, E>> + Unpin,
    ) -> Result<(), IntakeError> {
        let mut file = tokio::fs::File::from_std(private::file(&self.path)?);
        let mut size = 0;
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|error| IntakeError::Broken(error.to_string()))?;
            size += chunk.len() as u64;
            if size > UPLOAD_LIMIT {
                return Err(IntakeError::TooLarge);
            }
            file.write_all(&chunk).await?;
        }
        file.flush().await?;
        Ok(())
    }

    /// Stores content that is in memory. Blocks.
    ///
    /// # Errors
    /// [`IntakeError::Disk`]
    pub(super) fn write_now(&self, content: &[u8]) -> Result<(), IntakeError> {
        private::file(&self.path)?.write_all(content)?;
        Ok(())
    }

    /// Hashes the content, waits for the disk and moves the file to `dir`.
    pub(super) async fn finish(self, dir: &Path) -> Result<Arrived, IntakeError> {
        let dir = dir.to_owned();
        let finished = tokio::task::spawn_blocking(move || self.settle(&dir)).await;
        finished.map_err(std::io::Error::other)?
    }

    pub(super) fn settle(self, dir: &Path) -> Result<Arrived, IntakeError> {
        let mut file = std::fs::File::open(&self.path)?;
        let mut hash = Sha256::new();
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let count = file.read(&mut buffer)?;
            if count == 0 {
                break;
            }
            hash.update(&buffer[..count]);
        }
        let sha256 = BASE64_STANDARD.encode(hash.finalize());
        if let Some(said) = &self.expected
            && *said != sha256
        {
            return Err(IntakeError::Mismatch {
                said: said.clone(),
                found: sha256,
            });
        }
        file.sync_all()?;
        let size = file.metadata()?.len();
        std::fs::rename(&self.path, dir.join(self.name.to_string()))?;
        // The name must be durable before the row is.
        std::fs::File::open(dir)?.sync_all()?;
        #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
        let size = size as f64;
        Ok(Arrived {
            name: self.name,
            sha256,
            size,
        })
    }
}

impl Drop for Intake {
    fn drop(&mut self) {
        // The file is missing if it has been moved or never written.
        let _ = std::fs::remove_file(&self.path);
    }
}

//! Uploads of files to import, in parts, as the CLI sends them.

use std::path::{Path, PathBuf};

use futures::{Stream, StreamExt as _};
use tokio::fs::{self, File};
use tokio::io::AsyncWriteExt as _;
use uuid::Uuid;

use crate::private;

/// The most parts that the CLI sends.
const MAX_PARTS: u16 = 10_000;
/// The most bytes of one part.
const PART_LIMIT: u64 = 1 << 30;
/// The name of the complete file.
const WHOLE: &str = "whole";

/// The reasons why a part or the complete file was not accepted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IntakeRefusal {
    /// There is no such upload, or it has ended.
    #[error("This upload does not exist, or no longer. Start the import again.")]
    Unknown,
    /// The part has an invalid number.
    #[error("part number {0} is out of range")]
    BadPart(String),
    /// More than this backend accepts.
    #[error("A part of an import has at most {PART_LIMIT} bytes")]
    TooLarge,
    /// The upload ended early.
    #[error("failed to read request body: {0}")]
    Broken(String),
    /// The disk refused.
    #[error("The upload could not be written: {0}")]
    Disk(#[from] std::io::Error),
}

/// A folder of uploads, each in a folder of its own.
#[derive(Debug)]
pub(super) struct Intake {
    dir: PathBuf,
}

impl Intake {
    pub(super) fn new(dir: &Path) -> Self {
        Self {
            dir: dir.to_owned(),
        }
    }

    /// Begins an upload and returns its name.
    pub(super) async fn start(&self) -> Result<String, IntakeRefusal> {
        let token = Uuid::new_v4().to_string();
        private::folder(&self.dir.join(&token))?;
        Ok(token)
    }

    /// Stores one part and returns its name.
    pub(super) async fn part<E: std::fmt::Display>(
        &self,
        token: &str,
        number: u16,
        mut body: impl Stream<Item = Result<bytes::Bytes, E>> + Unpin,
    ) -> Result<String, IntakeRefusal> {
        if number > MAX_PARTS {
            return Err(IntakeRefusal::BadPart(number.to_string()));
        }
        let mut file = File::from_std(private::file(
            &self.folder(token)?.join(number.to_string()),
        )?);
        let mut size = 0;
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|error| IntakeRefusal::Broken(error.to_string()))?;
            size += chunk.len() as u64;
            if size > PART_LIMIT {
                return Err(IntakeRefusal::TooLarge);
            }
            file.write_all(&chunk).await?;
        }
        file.flush().await?;
        Ok(number.to_string())
    }

    /// Joins the parts and returns the path of the file.
    pub(super) async fn finish(
        &self,
        token: &str,
        parts: &[String],
    ) -> Result<PathBuf, IntakeRefusal> {
        let folder = self.folder(token)?;
        let path = folder.join(WHOLE);
        let mut whole = File::from_std(private::file(&path)?);
        for part in parts {
            let number: u16 = part
                .parse()
                .map_err(|_| IntakeRefusal::BadPart(part.clone()))?;
            let part = folder.join(number.to_string());
            let mut content = File::open(&part).await?;
            tokio::io::copy(&mut content, &mut whole).await?;
            fs::remove_file(&part).await?;
        }
        whole.flush().await?;
        Ok(path)
    }

    fn folder(&self, token: &str) -> Result<PathBuf, IntakeRefusal> {
        let token: Uuid = token.parse().map_err(|_| IntakeRefusal::Unknown)?;
        let folder = self.dir.join(token.to_string());
        match folder.is_dir() && !folder.join(WHOLE).exists() {
            true => Ok(folder),
            false => Err(IntakeRefusal::Unknown),
        }
    }
}
